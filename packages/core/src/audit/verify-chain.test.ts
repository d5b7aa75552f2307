import { memoryAuditLog } from '@prelaunch/memory/memory-audit-log';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditRecord, storedBlocks } from '../../../../tests/support/audit.ts';
import { after, HOUR_MS } from '../../../../tests/support/clock.ts';
import { appendRecords } from './append-records.ts';
import { AuditBlock, type AuditHead, hashBlock, hashOf, sealBlock } from './audit-block.ts';
import type { StoredBlock } from './ports.ts';
import { type ChainFinding, verifyChain } from './verify-chain.ts';

let chain: readonly StoredBlock[];
let head: AuditHead;

/** Four days with some blocks each, of one to three records. */
beforeAll(async () => {
  const blocks = memoryAuditLog();
  for (let n = 0; n < 16; n += 1) {
    const records = Array.from({ length: 1 + (n % 3) }, (_, one) => auditRecord(10 * n + one));
    await appendRecords({ records }, { blocks, now: () => after(n * 6 * HOUR_MS) });
  }
  chain = await storedBlocks(blocks);
  head = (await blocks.head()) ?? expect.fail('no head');
});

function findings(stored: readonly StoredBlock[], end: { head?: AuditHead | 'missing'; expected?: string } = {}) {
  return verifyChain(stored, { head, ...end }).findings;
}

function kinds(found: readonly ChainFinding[]): string[] {
  return found.map(({ kind }) => kind);
}

function blockAt(index: number): AuditBlock {
  return AuditBlock.parse(chain[index]?.content);
}

function replaced(index: number, content: unknown): StoredBlock[] {
  return chain.map((one, at) => (at === index ? { ...one, content } : one));
}

