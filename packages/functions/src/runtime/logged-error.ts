import { AwsCallError } from '@prelaunch/core/apply/ports';
import { DomainError } from '@prelaunch/core/errors';

/** A failure as it is logged: our own by code and message, without causes that carry settings; the unexpected in full. */
export function loggedError(error: unknown): { readonly error: Error } | { readonly failure: object } {
  if (error instanceof AwsCallError)
    return { failure: { code: error.code, awsCode: error.awsCode, message: error.message } };
  if (error instanceof DomainError) return { failure: { code: error.code, message: error.message } };
  return { error: error instanceof Error ? error : new Error(String(error)) };
}
