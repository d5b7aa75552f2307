import { setTimeout as wait } from 'node:timers/promises';
import { CreateTagsCommand, DescribeInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { drsRecovery } from '@prelaunch/aws/drs-recovery';
import { ec2RunningInstances } from '@prelaunch/aws/ec2-running-instances';
import { edited } from '@prelaunch/aws/template-data';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { AwsCallError, type Target } from '@prelaunch/core/apply/ports';
import type { InstanceChange, RunningInstance, RunningInstances } from '@prelaunch/core/drift/ports';
import { memoryRunningInstances } from '@prelaunch/memory/memory-running-instances';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT, serverIds, TARGET } from '../support/builders.ts';
import { instanceId } from '../support/drift.ts';
import { type LocalAws, startLocalAws } from '../support/local-aws.ts';

const SUBNET = 'subnet-00000000000000011';
const OTHER_SUBNET = 'subnet-00000000000000012';
const [GROUP, OTHER_GROUP, THIRD_GROUP] = [1, 2, 3].map((n) => `sg-0000000000000001${n}`) as [string, string, string];
const profileArn = (name: string) => `arn:aws:iam::${ACCOUNT}:instance-profile/${name}`;

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
  for (const name of ['Recovery', 'Other']) aws.simulator.accounts.addInstanceProfile(ACCOUNT, name);
});
afterAll(() => aws.stop());

const LAUNCHED = {
  instanceType: 'm5.large',
  subnetId: SUBNET,
  securityGroupIds: [GROUP, OTHER_GROUP],
  iamInstanceProfile: profileArn('Recovery'),
  privateIpAddress: '10.9.1.4',
  metadataOptions: {
    httpEndpoint: 'enabled',
    httpTokens: 'optional',
    httpPutResponseHopLimit: 2,
    httpProtocolIpv6: 'disabled',
    instanceMetadataTags: 'disabled',
  },
  monitoring: { enabled: false },
  tenancy: 'default',
  tags: { Stage: 'prod', Owner: 'ops', Empty: '' },
} satisfies LaunchSettings;

interface World {
  readonly target: Target;
  readonly running: RunningInstances;
  add(id: string, settings: LaunchSettings): void;
  end(id: string): Promise<unknown>;
  /** The next call of this operation is refused. */
  refuse(operation: string): void;
  /** So many servers that can be recovered. */
  servers(count: number): string[];
  beginRecovery(serverIds: readonly string[]): Promise<unknown>;
  endRecovery(serverIds: readonly string[]): Promise<unknown>;
}

function memory(): World {
  const running = memoryRunningInstances();
  return {
    target: TARGET,
    running,
    add: (id, settings) => running.addInstance({ instanceId: id, settings }),
    end: async (id) => running.setState(id, 'terminated'),
    refuse(operation) {
      const failure = {
        kind: 'refused',
        operation,
        awsCode: 'X',
        message: 'no',
        answered: true,
        cause: undefined,
      } as const;
      running.failNext(operation, new AwsCallError(failure));
    },
    servers: serverIds,
    beginRecovery: async (ids) => running.beginRecovery(ids),
    async endRecovery(ids) {
      for (const [n, serverId] of ids.entries()) running.addInstance({ instanceId: instanceId(900 + n), serverId });
      running.endRecovery(ids);
    },
  };
}

let regions = 0;
/** Each in a Region of its own, since changes are few a second in each. */
function real(): World {
  regions += 1;
  const { simulator, sessions } = aws;
  const target = { accountId: ACCOUNT, region: `eu-west-${regions}` };
  simulator.addNetwork(target, {
    vpcId: 'vpc-00000000000000011',
    subnets: [
      { subnetId: SUBNET, cidrBlock: '10.9.1.0/24' },
      { subnetId: OTHER_SUBNET, cidrBlock: '10.9.2.0/24' },
    ],
    securityGroupIds: [GROUP, OTHER_GROUP, THIRD_GROUP],
  });
  const running = ec2RunningInstances(sessions);
  const launched = async (ids: readonly string[]) =>
    (await running.launches(target, ids)).instances.size === ids.length;
  return {
    target,
    running,
    add(id, { tags, ...settings }) {
      const stated = Object.entries(tags ?? {}).flatMap(([key, value]) => (value === null ? [] : [[key, value]]));
      const data = edited({}, settings);
      simulator.addInstance(target, { ...PLAIN, instanceId: id, tags: Object.fromEntries(stated), data });
    },
    async end(id) {
      const { ec2 } = await sessions(target);
      await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    },
    refuse: (operation) => simulator.faults.add({ operation, times: 1, fault: { kind: 'access_denied' } }),
    servers: (count) => simulator.addSourceServers(target, count),
    beginRecovery: (ids) => drsRecovery(sessions).start(target, ids, { isDrill: true, tag: 'running' }),
    async endRecovery(ids) {
      while (!(await launched(ids))) await wait(50);
    },
  };
}
const PLAIN = { state: 'running', tags: {}, platform: 'linux', architecture: 'x86_64' } as const;

