import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoInstanceStore } from '@prelaunch/aws/dynamo-instances';
import type { InstanceDrift } from '@prelaunch/core/drift/instance-drift';
import type { InstanceStore } from '@prelaunch/core/drift/ports';
import { memoryInstanceStore } from '@prelaunch/memory/memory-instances';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverId, serverIds } from '../support/builders.ts';
import { AT } from '../support/clock.ts';
import { driftDifference, instanceDrift, instanceId } from '../support/drift.ts';
import { type LocalAws, startLocalAws } from '../support/local-aws.ts';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

const memory = async (): Promise<InstanceStore> => memoryInstanceStore();
const dynamo = async (): Promise<InstanceStore> => dynamoInstanceStore(aws.documents, await aws.table('instanceId'));

const audited: InstanceDrift = instanceDrift({
  instanceId: instanceId(1),
  kind: 'recovery_instance',
  recoveryInstanceId: instanceId(2),
  baselineVersion: 3,
  auditedAt: AT,
  verdict: 'diverged',
  unknown: { code: 'aws.throttled', message: 'too many', awsCode: 'ThrottlingException', remedy: 'wait' },
  score: { score: 60, threshold: 25, exceedsThreshold: true, sum: 25, floor: { score: 60, keys: ['subnetId'] } },
  differences: [
    driftDifference({ observed: null }),
    driftDifference({ key: 'tags.constructor', path: '/tags/constructor', observed: '', actor: 'alice' }),
    driftDifference({ key: 'metadataOptions', observed: { httpTokens: 'optional' }, desired: ['a', null, { b: 1 }] }),
  ],
  notes: [
    {
      key: 'tenancy',
      path: '/tenancy',
      policy: 'ignored',
      reason: 'agreed',
      observed: 'host',
      owner: 'ops',
      expiresAt: AT,
    },
    { key: 'name', path: '/name', policy: 'compatible', reason: 'nobody states it', observed: null },
  ],
  looks: [
    { at: AT, inSync: false, writer: 'alice' },
    { at: AT, inSync: true },
  ],
  flapping: true,
  remediation: {
    status: 'held',
    action: 'rollback',
    requestedBy: 'alice',
    at: AT,
    keys: [{ key: 'subnetId', feasibility: 'needs_launch', from: 'a', to: null, result: 'not_feasible', reason: 'x' }],
    brake: 'budget_used',
    until: AT,
    reason: 'enough',
  },
  proposal: { action: 'adopt', as: 'override', keys: ['subnetId'] },
});

async function listed(instances: InstanceStore): Promise<string[]> {
  const found: string[] = [];
  for await (const id of instances.listIds()) found.push(id);
  return found;
}

describe.each([
  ['in memory', memory],
  ['on DynamoDB', dynamo],
])('instances %s', (_where, make) => {
  it('are given back as they were saved, one version on, with and without what is optional', async () => {
    const instances = await make();
    expect(await instances.save(audited)).toBe(true);
    expect(await instances.save(instanceDrift())).toBe(true);
    const found = await instances.getMany([audited.instanceId, serverId(1)]);
    expect(found.get(audited.instanceId)).toStrictEqual({ ...audited, version: 1 });
    expect(found.get(serverId(1))).toStrictEqual(instanceDrift({ version: 1 }));
  });

  it('are found, however many are asked for and how often', async () => {
    const instances = await make();
    const ids = serverIds(120);
    for (const id of ids) await instances.save(instanceDrift({ instanceId: id }));
    expect([...(await instances.getMany([...ids, instanceId(1), ...ids])).keys()].sort()).toEqual(ids);
    const alone = await Promise.all(ids.slice(0, 10).map((id) => instances.getMany([id])));
    expect(alone.map((found) => [...found.keys()])).toEqual(ids.slice(0, 10).map((id) => [id]));
    expect(await instances.getMany([instanceId(1)])).toEqual(new Map());
    expect(await instances.getMany([])).toEqual(new Map());
  });

  it('are written only by who read them last, and by one of many at the same time', async () => {
    const instances = await make();
    expect(await instances.save(instanceDrift({ version: 1 }))).toBe(false);
    await instances.save(instanceDrift());
    expect(await instances.save(instanceDrift({ verdict: 'drifted' }))).toBe(false);
    const racing = Array.from({ length: 8 }, (_, n) => instanceDrift({ baselineVersion: n, version: 1 }));
    const won = await Promise.all(racing.map((one) => instances.save(one)));
    expect(won.filter(Boolean)).toHaveLength(1);
    const stored = (await instances.getMany([serverId(1)])).get(serverId(1));
    expect(stored).toEqual({ ...racing[won.indexOf(true)], version: 2 });
  });

  it('forget what is not in them any more', async () => {
    const instances = await make();
    await instances.save(audited);
    const { proposal, unknown, ...others } = audited;
    await instances.save({ ...others, version: 1 });
    const stored = (await instances.getMany([audited.instanceId])).get(audited.instanceId);
    expect(stored).toStrictEqual({ ...others, version: 2 });
  });

  it('are all listed, each once', async () => {
    const instances = await make();
    expect(await listed(instances)).toEqual([]);
    const ids = [...serverIds(20), instanceId(1), instanceId(2)];
    for (const id of ids) await instances.save(instanceDrift({ instanceId: id }));
    expect((await listed(instances)).sort()).toEqual(ids.sort());
  });

  it('are not shared with who saved or read them', async () => {
    const instances = await make();
    const keys = ['subnetId'];
    await instances.save(instanceDrift({ proposal: { action: 'sync', keys } }));
    keys.push('tenancy');
    const [read] = (await instances.getMany([serverId(1)])).values();
    Object.assign(read?.proposal ?? {}, { action: 'adopt' });
    const stored = (await instances.getMany([serverId(1)])).get(serverId(1));
    expect(stored?.proposal).toEqual({ action: 'sync', keys: ['subnetId'] });
  });
});

describe('instances on DynamoDB', () => {
  it('keep attributes of a newer version when an older one writes them back', async () => {
    const TableName = await aws.table('instanceId');
    const instances = dynamoInstanceStore(aws.documents, TableName);
    const stored = { ...instanceDrift({ version: 1 }), fromTheFuture: { x: 1 } };
    await aws.documents.send(new PutCommand({ TableName, Item: stored }));
    const [read = instanceDrift()] = (await instances.getMany([serverId(1)])).values();
    await instances.save({ ...read, verdict: 'in_sync' });
    const key = { instanceId: serverId(1) };
    const { Item } = await aws.documents.send(new GetCommand({ TableName, Key: key }));
    expect(Item).toEqual({ ...stored, verdict: 'in_sync', version: 2 });
  });

  it('are refused when they are not what they should be, and are not taken for written when the table fails', async () => {
    const TableName = await aws.table('instanceId');
    const odd = { ...instanceDrift({ version: 1 }), verdict: 'odd' };
    await aws.documents.send(new PutCommand({ TableName, Item: odd }));
    await expect(dynamoInstanceStore(aws.documents, TableName).getMany([serverId(1)])).rejects.toThrow();
    const missing = { name: 'ResourceNotFoundException' };
    await expect(dynamoInstanceStore(aws.documents, 'none').save(instanceDrift())).rejects.toMatchObject(missing);
  });
});
