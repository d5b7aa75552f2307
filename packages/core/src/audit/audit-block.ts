import { createHash } from 'node:crypto';
import { AuditRecord } from '@prelaunch/contracts/audit';
import canonicalize from 'canonicalize';
import * as z from 'zod';

/**
 * One block of the log: records that arrived together, chained to the block before. `recordHashes` tell which record was altered;
 * `hash` is over all the rest of the block, and so over all blocks before. Records of a newer version keep what this one does not know.
 */
export const AuditBlock = z.strictObject({
  /** The UTC day when it was appended. */
  day: z.iso.date(),
  /** From 1 on, without gaps within the day. */
  block: z.int().min(1),
  appendedAt: z.iso.datetime(),
  /** Of the block before, which for a day's first block is the last of an earlier day. `null`: the first block of all. */
  prevHash: z.string().nullable(),
  records: z.array(z.looseObject(AuditRecord.shape)),
  recordHashes: z.array(z.string()),
  /** The last block of its day: later ones belong to a later day. Without records. */
  closes: z.boolean(),
  hash: z.string(),
});
export type AuditBlock = z.output<typeof AuditBlock>;

/** The newest block, as noted beside the chain. It may be behind for a moment, never ahead. */
export const AuditHead = z.object({ day: z.iso.date(), block: z.int(), hash: z.string() });
export type AuditHead = z.output<typeof AuditHead>;

interface Unsealed {
  readonly day: string;
  readonly block: number;
  readonly appendedAt: string;
  readonly prevHash: string | null;
  readonly records: readonly AuditRecord[];
  readonly closes: boolean;
}

/** Gives a block its hashes. The records must be as JSON has them: nothing undefined. */
export function sealBlock({ records, ...others }: Unsealed): AuditBlock {
  const unhashed = { ...others, records: [...records], recordHashes: records.map(hashOf) };
  return { ...unhashed, hash: hashBlock(unhashed) };
}

/** What a block's hash should be. */
export function hashBlock({ hash: _stated, ...others }: Omit<AuditBlock, 'hash'> & { readonly hash?: string }): string {
  return hashOf(others);
}

/** `sha256:` of the canonical JSON (RFC 8785). */
export function hashOf(value: unknown): string {
  return `sha256:${createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('hex')}`;
}

export function utcDay(time: Date): string {
  return time.toISOString().slice(0, 10);
}

const DAY_MS = 24 * 3_600_000;

export function dayAfter(day: string): string {
  return utcDay(new Date(Date.parse(day) + DAY_MS));
}

export function isBefore(
  one: { readonly day: string; readonly block: number },
  other: { readonly day: string; readonly block: number },
): boolean {
  return one.day < other.day || (one.day === other.day && one.block < other.block);
}
