import type * as Ec2 from '@aws-sdk/client-ec2';
import type { Call } from '../call.ts';
import { idsNotFound } from './ec2-errors.ts';
import { ec2Page } from './ec2-page.ts';
import { filtered, tagOf, unknownFilter } from './filters.ts';
import { namedResources } from './named-resources.ts';

const PAGE = { min: 5, max: 1_000, unstated: 1_000 };

export function describeSecurityGroups(
  input: Ec2.DescribeSecurityGroupsRequest,
  { place }: Call,
): Ec2.DescribeSecurityGroupsResult {
  const notFound = idsNotFound('InvalidGroup.NotFound', 'security group');
  const named = namedResources(input.GroupIds, place.securityGroups, notFound);
  const matching = filtered(named, input.Filters, fieldOf);
  const page = ec2Page(matching, ({ GroupId }) => GroupId, input, PAGE);
  return { SecurityGroups: page.items, NextToken: page.nextToken };
}

function fieldOf(group: Ec2.SecurityGroup, name: string): string | undefined {
  if (name === 'group-id') return group.GroupId;
  if (name === 'group-name') return group.GroupName;
  if (name === 'vpc-id') return group.VpcId;
  if (name.startsWith('tag:')) return tagOf(group.Tags, name);
  throw unknownFilter(name);
}
