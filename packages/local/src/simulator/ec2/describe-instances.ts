import type * as Ec2 from '@aws-sdk/client-ec2';
import type { Call } from '../call.ts';
import { ServiceError } from '../errors.ts';
import { paginate } from '../paginate.ts';
import { invalidParameter } from './ec2-errors.ts';

const PAGE_SIZE_MAX = 1_000;

/** Describes the instances that recoveries launched; each is its own reservation. */
export function describeInstances(input: Ec2.DescribeInstancesRequest, call: Call): Ec2.DescribeInstancesResult {
  const instances = input.InstanceIds?.length
    ? input.InstanceIds.map((id) => instanceById(id, call))
    : [...call.place.instances.values()];
  const matching = instances.filter((instance) => (input.Filters ?? []).every((filter) => matches(filter, instance)));
  const page = paginate(matching, ({ InstanceId }) => InstanceId ?? '', {
    size: input.MaxResults ?? PAGE_SIZE_MAX,
    token: input.NextToken,
  });
  if (!page) throw new ServiceError(400, 'InvalidNextToken', 'The token is not valid.');
  return { Reservations: page.items.map((instance) => reservationOf(instance, call)), NextToken: page.nextToken };
}

function instanceById(instanceId: string, call: Call): Ec2.Instance {
  const instance = call.place.instances.get(instanceId);
  if (!instance)
    throw new ServiceError(400, 'InvalidInstanceID.NotFound', `The instance ID '${instanceId}' does not exist`);
  return instance;
}

function reservationOf(instance: Ec2.Instance, call: Call): Ec2.Reservation {
  const ReservationId = (instance.InstanceId ?? '').replace(/^i-/, 'r-');
  return { ReservationId, OwnerId: call.place.accountId, Instances: [instance] };
}

function matches({ Name = '', Values = [] }: Ec2.Filter, instance: Ec2.Instance): boolean {
  const value = fieldOf(Name, instance);
  return value !== undefined && Values.includes(value);
}

function fieldOf(name: string, instance: Ec2.Instance): string | undefined {
  if (name === 'instance-state-name') return instance.State?.Name;
  if (name === 'instance-id') return instance.InstanceId;
  if (name === 'instance-type') return instance.InstanceType;
  if (name.startsWith('tag:')) return instance.Tags?.find(({ Key }) => Key === name.slice('tag:'.length))?.Value;
  throw invalidParameter(`The filter '${name}' is invalid`);
}
