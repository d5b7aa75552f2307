import { DescribeSourceServersCommand, StartRecoveryCommand } from '@aws-sdk/client-drs';
import { DescribeInstancesCommand, DescribeSecurityGroupsCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ElsewhereEdit } from '../edit-elsewhere.ts';
import { HOME, REGION, type ServedSimulator, serveSimulator } from '../testing/serve-simulator.ts';

let served: ServedSimulator;
beforeEach(async () => {
  served = await serveSimulator();
});
afterEach(() => served.close());

const where = { accountId: HOME, region: REGION };
const NETWORK = {
  vpcId: 'vpc-0aaaaaaaaaaaaaaa1',
  subnets: [{ subnetId: 'subnet-0aaaaaaaaaaaaaa1', cidrBlock: '10.8.1.0/28' }],
  securityGroupIds: ['sg-0aaaaaaaaaaaaaaa1', 'sg-0aaaaaaaaaaaaaaa2'],
};
const [subnetId = '', groupId = ''] = [NETWORK.subnets[0]?.subnetId, NETWORK.securityGroupIds[1]];
const JOB_MS = 2_000;

const start = (...serverIds: string[]) =>
  served.drs.send(
    new StartRecoveryCommand({ sourceServers: serverIds.map((sourceServerID) => ({ sourceServerID })), isDrill: true }),
  );
const serverNow = async (sourceServerID: string) =>
  (await served.drs.send(new DescribeSourceServersCommand({ filters: { sourceServerIDs: [sourceServerID] } })))
    .items?.[0];

async function launched(...edits: NonNullable<ElsewhereEdit['templateData']>[]) {
  const serverIds = served.simulator.addSourceServers(where, edits.length);
  for (const [index, templateData] of edits.entries())
    served.simulator.editElsewhere(serverIds[index] ?? '', { templateData });
  await start(...serverIds);
  served.clock.at += JOB_MS;
  const servers = await Promise.all(serverIds.map(serverNow));
  const InstanceIds = servers.map((server) => server?.recoveryInstanceId ?? '');
  const { Reservations = [] } = await served.ec2.send(new DescribeInstancesCommand({ InstanceIds }));
  return Reservations.flatMap(({ Instances = [] }) => Instances);
}

const unchanged = (data: object) => data;

