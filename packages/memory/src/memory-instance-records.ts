import { isDeepStrictEqual } from 'node:util';
import type { DriftHistoryEntry } from '@prelaunch/contracts/drift';
import type { Baseline } from '@prelaunch/core/drift/baseline';
import type { RemediationLedger } from '@prelaunch/core/drift/brakes';
import type {
  BaselineRef,
  BaselineStore,
  DriftHistory,
  GroupAudit,
  GroupAudits,
  LedgerStore,
  ResourceOwners,
} from '@prelaunch/core/drift/ports';
import type { SlotStore } from '@prelaunch/core/drift/schedule-audits';
import type { Clock } from '@prelaunch/core/group/ports';
import { countedItems } from './counted-items.ts';

interface MemoryInstanceRecords {
  readonly baselines: BaselineStore;
  readonly owners: ResourceOwners;
  readonly history: DriftHistory;
  readonly audits: GroupAudits;
  readonly ledgers: LedgerStore;
  readonly slots: SlotStore;
}

/** What is kept beside the newest audits of instances, in memory. Copied in and out, so that nobody shares it. */
export function memoryInstanceRecords(now: Clock): MemoryInstanceRecords {
  return {
    baselines: memoryBaselines(),
    owners: memoryOwners(),
    history: memoryHistory(now),
    audits: memoryAudits(),
    ledgers: memoryLedgers(),
    slots: memorySlots(),
  };
}

function memorySlots(): SlotStore {
  let slot: number | undefined;
  return {
    last: async () => slot,
    reached: async (reached) => {
      slot = Math.max(slot ?? reached, reached);
    },
  };
}

function memoryBaselines(): BaselineStore {
  const baselines = new Map<string, Baseline>();
  const nameOf = ({ instanceId, version }: BaselineRef) => `${instanceId} ${version}`;
  return {
    capture: async (baseline) => {
      if (!baselines.has(nameOf(baseline))) baselines.set(nameOf(baseline), structuredClone(baseline));
    },
    async get(refs) {
      const found = refs.flatMap((ref) => baselines.get(nameOf(ref)) ?? []);
      return new Map(found.map((baseline) => [baseline.instanceId, structuredClone(baseline)]));
    },
  };
}

function memoryOwners(): ResourceOwners {
  const owners = new Map<string, string>();
  return {
    ownerOf: async (resourceId) => owners.get(resourceId),
    note: async (resourceId, instanceId) => void owners.set(resourceId, instanceId),
  };
}

const REMEMBERED_MS = 90 * 24 * 3_600_000;

function memoryHistory(now: Clock): DriftHistory {
  const entries = new Map<string, DriftHistoryEntry[]>();
  return {
    async add(instanceId, entry) {
      const known = entries.get(instanceId) ?? [];
      // As in the table, where an entry that is added again is the same item.
      if (known.some((one) => isDeepStrictEqual(one, entry))) return;
      entries.set(instanceId, [...known, structuredClone(entry)]);
    },
    async newest(instanceId, limit) {
      const kept = (entries.get(instanceId) ?? []).filter(({ at }) => Date.parse(at) + REMEMBERED_MS > now().getTime());
      const newestFirst = kept.toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at));
      return structuredClone(newestFirst.slice(0, limit));
    },
  };
}

function memoryAudits(): GroupAudits {
  const audits = new Map<string, GroupAudit>();
  return {
    get: async (groupId) => structuredClone(audits.get(groupId)),
    async put(audit) {
      const known = audits.get(audit.groupId);
      if (!known || known.at <= audit.at) audits.set(audit.groupId, structuredClone(audit));
    },
  };
}

function memoryLedgers(): LedgerStore {
  const ledgers = countedItems<RemediationLedger>(
    ({ version }) => version,
    (ledger, version) => ({ ...ledger, version }),
  );
  return { get: async (groupId) => ledgers.get(groupId), save: async (ledger) => ledgers.save(ledger.groupId, ledger) };
}
