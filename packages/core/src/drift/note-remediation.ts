import type { Remediation } from '@prelaunch/contracts/drift';
import type { AuditTrail } from '../audit/ports.ts';
import type { DriftDeps } from './audit-deps.ts';
import { changeInstance } from './change-instance.ts';
import { type InstanceDrift, isSameFinding, type Proposal } from './instance-drift.ts';
import type { PlannedKey } from './plan-remediation.ts';
import type { RunningInstances } from './ports.ts';

export interface RemediateDeps extends Omit<DriftDeps, 'running'> {
  readonly running: RunningInstances;
  readonly audit: AuditTrail;
  /** A name for one attempt, never used twice. */
  readonly newOwner: () => string;
}

/** As whom Prelaunch acts of its own accord. */
export const PRELAUNCH = 'prelaunch';

export interface RemediationOutcome {
  readonly kind:
    | Exclude<Remediation['status'], 'none'>
    | 'nothing_differs'
    | 'below_threshold'
    | 'unknown'
    | 'group_gone'
    | 'under_way'
    /** Something else was found before it could begin. */
    | 'changed_meanwhile';
}

type Noted = Pick<Remediation, 'status' | 'action' | 'keys'> & Partial<Remediation>;

export function remediationOf(stated: Noted, { now }: Pick<RemediateDeps, 'now'>): Remediation {
  return { requestedBy: PRELAUNCH, at: now().toISOString(), brake: null, until: null, reason: null, ...stated };
}

/**
 * What is known of a remediation, with the instance, and what awaits approval by it. Left alone where something else was found by now:
 * it would be about what is not so any more.
 */
export async function noted(
  drift: InstanceDrift,
  now: Noted,
  deps: RemediateDeps,
  proposal?: Proposal,
): Promise<RemediationOutcome> {
  const remediation = remediationOf(now, deps);
  let isSame = false;
  await changeInstance(
    drift,
    ({ proposal: _earlier, ...found }) => {
      isSame = found.verdict === drift.verdict && isSameFinding(found, drift) && !isBeside(found, now, deps.now());
      return isSame ? { ...found, remediation, ...(proposal && { proposal }) } : undefined;
    },
    deps,
  );
  return { kind: isSame ? (now.status as RemediationOutcome['kind']) : 'changed_meanwhile' };
}

/** Longer than anybody takes who changes an instance. */
export const UNDER_WAY_MS = 15 * 60_000;

/** Whether somebody else is putting a running instance right: two would write over each other. */
function isBeside({ kind, remediation: { status, at, requestedBy } }: InstanceDrift, begun: Noted, now: Date): boolean {
  if (kind !== 'recovery_instance' || status !== 'in_progress') return false;
  const isOwnEnd = begun.status !== 'in_progress' && begun.requestedBy === requestedBy;
  return !isOwnEnd && Date.parse(at ?? '') + UNDER_WAY_MS > now.getTime();
}

/** What awaits approval stays with the instance until somebody approves it, or something else is found. */
export async function proposed(
  drift: InstanceDrift,
  proposal: Proposal,
  keys: readonly PlannedKey[],
  deps: RemediateDeps,
  requestedBy = PRELAUNCH,
): Promise<RemediationOutcome> {
  const now = { status: 'awaiting_approval' as const, action: proposal.action, keys: [...keys], requestedBy };
  return noted(drift, now, deps, proposal);
}
