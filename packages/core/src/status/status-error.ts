import type { ErrorCode } from '@prelaunch/contracts/error-codes';
import type { StatusError } from '@prelaunch/contracts/status';
import { AwsCallError, UnknownAccountError } from '../apply/ports.ts';
import { DomainError } from '../errors.ts';
import type { Desired } from '../group/source-server.ts';
import { shown } from '../settings/problems.ts';
import { remedyOf } from './remedies.ts';

/**
 * What a failure looks like in a status: our code, AWS's own where it was AWS, the settings concerned with what they should have
 * been, and what to do. `unexpected` is the code of all else.
 */
export function statusErrorOf(error: unknown, unexpected: ErrorCode, at: string, desired?: Desired): StatusError {
  const code = error instanceof DomainError ? error.code : unexpected;
  const message = error instanceof Error ? error.message : String(error);
  const awsCode = error instanceof AwsCallError ? error.awsCode : undefined;
  const remedy = remedyOf(code, awsCode);
  return {
    code,
    message,
    ...concernOf(error, desired),
    ...(awsCode !== undefined && { awsCode }),
    ...(remedy !== undefined && { remedy }),
    at,
  };
}

/** Where the cause is, as far as it is known. */
function concernOf(error: unknown, desired: Desired | undefined): Pick<StatusError, 'path' | 'value' | 'allowed'> {
  if (error instanceof UnknownAccountError) {
    const allowed = 'the home account and those in TargetAccounts';
    return { path: 'accountId', value: error.accountId, allowed };
  }
  if (!(error instanceof AwsCallError) || error.settings.length === 0) return {};
  const [setting, ...others] = error.settings;
  if (setting === undefined || others.length > 0) return { path: error.settings.join(', ') };
  const value = shown(setting, desired?.settings[setting]);
  return { path: setting, ...(value !== undefined && { value }) };
}
