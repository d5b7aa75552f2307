import type { SecurityGroup, Subnet } from '@aws-sdk/client-ec2';
import { seededHex } from '../seeded-random.ts';
import type { Place } from '../state.ts';

/** A VPC with what is in it. Blocks are IPv4, such as `10.0.1.0/24`. */
export interface Network {
  readonly vpcId: string;
  readonly subnets: readonly { readonly subnetId: string; readonly cidrBlock: string }[];
  readonly securityGroupIds: readonly string[];
}

type Where = Pick<Place, 'accountId' | 'region'>;

/** Addresses at the ends of each subnet that AWS keeps for itself. */
const RESERVED_ADDRESSES = 5;
const ZONES = 'abc';

/** The VPC that every account has in every Region, with one subnet in each of three zones. */
export function defaultNetwork({ accountId, region }: Where, seed: number) {
  const id = (prefix: string, index: number): string =>
    `${prefix}-${seededHex(seed, `${prefix} ${accountId} ${region} ${index}`, 17)}`;
  return {
    vpcId: id('vpc', 0),
    subnets: [
      { subnetId: id('subnet', 0), cidrBlock: '172.31.0.0/20' },
      { subnetId: id('subnet', 1), cidrBlock: '172.31.16.0/20' },
      { subnetId: id('subnet', 2), cidrBlock: '172.31.32.0/20' },
    ],
    securityGroupIds: [id('sg', 0), id('sg', 1)],
  } as const satisfies Network;
}

/** Adds the network's subnets, in turn over the zones, and its security groups, the first of them the VPC's default. */
export function addNetwork(
  place: Where & Pick<Place, 'subnets' | 'securityGroups'>,
  { vpcId, subnets, securityGroupIds }: Network,
): void {
  subnets.forEach((subnet, index) => {
    const AvailabilityZone = `${place.region}${ZONES[index % ZONES.length]}`;
    place.subnets.set(subnet.subnetId, subnetOf(subnet, { vpcId, AvailabilityZone }, place));
  });
  securityGroupIds.forEach((groupId, index) => {
    const name = index === 0 ? 'default' : `group-${index}`;
    place.securityGroups.set(groupId, securityGroupOf(groupId, name, vpcId, place));
  });
}

function subnetOf(
  { subnetId, cidrBlock }: Network['subnets'][number],
  { vpcId, AvailabilityZone }: { vpcId: string; AvailabilityZone: string },
  { accountId, region }: Where,
): Subnet {
  return {
    SubnetId: subnetId,
    SubnetArn: `arn:aws:ec2:${region}:${accountId}:subnet/${subnetId}`,
    VpcId: vpcId,
    CidrBlock: cidrBlock,
    AvailabilityZone,
    AvailableIpAddressCount: 2 ** (32 - Number(cidrBlock.split('/')[1])) - RESERVED_ADDRESSES,
    State: 'available',
    OwnerId: accountId,
    AssignIpv6AddressOnCreation: false,
    MapPublicIpOnLaunch: false,
    Tags: [],
  };
}

function securityGroupOf(groupId: string, name: string, vpcId: string, { accountId, region }: Where): SecurityGroup {
  return {
    GroupId: groupId,
    GroupName: name,
    Description: name === 'default' ? 'default VPC security group' : name,
    SecurityGroupArn: `arn:aws:ec2:${region}:${accountId}:security-group/${groupId}`,
    VpcId: vpcId,
    OwnerId: accountId,
    IpPermissions: [],
    IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    Tags: [],
  };
}
