import type { ErrorCode } from '@prelaunch/contracts/error-codes';
import type { StatusError } from '@prelaunch/contracts/status';
import { AwsCallError, UnknownAccountError } from '../apply/ports.ts';
import { DomainError } from '../errors.ts';

/** What a failure looks like in a status: our code, and AWS's own where it was AWS. `unexpected` is the code of all else. */
export function statusErrorOf(error: unknown, unexpected: ErrorCode, at: string): StatusError {
  if (error instanceof AwsCallError) {
    const { code, message, awsCode } = error;
    return { code, message, awsCode, at };
  }
  if (error instanceof UnknownAccountError) {
    const { code, message, accountId: value } = error;
    return { code, message, path: 'accountId', value, allowed: 'the home account and those in TargetAccounts', at };
  }
  if (error instanceof DomainError) return { code: error.code, message: error.message, at };
  return { code: unexpected, message: error instanceof Error ? error.message : String(error), at };
}
