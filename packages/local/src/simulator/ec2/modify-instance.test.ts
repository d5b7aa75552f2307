import {
  DescribeInstancesCommand,
  ModifyInstanceAttributeCommand,
  type ModifyInstanceAttributeCommandInput,
  ModifyNetworkInterfaceAttributeCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOME, REGION, type ServedSimulator, serveSimulator } from '../testing/serve-simulator.ts';

const where = { accountId: HOME, region: REGION };
const [SINGLE, DOUBLE] = ['i-0aaaaaaaaaaaaaaa1', 'i-0aaaaaaaaaaaaaaa2'];
const [SUBNET, DEFAULT, WEB] = ['subnet-0aaaaaaaaaaaaaa1', 'sg-0aaaaaaaaaaaaaaa1', 'sg-0aaaaaaaaaaaaaaa2'];
const FOREIGN = 'sg-0bbbbbbbbbbbbbbb1';
const COMMON = { state: 'running', tags: {}, platform: 'linux', architecture: 'x86_64' } as const;

let served: ServedSimulator;
beforeEach(async () => {
  served = await serveSimulator();
  const subnets = [{ subnetId: SUBNET, cidrBlock: '10.8.0.0/24' }];
  served.simulator.addNetwork(where, { vpcId: 'vpc-0aaaaaaaaaaaaaaa1', subnets, securityGroupIds: [DEFAULT, WEB] });
  served.simulator.addNetwork(where, { vpcId: 'vpc-0bbbbbbbbbbbbbbb1', subnets: [], securityGroupIds: [FOREIGN] });
  const nics = [0, 1].map((DeviceIndex) => ({ DeviceIndex, SubnetId: SUBNET }));
  const InstanceType = 'm5.large';
  served.simulator.addInstance(where, {
    ...COMMON,
    instanceId: SINGLE,
    data: { InstanceType, NetworkInterfaces: nics.slice(0, 1) },
  });
  served.simulator.addInstance(where, {
    ...COMMON,
    state: 'stopped',
    instanceId: DOUBLE,
    data: { InstanceType, NetworkInterfaces: nics },
  });
});
afterEach(() => served.close());

const modify = (input: ModifyInstanceAttributeCommandInput) =>
  served.ec2.send(new ModifyInstanceAttributeCommand(input));
const modifyInterface = (NetworkInterfaceId: string, Groups: string[]) =>
  served.ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups }));
const instanceNow = async (id: string) =>
  (await served.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }))).Reservations?.[0]?.Instances?.[0];
const groupsNow = async (id: string) => {
  const instance = await instanceNow(id);
  return [instance?.SecurityGroups, ...(instance?.NetworkInterfaces ?? []).map(({ Groups }) => Groups)];
};
const byDefault = [{ GroupId: DEFAULT, GroupName: 'default' }];
const web = [{ GroupId: WEB, GroupName: 'group-1' }];

describe('the groups of an instance', () => {
  it('change by the instance while it has one interface', async () => {
    expect(await groupsNow(SINGLE)).toEqual([byDefault, byDefault]);
    await modify({ InstanceId: SINGLE, Groups: [WEB] });
    expect(await groupsNow(SINGLE)).toEqual([web, web]);
    await expect(modify({ InstanceId: DOUBLE, Groups: [WEB] })).rejects.toMatchObject({
      name: 'InvalidInstanceID',
      message: `There are multiple interfaces attached to instance '${DOUBLE}'. Please specify an interface ID for the operation instead.`,
    });
    expect(await groupsNow(DOUBLE)).toEqual([byDefault, byDefault, byDefault]);
  });

  it('change by the interface, and those of the primary one are those of the instance', async () => {
    const [primary = '', second = ''] =
      (await instanceNow(DOUBLE))?.NetworkInterfaces?.map((one) => one.NetworkInterfaceId ?? '') ?? [];
    await modifyInterface(second, [WEB]);
    expect(await groupsNow(DOUBLE)).toEqual([byDefault, byDefault, web]);
    await modifyInterface(primary, [WEB, DEFAULT]);
    expect(await groupsNow(DOUBLE)).toEqual([[...web, ...byDefault], [...web, ...byDefault], web]);
    await expect(modifyInterface('eni-00000000000000000', [WEB])).rejects.toMatchObject({
      name: 'InvalidNetworkInterfaceID.NotFound',
    });
  });

  it('have to be there, in the VPC of the instance', async () => {
    await expect(modify({ InstanceId: SINGLE, Groups: [WEB, 'sg-00000000000000000'] })).rejects.toMatchObject({
      name: 'InvalidGroup.NotFound',
      message: "The security group 'sg-00000000000000000' does not exist",
    });
    await expect(modify({ InstanceId: SINGLE, Groups: [FOREIGN] })).rejects.toMatchObject({
      name: 'InvalidGroup.NotFound',
      message: 'You have specified two resources that belong to different networks.',
    });
    expect(await groupsNow(SINGLE)).toEqual([byDefault, byDefault]);
  });
});

describe('the type of an instance', () => {
  it('changes only while it is stopped', async () => {
    const InstanceType = { Value: 'r5.xlarge' };
    await modify({ InstanceId: DOUBLE, InstanceType });
    expect((await instanceNow(DOUBLE))?.InstanceType).toBe('r5.xlarge');
    await expect(modify({ InstanceId: SINGLE, InstanceType })).rejects.toMatchObject({
      name: 'IncorrectInstanceState',
      message: `The instance '${SINGLE}' is not in the 'stopped' state.`,
    });
    await expect(modify({ InstanceId: DOUBLE, InstanceType: { Value: 'x9.huge' } })).rejects.toMatchObject({
      name: 'InvalidInstanceAttributeValue',
    });
  });
});

describe('a change of attributes', () => {
  it.each<[string, ModifyInstanceAttributeCommandInput]>([
    ['InvalidParameterCombination', { InstanceId: SINGLE }],
    ['InvalidParameterCombination', { InstanceId: DOUBLE, Groups: [WEB], InstanceType: { Value: 'm5.large' } }],
    ['UnsupportedOperation', { InstanceId: SINGLE, EbsOptimized: { Value: true } }],
    ['InvalidInstanceID.NotFound', { InstanceId: 'i-00000000000000000', Groups: [WEB] }],
  ])('is refused with %s', async (name, input) => {
    await expect(modify(input)).rejects.toMatchObject({ name });
  });
});
