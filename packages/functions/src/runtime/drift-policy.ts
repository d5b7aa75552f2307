import { StatedDriftPolicy } from '@prelaunch/contracts/drift';
import { DEFAULT_DRIFT_POLICY, policyOf } from '@prelaunch/core/drift/drift-policy';
import { environment } from './environment.ts';

/** The deployment's policy is not one. It keeps the function from starting, rather than remediate by another. */
export class DriftPolicyError extends Error {
  override readonly name = 'DriftPolicyError';
  readonly code = 'drift.policy_invalid';

  constructor(problems: readonly string[]) {
    super(`DRIFT_POLICY: ${problems.join('; ')}`);
  }
}

/** What this deployment wants done about drift where a group does not say: what it states, and all else as shipped. */
export function driftPolicy() {
  const { success, data, error } = StatedDriftPolicy.safeParse(parsed(environment('DRIFT_POLICY').DRIFT_POLICY));
  if (!success) throw new DriftPolicyError(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
  return policyOf(data, DEFAULT_DRIFT_POLICY);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DriftPolicyError(['not JSON']);
  }
}