describe.each([
  ['in memory', memory],
  ['on EC2 and DRS', real],
])('running instances %s', (_where, make) => {
  /** One that was launched with these settings, and what can be done with it. */
  async function launched(settings: LaunchSettings = LAUNCHED) {
    const world = make();
    const id = instanceId(1);
    world.add(id, settings);
    const { running, target } = world;
    const now = async () => {
      const found = (await running.describe(target, [id])).get(id);
      if (!found) throw new Error(`no ${id}`);
      return found;
    };
    const instance = await now();
    const change = (changes: InstanceChange) => running.change(target, instance, changes);
    return { ...world, instance, change, settingsNow: async () => (await now()).settings };
  }

  it('show what they have of the settings', async () => {
    const { instance } = await launched();
    const networkInterfaceIds = [expect.stringMatching(/^eni-[0-9a-f]{17}$/)];
    expect(instance).toStrictEqual({
      instanceId: instanceId(1),
      state: 'running',
      settings: LAUNCHED,
      networkInterfaceIds,
    });
  });

  it('state nothing of what they do not have', async () => {
    const { iamInstanceProfile, tags, ...others } = LAUNCHED;
    expect((await launched(others)).instance.settings).toStrictEqual(others);
  });

  it('are found of many at once, those that there are', async () => {
    const { running, target, add } = make();
    const ids = Array.from({ length: 210 }, (_, n) => instanceId(n + 1));
    for (const id of ids) add(id, {});
    const found = await running.describe(target, [...ids, instanceId(999)]);
    expect([...found.keys()].sort()).toEqual(ids);
    expect(await running.describe(target, [instanceId(999)])).toEqual(new Map());
    expect(await running.describe(target, [])).toEqual(new Map());
  });

  it('are shown for a while after their end', async () => {
    const { running, target, end, instance } = await launched();
    await end(instance.instanceId);
    expect((await running.describe(target, [instance.instanceId])).get(instance.instanceId)?.state).toBe('terminated');
  });

  it('get what is stated, and nothing else changes', async () => {
    const { change, settingsNow } = await launched();
    const changes = {
      securityGroupIds: [THIRD_GROUP],
      iamInstanceProfile: profileArn('Other'),
      metadataOptions: { httpTokens: 'required', instanceMetadataTags: 'enabled' },
      monitoring: { enabled: true },
      tags: { Stage: 'test', Owner: null, New: '', constructor: 'x' },
    } satisfies InstanceChange;
    expect(await change(changes)).toEqual([
      'ModifyInstanceAttribute',
      'ReplaceIamInstanceProfileAssociation',
      'ModifyInstanceMetadataOptions',
      'MonitorInstances',
      'DeleteTags',
      'CreateTags',
    ]);
    expect(await settingsNow()).toEqual({
      ...LAUNCHED,
      ...changes,
      metadataOptions: { ...LAUNCHED.metadataOptions, ...changes.metadataOptions },
      tags: { Stage: 'test', Empty: '', New: '', constructor: 'x' },
    });
  });

  it.each<[string, InstanceChange, LaunchSettings]>([
    ['ModifyInstanceAttribute', { securityGroupIds: [GROUP, THIRD_GROUP] }, { securityGroupIds: [GROUP, THIRD_GROUP] }],
    [
      'ModifyInstanceMetadataOptions',
      { metadataOptions: { httpPutResponseHopLimit: 64 } },
      { metadataOptions: { ...LAUNCHED.metadataOptions, httpPutResponseHopLimit: 64 } },
    ],
    ['UnmonitorInstances', { monitoring: { enabled: false } }, {}],
    ['DeleteTags', { tags: { Stage: null, Absent: null } }, { tags: { Owner: 'ops', Empty: '' } }],
    ['CreateTags', { tags: { Stage: '' } }, { tags: { ...LAUNCHED.tags, Stage: '' } }],
  ])('make one call for one setting: %s', async (operation, changes, expected) => {
    const { change, settingsNow } = await launched();
    expect(await change(changes)).toEqual([operation]);
    expect(await settingsNow()).toEqual({ ...LAUNCHED, ...expected });
  });

  it('get a profile, another one and none, stated by name or by ARN', async () => {
    const { iamInstanceProfile: _none, ...others } = LAUNCHED;
    const { change, settingsNow } = await launched(others);
    expect(await change({ iamInstanceProfile: null })).toEqual([]);
    expect(await change({ iamInstanceProfile: 'Recovery' })).toEqual(['AssociateIamInstanceProfile']);
    expect((await settingsNow()).iamInstanceProfile).toBe(profileArn('Recovery'));
    expect(await change({ iamInstanceProfile: profileArn('Other') })).toEqual(['ReplaceIamInstanceProfileAssociation']);
    expect((await settingsNow()).iamInstanceProfile).toBe(profileArn('Other'));
    expect(await change({ iamInstanceProfile: null })).toEqual(['DisassociateIamInstanceProfile']);
    expect(await settingsNow()).not.toHaveProperty('iamInstanceProfile');
  });

  it('lose their last tags', async () => {
    const { change, settingsNow } = await launched();
    await change({ tags: { Stage: null, Owner: null, Empty: null } });
    expect(await settingsNow()).not.toHaveProperty('tags');
  });

  it('are left alone where nothing is stated, and where groups shall be none, which no instance can have', async () => {
    const { change, settingsNow } = await launched();
    expect(await change({})).toEqual([]);
    expect(await change({ tags: {}, metadataOptions: {}, securityGroupIds: null })).toEqual([]);
    expect(await settingsNow()).toEqual(LAUNCHED);
  });

  it('keep what was changed before a call that fails, and get nothing after it', async () => {
    const { change, settingsNow, refuse } = await launched();
    refuse('ModifyInstanceMetadataOptions');
    const changes = {
      securityGroupIds: [THIRD_GROUP],
      metadataOptions: { httpTokens: 'required' },
      tags: { New: '' },
    } satisfies InstanceChange;
    const operation = 'ModifyInstanceMetadataOptions';
    await expect(change(changes)).rejects.toMatchObject({ code: 'aws.refused', operation });
    expect(await settingsNow()).toEqual({ ...LAUNCHED, securityGroupIds: [THIRD_GROUP] });
    expect(await change(changes)).toHaveLength(3);
  });

  it('are not changed after their end, nor where there are none', async () => {
    const { running, target, end, instance, change } = await launched();
    const refused = (awsCode: string) => ({
      code: 'aws.refused',
      awsCode,
      operation: 'MonitorInstances',
      retryable: false,
    });
    const monitoring = { enabled: true };
    await end(instance.instanceId);
    await expect(change({ monitoring })).rejects.toMatchObject(refused('IncorrectInstanceState'));
    const absent = running.change(target, { ...instance, instanceId: instanceId(999) }, { monitoring });
    await expect(absent).rejects.toMatchObject(refused('InvalidInstanceID.NotFound'));
  });

  it('are told of by the servers that they were launched from, as are launches that are under way', async () => {
    const { running, target, servers, beginRecovery, endRecovery } = make();
    const [one = '', other = '', third = ''] = servers(3);
    const ask = () => running.launches(target, [one, other, third, 's-00000000000000dea']);
    expect(await ask()).toEqual({ instances: new Map(), underWay: new Set() });
    await beginRecovery([one, other]);
    expect(await ask()).toEqual({ instances: new Map(), underWay: new Set([one, other]) });
    await endRecovery([one, other]);
    const { instances, underWay } = await ask();
    expect(new Set(instances.keys())).toEqual(new Set([one, other]));
    expect(underWay).toEqual(new Set());
    expect((await running.describe(target, [...instances.values()])).size).toBe(2);
    expect(await running.launches(target, [])).toEqual({ instances: new Map(), underWay: new Set() });
  });

  it.each(['DescribeInstances', 'DescribeSourceServers'])('are not known when %s fails', async (operation) => {
    const { running, target, servers, refuse } = make();
    const ids = servers(1);
    refuse(operation);
    const ask = () =>
      operation === 'DescribeInstances' ? running.describe(target, [instanceId(1)]) : running.launches(target, ids);
    await expect(ask()).rejects.toMatchObject({ code: 'aws.refused', operation });
    await ask();
  });

  it('are not shared with who reads them', async () => {
    const { instance, settingsNow } = await launched();
    Object.assign(instance.settings, { tenancy: 'host' });
    expect((await settingsNow()).tenancy).toBe('default');
  });
});

