import {
  BatchGetCommand,
  type BatchGetCommandInput,
  DynamoDBDocumentClient,
  GetCommand,
  type GetCommandInput,
  PutCommand,
} from '@aws-sdk/lib-dynamodb';
import { dynamoConfigurationStore } from '@prelaunch/aws/dynamo-configurations';
import type { VersionRef } from '@prelaunch/contracts/configuration';
import {
  type Catalogue,
  EMPTY_CATALOGUE,
  headOf,
  nameOf,
  type RolloutMark,
} from '@prelaunch/core/configuration/configuration';
import type { ConfigurationStore, RolloutStore } from '@prelaunch/core/configuration/ports';
import { memoryConfigurationStore } from '@prelaunch/memory/memory-configurations';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchSettings } from '../support/builders.ts';
import { catalogueOf, configurationDraft, configurationVersion, rolloutProgress } from '../support/configurations.ts';
import { type LocalAws, startLocalAws } from '../support/local-aws.ts';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

type Store = ConfigurationStore & RolloutStore;

const newTable = () => aws.table('configurationId', 'item');
const memory = async (): Promise<Store> => memoryConfigurationStore();
const dynamo = async (): Promise<Store> => dynamoConfigurationStore(aws.documents, await newTable());

const ref = (configurationId: string, version: number): VersionRef => ({ configurationId, version });
const numbered = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** All that a version may say, with keys that objects have by themselves. */
const fullVersion = configurationVersion({
  configurationId: 'constructor',
  version: 12,
  parents: [{ configurationId: 'base', version: 3 }, { configurationId: 'network' }],
  settings: launchSettings({
    securityGroupIds: null,
    tags: { constructor: 'x', toString: '', gone: null },
    metadataOptions: { httpPutResponseHopLimit: 2 },
  }),
  variants: { 'm7i.*': { copyTags: false, tags: {} }, '*': {} },
  unset: ['privateIpAddress'],
  locked: ['subnetId', 'tags.constructor'],
  description: 'd',
  owner: 'o',
  lineage: [ref('constructor', 12), ref('base', 3)],
  rolledBackTo: 2,
});

const stoppedRollout: RolloutMark = {
  version: 3,
  previous: [1, 2],
  state: 'stopped',
  maxFailureShare: 0.1,
  because: 'too much failed',
  by: 'user:alice',
  requestedBy: 'alice@example.com',
  correlationId: 'c-1',
};
const { because: _none, ...others } = stoppedRollout;
const runningRollout: RolloutMark = { ...others, state: 'running', previous: [] };

const fullCatalogue: Catalogue = catalogueOf(
  { production: 3, constructor: 2 },
  {
    revision: 7,
    retired: { toString: { version: 4, skipped: [2, 3] } },
    rollouts: { production: stoppedRollout, constructor: runningRollout },
  },
);

async function childrenOf(store: ConfigurationStore, parentId: string): Promise<string[]> {
  return ((await store.childrenOf([parentId])).get(parentId) ?? []).map(nameOf).sort();
}

async function historyOf(store: ConfigurationStore, id: string, options: { before?: number; limit: number }) {
  return (await store.history(id, options)).map(({ version }) => version);
}

