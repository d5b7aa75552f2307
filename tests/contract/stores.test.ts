import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoGroupStore, dynamoServerStore, dynamoWaveStore } from '@prelaunch/aws/dynamo-stores';
import type { GroupStore, ServerStore } from '@prelaunch/core/group/ports';
import type { WaveStore } from '@prelaunch/core/wave/wave';
import { memoryGroupStore, memoryServerStore, memoryWaveStore } from '@prelaunch/memory/memory-stores';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  group,
  launchSettings,
  readyServer,
  serverId,
  serverIds,
  sourceServer,
  statusError,
  wave,
  waveJob,
} from '../support/builders.ts';
import { AT } from '../support/clock.ts';
import { type LocalAws, startLocalAws } from '../support/local-aws.ts';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

interface Stores {
  groups(): Promise<GroupStore>;
  servers(): Promise<ServerStore>;
  waves(): Promise<WaveStore>;
}

const memory: Stores = {
  groups: async () => memoryGroupStore(),
  servers: async () => memoryServerStore(),
  waves: async () => memoryWaveStore(),
};
const dynamo: Stores = {
  groups: async () => dynamoGroupStore(aws.documents, await aws.table('groupId')),
  servers: async () => dynamoServerStore(aws.documents, await aws.table('serverId')),
  waves: async () => dynamoWaveStore(aws.documents, await aws.table('waveId'), () => new Date(AT)),
};

const fullGroup = group({
  launchConfig: { ...launchSettings({ tags: { a: '' } }), nested: [{ deep: null }] },
  serverOverrides: { [serverId(1)]: { name: 'own' }, [serverId(2)]: 'nonsense' },
  definitionErrors: [statusError({ value: [1, 'x', null, { y: false }] })],
  heldElsewhere: [statusError({ serverId: serverId(2) })],
  refusal: statusError(),
  deletedAt: '2026-03-01T12:00:00.000Z',
  announcedStatus: 'ready',
});

async function listed(groups: GroupStore): Promise<string[]> {
  const found: string[] = [];
  for await (const one of groups.listIds()) found.push(one);
  return found;
}

describe.each([
  ['in memory', memory],
  ['on DynamoDB', dynamo],
])('stores %s', (_where, stores) => {
  describe('GroupStore', () => {
    it('gives back what was saved, one version on', async () => {
      const groups = await stores.groups();
      expect(await groups.save(fullGroup)).toBe(true);
      expect((await groups.getMany(['payments'])).get('payments')).toEqual({ ...fullGroup, version: 1 });
    });

    it('gives back a group without what is optional', async () => {
      const groups = await stores.groups();
      const { launchConfig: _none, ...plain } = group();
      await groups.save(plain);
      expect((await groups.getMany(['payments'])).get('payments')).toStrictEqual({ ...plain, version: 1 });
    });

    it('finds those that exist, however many are asked for and how often', async () => {
      const groups = await stores.groups();
      const ids = Array.from({ length: 250 }, (_, index) => `group-${index}`);
      for (const groupId of ids) await groups.save(group({ groupId }));
      expect([...(await groups.getMany([...ids, 'absent', ...ids])).keys()].sort()).toEqual([...ids].sort());
      expect(await groups.getMany(['absent'])).toEqual(new Map());
      expect(await groups.getMany([])).toEqual(new Map());
    });

    it('writes only what was read last', async () => {
      const groups = await stores.groups();
      expect(await groups.save(group({ version: 1 }))).toBe(false);
      await groups.save(group());
      expect(await groups.save(group({ name: 'again' }))).toBe(false);
      expect(await groups.save(group({ version: 1, name: 'second' }))).toBe(true);
      expect(await groups.save(group({ version: 1, name: 'late' }))).toBe(false);
      expect((await groups.getMany(['payments'])).get('payments')).toMatchObject({ name: 'second', version: 2 });
    });

    it('lets one of many writers at the same time win', async () => {
      const groups = await stores.groups();
      await groups.save(group());
      const names = Array.from({ length: 8 }, (_, index) => `writer ${index}`);
      const won = await Promise.all(names.map((name) => groups.save(group({ name, version: 1 }))));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect((await groups.getMany(['payments'])).get('payments')?.name).toBe(names[won.indexOf(true)]);
    });

    it('lists all groups, each once', async () => {
      const groups = await stores.groups();
      expect(await listed(groups)).toEqual([]);
      for (let n = 0; n < 30; n += 1) await groups.save(group({ groupId: `group-${n}` }));
      expect(new Set(await listed(groups)).size).toBe(30);
      expect(await listed(groups)).toHaveLength(30);
    });

    it('shares no objects with its callers', async () => {
      const groups = await stores.groups();
      const tags: Record<string, string> = { a: '1' };
      await groups.save(group({ launchConfig: { tags } }));
      tags.a = 'changed';
      expect((await groups.getMany(['payments'])).get('payments')?.launchConfig).toEqual({ tags: { a: '1' } });
    });
  });

  describe('ServerStore', () => {
    it('gives back what was saved, with and without what is optional', async () => {
      const servers = await stores.servers();
      const lease = { owner: 'somebody', until: 1_772_366_400_123 };
      const full = readyServer({
        lease,
        permit: { from: 1_772_366_400_500 },
        written: { launchTemplateId: 'lt-0a1b2c3d', launchTemplateVersion: 3, at: AT, doubt: 'late' },
        dirty: true,
        lastError: statusError(),
        errors: [statusError({ awsCode: 'X' })],
      });
      const bare = sourceServer({ serverId: serverId(2) });
      await servers.save(full);
      await servers.save(bare);
      const found = await servers.getMany(serverIds(2));
      expect(found.get(serverId(1))).toStrictEqual({ ...full, version: 1 });
      expect(found.get(serverId(2))).toStrictEqual({ ...bare, version: 1 });
    });

    it('finds many servers and writes only what was read last', async () => {
      const servers = await stores.servers();
      for (const id of serverIds(120)) await servers.save(sourceServer({ serverId: id }));
      expect((await servers.getMany(serverIds(130))).size).toBe(120);
      expect(await servers.save(sourceServer())).toBe(false);
      expect(await servers.save(sourceServer({ version: 1 }))).toBe(true);
    });

    it('forgets what is not in the item any more', async () => {
      const servers = await stores.servers();
      await servers.save(sourceServer({ lease: { owner: 'a', until: 1 } }));
      await servers.save(sourceServer({ version: 1 }));
      expect((await servers.getMany([serverId(1)])).get(serverId(1))).not.toHaveProperty('lease');
    });
  });

  describe('WaveStore', () => {
    it('gives back what was saved, and takes only one first writer', async () => {
      const waves = await stores.waves();
      expect(await waves.get('execution/1')).toBeUndefined();
      const jobs = [waveJob({ jobId: 'drsjob-1' }), waveJob({ key: 'other', error: statusError() })];
      const saved = wave({ jobs, notReady: [{ groupId: 'g', serverId: serverId(1), errors: [statusError()] }] });
      expect(await Promise.all([waves.save(saved), waves.save(saved)])).toContain(false);
      expect(await waves.get('execution/1')).toMatchObject({ ...saved, version: 1 });
      expect(await waves.save({ ...saved, version: 1, path: 'apply' })).toBe(true);
      expect(await waves.get('execution/1')).toMatchObject({ path: 'apply', version: 2 });
      expect(await waves.get('execution/2')).toBeUndefined();
    });
  });
});

