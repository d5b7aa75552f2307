import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Group } from '@prelaunch/core/group/group';
import type { Clock, GroupStore, ServerStore } from '@prelaunch/core/group/ports';
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

export function dynamoWaveStore(client: DynamoDBDocumentClient, tableName: string, now: Clock): WaveStore {
  const table = versionedTable<Wave>(client, { name: tableName, key: 'waveId', schema: StoredWave });
  return {
    // DynamoDB expires items late.
    get: async (waveId) => {
      const wave = (await table.getMany([waveId])).get(waveId);
      return wave && expiresAt(wave) > now().getTime() / 1000 ? wave : undefined;
    },
    save: (wave) => {
      const item = { ...wave, expiresAt: expiresAt(wave) };
      return table.save(item);
    },
  };
}

function expiresAt({ startedAt }: Wave): number {
  return Math.floor(Date.parse(startedAt) / 1000) + REMEMBERED_SECONDS;
}
