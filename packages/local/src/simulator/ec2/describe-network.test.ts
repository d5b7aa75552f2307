import {
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  type Filter,
  paginateDescribeSubnets,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOME, REGION, type ServedSimulator, serveSimulator } from '../testing/serve-simulator.ts';

let served: ServedSimulator;
beforeEach(async () => {
  served = await serveSimulator();
});
afterEach(() => served.close());

const where = { accountId: HOME, region: REGION };
const NETWORK = {
  vpcId: 'vpc-0aaaaaaaaaaaaaaa1',
  subnets: Array.from({ length: 7 }, (_, index) => ({
    subnetId: `subnet-0aaaaaaaaaaaaaaa${index}`,
    cidrBlock: `10.0.${index}.0/24`,
  })),
  securityGroupIds: ['sg-0aaaaaaaaaaaaaaa1', 'sg-0aaaaaaaaaaaaaaa2'],
};
const ofVpc: Filter = { Name: 'vpc-id', Values: [NETWORK.vpcId] };

const subnets = async (input = {}, client = served.ec2) =>
  (await client.send(new DescribeSubnetsCommand(input))).Subnets ?? [];
const groups = async (input = {}, client = served.ec2) =>
  (await client.send(new DescribeSecurityGroupsCommand(input))).SecurityGroups ?? [];
const far = () => served.clientsFor({ accessKeyId: 'AKIALOCAL', secretAccessKey: 'local' }, 'us-east-1').ec2;

describe('an account', () => {
  it('has a default VPC in each Region, the same for the same seed', async () => {
    expect((await subnets()).map(({ CidrBlock, AvailabilityZone }) => [CidrBlock, AvailabilityZone])).toEqual([
      ['172.31.0.0/20', 'eu-west-1a'],
      ['172.31.16.0/20', 'eu-west-1b'],
      ['172.31.32.0/20', 'eu-west-1c'],
    ]);
    expect((await groups())[0]).toMatchObject({ GroupName: 'default', VpcId: (await subnets())[0]?.VpcId });
    expect(await subnets({}, far())).not.toEqual(await subnets());
    const again = await serveSimulator();
    expect(await subnets({}, again.ec2)).toEqual(await subnets());
    again.close();
  });

  it('has what the templates of new servers name', async () => {
    const [serverId = ''] = served.simulator.addSourceServers(where, 1);
    const { versions } = served.simulator.launchTemplateOf(serverId);
    const nics = versions.at(-1)?.data.NetworkInterfaces ?? [];
    await subnets({ SubnetIds: nics.map(({ SubnetId }) => SubnetId ?? '') });
    await groups({ GroupIds: nics.flatMap(({ Groups = [] }) => Groups) });
  });

  it('keeps a network to its own Region', async () => {
    served.simulator.addNetwork(where, NETWORK);
    expect(await subnets({ Filters: [ofVpc] })).toHaveLength(7);
    expect(await subnets({ Filters: [ofVpc] }, far())).toEqual([]);
  });
});

describe('subnets and security groups', () => {
  beforeEach(() => served.simulator.addNetwork(where, NETWORK));

  it('are found by id', async () => {
    expect(await subnets({ SubnetIds: ['subnet-0aaaaaaaaaaaaaaa3'] })).toMatchObject([
      {
        SubnetId: 'subnet-0aaaaaaaaaaaaaaa3',
        VpcId: NETWORK.vpcId,
        CidrBlock: '10.0.3.0/24',
        AvailableIpAddressCount: 251,
        State: 'available',
        OwnerId: HOME,
      },
    ]);
    expect(await groups({ GroupIds: ['sg-0aaaaaaaaaaaaaaa2'] })).toMatchObject([
      { GroupId: 'sg-0aaaaaaaaaaaaaaa2', VpcId: NETWORK.vpcId, OwnerId: HOME },
    ]);
  });

  it('are found by filter, where what does not exist is simply absent', async () => {
    const Values = ['subnet-0aaaaaaaaaaaaaaa3', 'subnet-00000000000000000'];
    expect(await subnets({ Filters: [{ Name: 'subnet-id', Values }, ofVpc] })).toHaveLength(1);
    expect(await groups({ Filters: [{ Name: 'group-id', Values: ['sg-0*1', 'sg-00000000000000000'] }] })).toMatchObject(
      [{ GroupId: 'sg-0aaaaaaaaaaaaaaa1' }],
    );
  });

  it('refuse a whole call for ids that do not exist, and name them', async () => {
    const SubnetIds = ['subnet-0aaaaaaaaaaaaaaa3', 'subnet-00000000000000000'];
    await expect(subnets({ SubnetIds })).rejects.toMatchObject({
      name: 'InvalidSubnetID.NotFound',
      message: "The subnet ID 'subnet-00000000000000000' does not exist",
      $metadata: { httpStatusCode: 400 },
    });
    await expect(groups({ GroupIds: ['sg-1', 'sg-2'] })).rejects.toMatchObject({
      name: 'InvalidGroup.NotFound',
      message: "The security groups 'sg-1, sg-2' do not exist",
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('come in pages of five and more', async () => {
    const pages: number[] = [];
    for await (const { Subnets } of paginateDescribeSubnets({ client: served.ec2, pageSize: 5 }, { Filters: [ofVpc] }))
      pages.push(Subnets?.length ?? 0);
    expect(pages).toEqual([5, 2]);
    await expect(subnets({ MaxResults: 4 })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await expect(groups({ NextToken: 'none' })).rejects.toMatchObject({ name: 'InvalidNextToken' });
  });

  it('refuse filters that EC2 does not know, and more than 200 values', async () => {
    await expect(subnets({ Filters: [{ Name: 'colour', Values: ['red'] }] })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
    const Values = Array.from({ length: 201 }, (_, index) => `sg-${index}`);
    await expect(groups({ Filters: [{ Name: 'group-id', Values }] })).rejects.toMatchObject({
      name: 'FilterLimitExceeded',
    });
  });

  it('draw from a smaller bucket when security groups are neither filtered nor paged', async () => {
    for (let call = 0; call < 50; call += 1) await groups();
    await expect(groups()).rejects.toMatchObject({ name: 'RequestLimitExceeded' });
    for (let call = 0; call < 100; call += 1) await groups({ Filters: [ofVpc] });
    await expect(groups({ Filters: [ofVpc] })).rejects.toMatchObject({ name: 'RequestLimitExceeded' });
    served.clock.at += 5_000;
    for (let call = 0; call < 100; call += 1) await subnets();
    await expect(subnets()).rejects.toMatchObject({ name: 'RequestLimitExceeded' });
  });
});
