import type * as Ec2 from '@aws-sdk/client-ec2';
import type { Call } from '../call.ts';
import { ServiceError } from '../errors.ts';
import { idsNotFound } from './ec2-errors.ts';
import { ec2Page } from './ec2-page.ts';
import { filtered, tagOf, unknownFilter } from './filters.ts';
import { namedResources } from './named-resources.ts';

const PAGE = { min: 5, max: 1_000, unstated: 1_000 };

/** Describes the instances that recoveries launched and those that were there before; each is its own reservation. */
export function describeInstances(input: Ec2.DescribeInstancesRequest, { place }: Call): Ec2.DescribeInstancesResult {
  if (input.InstanceIds?.length && input.MaxResults !== undefined) {
    const message = 'The parameter instancesSet cannot be used with the parameter maxResults';
    throw new ServiceError(400, 'InvalidParameterCombination', message);
  }
  const notFound = idsNotFound('InvalidInstanceID.NotFound', 'instance ID');
  const named = namedResources(input.InstanceIds, place.instances, notFound);
  const matching = filtered(named, input.Filters, fieldOf);
  const page = ec2Page(matching, ({ InstanceId }) => InstanceId, input, PAGE);
  return { Reservations: page.items.map((one) => reservationOf(one, place.accountId)), NextToken: page.nextToken };
}

function reservationOf(instance: Ec2.Instance, OwnerId: string): Ec2.Reservation {
  return { ReservationId: instance.InstanceId?.replace(/^i-/, 'r-'), OwnerId, Instances: [instance] };
}

function fieldOf(instance: Ec2.Instance, name: string): string | undefined {
  if (name === 'instance-state-name') return instance.State?.Name;
  if (name === 'instance-id') return instance.InstanceId;
  if (name === 'instance-type') return instance.InstanceType;
  if (name === 'architecture') return instance.Architecture;
  if (name === 'platform') return instance.Platform;
  if (name.startsWith('tag:')) return tagOf(instance.Tags, name);
  throw unknownFilter(name);
}
