import type { AuditRecord } from '@prelaunch/contracts/audit';
import pMap from 'p-map';
import { ContentionError } from '../errors.ts';
import type { Clock } from '../group/ports.ts';
import { type AuditBlock, dayAfter, isBefore, sealBlock, utcDay } from './audit-block.ts';
import { indexEntriesOf } from './index-entries.ts';
import type { AuditBlocks } from './ports.ts';

export interface AppendDeps {
  readonly blocks: AuditBlocks;
  readonly now: Clock;
}

export interface Batch {
  readonly records: readonly AuditRecord[];
  /** ISO 8601: an earlier delivery of these may have appended them from this time on. Undefined for first deliveries. */
  readonly since?: string | undefined;
}

/** How often a lost race is tried again. Each loss is somebody else's block. */
const ATTEMPTS_MAX = 50;
/** Half of what DynamoDB takes in an item. */
const BLOCK_BYTES_MAX = 200_000;
/** The most blocks that are looked at for records that are there already. */
const LOOK_BACK_MAX = 2_000;
const PAGE_BLOCKS = 20;
const INDEX_WRITES_AT_ONCE = 10;

/**
 * Appends records to the chain as one block, or as several when they are too large for one item. What an earlier delivery appended is
 * left out, and indexed again, in case that one stopped before it had. Answers the blocks that were appended.
 */
export async function appendRecords({ records, since }: Batch, deps: AppendDeps): Promise<AuditBlock[]> {
  const appended: AuditBlock[] = [];
  for (const some of blockfuls(distinct(records))) {
    const { made, earlier } = await appendBlock(some, since, deps);
    for (const block of earlier) await index(block, deps);
    if (made) {
      await index(made, deps);
      appended.push(made);
    }
  }
  return appended;
}

interface Append {
  /** Undefined when all of the records were there already. */
  readonly made: AuditBlock | undefined;
  /** The blocks that have some of them. */
  readonly earlier: readonly AuditBlock[];
}

/** Puts a block behind the newest one; where somebody else was faster, looks again. */
async function appendBlock(
  records: readonly AuditRecord[],
  since: string | undefined,
  deps: AppendDeps,
): Promise<Append> {
  const { blocks, now } = deps;
  const earlier: AuditBlock[] = [];
  const tried = new Set<string>();
  let missing = records;
  let isKnown = (block: AuditBlock) => since === undefined || Date.parse(block.appendedAt) < Date.parse(since);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const { tip, holding } = await lookBack(missing, isKnown, blocks);
    isKnown = (block) => tip !== undefined && !isBefore(tip, block);
    earlier.push(...holding);
    missing = missing.filter((record) => !holding.some((block) => holds(block, record)));
    // A put whose answer was lost is found like somebody else's.
    if (missing.length === 0) return { made: earlier.find(({ hash }) => tried.has(hash)), earlier };
    const next = nextBlock(missing, tip, now());
    tried.add(next.hash);
    if (next.block === 1) await blocks.addDay(next.day);
    if ((await blocks.put(next)) && !next.closes) return { made: next, earlier };
  }
  throw new ContentionError('the audit log');
}

/**
 * What follows the newest block. A day is closed before the next one begins, by a block as any other: of somebody who still appends
 * to the old day and somebody who begins the new one, only one wins. Clocks may differ, so no day comes after a later one.
 */
function nextBlock(records: readonly AuditRecord[], tip: AuditBlock | undefined, now: Date): AuditBlock {
  const today = utcDay(now);
  const appendedAt = now.toISOString();
  if (!tip) return sealBlock({ day: today, block: 1, appendedAt, prevHash: null, records, closes: false });
  const follows = { appendedAt, prevHash: tip.hash };
  if (tip.closes) {
    return sealBlock({ ...follows, day: laterDay(today, dayAfter(tip.day)), block: 1, records, closes: false });
  }
  const inDay = { ...follows, day: tip.day, block: tip.block + 1 };
  if (tip.day < today) return sealBlock({ ...inDay, records: [], closes: true });
  return sealBlock({ ...inDay, records, closes: false });
}

function laterDay(one: string, other: string): string {
  if (one < other) return other;
  return one;
}

/** The newest block, and which of those before it, until one that is known, hold some of the records. */
async function lookBack(
  records: readonly AuditRecord[],
  isKnown: (block: AuditBlock) => boolean,
  blocks: AuditBlocks,
): Promise<{ readonly tip: AuditBlock | undefined; readonly holding: readonly AuditBlock[] }> {
  const holding: AuditBlock[] = [];
  let tip: AuditBlock | undefined;
  let looked = 0;
  for await (const block of backwards(blocks)) {
    if (tip && isKnown(block)) break;
    tip ??= block;
    if (records.some((record) => holds(block, record))) holding.push(block);
    looked += 1;
    if (isKnown(block) || looked >= LOOK_BACK_MAX) break;
  }
  return { tip, holding };
}

/** All blocks, newest first. The newest is mostly all that is asked for. */
async function* backwards(blocks: AuditBlocks): AsyncGenerator<AuditBlock> {
  let limit = 1;
  for await (const day of daysBackwards(blocks)) {
    let before: number | undefined;
    for (;;) {
      const page = await blocks.newestFirst(day, { limit, before });
      yield* page;
      before = page.at(-1)?.block;
      if (before === undefined || before <= 1) break;
      limit = PAGE_BLOCKS;
    }
  }
}

/** A day may have been noted by somebody who then put nothing. */
const DAYS_AT_ONCE = 3;

async function* daysBackwards(blocks: AuditBlocks): AsyncGenerator<string> {
  let before: string | undefined;
  for (;;) {
    const days = await blocks.daysBefore(before, DAYS_AT_ONCE);
    yield* days;
    before = days.at(-1);
    if (before === undefined) return;
  }
}

/** Writes what queries and verification begin from. Repeated, it changes nothing. */
async function index(block: AuditBlock, { blocks }: AppendDeps): Promise<void> {
  const { day, hash } = block;
  await Promise.all([
    pMap(indexEntriesOf(block), (entry) => blocks.addIndexEntry(entry), { concurrency: INDEX_WRITES_AT_ONCE }),
    blocks.moveHead({ day, block: block.block, hash }),
  ]);
}

function holds(block: AuditBlock, { recordId }: AuditRecord): boolean {
  return block.records.some((other) => other.recordId === recordId);
}

/** The first delivery of each, as JSON has it: nothing that comes later takes its place. */
function distinct(records: readonly AuditRecord[]): AuditRecord[] {
  const byId = new Map(records.toReversed().map((record) => [record.recordId, record]));
  return JSON.parse(JSON.stringify([...byId.values()].reverse())) as AuditRecord[];
}

function blockfuls(records: readonly AuditRecord[]): AuditRecord[][] {
  const blocks: AuditRecord[][] = [];
  let left = 0;
  for (const record of records) {
    const bytes = Buffer.byteLength(JSON.stringify(record));
    if (bytes > left) {
      blocks.push([]);
      left = BLOCK_BYTES_MAX;
    }
    blocks.at(-1)?.push(record);
    left -= bytes;
  }
  return blocks;
}
