import type { OperationRequest } from '@prelaunch/contracts/operations';
import { fingerprint } from '../fingerprint.ts';
import type { Call } from './call.ts';

const DIGITS = 17;

/**
 * The request with an id for a group that is to be created without one, before anything is decided or recorded about it. A repeat
 * with the same key gets the same.
 */
export function withGroupId(request: OperationRequest, { principal, requestId }: Call): OperationRequest {
  if (request.operation !== 'create_protection_group' || request.groupId !== undefined) return request;
  const digest = fingerprint([principal.id, ...callIdentity(request, requestId)]);
  return { ...request, groupId: `pg-${digest.slice(0, DIGITS)}` };
}

/** What repeats of a request have in common: its key, and without one nothing. */
export function callIdentity(
  { idempotencyKey }: { readonly idempotencyKey?: string | undefined },
  requestId: string,
): readonly string[] {
  return idempotencyKey === undefined ? ['request', requestId] : ['key', idempotencyKey];
}
