import type { ErrorCode } from '@prelaunch/contracts/error-codes';
import type { OperationError } from '@prelaunch/contracts/operations/operation-error';
import { AccessDeniedError, groupIdsOf } from '@prelaunch/core/operation/authorize';
import type { Call, OperationDeps, Served } from '@prelaunch/core/operation/call';
import { serveOperation } from '@prelaunch/core/operation/serve-operation';
import { loggedError } from './logged-error.ts';
import { logger } from './logger.ts';
import { operationErrorOf } from './operation-error.ts';

export type Answer = ({ readonly kind: 'served' } & Served) | Refused;

export interface Refused {
  readonly kind: 'refused';
  readonly answer: OperationError & { readonly error: { readonly code: ErrorCode } };
  /** For what headers tell besides. */
  readonly cause: unknown;
}

/** Serves a call and logs how it ended, once. `callOf` may refuse it before it is one. */
export async function answerCall(requestId: string, callOf: () => Call, deps: OperationDeps): Promise<Answer> {
  const subject: Record<string, unknown> = { correlationId: requestId };
  try {
    const call = callOf();
    subject.principal = call.principal.id;
    const served = await serveOperation(call, deps);
    const { operation } = served.request;
    logger.info('performed', {
      ...subject,
      operation,
      correlationId: served.correlationId,
      groupIds: groupIdsOf(served.request),
    });
    return { kind: 'served', ...served };
  } catch (error) {
    return refused(error, requestId, subject);
  }
}

/** The policies that decided are told here, and not to the caller. */
export function refused(error: unknown, requestId: string, subject: object): Refused {
  const answer = operationErrorOf(error, requestId);
  const policies = error instanceof AccessDeniedError ? { policies: error.policies } : {};
  logger.warn('not performed', { ...subject, code: answer.error.code, ...policies, ...loggedError(error) });
  return { kind: 'refused', answer, cause: error };
}
