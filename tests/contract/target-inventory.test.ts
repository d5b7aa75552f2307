import { awsTargetInventory } from '@prelaunch/aws/aws-target-inventory';
import type { References, SourceMachine, TargetInventory } from '@prelaunch/core/target/target-inventory';
import { memoryTargetInventory } from '@prelaunch/memory/memory-target-inventory';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ACCOUNT, TARGET } from '../support/builders.ts';
import { fixedClock } from '../support/clock.ts';
import { type LocalAws, startLocalAws } from '../support/local-aws.ts';

const VPC = 'vpc-00000000000000011';
const SUBNET = 'subnet-00000000000000011';
const GROUP = 'sg-00000000000000011';
const INSTANCE = 'i-00000000000000011';
const PROFILE_ARN = `arn:aws:iam::${ACCOUNT}:instance-profile/service-role/InventoryProfile`;
const TAGS = { AWSDRS: 'AllowLaunchingIntoThisInstance' };

const nothing: References = {
  subnetIds: [],
  securityGroupIds: [],
  instanceProfiles: [],
  instanceTypes: [],
  instanceIds: [],
  serverIds: [],
};

let aws: LocalAws;
let linux: string;
let windows: string;
let linuxMachine: SourceMachine;

beforeAll(async () => {
  aws = await startLocalAws();
  const { simulator } = aws;
  simulator.addNetwork(TARGET, {
    vpcId: VPC,
    subnets: [{ subnetId: SUBNET, cidrBlock: '10.9.1.0/24' }],
    securityGroupIds: [GROUP],
  });
  simulator.addInstance(TARGET, {
    instanceId: INSTANCE,
    state: 'stopped',
    tags: TAGS,
    platform: 'windows',
    architecture: 'x86_64',
  });
  simulator.accounts.addInstanceProfile(ACCOUNT, 'service-role/InventoryProfile');
  [linux = ''] = simulator.addSourceServers(TARGET, 1);
  [windows = ''] = simulator.addSourceServers(TARGET, 1, { os: 'windows' });
  linuxMachine = { platform: 'linux', ipv4Addresses: ['10.0.0.4', '10.1.0.4'] };
});
afterAll(() => aws.stop());

type UnderTest = () => TargetInventory;

const real: UnderTest = () => awsTargetInventory(aws.sessions, fixedClock().now);
const memory: UnderTest = () =>
  memoryTargetInventory({
    subnets: new Map([[SUBNET, { vpcId: VPC, cidrBlock: '10.9.1.0/24' }]]),
    securityGroups: new Map([[GROUP, { vpcId: VPC }]]),
    instanceProfiles: new Set(['InventoryProfile', PROFILE_ARN]),
    instanceTypes: new Set(['m5.large']),
    instances: new Map([
      [INSTANCE, { state: 'stopped', tags: TAGS, platform: 'windows' as const, architecture: 'x86_64' }],
    ]),
    sourceMachines: new Map<string, SourceMachine>([
      [linux, linuxMachine],
      [windows, { platform: 'windows', ipv4Addresses: [] }],
    ]),
  });

describe.each([
  ['in memory', memory],
  ['on AWS', real],
])('TargetInventory %s', (_where, make) => {
  const lookUp = (references: Partial<References>) => make().lookUp(TARGET, { ...nothing, ...references });

  it('finds what there is, with what matters of it', async () => {
    const found = await lookUp({
      subnetIds: [SUBNET],
      securityGroupIds: [GROUP],
      instanceTypes: ['m5.large'],
      instanceProfiles: ['InventoryProfile', PROFILE_ARN],
      instanceIds: [INSTANCE],
      serverIds: [linux],
    });
    expect(found).toEqual({
      subnets: new Map([[SUBNET, { vpcId: VPC, cidrBlock: '10.9.1.0/24' }]]),
      securityGroups: new Map([[GROUP, { vpcId: VPC }]]),
      instanceTypes: new Set(['m5.large']),
      instanceProfiles: new Set(['InventoryProfile', PROFILE_ARN]),
      instances: new Map([[INSTANCE, { state: 'stopped', tags: TAGS, platform: 'windows', architecture: 'x86_64' }]]),
      sourceMachines: new Map([[linux, linuxMachine]]),
    });
  });

  it('leaves out what there is not, and finds the rest', async () => {
    const gone = '0000000000000dead';
    const elsewhere = `arn:aws:iam::${ACCOUNT}:instance-profile/InventoryProfile`;
    const found = await lookUp({
      subnetIds: [`subnet-${gone}`, SUBNET],
      securityGroupIds: [GROUP, `sg-${gone}`],
      instanceTypes: ['m5.large', 'm99.huge'],
      instanceProfiles: ['Absent', 'InventoryProfile', elsewhere],
      instanceIds: [`i-${gone}`],
      serverIds: [windows, 's-00000000000000dea'],
    });
    expect([...found.subnets.keys()]).toEqual([SUBNET]);
    expect([...found.securityGroups.keys()]).toEqual([GROUP]);
    expect(found.instanceTypes).toEqual(new Set(['m5.large']));
    expect(found.instanceProfiles).toEqual(new Set(['InventoryProfile']));
    expect(found.instances).toEqual(new Map());
    expect([...found.sourceMachines].map(([id, { platform }]) => [id, platform])).toEqual([[windows, 'windows']]);
  });

  it('finds nothing where nothing is asked for', async () => {
    const none = new Map();
    const empty = { subnets: none, securityGroups: none, instances: none, sourceMachines: none };
    expect(await lookUp({})).toEqual({ ...empty, instanceTypes: new Set(), instanceProfiles: new Set() });
  });
});