describe.each([
  ['in memory', memory],
  ['on DynamoDB', dynamo],
])('the configuration graph %s', (_where, make) => {
  describe('its catalogue', () => {
    it('is empty before anything is published', async () => {
      expect(await (await make()).catalogue()).toStrictEqual(EMPTY_CATALOGUE);
    });

    it('is given back as it was saved, one version on', async () => {
      const store = await make();
      expect(await store.saveCatalogue(fullCatalogue)).toBe(true);
      const read = await store.catalogue();
      // Not strictly: with a key `constructor`, objects are taken for instances of different classes.
      expect(read).toEqual({ ...fullCatalogue, version: 1 });
      expect(headOf(read, 'constructor')).toBe(2);
      expect(headOf(read, 'toString')).toBe(0);
    });

    it('is written only by who read it last', async () => {
      const store = await make();
      expect(await store.saveCatalogue(catalogueOf({}, { version: 1 }))).toBe(false);
      expect(await store.saveCatalogue(catalogueOf({ a: 1 }))).toBe(true);
      expect(await store.saveCatalogue(catalogueOf({ b: 1 }))).toBe(false);
      expect(await store.saveCatalogue(catalogueOf({ c: 1 }, { version: 1 }))).toBe(true);
      expect(await store.saveCatalogue(catalogueOf({ d: 1 }, { version: 1 }))).toBe(false);
      expect(await store.catalogue()).toEqual(catalogueOf({ c: 1 }, { version: 2 }));
    });

    it.each([0, 1])('lets one of many writers at the same time win, after %i writes', async (writes) => {
      const store = await make();
      if (writes === 1) await store.saveCatalogue(EMPTY_CATALOGUE);
      const racing = numbered(8).map((head) => catalogueOf({ production: head }, { version: writes }));
      const won = await Promise.all(racing.map((catalogue) => store.saveCatalogue(catalogue)));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await store.catalogue()).toEqual({ ...racing[won.indexOf(true)], version: writes + 1 });
    });

    it('has room for as many configurations as there may be', async () => {
      const store = await make();
      const heads = Object.fromEntries(numbered(2000).map((n) => [String(n).padStart(64, 'c'), n]));
      await store.saveCatalogue(catalogueOf(heads));
      expect((await store.catalogue()).heads).toEqual(catalogueOf(heads).heads);
    });

    it('is not shared with who saved or read it', async () => {
      const store = await make();
      const heads = { production: { version: 1 } };
      await store.saveCatalogue({ ...EMPTY_CATALOGUE, heads });
      heads.production.version = 2;
      const read = await store.catalogue();
      Object.assign(read.heads, { other: { version: 1 } });
      expect((await store.catalogue()).heads).toEqual({ production: { version: 1 } });
    });
  });

  describe('its versions', () => {
    it('are given back as they were added', async () => {
      const store = await make();
      const bare = configurationVersion({ configurationId: 'bare' });
      expect(await store.addVersion(fullVersion)).toBe(true);
      expect(await store.addVersion(bare)).toBe(true);
      const found = await store.versions([fullVersion, bare]);
      expect(found.get('constructor@12')).toStrictEqual(fullVersion);
      expect(found.get('bare@1')).toStrictEqual(bare);
      expect(await store.history('constructor', { limit: 1 })).toStrictEqual([fullVersion]);
    });

    it('never change: a number is taken once, whoever comes again and with whatever', async () => {
      const store = await make();
      const first = configurationVersion({ message: 'first' });
      expect(await store.addVersion(first)).toBe(true);
      expect(await store.addVersion(first)).toBe(false);
      expect(await store.addVersion(configurationVersion({ message: 'second' }))).toBe(false);
      expect(await store.history('production', { limit: 5 })).toEqual([first]);
      expect(await store.versions([first])).toEqual(new Map([['production@1', first]]));
    });

    it('are added by one of many at the same time', async () => {
      const store = await make();
      const racing = numbered(8).map((n) => configurationVersion({ version: 4, message: `publisher ${n}` }));
      const won = await Promise.all(racing.map((version) => store.addVersion(version)));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect((await store.versions([ref('production', 4)])).get('production@4')).toEqual(racing[won.indexOf(true)]);
    });

    it('are found where they exist, however many are asked for and how often', async () => {
      const store = await make();
      const refs = numbered(250).map((n) => ref(n % 2 === 0 ? 'even' : 'constructor', n));
      for (const one of refs) await store.addVersion(configurationVersion(one));
      const asked = [...refs, ref('even', 251), ref('odd', 1), ref('constructor', 2), ...refs];
      const found = await store.versions(asked);
      expect([...found.keys()].sort()).toEqual(refs.map(nameOf).sort());
      for (const [name, version] of found) expect(nameOf(version)).toBe(name);
      expect(await store.versions([ref('even', 251)])).toEqual(new Map());
      expect(await store.versions([])).toEqual(new Map());
    });

    it('are found although they were missed before', async () => {
      const store = await make();
      const version = configurationVersion();
      expect(await store.versions([version])).toEqual(new Map());
      await store.addVersion(version);
      expect(await store.versions([version])).toEqual(new Map([['production@1', version]]));
    });

    it('are the same object for everybody, and not the one that was added', async () => {
      const store = await make();
      const tags: Record<string, string> = { a: '1' };
      const version = configurationVersion({ settings: { tags } });
      await store.addVersion(version);
      tags.a = 'changed';
      const [one, other] = await Promise.all([store.versions([version]), store.versions([version])]);
      const read = one.get('production@1');
      expect(read?.settings).toEqual({ tags: { a: '1' } });
      expect(other.get('production@1')).toBe(read);
      expect((await store.versions([version])).get('production@1')).toBe(read);
      expect((await store.history('production', { limit: 1 }))[0]).toBe(read);
    });
  });

  describe('its history', () => {
    it('is newest first, page by page', async () => {
      const store = await make();
      // Not in this order, and with numbers of which the text would be in another.
      for (const n of [10, 2, 1, 12, 9, 11, 100, 3]) await store.addVersion(configurationVersion({ version: n }));
      for (const other of ['product', 'production2', 'production.2'])
        await store.addVersion(configurationVersion({ configurationId: other, version: 50 }));
      expect(await historyOf(store, 'production', { limit: 50 })).toEqual([100, 12, 11, 10, 9, 3, 2, 1]);
      expect(await historyOf(store, 'production', { limit: 3 })).toEqual([100, 12, 11]);
      expect(await historyOf(store, 'production', { before: 11, limit: 3 })).toEqual([10, 9, 3]);
      expect(await historyOf(store, 'production', { before: 3, limit: 3 })).toEqual([2, 1]);
      expect(await historyOf(store, 'production', { before: 1, limit: 3 })).toEqual([]);
      expect(await historyOf(store, 'production', { before: 50, limit: 1 })).toEqual([12]);
      expect(await historyOf(store, 'unknown', { limit: 3 })).toEqual([]);
    });

    it('has nothing but versions of it', async () => {
      const store = await make();
      await store.addVersion(configurationVersion());
      await store.addVersion(
        configurationVersion({ configurationId: 'child', version: 7, parents: [{ configurationId: 'production' }] }),
      );
      await store.saveDraft(configurationDraft());
      await store.saveRollout(rolloutProgress());
      expect(await historyOf(store, 'production', { limit: 9 })).toEqual([1]);
    });

    it('gives as many as it was asked for, however large they are', async () => {
      const store = await make();
      const description = 'x'.repeat(90_000);
      for (const n of numbered(30)) await store.addVersion(configurationVersion({ version: n, description }));
      expect(await historyOf(store, 'production', { limit: 28 })).toEqual(numbered(30).reverse().slice(0, 28));
    });
  });

  describe('its edges', () => {
    it('lead from each parent, pinned or not, to every version that named it', async () => {
      const store = await make();
      const child = (version: number, parents: (string | VersionRef)[]) =>
        configurationVersion({
          configurationId: 'child',
          version,
          parents: parents.map((parent) => (typeof parent === 'string' ? { configurationId: parent } : parent)),
        });
      await store.addVersion(child(1, ['base', ref('constructor', 3)]));
      await store.addVersion(child(2, [ref('base', 2)]));
      await store.addVersion(child(10, []));
      await store.addVersion({ ...child(1, ['base', 'child']), configurationId: 'constructor' });
      expect(await childrenOf(store, 'base')).toEqual(['child@1', 'child@2', 'constructor@1']);
      expect(await childrenOf(store, 'constructor')).toEqual(['child@1']);
      expect(await childrenOf(store, 'child')).toEqual(['constructor@1']);
      expect(await store.childrenOf(['child', 'none', 'bas', 'child'])).toEqual(
        new Map([
          ['child', [ref('constructor', 1)]],
          ['none', []],
          ['bas', []],
        ]),
      );
      expect(await store.childrenOf([])).toEqual(new Map());
    });

    it('are there of those that lost their number, too: which parents a version has, it says itself', async () => {
      const store = await make();
      await store.addVersion(configurationVersion({ parents: [{ configurationId: 'winner' }] }));
      await store.addVersion(configurationVersion({ parents: [{ configurationId: 'loser' }] }));
      expect(await childrenOf(store, 'winner')).toEqual(['production@1']);
      expect(await childrenOf(store, 'loser')).toEqual(['production@1']);
    });

    it('are all found, of many parents with many children', async () => {
      const store = await make();
      const parents = numbered(8).map((n) => ({ configurationId: `parent-${n}` }));
      for (const n of numbered(150)) await store.addVersion(configurationVersion({ version: n, parents }));
      const found = await store.childrenOf(parents.map(({ configurationId }) => configurationId));
      expect([...found.values()].map((children) => new Set(children.map(nameOf)).size)).toEqual(parents.map(() => 150));
    });
  });

  describe('its drafts', () => {
    it('are given back as they were saved, one version on', async () => {
      const store = await make();
      const { parents, settings, variants, unset, locked, description = '', owner = '' } = fullVersion;
      const content = { parents, settings, variants, unset, locked, description, owner };
      const full = configurationDraft({ ...content, configurationId: 'constructor', basedOn: 4, authors: ['a', 'b'] });
      expect(await store.draft('constructor')).toBeUndefined();
      expect(await store.saveDraft(full)).toBe(true);
      expect(await store.saveDraft(configurationDraft())).toBe(true);
      expect(await store.draft('constructor')).toStrictEqual({ ...full, version: 1 });
      expect(await store.draft('production')).toStrictEqual(configurationDraft({ version: 1 }));
    });

    it('are written only by who read them last', async () => {
      const store = await make();
      expect(await store.saveDraft(configurationDraft({ version: 1 }))).toBe(false);
      const owners = numbered(8).map((n) => `owner ${n}`);
      const won = await Promise.all(owners.map((owner) => store.saveDraft(configurationDraft({ owner }))));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await store.draft('production')).toMatchObject({ owner: owners[won.indexOf(true)], version: 1 });
      expect(await store.saveDraft(configurationDraft({ version: 1, owner: 'second' }))).toBe(true);
      expect(await store.saveDraft(configurationDraft({ version: 1, owner: 'late' }))).toBe(false);
      expect(await store.draft('production')).toMatchObject({ owner: 'second', version: 2 });
    });

    it('are not shared with who saved or read them', async () => {
      const store = await make();
      const unset = ['name'];
      await store.saveDraft(configurationDraft({ unset }));
      unset.push('tenancy');
      (await store.draft('production'))?.unset.push('monitoring');
      expect((await store.draft('production'))?.unset).toEqual(['name']);
    });
  });

  describe('its rollouts', () => {
    it('are given back as they were saved, and written only by who read them last', async () => {
      const store = await make();
      const first = rolloutProgress({ configurationId: 'constructor', groupIds: ['a', 'b'] });
      expect(await store.rollout(first)).toBeUndefined();
      expect(await store.saveRollout({ ...first, writes: 1 })).toBe(false);
      expect(await store.saveRollout(first)).toBe(true);
      expect(await store.saveRollout(first)).toBe(false);
      expect(await store.rollout(first)).toStrictEqual({ ...first, writes: 1 });
      const racing = numbered(8).map((n) => ({
        ...first,
        reached: [{ groupId: 'a', failedBefore: n }],
        writes: 1,
      }));
      const won = await Promise.all(racing.map((progress) => store.saveRollout(progress)));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await store.rollout(first)).toStrictEqual({ ...racing[won.indexOf(true)], writes: 2 });
    });

    it('are told apart by configuration and version', async () => {
      const store = await make();
      const progress = [ref('production', 1), ref('production', 10), ref('other', 1)].map((one, n) =>
        rolloutProgress({ ...one, groupIds: [`group-${n}`] }),
      );
      for (const one of progress) expect(await store.saveRollout(one)).toBe(true);
      for (const one of progress) expect(await store.rollout(one)).toMatchObject({ groupIds: one.groupIds });
      expect(await store.rollout(ref('production', 2))).toBeUndefined();
    });
  });
});

