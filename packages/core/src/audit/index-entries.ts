import type { AuditRecord } from '@prelaunch/contracts/audit';
import { type AuditBlock, hashOf } from './audit-block.ts';
import type { IndexEntry } from './ports.ts';

/** The index under which every block with records is. */
export const EVERYTHING = 'all';

/** What DynamoDB takes in a partition key, with room for what stands before it. */
const KEY_BYTES_MAX = 1024;

export function groupIndex(groupId: string): string {
  return `group#${groupId}`;
}

export function actorIndex(actor: string): string {
  const fits = Buffer.byteLength(actor) <= KEY_BYTES_MAX;
  return `actor#${fits ? actor : hashOf(actor)}`;
}

/** One entry for each index that a block belongs to. Made anew, they are the same. */
export function indexEntriesOf({ day, block, records }: AuditBlock): IndexEntry[] {
  const byIndex = new Map<string, string[]>();
  for (const record of records) {
    for (const index of indexesOf(record)) byIndex.set(index, [...(byIndex.get(index) ?? []), record.at]);
  }
  return [...byIndex].map(([index, times]) => ({ index, day, block, ...spanOf(times) }));
}

function indexesOf({ groupId, actor }: AuditRecord): string[] {
  return [EVERYTHING, actorIndex(actor), ...(groupId === undefined ? [] : [groupIndex(groupId)])];
}

function spanOf(times: readonly string[]): Pick<IndexEntry, 'first' | 'last'> {
  const sorted = times.map((time) => Date.parse(time)).sort((one, other) => one - other);
  const iso = (ms: number | undefined) => new Date(ms ?? 0).toISOString();
  return { first: iso(sorted[0]), last: iso(sorted.at(-1)) };
}
