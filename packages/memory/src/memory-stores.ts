import type { Group } from '@prelaunch/core/group/group';
import type { GroupStore, ServerStore } from '@prelaunch/core/group/ports';
import type { SourceServer } from '@prelaunch/core/group/source-server';
import type { Wave, WaveStore } from '@prelaunch/core/wave/wave';

interface MemoryTable<Item> {
  getMany(ids: readonly string[]): Promise<Map<string, Item>>;
  save(item: Item): Promise<boolean>;
  listIds(after?: string): AsyncIterable<string>;
}

/** Compare-and-set on `version`, as the tables have it. Items are copied in and out, so that nobody shares them. */
function memoryTable<Item extends { readonly version: number }>(idOf: (item: Item) => string): MemoryTable<Item> {
  const items = new Map<string, Item>();
  return {
    async getMany(ids) {
      const found = [...new Set(ids)].flatMap((id) => items.get(id) ?? []);
      return new Map(found.map((item) => [idOf(item), structuredClone(item)]));
    },
    async save(item) {
      const storedVersion = items.get(idOf(item))?.version ?? 0;
      if (storedVersion !== item.version) return false;
      items.set(idOf(item), { ...structuredClone(item), version: item.version + 1 });
      return true;
    },
    async *listIds(after) {
      const ids = [...items.keys()];
      yield* after === undefined ? ids : ids.slice(ids.indexOf(after) + 1);
    },
  };
}

export function memoryGroupStore(): GroupStore {
  return memoryTable<Group>(({ groupId }) => groupId);
}

export function memoryServerStore(): ServerStore {
  return memoryTable<SourceServer>(({ serverId }) => serverId);
}

export function memoryWaveStore(): WaveStore {
  const table = memoryTable<Wave>(({ waveId }) => waveId);
  return { get: async (waveId) => (await table.getMany([waveId])).get(waveId), save: (wave) => table.save(wave) };
}
