import { z } from 'zod';
import { DomainError } from '../errors.ts';
import { hashOf } from './audit-block.ts';
import type { AuditQuery } from './ports.ts';

/** `nextToken` is none that an answer to this very query had. */
export class InvalidTokenError extends DomainError {
  override readonly name = 'InvalidTokenError';
  readonly code = 'audit.invalid_token';

  constructor() {
    super('nextToken is not one that an answer to the same query had');
  }
}

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

/** Throws `InvalidTokenError` for a token that was not issued for this query. */
export function placeOf(token: string, query: AuditQuery): Place {
  const parsed = Token.safeParse(jsonOf(token));
  if (!parsed.success) throw new InvalidTokenError();
  const { check, ...place } = parsed.data;
  if (check !== checkOf(place, query)) throw new InvalidTokenError();
  return place;
}

/** Tells a token from one for another query, or from no token at all. It keeps nobody from reading what the query may read anyway. */
function checkOf(place: Place, { groupId, actor, from, to }: AuditQuery): string {
  return hashOf([place, groupId ?? null, actor ?? null, from, to]).slice(-16);
}

function jsonOf(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    return undefined;
  }
}