describe('a launch', () => {
  it("puts the template's interfaces, profile and options into the instance, completed as EC2 completes them", async () => {
    const [instance] = await launched(unchanged);
    const { Subnets = [] } = await served.ec2.send(new DescribeSubnetsCommand({}));
    const { SecurityGroups = [] } = await served.ec2.send(new DescribeSecurityGroupsCommand({}));
    const groups = SecurityGroups.map(({ GroupId, GroupName }) => ({ GroupId, GroupName }));
    const [primary, second] = instance?.NetworkInterfaces ?? [];
    expect([primary, second]).toMatchObject(
      [0, 1].map((index) => ({
        NetworkInterfaceId: expect.stringMatching(/^eni-[0-9a-f]{17}$/),
        Attachment: { DeviceIndex: index, Status: 'attached', DeleteOnTermination: index === 0 },
        Status: 'in-use',
        SubnetId: Subnets[index]?.SubnetId,
        VpcId: Subnets[index]?.VpcId,
        PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: expect.stringMatching(/^172\.31\.\d+\.\d+$/) }],
      })),
    );
    expect([primary?.Groups, second?.Groups]).toEqual([groups.slice(0, 1), groups]);
    expect(instance).toMatchObject({
      State: { Code: 16, Name: 'running' },
      PrivateIpAddress: primary?.PrivateIpAddresses?.[0]?.PrivateIpAddress,
      SubnetId: primary?.SubnetId,
      VpcId: primary?.VpcId,
      SecurityGroups: primary?.Groups,
      IamInstanceProfile: { Arn: expect.stringContaining('service-role/'), Id: expect.stringMatching(/^AIPA/) },
      MetadataOptions: {
        State: 'applied',
        HttpTokens: 'required',
        HttpPutResponseHopLimit: 2,
        HttpEndpoint: 'enabled',
      },
      Monitoring: { State: 'enabled' },
      Placement: { AvailabilityZone: `${REGION}a`, Tenancy: 'default' },
    });
  });

  it('fills in what a template leaves open, with the groups of the instance', async () => {
    served.simulator.accounts.addInstanceProfile(HOME, 'web');
    const [bare, grouped] = await launched(
      () => ({}),
      () => ({ SecurityGroups: ['group-1'], IamInstanceProfile: { Name: 'web' } }),
    );
    expect(bare).toMatchObject({
      NetworkInterfaces: [{ Attachment: { DeviceIndex: 0 }, Groups: [{ GroupName: 'default' }], Status: 'in-use' }],
      SecurityGroups: [{ GroupName: 'default' }],
      MetadataOptions: {
        State: 'applied',
        HttpTokens: 'optional',
        HttpPutResponseHopLimit: 1,
        HttpEndpoint: 'enabled',
        HttpProtocolIpv6: 'disabled',
        InstanceMetadataTags: 'disabled',
      },
      Monitoring: { State: 'disabled' },
      Placement: { Tenancy: 'default' },
    });
    expect(bare?.IamInstanceProfile).toBeUndefined();
    expect(grouped).toMatchObject({
      SecurityGroups: [{ GroupName: 'group-1', GroupId: expect.stringMatching(/^sg-/) }],
      IamInstanceProfile: {
        Arn: `arn:aws:iam::${HOME}:instance-profile/web`,
        Id: expect.stringMatching(/^AIPA/),
      },
    });
  });

  it('takes the addresses that are stated, and else free ones of the subnet', async () => {
    served.simulator.addNetwork(where, NETWORK);
    const nic = { DeviceIndex: 0, SubnetId: subnetId };
    const nics = [nic, { ...nic, DeviceIndex: 1 }];
    const instances = await launched(
      () => ({ NetworkInterfaces: [{ ...nic, Groups: [groupId], PrivateIpAddress: '10.8.1.5' }] }),
      ...Array.from({ length: 5 }, () => () => ({ NetworkInterfaces: nics })),
    );
    const addresses = instances.flatMap(({ NetworkInterfaces = [] }) =>
      NetworkInterfaces.map((one) => one.PrivateIpAddress),
    );
    const usable = Array.from({ length: 11 }, (_, index) => `10.8.1.${index + 4}`);
    expect([addresses[0], new Set(addresses)]).toEqual(['10.8.1.5', new Set(usable)]);
    expect(instances[0]?.SecurityGroups).toEqual([{ GroupId: groupId, GroupName: 'group-1' }]);
    expect(instances[1]?.SecurityGroups).toEqual([{ GroupId: NETWORK.securityGroupIds[0], GroupName: 'default' }]);
  });

  it('leaves to an interface what others of the instance state, and takes the address that is stated as the primary one', async () => {
    served.simulator.addNetwork(where, NETWORK);
    const [stated = '', ...others] = Array.from({ length: 10 }, (_, index) => `10.8.1.${index + 5}`);
    const PrivateIpAddresses = [
      ...others.map((PrivateIpAddress) => ({ Primary: false, PrivateIpAddress })),
      { Primary: true, PrivateIpAddress: stated },
    ];
    const [instance] = await launched(() => ({
      NetworkInterfaces: [
        { DeviceIndex: 1, SubnetId: subnetId, PrivateIpAddresses },
        { DeviceIndex: 0, SubnetId: subnetId },
      ],
    }));
    expect(instance?.PrivateIpAddress).toBe('10.8.1.4');
    expect(instance?.NetworkInterfaces?.map((one) => one.PrivateIpAddress)).toEqual(['10.8.1.4', stated]);
  });

  it('keeps a subnet that is not there, without an address in it', async () => {
    const [instance] = await launched(() => ({ NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: 'subnet-unknown' }] }));
    expect([instance?.SubnetId, instance?.VpcId, instance?.PrivateIpAddress]).toEqual([
      'subnet-unknown',
      undefined,
      undefined,
    ]);
  });

  it('is the same for the same seed', async () => {
    const [first] = await launched(unchanged);
    served.close();
    served = await serveSimulator();
    const [second] = await launched(unchanged);
    const told = (instance: typeof first) =>
      instance?.NetworkInterfaces?.map((one) => [one.NetworkInterfaceId, one.PrivateIpAddress, one.MacAddress]);
    expect(told(second)).toEqual(told(first));
  });
});

describe('a server', () => {
  it('tells its last launch while the job runs and afterwards, and its recovery instance once there is one', async () => {
    const [serverId = ''] = served.simulator.addSourceServers(where, 1);
    const told = async () => {
      const { recoveryInstanceId, lastLaunchResult, lifeCycle } = (await serverNow(serverId)) ?? {};
      return { recoveryInstanceId, lastLaunchResult, lastLaunch: lifeCycle?.lastLaunch };
    };
    expect(await told()).toEqual({ lastLaunchResult: 'NOT_STARTED' });
    const { job } = await start(serverId);
    const initiated = { jobID: job?.jobID, type: 'DRILL', apiCallDateTime: job?.creationDateTime };
    expect(await told()).toEqual({ lastLaunchResult: 'PENDING', lastLaunch: { status: 'PENDING', initiated } });
    served.clock.at += 250;
    expect(await told()).toEqual({ lastLaunchResult: 'PENDING', lastLaunch: { status: 'IN_PROGRESS', initiated } });
    served.clock.at += JOB_MS;
    const done = await told();
    expect(done).toEqual({
      recoveryInstanceId: expect.stringMatching(/^i-[0-9a-f]{17}$/),
      lastLaunchResult: 'SUCCEEDED',
      lastLaunch: { status: 'LAUNCHED', initiated },
    });
    await start(serverId);
    expect(await told()).toMatchObject({ recoveryInstanceId: done.recoveryInstanceId, lastLaunchResult: 'PENDING' });
  });
});