/** Every place in a value at which something other than an object stands. */
function leaves(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

function changedAt(value: unknown, [key, ...rest]: readonly string[], to: unknown): unknown {
  if (key === undefined) return to;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  copy[key] = changedAt(copy[key], rest, to);
  return copy;
}

describe('verifyChain', () => {
  it('finds nothing in what was appended', () => {
    const report = verifyChain(chain, { head, expected: blockAt(5).hash });
    expect(report).toEqual({ findings: [], days: 5, blocks: 20, records: 31, newest: head });
  });

  it('finds nothing in a log that is empty, and a head that is gone or behind', () => {
    expect(findings([], { head: 'missing' })).toEqual([]);
    expect(findings(chain, { head: 'missing' })).toMatchObject([{ kind: 'head_missing' }]);
    const { day, block, hash } = blockAt(3);
    expect(findings(chain, { head: { day, block, hash } })).toEqual([]);
    expect(verifyChain(chain, { head: undefined }).findings).toEqual([]);
  });

  it('finds any single change of a value', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.nat(),
        fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
        (at, leaf, to) => {
          const index = at % chain.length;
          const content = chain[index]?.content;
          const paths = leaves(content);
          const path = paths[leaf % paths.length] ?? [];
          const changed = changedAt(content, path, to);
          fc.pre(hashOf(changed) !== hashOf(content));
          expect(findings(replaced(index, changed)), path.join('.')).not.toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('finds any single block that was removed, or a run of them', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 20 }), (at, count) => {
        const from = at % chain.length;
        const left = chain.toSpliced(from, count);
        expect(findings(left)).not.toEqual([]);
      }),
    );
  });

  it('finds any two blocks whose places were swapped', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (one, other) => {
        const [a, b] = [one % chain.length, other % chain.length];
        fc.pre(a !== b);
        const swapped = chain.map((stored, index) => ({
          ...stored,
          content: chain[index === a ? b : index === b ? a : index]?.content,
        }));
        expect(kinds(findings(swapped))).toContain('moved');
      }),
    );
  });

  it('finds any block that was put in, with good hashes or as a copy', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.boolean(), (at, of, isCopy) => {
        const index = at % chain.length;
        const before = blockAt(index);
        const place = { day: before.day, block: before.block + 1 };
        const made = sealBlock({
          ...before,
          ...place,
          prevHash: before.hash,
          records: [auditRecord(999)],
          closes: false,
        });
        const content = isCopy ? chain[of % chain.length]?.content : made;
        const stored = { day: place.day, position: String(place.block), content };
        // Behind the newest one only a hash that was noted elsewhere tells it from one that was appended.
        fc.pre(isCopy || index < chain.length - 1);
        expect(findings(chain.toSpliced(index + 1, 0, stored))).not.toEqual([]);
      }),
    );
  });

  it('finds a record that was removed, put in or put elsewhere, although the block was hashed anew', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom('remove', 'insert', 'reverse'), (at, how) => {
        const index = at % chain.length;
        const block = blockAt(index);
        const records = {
          remove: block.records.slice(1),
          insert: [...block.records, auditRecord(999)],
          reverse: block.records.toReversed(),
        }[how];
        const forged = sealBlock({ ...block, records });
        fc.pre(forged.hash !== block.hash);
        expect(findings(replaced(index, forged))).not.toEqual([]);
        expect(findings(replaced(index, { ...block, records }))).not.toEqual([]);
      }),
    );
  });

  it('names the record that was altered, with the hash that it should have', () => {
    const block = blockAt(3);
    const [first, second, third] = block.records;
    const records = [first, { ...second, actor: 'somebody else' }, third];
    const found = findings(replaced(3, { ...block, records }));
    expect(found).toEqual([
      {
        kind: 'altered',
        day: '2026-03-02',
        block: 1,
        recordId: 'record-21',
        expected: block.recordHashes[1],
        found: hashOf(records[1]),
      },
      expect.objectContaining({ kind: 'altered', day: '2026-03-02', block: 1, expected: block.hash }),
    ]);
  });

  it('names a gap, and a day that is gone', () => {
    const [first] = chain;
    expect(findings(chain.slice(1))).toMatchObject([
      { kind: 'missing', day: first?.day, block: 2, expected: 'block 1', found: 'nothing' },
      { kind: 'broken_link', expected: 'no block', found: blockAt(0).hash },
    ]);
    const without = chain.filter(({ day }) => day !== '2026-03-03');
    expect(findings(without)).toMatchObject([{ kind: 'broken_link', day: '2026-03-04', block: 1 }]);
    expect(findings(chain.toSpliced(4, 2))).toMatchObject([
      { kind: 'missing', day: '2026-03-02', block: 4, expected: 'blocks 2 to 3' },
      { kind: 'broken_link', day: '2026-03-02', block: 4, expected: blockAt(3).hash },
    ]);
  });

  it('names an end that was cut off, by the head or by a hash that was noted elsewhere', () => {
    const cut = chain.slice(0, -2);
    expect(findings(cut)).toMatchObject([{ kind: 'truncated', day: head.day, block: head.block }]);
    const { day, block, hash } = blockAt(cut.length - 1);
    const moved = { day, block, hash };
    expect(findings(cut, { head: moved })).toEqual([]);
    expect(findings(cut, { head: moved, expected: head.hash })).toMatchObject([
      { kind: 'expected_not_found', expected: head.hash },
    ]);
    expect(findings(chain, { head: { ...head, hash: 'sha256:0' } })).toMatchObject([{ kind: 'head_differs' }]);
    expect(findings([])).toMatchObject([{ kind: 'truncated', found: 'no blocks' }]);
  });

  it('finds a block that was forged with everything after it only by a hash that was noted elsewhere', () => {
    const forged: StoredBlock[] = [];
    let prevHash: string | null = null;
    for (const [index, stored] of chain.entries()) {
      const block = blockAt(index);
      const records = block.records.map((record) => ({ ...record, actor: 'nobody' }));
      const content = sealBlock({ ...block, records, prevHash });
      prevHash = content.hash;
      forged.push({ ...stored, content });
    }
    const last = AuditBlock.parse(forged.at(-1)?.content);
    expect(findings(forged)).toMatchObject([{ kind: 'head_differs' }]);
    expect(findings(forged, { head: last })).toEqual([]);
    expect(findings(forged, { head: last, expected: blockAt(9).hash })).toMatchObject([{ kind: 'expected_not_found' }]);
  });

  it('finds a place that is no number, and a day that goes on after its end', () => {
    const odd = chain.map((one, index) => (index === 1 ? { ...one, position: 'odd' } : one));
    expect(kinds(findings(odd))).toContain('moved');
    const closing = chain.findIndex((_, index) => blockAt(index).closes);
    const { day, block, hash, appendedAt } = blockAt(closing);
    const more = { day, block: block + 1, prevHash: hash, records: [], closes: true, appendedAt };
    const content = sealBlock(more);
    const put = chain.toSpliced(closing + 1, 0, { day, position: String(more.block), content });
    expect(kinds(findings(put))).toEqual(['after_close', 'broken_link']);
  });

  it('goes on after a block that cannot be read, and begins in the middle where it is told what was before', () => {
    expect(findings(replaced(3, { nonsense: true }))).toMatchObject([
      { kind: 'unreadable', day: '2026-03-02', block: 1 },
    ]);
    const end = { head };
    expect(verifyChain(chain.slice(7), end, blockAt(6)).findings).toEqual([]);
    expect(verifyChain(chain.slice(7), end, 'anything').findings).toEqual([]);
    expect(kinds([...verifyChain(chain.slice(7), end, blockAt(5)).findings])).toContain('broken_link');
  });

  it('counts extra content as altered', () => {
    expect(kinds(findings(replaced(1, { ...blockAt(1), extra: 1 })))).toEqual(['unreadable']);
    const spare = { ...blockAt(1), recordHashes: [...blockAt(1).recordHashes, 'sha256:0'] };
    expect(kinds(findings(replaced(1, { ...spare, hash: hashBlock(spare) })))).toEqual(['altered', 'broken_link']);
  });
});
