import type * as Ec2 from '@aws-sdk/client-ec2';
import type { Call } from '../call.ts';
import type { Place } from '../state.ts';
import { associationIdOf } from './attached-profiles.ts';
import { instanceState, terminated } from './instance-state.ts';
import { changeInstance, type Identified, incorrectState, namedInstances } from './named-instances.ts';

/** A change as EC2 answers it, which names the state on the way; here the instance reaches its end of the way at once. */
interface Transition {
  readonly by: Ec2.InstanceStateName;
  readonly to: Ec2.InstanceStateName;
}

export function startInstances(
  { InstanceIds }: Partial<Ec2.StartInstancesRequest>,
  { place, at }: Call,
): Ec2.StartInstancesResult {
  const instances = namedInstances(InstanceIds, place);
  for (const one of instances)
    assertNotTerminated(one, `The instance '${one.InstanceId}' is not in a state from which it can be started.`);
  const StartingInstances = instances.map((one) => changeOf(one, { by: 'pending', to: 'running' }));
  for (const { InstanceId, State } of instances)
    if (State?.Name !== 'running')
      changeInstance(InstanceId, { State: instanceState('running'), LaunchTime: new Date(at) }, place);
  return { StartingInstances };
}

export function stopInstances(
  { InstanceIds }: Partial<Ec2.StopInstancesRequest>,
  { place }: Call,
): Ec2.StopInstancesResult {
  const instances = namedInstances(InstanceIds, place);
  for (const one of instances)
    assertNotTerminated(one, `This instance '${one.InstanceId}' is not in a state from which it can be stopped.`);
  const StoppingInstances = instances.map((one) => changeOf(one, { by: 'stopping', to: 'stopped' }));
  for (const { InstanceId } of instances) changeInstance(InstanceId, { State: instanceState('stopped') }, place);
  return { StoppingInstances };
}

/** DRS is not told: a recovery instance that ends this way is still DRS's, and shows as terminated. */
export function terminateInstances(
  { InstanceIds }: Partial<Ec2.TerminateInstancesRequest>,
  { place }: Call,
): Ec2.TerminateInstancesResult {
  const instances = namedInstances(InstanceIds, place);
  const TerminatingInstances = instances.map((one) => changeOf(one, { by: 'shutting-down', to: 'terminated' }));
  for (const { InstanceId } of instances) terminateInstance(InstanceId, place);
  return { TerminatingInstances };
}

/** Ends an instance, and the association of its profile with it. EC2 still describes it. */
export function terminateInstance(instanceId: string, place: Place): void {
  const instance = place.instances.get(instanceId);
  if (!instance) return;
  place.profileAssociations.delete(associationIdOf(instanceId, place) ?? '');
  place.instances.set(instanceId, terminated(instance));
}

function assertNotTerminated({ State }: Identified, message: string): void {
  if (State?.Name === 'terminated' || State?.Name === 'shutting-down') throw incorrectState(message);
}

/** An instance that is there already stays as it is. */
function changeOf({ InstanceId, State }: Identified, { by, to }: Transition): Ec2.InstanceStateChange {
  const CurrentState = State?.Name === to ? State : instanceState(by);
  return { InstanceId, CurrentState, PreviousState: State };
}