describe('running instances on EC2', () => {
  const describeOne = async ({ running, target }: World): Promise<RunningInstance> => {
    const [found] = (await running.describe(target, [instanceId(1)])).values();
    if (!found) throw new Error('no instance');
    return found;
  };
  const addTwoInterfaces = (world: World) =>
    aws.simulator.addInstance(world.target, {
      ...PLAIN,
      instanceId: instanceId(1),
      data: {
        NetworkInterfaces: [
          { DeviceIndex: 1, SubnetId: OTHER_SUBNET, Groups: [THIRD_GROUP], PrivateIpAddress: '10.9.2.9' },
          { DeviceIndex: 0, SubnetId: SUBNET, Groups: [GROUP], PrivateIpAddress: '10.9.1.9' },
        ],
      },
    });

  it('show the primary one of several interfaces, and change that', async () => {
    const world = real();
    addTwoInterfaces(world);
    const before = await describeOne(world);
    expect(before.settings).toMatchObject({
      subnetId: SUBNET,
      securityGroupIds: [GROUP],
      privateIpAddress: '10.9.1.9',
    });
    expect(before.networkInterfaceIds).toHaveLength(2);
    const made = await world.running.change(world.target, before, { securityGroupIds: [OTHER_GROUP] });
    expect(made).toEqual(['ModifyNetworkInterfaceAttribute']);
    const after = await describeOne(world);
    expect(after).toEqual({ ...before, settings: { ...before.settings, securityGroupIds: [OTHER_GROUP] } });
  });

  it('get groups by themselves where no interface is known', async () => {
    const world = real();
    world.add(instanceId(1), LAUNCHED);
    const instance = { ...(await describeOne(world)), networkInterfaceIds: [] };
    const made = await world.running.change(world.target, instance, { securityGroupIds: [THIRD_GROUP] });
    expect(made).toEqual(['ModifyInstanceAttribute']);
    expect((await describeOne(world)).settings.securityGroupIds).toEqual([THIRD_GROUP]);
  });

  it('hide the tags that AWS and DRS gave them', async () => {
    const world = real();
    const serverIds = world.servers(1);
    await world.beginRecovery(serverIds);
    await world.endRecovery(serverIds);
    const { instances } = await world.running.launches(world.target, serverIds);
    const ids = [...instances.values()];
    const { ec2 } = await aws.sessions(world.target);
    const { Reservations: [raw] = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: ids }));
    const given = (raw?.Instances?.[0]?.Tags ?? []).map(({ Key = '' }) => Key);
    expect(given).toContain('aws:ec2launchtemplate:id');
    const [found] = (await world.running.describe(world.target, ids)).values();
    const hidden = given.filter((key) => /^(aws:|AWSElasticDisasterRecovery)/.test(key));
    expect(Object.keys(found?.settings.tags ?? {})).toEqual(given.filter((key) => !hidden.includes(key)));
  });

  it('have room for a tag in place of another when they have as many as there may be', async () => {
    const world = real();
    const tags = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`tag ${n}`, '']));
    world.add(instanceId(1), { ...LAUNCHED, tags });
    await world.running.change(world.target, await describeOne(world), { tags: { 'tag 1': null, other: '' } });
    expect(Object.keys((await describeOne(world)).settings.tags ?? {})).toHaveLength(50);
  });

  it('are asked for no more than AWS takes in one call', async () => {
    const world = real();
    const ids = Array.from({ length: 401 }, (_, n) => instanceId(n + 1));
    for (const id of ids) world.add(id, {});
    const servers = world.servers(201);
    const before = aws.simulator.calls.snapshot();
    expect((await world.running.describe(world.target, ids)).size).toBe(401);
    await world.running.launches(world.target, servers);
    const calls = (operation: string) => aws.simulator.calls.since(before).count({ operation });
    expect([calls('DescribeInstances'), calls('DescribeSourceServers')]).toEqual([3, 2]);
  });

  it.each<[string, InstanceChange]>([
    ['ModifyInstanceAttribute', { securityGroupIds: [THIRD_GROUP] }],
    ['DescribeIamInstanceProfileAssociations', { iamInstanceProfile: 'Other' }],
    ['ReplaceIamInstanceProfileAssociation', { iamInstanceProfile: 'Other' }],
    ['DisassociateIamInstanceProfile', { iamInstanceProfile: null }],
    ['MonitorInstances', { monitoring: { enabled: true } }],
    ['UnmonitorInstances', { monitoring: { enabled: false } }],
    ['CreateTags', { tags: { a: '' } }],
    ['DeleteTags', { tags: { Stage: null } }],
  ])('are not taken for changed when %s fails', async (operation, changes) => {
    const world = real();
    world.add(instanceId(1), LAUNCHED);
    const instance = await describeOne(world);
    const change = () => world.running.change(world.target, instance, changes);
    aws.simulator.faults.add({ operation, times: 1, fault: { kind: 'throttle' } });
    await expect(change()).rejects.toMatchObject({ code: 'aws.throttled', operation, retryable: true });
    expect((await describeOne(world)).settings).toEqual(LAUNCHED);
    await change();
  });

  it('are changed no faster than the account may', async () => {
    const world = real();
    world.add(instanceId(1), LAUNCHED);
    const instance = await describeOne(world);
    const { ec2 } = await aws.sessions(world.target);
    const tag = () =>
      ec2.send(new CreateTagsCommand({ Resources: [instance.instanceId], Tags: [{ Key: 'n', Value: '' }] }));
    await Promise.all(Array.from({ length: 50 }, tag));
    const change = world.running.change(world.target, instance, { monitoring: { enabled: true } });
    await expect(change).rejects.toMatchObject({ code: 'rate.waiting' });
  });
});
