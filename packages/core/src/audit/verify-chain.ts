import { AuditBlock, type AuditHead, hashBlock, hashOf, isBefore } from './audit-block.ts';
import type { StoredBlock } from './ports.ts';

/** Something that is not as appending left it. */
export interface ChainFinding {
  readonly kind: /** What stands at the place is no block. */
    | 'unreadable'
    /** A record, or something else of the block, is not what the hashes say. */
    | 'altered'
    /** The block says that it belongs elsewhere: moved, or copied. */
    | 'moved'
    /** Blocks are not there, or there is one too many. */
    | 'missing'
    | 'repeated'
    /** The block does not follow the one before it: that one was replaced or removed, or this one was put in. */
    | 'broken_link'
    /** A day goes on after its last block, or another day begins before it. */
    | 'not_closed'
    | 'after_close'
    /** The head has seen more, or something else. */
    | 'truncated'
    | 'head_differs'
    | 'head_missing'
    /** A hash that was noted elsewhere is not in the chain. */
    | 'expected_not_found';
  readonly day?: string;
  /** The number of the block, or what stands in its place. */
  readonly block?: number | string;
  readonly recordId?: string;
  readonly expected: string;
  readonly found: string;
}

export interface ChainReport {
  readonly findings: readonly ChainFinding[];
  readonly days: number;
  readonly blocks: number;
  readonly records: number;
  readonly newest: AuditHead | undefined;
}

export interface ChainEnd {
  /** Read before the blocks were, so that it is not ahead of them by itself. Undefined: not to be looked at. */
  readonly head: AuditHead | 'missing' | undefined;
  /** A hash that somebody noted elsewhere. */
  readonly expected?: string | undefined;
}

export interface ChainCheck {
  /** Blocks in the order of their keys. */
  add(stored: StoredBlock): void;
  end(end: ChainEnd): ChainReport;
}

/** What has to precede the first block that is looked at: a block, nothing at all, or whatever there is. */
export type ChainStart = AuditBlock | 'nothing' | 'anything';

/** Checks a chain block by block, so that a long one need not be held at once. */
export function checkChain(start: ChainStart): ChainCheck {
  const findings: ChainFinding[] = [];
  const days = new Set<string>();
  const hashes = new Map<string, string>();
  const seen = new Set<string>();
  let before = start;
  let [blocks, records] = [0, 0];
  let newest: AuditHead | undefined;

  return {
    add(stored) {
      blocks += 1;
      days.add(stored.day);
      const parsed = AuditBlock.safeParse(stored.content);
      if (!parsed.success) {
        findings.push(unreadable(stored, parsed.error.issues.map(({ path }) => path.join('.')).join(', ')));
        // What follows cannot be held to it.
        before = 'anything';
        return;
      }
      const block = parsed.data;
      records += block.records.length;
      findings.push(...alterations(stored, block), ...displacements(stored, block), ...links(stored, block, before));
      const place = placeOf(stored);
      if (hashes.has(place))
        findings.push({ kind: 'repeated', ...at(stored), expected: 'one block', found: 'another' });
      hashes.set(place, block.hash);
      seen.add(block.hash);
      newest = { day: stored.day, block: numberOf(stored), hash: block.hash };
      before = block;
    },
    end: ({ head, expected }) => ({
      findings: [...findings, ...headFindings(head, hashes, newest), ...expectation(expected, seen)],
      days: days.size,
      blocks,
      records,
      newest,
    }),
  };
}

/** As `checkChain`, of blocks that are at hand. */
export function verifyChain(stored: Iterable<StoredBlock>, end: ChainEnd, start: ChainStart = 'nothing'): ChainReport {
  const check = checkChain(start);
  for (const one of stored) check.add(one);
  return check.end(end);
}

function alterations(stored: StoredBlock, block: AuditBlock): ChainFinding[] {
  const findings: ChainFinding[] = [];
  for (const [index, record] of block.records.entries()) {
    const [expected = 'no record', found] = [block.recordHashes[index], hashOf(record)];
    if (found !== expected)
      findings.push({ kind: 'altered', ...at(stored), recordId: record.recordId, expected, found });
  }
  const spare = block.recordHashes.slice(block.records.length);
  findings.push(
    ...spare.map((expected) => ({ kind: 'altered' as const, ...at(stored), expected, found: 'no record' })),
  );
  const found = hashBlock(block);
  if (found !== block.hash) findings.push({ kind: 'altered', ...at(stored), expected: block.hash, found });
  return findings;
}

