import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoBindingStore } from '@prelaunch/aws/dynamo-bindings';
import type { BindingSubject } from '@prelaunch/contracts/operations/bindings';
import type { BindingStore, StoredBinding } from '@prelaunch/core/configuration/ports';
import { memoryBindingStore } from '@prelaunch/memory/memory-bindings';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binding } from '../support/configurations.ts';
import { type LocalAws, startLocalAws } from '../support/local-aws.ts';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

const newTable = () => aws.table('subject', 'priority');
const memory = async (): Promise<BindingStore> => memoryBindingStore();
const dynamo = async (): Promise<BindingStore> => dynamoBindingStore(aws.documents, await newTable());

const ALICE = { kind: 'user', id: 'alice' } as const;
const DEFAULT = { kind: 'default' } as const;

/** Ids that look alike, that hold what separates kind and id, and that objects have by themselves. */
const SUBJECTS: readonly BindingSubject[] = [
  ALICE,
  { kind: 'userGroup', id: 'alice' },
  { kind: 'protectionGroup', id: 'alice' },
  { kind: 'user', id: 'alice#2' },
  { kind: 'user', id: '#' },
  { kind: 'user', id: 'userGroup#alice 1' },
  { kind: 'user', id: 'constructor' },
  { kind: 'userGroup', id: 'default' },
  DEFAULT,
];

const idsOf = (bindings: readonly StoredBinding[]) => bindings.map(({ bindingId }) => bindingId).sort();

describe.each([
  ['in memory', memory],
  ['on DynamoDB', dynamo],
])('bindings %s', (_where, make) => {
  it('are given back as they were saved, one version on', async () => {
    const store = await make();
    const pinned = binding({ configuration: { configurationId: 'constructor', version: 3 }, priority: 9999 });
    const following = binding({ subject: DEFAULT });
    expect(await store.save(pinned)).toBe(true);
    expect(await store.save(following)).toBe(true);
    expect(await store.of([ALICE])).toStrictEqual([{ ...pinned, version: 1 }]);
    expect(await store.of([DEFAULT])).toStrictEqual([{ ...following, version: 1 }]);
  });

  it('are found by subject, of several kinds at once and each once', async () => {
    const store = await make();
    for (const subject of SUBJECTS) for (const priority of [0, 10]) await store.save(binding({ subject, priority }));
    for (const subject of SUBJECTS) {
      const expected = [0, 10].map((priority) => binding({ subject, priority, version: 1 }));
      const found = await store.of([subject]);
      expect(found.sort((one, other) => one.priority - other.priority)).toEqual(expected);
    }
    const several = [ALICE, DEFAULT, { kind: 'userGroup', id: 'alice' }, ALICE, { kind: 'user', id: 'bob' }] as const;
    expect(idsOf(await store.of(several))).toEqual(
      ['default::0', 'default::10', 'user:alice:0', 'user:alice:10', 'userGroup:alice:0', 'userGroup:alice:10'].sort(),
    );
    expect(await store.of([{ kind: 'user', id: 'ali' }])).toEqual([]);
    expect(await store.of([])).toEqual([]);
  });

  it('are found of as many groups as a user may be in', async () => {
    const store = await make();
    const groups = Array.from({ length: 100 }, (_, n) => ({ kind: 'userGroup', id: `group-${n}` }) as const);
    for (const subject of groups) await store.save(binding({ subject }));
    expect(idsOf(await store.of(groups))).toEqual(groups.map(({ id }) => `userGroup:${id}:0`).sort());
  });

  it('are all listed, each once', async () => {
    const store = await make();
    expect(await store.all()).toEqual([]);
    const all = SUBJECTS.map((subject) => binding({ subject, version: 0 }));
    for (const one of all) await store.save(one);
    const found = await store.all();
    expect(idsOf(found)).toEqual(idsOf(all));
    expect(found).toEqual(expect.arrayContaining(all.map((one) => ({ ...one, version: 1 }))));
  });

  it('are not two of one subject and one priority', async () => {
    const store = await make();
    expect(await store.save(binding({ bindingId: 'first', priority: 5 }))).toBe(true);
    expect(await store.save(binding({ bindingId: 'second', priority: 5 }))).toBe(false);
    expect(await store.save(binding({ bindingId: 'third', priority: 50 }))).toBe(true);
    expect(await store.save(binding({ bindingId: 'fourth', priority: 5, subject: DEFAULT }))).toBe(true);
    expect(idsOf(await store.all())).toEqual(['first', 'fourth', 'third']);
  });

  it.each([0, 1])('are written by one of many at the same time, after %i writes', async (writes) => {
    const store = await make();
    if (writes === 1) await store.save(binding());
    const racing = Array.from({ length: 8 }, (_, n) => binding({ changedBy: `writer ${n}`, version: writes }));
    const won = await Promise.all(racing.map((one) => store.save(one)));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await store.of([ALICE])).toEqual([{ ...racing[won.indexOf(true)], version: writes + 1 }]);
  });

  it('are written only by who read them last', async () => {
    const store = await make();
    expect(await store.save(binding({ version: 1 }))).toBe(false);
    await store.save(binding());
    const changed = binding({ version: 1, configuration: { configurationId: 'other', version: 2 } });
    expect(await store.save(changed)).toBe(true);
    expect(await store.save(binding({ version: 1 }))).toBe(false);
    expect(await store.of([ALICE])).toEqual([{ ...changed, version: 2 }]);
  });

  it('are deleted only as they were read', async () => {
    const store = await make();
    await store.save(binding());
    await store.save(binding({ priority: 1 }));
    await store.save(binding({ version: 1 }));
    for (const version of [0, 1, 3]) expect(await store.delete(binding({ version }))).toBe(false);
    expect(await store.delete(binding({ version: 2, subject: DEFAULT }))).toBe(false);
    expect(await store.delete(binding({ version: 2 }))).toBe(true);
    expect(idsOf(await store.all())).toEqual(['user:alice:1']);
    expect(await store.delete(binding({ version: 2 }))).toBe(false);
    expect(await store.save(binding())).toBe(true);
  });

  it('are not shared with who saved or read them', async () => {
    const store = await make();
    const configuration = { configurationId: 'production' };
    await store.save(binding({ configuration }));
    configuration.configurationId = 'changed';
    for (const one of [...(await store.of([ALICE])), ...(await store.all())])
      Object.assign(one.configuration, { version: 9 });
    expect(await store.of([ALICE])).toEqual([binding({ version: 1 })]);
  });
});

