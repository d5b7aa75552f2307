import type { Instance, InstanceStateName } from '@aws-sdk/client-ec2';
import { ServiceError } from '../errors.ts';
import type { Place } from '../state.ts';
import { idsNotFound, missingParameter } from './ec2-errors.ts';
import { namedResources } from './named-resources.ts';

/** An instance that is there has an id. */
export type Identified = Instance & { InstanceId: string };

const notFound = idsNotFound('InvalidInstanceID.NotFound', 'instance ID');

export function namedInstance(instanceId: string | undefined, place: Place): Identified {
  if (instanceId === undefined) throw missingParameter('InstanceId');
  const [instance] = namedInstances([instanceId], place);
  if (!instance) throw notFound([instanceId]);
  return instance;
}

/** One id that names nothing refuses the whole call. */
export function namedInstances(instanceIds: readonly string[] | undefined, place: Place): Identified[] {
  if (!instanceIds?.length) throw missingParameter('InstanceId');
  const malformed = instanceIds.find((id) => !/^i-[0-9a-f]{8,17}$/.test(id));
  if (malformed !== undefined) throw new ServiceError(400, 'InvalidInstanceID.Malformed', `Invalid id: "${malformed}"`);
  return namedResources(instanceIds, place.instances, notFound).map((one) => ({
    ...one,
    InstanceId: one.InstanceId ?? '',
  }));
}

/** Refuses what EC2 does to instances that run or are stopped only. */
export function assertState(instance: Identified, states: readonly InstanceStateName[]): void {
  if (instance.State?.Name !== undefined && states.includes(instance.State.Name)) return;
  const wanted = states.map((state) => `'${state}'`).join(' or ');
  throw incorrectState(`The instance '${instance.InstanceId}' is not in the ${wanted} state.`);
}

export function incorrectState(message: string): ServiceError {
  return new ServiceError(400, 'IncorrectInstanceState', message);
}

export function changeInstance(instanceId: string, change: Partial<Instance>, { instances }: Place): void {
  const instance = instances.get(instanceId);
  if (instance) instances.set(instanceId, { ...instance, ...change });
}
