import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Group } from '@prelaunch/core/group/group';
import type { GroupStore, ServerStore } from '@prelaunch/core/group/ports';
import type { SourceServer } from '@prelaunch/core/group/source-server';
import type { Wave, WaveStore } from '@prelaunch/core/wave/wave';
import { StoredGroup, StoredServer, StoredWave } from './stored-items.ts';
import { versionedTable } from './versioned-table.ts';

export function dynamoGroupStore(client: DynamoDBDocumentClient, tableName: string): GroupStore {
  return versionedTable<Group>(client, { name: tableName, key: 'groupId', schema: StoredGroup });
}

export function dynamoServerStore(client: DynamoDBDocumentClient, tableName: string): ServerStore {
  return versionedTable<SourceServer>(client, { name: tableName, key: 'serverId', schema: StoredServer });
}

/** How long a wave is remembered: calls repeated after this start it anew. */
const REMEMBERED_SECONDS = 90 * 24 * 3600;

export function dynamoWaveStore(client: DynamoDBDocumentClient, tableName: string): WaveStore {
  const table = versionedTable<Wave>(client, { name: tableName, key: 'waveId', schema: StoredWave });
  return {
    get: async (waveId) => (await table.getMany([waveId])).get(waveId),
    save: (wave) => {
      const expiresAt = Math.floor(Date.parse(wave.startedAt) / 1000) + REMEMBERED_SECONDS;
      const item = { ...wave, expiresAt };
      return table.save(item);
    },
  };
}