describe('bindings on DynamoDB', () => {
  it('stand under their subject in the order of their priorities', async () => {
    const TableName = await newTable();
    const store = dynamoBindingStore(aws.documents, TableName);
    for (const priority of [100, 9, 1000, 10]) await store.save(binding({ priority }));
    expect((await store.of([ALICE])).map(({ priority }) => priority)).toEqual([9, 10, 100, 1000]);
    const { Item } = await aws.documents.send(
      new GetCommand({ TableName, Key: { subject: 'user#alice', priority: '0009' } }),
    );
    expect(Item).toMatchObject({ bindingId: 'user:alice:9', version: 1 });
  });

  it('are found although they are more than a page', async () => {
    const store = dynamoBindingStore(aws.documents, await newTable());
    const changedBy = 'x'.repeat(300_000);
    for (const priority of [1, 2, 3, 4, 5]) await store.save(binding({ priority, changedBy }));
    expect(await store.of([ALICE])).toHaveLength(5);
    expect(await store.all()).toHaveLength(5);
  });

  it('keep attributes of a newer version when an older one writes them back', async () => {
    const TableName = await newTable();
    const store = dynamoBindingStore(aws.documents, TableName);
    const key = { subject: 'user#alice', priority: '0000' };
    const stored = { ...binding({ version: 1 }), ...key, fromTheFuture: { x: 1 } };
    await aws.documents.send(new PutCommand({ TableName, Item: stored }));
    const [read = binding()] = await store.of([ALICE]);
    await store.save({ ...read, changedBy: 'somebody' });
    const { Item } = await aws.documents.send(new GetCommand({ TableName, Key: key }));
    expect(Item).toEqual({ ...stored, changedBy: 'somebody', version: 2 });
  });

  it('are refused when they are not what they should be, and are not taken for written when the table fails', async () => {
    const TableName = await newTable();
    const store = dynamoBindingStore(aws.documents, TableName);
    const odd = { ...binding({ version: 1 }), subject: 'somebody#alice', priority: '0000' };
    await aws.documents.send(new PutCommand({ TableName, Item: odd }));
    await expect(store.all()).rejects.toThrow();
    const missing = { name: 'ResourceNotFoundException' };
    await expect(dynamoBindingStore(aws.documents, 'none').save(binding())).rejects.toMatchObject(missing);
  });
});
