import { IdempotencyAlreadyInProgressError, IdempotencyValidationError } from '@aws-lambda-powertools/idempotency';
import type { OperationError } from '@prelaunch/contracts/operations';
import { DomainError } from '@prelaunch/core/errors';
import { InvalidRequestError } from './parse-request.ts';

/** What a caller is told of a failure. What is not ours to explain stays in the log, under the correlation id. */
export function operationErrorOf(error: unknown): OperationError {
  if (error instanceof InvalidRequestError) {
    const [first] = error.problems;
    const { path, value, allowed } = first ?? {};
    return { error: { code: error.code, message: error.message, retryable: false, path, value, allowed } };
  }
  if (error instanceof DomainError) {
    return { error: { code: error.code, message: error.message, retryable: error.retryable } };
  }
  if (error instanceof IdempotencyAlreadyInProgressError) {
    return { error: { code: 'idempotency.in_progress', message: 'the same call is being answered', retryable: true } };
  }
  if (error instanceof IdempotencyValidationError) {
    const message = 'idempotencyKey was used before with another request';
    const path = 'idempotencyKey';
    return { error: { code: 'idempotency.mismatch', message, retryable: false, path, allowed: 'a key per request' } };
  }
  return { error: { code: 'operation.failed', message: 'the operation failed unexpectedly', retryable: true } };
}