describe('TargetInventory on AWS', () => {
  const clock = fixedClock();
  let inventory: TargetInventory;
  let before: ReturnType<LocalAws['simulator']['calls']['snapshot']>;
  beforeEach(() => {
    inventory = awsTargetInventory(aws.sessions, clock.now);
    before = aws.simulator.calls.snapshot();
  });
  const calls = (operation: string) => aws.simulator.calls.since(before).count({ operation });

  it('asks nobody for what nobody refers to, not even for a session', async () => {
    const unreachable = awsTargetInventory(() => Promise.reject(new Error('no session')), clock.now);
    await unreachable.lookUp(TARGET, nothing);
    await inventory.lookUp(TARGET, { ...nothing, subnetIds: [SUBNET] });
    expect(aws.simulator.calls.since(before).counts()).toHaveLength(1);
  });

  it('keeps what it found for five minutes, in its place', async () => {
    const references = { ...nothing, subnetIds: [SUBNET], instanceProfiles: ['InventoryProfile'] };
    const first = await inventory.lookUp(TARGET, references);
    clock.advance(299_999);
    expect(await inventory.lookUp(TARGET, references)).toEqual(first);
    expect(calls('DescribeSubnets')).toBe(1);
    expect(calls('GetInstanceProfile')).toBe(1);
    expect((await inventory.lookUp({ ...TARGET, region: 'eu-central-1' }, references)).subnets).toEqual(new Map());
    clock.advance(1);
    expect(await inventory.lookUp(TARGET, references)).toEqual(first);
    expect(calls('DescribeSubnets')).toBe(3);
  });

  it('keeps no absence: somebody is about to mend it', async () => {
    const subnetId = 'subnet-00000000000000012';
    const references = { ...nothing, subnetIds: [subnetId, SUBNET], instanceProfiles: ['Coming'] };
    expect([...(await inventory.lookUp(TARGET, references)).subnets.keys()]).toEqual([SUBNET]);
    const network = { vpcId: VPC, subnets: [{ subnetId, cidrBlock: '10.9.2.0/24' }], securityGroupIds: [] };
    aws.simulator.addNetwork(TARGET, network);
    aws.simulator.accounts.addInstanceProfile(ACCOUNT, 'Coming');
    const { subnets, instanceProfiles } = await inventory.lookUp(TARGET, references);
    expect(new Set(subnets.keys())).toEqual(new Set([subnetId, SUBNET]));
    expect(instanceProfiles).toEqual(new Set(['Coming']));
  });

  it('keeps no instances and no machines: those change', async () => {
    const references = { ...nothing, instanceIds: [INSTANCE], serverIds: [linux] };
    await inventory.lookUp(TARGET, references);
    await inventory.lookUp(TARGET, references);
    expect(calls('DescribeInstances')).toBe(2);
    expect(calls('DescribeSourceServers')).toBe(2);
  });

  it('asks for no more than AWS takes in one call', async () => {
    const subnets = Array.from({ length: 401 }, (_, n) => ({
      subnetId: `subnet-1${String(n).padStart(16, '0')}`,
      cidrBlock: '10.9.3.0/28',
    }));
    aws.simulator.addNetwork(TARGET, { vpcId: VPC, subnets, securityGroupIds: [] });
    const serverIds = aws.simulator.addSourceServers(TARGET, 201);
    const subnetIds = subnets.map(({ subnetId }) => subnetId);
    const found = await inventory.lookUp(TARGET, { ...nothing, subnetIds, serverIds });
    expect(found.subnets.size).toBe(401);
    expect(found.sourceMachines.size).toBe(201);
    expect(calls('DescribeSubnets')).toBe(3);
    expect(calls('DescribeSourceServers')).toBe(2);
  });

  it.each([
    ['DescribeSubnets', { subnetIds: [SUBNET] }],
    ['DescribeSecurityGroups', { securityGroupIds: [GROUP] }],
    ['DescribeInstanceTypes', { instanceTypes: ['m5.large'] }],
    ['DescribeInstances', { instanceIds: [INSTANCE] }],
    ['GetInstanceProfile', { instanceProfiles: ['InventoryProfile'] }],
    ['DescribeSourceServers', { serverIds: ['s-00000000000000001'] }],
  ])('throws when %s is denied or fails, and concludes nothing', async (operation, references) => {
    aws.simulator.faults.add({ operation, times: 1, fault: { kind: 'access_denied' } });
    const look = () => inventory.lookUp(TARGET, { ...nothing, ...references });
    await expect(look()).rejects.toMatchObject({ code: 'aws.refused', operation });
    aws.simulator.faults.add({ operation, times: 1, fault: { kind: 'internal' } });
    await expect(look()).rejects.toMatchObject({ code: 'aws.unavailable', operation });
    await look();
  });
});
