import type { Group } from '@prelaunch/core/group/group';
import type { GroupStore, ServerStore } from '@prelaunch/core/group/ports';
import type { SourceServer } from '@prelaunch/core/group/source-server';
import type { Wave, WaveStore } from '@prelaunch/core/wave/wave';
import { memoryTable } from './memory-table.ts';

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