describe('items on DynamoDB', () => {
  it('keep attributes of a newer version when an older one writes them back', async () => {
    const TableName = await aws.table('groupId');
    const groups = dynamoGroupStore(aws.documents, TableName);
    await aws.documents.send(
      new PutCommand({ TableName, Item: { ...group({ version: 1 }), fromTheFuture: { x: 1 } } }),
    );
    const [read] = (await groups.getMany(['payments'])).values();
    await groups.save({ ...(read ?? group()), name: 'renamed' });
    const { Item } = await aws.documents.send(new GetCommand({ TableName, Key: { groupId: 'payments' } }));
    expect(Item).toMatchObject({ name: 'renamed', version: 2, fromTheFuture: { x: 1 } });
  });

  it('are read although an older version left something out', async () => {
    const TableName = await aws.table('serverId');
    const { applied, ...server } = readyServer({ version: 1 });
    const { templateHash: _unknown, ...older } = applied ?? {};
    await aws.documents.send(new PutCommand({ TableName, Item: { ...server, applied: older } }));
    const found = (await dynamoServerStore(aws.documents, TableName).getMany([server.serverId])).get(server.serverId);
    expect(found?.applied).toEqual({ ...older, templateHash: '' });
  });

  it('are refused when they are not what they should be', async () => {
    const TableName = await aws.table('serverId');
    await aws.documents.send(new PutCommand({ TableName, Item: { serverId: serverId(1), status: 'odd' } }));
    await expect(dynamoServerStore(aws.documents, TableName).getMany([serverId(1)])).rejects.toThrow();
  });

  it('say when a wave may be forgotten, 90 days after it started', async () => {
    const TableName = await aws.table('waveId');
    await dynamoWaveStore(aws.documents, TableName, () => new Date(AT)).save(wave());
    const { Item } = await aws.documents.send(new GetCommand({ TableName, Key: { waveId: 'execution/1' } }));
    expect(Item?.expiresAt).toBe(Date.parse('2026-05-30T12:00:00Z') / 1000);
  });

  it('are not taken for written when the table fails otherwise', async () => {
    const servers = dynamoServerStore(aws.documents, 'no-such-table');
    await expect(servers.save(sourceServer())).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
