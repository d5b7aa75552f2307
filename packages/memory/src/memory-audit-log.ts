import type { AuditBlock, AuditHead } from '@prelaunch/core/audit/audit-block';
import { isBefore } from '@prelaunch/core/audit/audit-block';
import type { AuditBlocks, IndexEntry } from '@prelaunch/core/audit/ports';

/** The log in memory. Blocks are copied in and out, so that nobody shares them. */
export function memoryAuditLog(): AuditBlocks {
  const byDay = new Map<string, Map<number, AuditBlock>>();
  const days = new Set<string>();
  const entries = new Map<string, Map<string, IndexEntry>>();
  let head: AuditHead | undefined;

  const blocksOf = (day: string) => [...(byDay.get(day)?.values() ?? [])].sort((one, other) => one.block - other.block);
  return {
    async newestFirst(day, { limit, before = Number.POSITIVE_INFINITY }) {
      const older = blocksOf(day).filter(({ block }) => block < before);
      return structuredClone(older.reverse().slice(0, limit));
    },
    get: async (day, block) => structuredClone(byDay.get(day)?.get(block)),
    async put(block) {
      const found = byDay.get(block.day) ?? new Map<number, AuditBlock>();
      if (found.has(block.block)) return false;
      byDay.set(block.day, found.set(block.block, structuredClone(block)));
      return true;
    },
    daysBefore: async (day, limit) =>
      [...days]
        .filter((one) => day === undefined || one < day)
        .sort()
        .reverse()
        .slice(0, limit),
    addDay: async (day) => void days.add(day),
    async addIndexEntry(entry) {
      const found = entries.get(entry.index) ?? new Map<string, IndexEntry>();
      entries.set(entry.index, found.set(`${entry.day}#${entry.block}`, entry));
    },
    async indexEntries(index, { limit, before }) {
      return [...(entries.get(index)?.values() ?? [])]
        .filter((entry) => before === undefined || isBefore(entry, before))
        .sort((one, other) => (isBefore(one, other) ? 1 : -1))
        .slice(0, limit);
    },
    head: async () => head,
    async moveHead({ day, block, hash }) {
      if (!head || isBefore(head, { day, block })) head = { day, block, hash };
    },
    async *stored(day) {
      for (const block of blocksOf(day)) yield { day, position: String(block.block), content: structuredClone(block) };
    },
    async *days() {
      yield* [...days].sort();
    },
  };
}
