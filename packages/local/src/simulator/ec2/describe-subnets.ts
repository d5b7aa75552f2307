import type * as Ec2 from '@aws-sdk/client-ec2';
import type { Call } from '../call.ts';
import { idsNotFound } from './ec2-errors.ts';
import { ec2Page } from './ec2-page.ts';
import { filtered, tagOf, unknownFilter } from './filters.ts';
import { namedResources } from './named-resources.ts';

const PAGE = { min: 5, max: 1_000, unstated: 1_000 };

export function describeSubnets(input: Ec2.DescribeSubnetsRequest, { place }: Call): Ec2.DescribeSubnetsResult {
  const named = namedResources(input.SubnetIds, place.subnets, idsNotFound('InvalidSubnetID.NotFound', 'subnet ID'));
  const matching = filtered(named, input.Filters, fieldOf);
  const page = ec2Page(matching, ({ SubnetId }) => SubnetId, input, PAGE);
  return { Subnets: page.items, NextToken: page.nextToken };
}

function fieldOf(subnet: Ec2.Subnet, name: string): string | undefined {
  if (name === 'subnet-id') return subnet.SubnetId;
  if (name === 'vpc-id') return subnet.VpcId;
  if (name === 'availability-zone') return subnet.AvailabilityZone;
  if (name === 'cidr-block') return subnet.CidrBlock;
  if (name.startsWith('tag:')) return tagOf(subnet.Tags, name);
  throw unknownFilter(name);
}
