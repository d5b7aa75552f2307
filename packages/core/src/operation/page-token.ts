import { GroupId } from '@prelaunch/contracts/ids';
import { refusedField } from '../invalid-request-error.ts';

/** Where a list of groups goes on, as callers carry it. */
export function tokenOfId(groupId: string): string {
  return Buffer.from(groupId).toString('base64url');
}

/** Throws `InvalidRequestError` for a token that no answer held. */
export function idOfToken(token: string): string {
  const id = Buffer.from(token, 'base64url').toString();
  if (GroupId.safeParse(id).success && tokenOfId(id) === token) return id;
  throw refusedField('nextToken', token, 'a nextToken of an earlier answer');
}
