import type { ErrorCode } from '@prelaunch/contracts/error-codes';
import type { PublishPlan } from '@prelaunch/contracts/operations/configurations';
import type { ErrorDetail, OperationError } from '@prelaunch/contracts/operations/operation-error';
import { PlanOutdatedError } from '@prelaunch/core/configuration/configuration-errors';
import { DomainError } from '@prelaunch/core/errors';
import { ProblemError } from '@prelaunch/core/problem-error';

interface Told {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly details: ErrorDetail[];
  /** As it is now. */
  readonly plan?: PublishPlan;
}

/** What a caller is told of a failure. What is not ours to explain stays in the log, under the request's id. */
export function operationErrorOf(error: unknown, requestId: string): OperationError & { error: { code: ErrorCode } } {
  return { error: { ...toldOf(error), requestId } };
}

function toldOf(error: unknown): Told {
  if (error instanceof DomainError) {
    const { code, message, retryable } = error;
    const details = error instanceof ProblemError ? detailsOf(error) : [];
    return { code, message, retryable, details, ...(error instanceof PlanOutdatedError && { plan: error.plan }) };
  }
  return { code: 'operation.failed', message: 'the operation failed unexpectedly', retryable: true, details: [] };
}

function detailsOf({ problems }: ProblemError): ErrorDetail[] {
  return problems.map(({ path, value, allowed }) => ({ path, ...(value !== undefined && { value }), allowed }));
}