function displacements(stored: StoredBlock, { day, block }: AuditBlock): ChainFinding[] {
  if (day === stored.day && block === numberOf(stored)) return [];
  return [{ kind: 'moved', ...at(stored), expected: placeOf(stored), found: `${day} ${block}` }];
}

function links(stored: StoredBlock, block: AuditBlock, before: ChainStart): ChainFinding[] {
  if (before === 'anything') return [];
  if (before === 'nothing') return [...gap(stored, 1), ...brokenLink(stored, block, null)];
  const isSameDay = before.day === stored.day;
  return [
    ...gap(stored, isSameDay ? before.block + 1 : 1),
    ...brokenLink(stored, block, before.hash),
    ...(isSameDay ? afterClose(stored, before) : notClosed(stored, before)),
  ];
}

function gap(stored: StoredBlock, due: number): ChainFinding[] {
  const number = numberOf(stored);
  if (!(number > due)) return [];
  const expected = number === due + 1 ? `block ${due}` : `blocks ${due} to ${number - 1}`;
  return [{ kind: 'missing', ...at(stored), expected, found: 'nothing' }];
}

function brokenLink(stored: StoredBlock, { prevHash }: AuditBlock, expected: string | null): ChainFinding[] {
  if (prevHash === expected) return [];
  return [{ kind: 'broken_link', ...at(stored), expected: expected ?? 'no block', found: prevHash ?? 'none' }];
}

function afterClose(stored: StoredBlock, before: AuditBlock): ChainFinding[] {
  if (!before.closes) return [];
  const [expected, found] = [`nothing after block ${before.block}`, `block ${numberOf(stored)}`];
  return [{ kind: 'after_close', ...at(stored), expected, found }];
}

function notClosed(stored: StoredBlock, before: AuditBlock): ChainFinding[] {
  if (before.closes) return [];
  const [expected, found] = [`a last block of ${before.day}`, `block ${before.block}, which is not the last`];
  return [{ kind: 'not_closed', ...at(stored), expected, found }];
}

function headFindings(
  head: ChainEnd['head'],
  hashes: ReadonlyMap<string, string>,
  newest: AuditHead | undefined,
): ChainFinding[] {
  if (head === undefined) return [];
  if (head === 'missing') {
    if (!newest) return [];
    return [{ kind: 'head_missing', expected: `a head at ${newest.day} ${newest.block}`, found: 'none' }];
  }
  const { day, block, hash } = head;
  const found = hashes.get(`${day} ${block}`);
  if (found === hash) return [];
  if (found !== undefined) return [{ kind: 'head_differs', day, block, expected: hash, found }];
  const end = newest ? `${newest.day} ${newest.block} as the last block` : 'no blocks';
  const kind = newest && isBefore(head, newest) ? 'missing' : 'truncated';
  return [{ kind, day, block, expected: `block ${block} of ${day}`, found: end }];
}

function expectation(expected: string | undefined, seen: ReadonlySet<string>): ChainFinding[] {
  if (expected === undefined || seen.has(expected)) return [];
  return [{ kind: 'expected_not_found', expected, found: 'no block with this hash' }];
}

function unreadable(stored: StoredBlock, fields: string): ChainFinding {
  return { kind: 'unreadable', ...at(stored), expected: 'a block', found: `other content at ${fields}` };
}

function at(stored: StoredBlock): { readonly day: string; readonly block: number | string } {
  const number = numberOf(stored);
  return { day: stored.day, block: Number.isNaN(number) ? stored.position : number };
}

function numberOf({ position }: StoredBlock): number {
  return /^\d+$/.test(position) ? Number(position) : Number.NaN;
}

function placeOf(stored: StoredBlock): string {
  return `${stored.day} ${numberOf(stored)}`;
}
