import * as z from 'zod';
import { refusedField } from '../invalid-request-error.ts';
import { hashOf } from './audit-block.ts';
import type { AuditQuery } from './ports.ts';

/** Where the next page begins: within a block, after so many of its matching records, or behind it. */
export interface Place {
  readonly day: string;
  readonly block: number;
  /** Matching records of the block that were answered already; `null`: the block is done. */
  readonly answered: number | null;
}

const Token = z.strictObject({
  day: z.iso.date(),
  block: z.int().min(1),
  answered: z.int().min(1).nullable(),
  check: z.string(),
});

/** An opaque text that only goes with the same query. */
export function tokenOf(place: Place, query: AuditQuery): string {
  const token = { ...place, check: checkOf(place, query) };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

/** Throws `InvalidRequestError` for a token that was not issued for this query. */
export function placeOf(token: string, query: AuditQuery): Place {
  const parsed = Token.safeParse(jsonOf(token));
  if (!parsed.success) throw refusedField('nextToken', token, 'one that an answer to the same query had');
  const { check, ...place } = parsed.data;
  if (check !== checkOf(place, query))
    throw refusedField('nextToken', token, 'one that an answer to the same query had');
  return place;
}

/**
 * Tells a token from one for other entries, or from no token at all. It keeps nobody from reading what the query may read anyway.
 * Times are no part of it: where they are not stated they move on between two pages.
 */
function checkOf(place: Place, { groupId, actor }: AuditQuery): string {
  return hashOf([place, groupId ?? null, actor ?? null]).slice(-16);
}

function jsonOf(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    return undefined;
  }
}