type Send = DynamoDBDocumentClient['send'];
type AnyCommand = Parameters<Send>[0];

/** A client of the tables with something around its calls. */
function clientAround(around: (command: AnyCommand, send: Send) => Promise<unknown>): DynamoDBDocumentClient {
  const documents = DynamoDBDocumentClient.from(aws.dynamo, { marshallOptions: { removeUndefinedValues: true } });
  const send: Send = documents.send.bind(documents);
  return Object.assign(documents, { send: (command: AnyCommand) => around(command, send) });
}

/** Reads only so many keys of a batch at a time, as DynamoDB does when it has much to do. */
function busyClient(keysAtOnce: number): DynamoDBDocumentClient {
  return clientAround(async (command, send) => {
    if (!(command instanceof BatchGetCommand)) return send(command);
    const [[name, { Keys = [] }] = ['', {}]] = Object.entries(command.input.RequestItems ?? {});
    const now = { [name]: { Keys: Keys.slice(0, keysAtOnce), ConsistentRead: true } };
    const later = { [name]: { Keys: Keys.slice(keysAtOnce), ConsistentRead: true } };
    const answer = await send(new BatchGetCommand({ RequestItems: now }));
    return { ...answer, UnprocessedKeys: Keys.length > keysAtOnce ? later : {} };
  });
}

