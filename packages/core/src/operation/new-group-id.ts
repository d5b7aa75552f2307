import { createHash } from 'node:crypto';
import type { OperationRequest } from '@prelaunch/contracts/operations';
import type { Call } from './call.ts';

const DIGITS = 17;

/**
 * The request with an id for a group that is to be created without one, before anything is decided or recorded about it. A repeat
 * with the same key gets the same.
 */
export function withGroupId(request: OperationRequest, { principal, requestId }: Call): OperationRequest {
  if (request.operation !== 'create_protection_group' || request.groupId !== undefined) return request;
  const { idempotencyKey } = request;
  const call = idempotencyKey === undefined ? ['request', requestId] : ['key', idempotencyKey];
  const digest = createHash('sha256')
    .update(JSON.stringify([principal.id, ...call]))
    .digest('hex');
  return { ...request, groupId: `pg-${digest.slice(0, DIGITS)}` };
}
