import type { ErrorCode } from '@prelaunch/contracts/error-codes';
import { ConfigurationId, CorrelationId, GroupId } from '@prelaunch/contracts/ids';
import { operations } from '@prelaunch/contracts/operations';
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
  let subject: object = { correlationId: requestId };
  try {
    const call = callOf();
    subject = { ...subject, principal: call.principal.id, ...statedIn(call.input) };
    const served = await serveOperation(call, deps);
    const { request, correlationId } = served;
    logger.info('performed', {
      ...subject,
      correlationId,
      operation: request.operation,
      groupIds: groupIdsOf(request),
    });
    return { kind: 'served', ...served };
  } catch (error) {
    return refused(error, requestId, subject);
  }
}

/** What a request says of itself and can be found by, as far as it is what it should be. Nothing else of it is logged. */
function statedIn(input: unknown): object {
  const { operation, groupId, configurationId, correlationId } = Object(input) as Record<string, unknown>;
  const known = typeof operation === 'string' && Object.hasOwn(operations, operation);
  return {
    ...(known && { operation }),
    ...(GroupId.safeParse(groupId).success && { groupIds: [groupId] }),
    ...(ConfigurationId.safeParse(configurationId).success && { configurationId }),
    ...(CorrelationId.safeParse(correlationId).success && { correlationId }),
  };
}

/** The policies that decided are told here, and not to the caller. */
export function refused(error: unknown, requestId: string, subject: object): Refused {
  const answer = operationErrorOf(error, requestId);
  const policies = error instanceof AccessDeniedError ? { policies: error.policies } : {};
  logger.warn('not performed', { ...subject, code: answer.error.code, ...policies, ...loggedError(error) });
  return { kind: 'refused', answer, cause: error };
}