describe('the configuration graph on DynamoDB', () => {
  it('reads each version once', async () => {
    const TableName = await newTable();
    const calls: string[] = [];
    const counted = clientAround((command, send) => {
      calls.push(command.constructor.name);
      return send(command);
    });
    const store = dynamoConfigurationStore(counted, TableName);
    const refs = numbered(120).map((n) => ref('production', n));
    for (const one of refs.slice(0, 118)) await store.addVersion(configurationVersion(one));
    const sent = async (action: () => Promise<unknown>) => {
      calls.length = 0;
      await action();
      return [...calls];
    };
    expect(await sent(() => store.versions(refs.slice(0, 118)))).toEqual(['BatchGetCommand', 'BatchGetCommand']);
    expect(await sent(() => store.versions(refs.slice(0, 118)))).toEqual([]);
    // What is missing is looked for again, and nothing else.
    expect(await sent(() => store.versions(refs))).toEqual(['BatchGetCommand']);
    expect(await sent(() => store.versions(refs.slice(10, 119)))).toEqual(['GetCommand']);
    expect((await store.versions(refs)).size).toBe(118);
    await store.addVersion(configurationVersion(ref('other', 1)));
    expect(await sent(() => store.history('other', { limit: 1 }))).toEqual(['QueryCommand']);
    expect(await sent(() => store.versions([ref('other', 1)]))).toEqual([]);
  });

  it('reads nothing that may be behind', async () => {
    const reads: unknown[] = [];
    const watched = clientAround((command, send) => {
      const { RequestItems, ...input } = command.input as GetCommandInput & BatchGetCommandInput;
      reads.push(...[input, ...Object.values(RequestItems ?? {})].map(({ ConsistentRead }) => ConsistentRead));
      return send(command);
    });
    const store = dynamoConfigurationStore(watched, await newTable());
    await store.catalogue();
    await store.versions([ref('production', 1)]);
    await store.versions([ref('production', 1), ref('production', 2)]);
    await store.history('production', { limit: 1 });
    await store.childrenOf(['production']);
    await store.draft('production');
    await store.rollout(ref('production', 1));
    // A batch says it for each table.
    expect(reads.filter((one) => one !== undefined)).toEqual(Array.from({ length: 7 }, () => true));
  });

  it('asks again for keys that DynamoDB left unread, and says when it leaves them for good', async () => {
    const TableName = await newTable();
    const refs = numbered(20).map((n) => ref('production', n));
    const store = dynamoConfigurationStore(busyClient(5), TableName);
    for (const one of refs) await store.addVersion(configurationVersion(one));
    expect([...(await store.versions(refs)).keys()].sort()).toEqual(refs.map(nameOf).sort());
    const busier = dynamoConfigurationStore(busyClient(1), TableName);
    await expect(busier.versions(refs)).rejects.toMatchObject({ code: 'store.busy', retryable: true });
  });

  it('shows an edge before the version, never a version before its edges', async () => {
    const TableName = await newTable();
    const parents = [{ configurationId: 'base' }, { configurationId: 'network' }];
    const stopping = clientAround(async (command, send) => {
      if (command instanceof PutCommand && command.input.Item?.item === 'v#00000001') throw new Error('it stopped');
      return send(command);
    });
    const stopped = dynamoConfigurationStore(stopping, TableName);
    await expect(stopped.addVersion(configurationVersion({ parents }))).rejects.toThrow('it stopped');
    const store = dynamoConfigurationStore(aws.documents, TableName);
    expect(await store.versions([ref('production', 1)])).toEqual(new Map());
    for (const parent of ['base', 'network']) expect(await childrenOf(store, parent)).toEqual(['production@1']);
  });

  it('keeps attributes of a newer version when an older one writes items back', async () => {
    const TableName = await newTable();
    const store = dynamoConfigurationStore(aws.documents, TableName);
    const future = { fromTheFuture: { x: 1 } };
    const key = { configurationId: '#catalogue', item: 'catalogue' };
    const heads = { production: { version: 3, ...future } };
    const rollouts = { production: { ...stoppedRollout, ...future } };
    const stored = { ...catalogueOf({}, { heads, rollouts, version: 1 }), ...key, ...future };
    await aws.documents.send(new PutCommand({ TableName, Item: stored }));
    await store.saveCatalogue({ ...(await store.catalogue()), revision: 8 });
    const { Item } = await aws.documents.send(new GetCommand({ TableName, Key: key }));
    expect(Item).toEqual({ ...stored, version: 2, revision: 8 });
  });

  it('is refused where it is not what it should be', async () => {
    const TableName = await newTable();
    const store = dynamoConfigurationStore(aws.documents, TableName);
    const put = (Item: Record<string, unknown>) => aws.documents.send(new PutCommand({ TableName, Item }));
    await put({ configurationId: '#catalogue', item: 'catalogue', version: 1 });
    await put({ configurationId: 'odd', item: 'v#00000001' });
    await put({ configurationId: 'odd', item: 'draft', version: 1 });
    await put({ configurationId: 'odd', item: 'child#x#00000001' });
    await put({ configurationId: 'odd', item: 'rollout#00000001', writes: 1 });
    await expect(store.catalogue()).rejects.toThrow();
    await expect(store.versions([ref('odd', 1)])).rejects.toThrow();
    await expect(store.history('odd', { limit: 1 })).rejects.toThrow();
    await expect(store.draft('odd')).rejects.toThrow();
    await expect(store.childrenOf(['odd'])).rejects.toThrow();
    await expect(store.rollout(ref('odd', 1))).rejects.toThrow();
  });

  it('is not taken for written when the table fails otherwise', async () => {
    const store = dynamoConfigurationStore(aws.documents, 'no-such-table');
    const missing = { name: 'ResourceNotFoundException' };
    await expect(store.addVersion(configurationVersion())).rejects.toMatchObject(missing);
    await expect(store.saveCatalogue(EMPTY_CATALOGUE)).rejects.toMatchObject(missing);
  });
});
