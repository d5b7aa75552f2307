import type { AuditEntry } from '@prelaunch/contracts/audit';
import pMap from 'p-map';
import { refusedField } from '../invalid-request-error.ts';
import { type AuditBlock, utcDay } from './audit-block.ts';
import { actorIndex, EVERYTHING, groupIndex } from './index-entries.ts';
import { type Place, placeOf, tokenOf } from './page-token.ts';
import type { AuditBlocks, AuditPage, AuditQuery, AuditReader, IndexEntry } from './ports.ts';

/** The most days between `from` and `to` when neither a group nor an actor is given. */
export const RANGE_DAYS_MAX = 31;

/** SQS keeps records for so long: none reaches the log later. */
const LATE_DAYS = 14;
/** A page looks at so many blocks at most; then the caller is told to go on. */
const BLOCKS_PER_PAGE_MAX = 200;
const ENTRIES_AT_ONCE = 100;
const BLOCKS_AT_ONCE = 8;
/** The clocks of those who record and of those who append may differ. */
const CLOCK_DIFFERENCE_MS = 3_600_000;
const DAY_MS = 24 * 3_600_000;

export function auditReaderOf(blocks: AuditBlocks): AuditReader {
  return { query: (query) => queryAudit(query, { blocks }) };
}

/**
 * Entries of a group, an actor, both, or all, by the time at which they were recorded; newest first, in the order of the log. The
 * index says which blocks to read and the times of what is in them, so that others are passed over unread.
 */
export async function queryAudit(query: AuditQuery, { blocks }: { readonly blocks: AuditBlocks }): Promise<AuditPage> {
  refuseRange(query);
  const place = query.nextToken === undefined ? undefined : placeOf(query.nextToken, query);
  const entries: AuditEntry[] = [];
  let looked = 0;
  for await (const block of candidateBlocks(query, place, blocks)) {
    const answered = (isAt(place, block) && place.answered) || 0;
    const matching = entriesOf(block, query).slice(answered);
    const taken = matching.slice(0, query.limit - entries.length);
    entries.push(...taken);
    looked += 1;
    if (entries.length < query.limit && looked < BLOCKS_PER_PAGE_MAX) continue;
    const rest = taken.length < matching.length ? answered + taken.length : null;
    return { entries, nextToken: tokenOf({ day: block.day, block: block.block, answered: rest }, query) };
  }
  return { entries };
}

function refuseRange({ groupId, actor, from, to }: AuditQuery): void {
  const ms = Date.parse(to) - Date.parse(from);
  if (ms < 0) throw refusedField('from', from, `a time before to, which is ${to}`);
  if (groupId !== undefined || actor !== undefined || ms <= RANGE_DAYS_MAX * DAY_MS) return;
  throw refusedField('from', from, `at most ${RANGE_DAYS_MAX} days before to, unless groupId or actor is given`);
}

function isAt(place: Place | undefined, { day, block }: AuditBlock): place is Place {
  return place?.day === day && place.block === block;
}

/** The blocks that may have matching records, newest first. */
async function* candidateBlocks(
  query: AuditQuery,
  place: Place | undefined,
  blocks: AuditBlocks,
): AsyncGenerator<AuditBlock> {
  for await (const some of candidates(query, place, blocks)) {
    const read = await pMap(some, ({ day, block }) => blocks.get(day, block), { concurrency: BLOCKS_AT_ONCE });
    yield* read.filter((block) => block !== undefined);
  }
}

/** The index entries whose records may match, newest first, some at a time. */
async function* candidates(
  query: AuditQuery,
  place: Place | undefined,
  blocks: AuditBlocks,
): AsyncGenerator<IndexEntry[]> {
  const index = indexOf(query);
  const [from, to] = [Date.parse(query.from), Date.parse(query.to)];
  const earliestDay = utcDay(new Date(from - CLOCK_DIFFERENCE_MS));
  let before = startOf(place, to);
  for (;;) {
    const found = await blocks.indexEntries(index, { limit: ENTRIES_AT_ONCE, before });
    const inTime = found.filter(({ day }) => day >= earliestDay);
    const matching = inTime.filter(({ first, last }) => Date.parse(first) < to && Date.parse(last) >= from);
    for (let start = 0; start < matching.length; start += BLOCKS_AT_ONCE)
      yield matching.slice(start, start + BLOCKS_AT_ONCE);
    const oldest = found.at(-1);
    if (!oldest || inTime.length < found.length) return;
    before = oldest;
  }
}

/** Behind the last day on which matching records can have arrived, or where the page before ended. */
function startOf(place: Place | undefined, to: number): { readonly day: string; readonly block: number } {
  if (!place) return { day: utcDay(new Date(to + (LATE_DAYS + 1) * DAY_MS)), block: 0 };
  return { day: place.day, block: place.answered === null ? place.block : place.block + 1 };
}

function indexOf({ groupId, actor }: AuditQuery): string {
  if (groupId !== undefined) return groupIndex(groupId);
  return actor === undefined ? EVERYTHING : actorIndex(actor);
}

/** The matching records of a block, newest first. */
function entriesOf({ day, block, hash: blockHash, records }: AuditBlock, query: AuditQuery): AuditEntry[] {
  const { groupId, actor } = query;
  const [from, to] = [Date.parse(query.from), Date.parse(query.to)];
  return records
    .filter((record) => {
      const at = Date.parse(record.at);
      if (at < from || at >= to) return false;
      return (groupId === undefined || record.groupId === groupId) && (actor === undefined || record.actor === actor);
    })
    .map((record) => ({ ...record, day, block, blockHash }))
    .reverse();
}
