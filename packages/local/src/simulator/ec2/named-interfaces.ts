import type { InstanceNetworkInterface } from '@aws-sdk/client-ec2';
import { ServiceError } from '../errors.ts';
import type { Place } from '../state.ts';
import { idsNotFound, missingParameter } from './ec2-errors.ts';
import { groupIdentifiers } from './group-identifiers.ts';
import { changeInstance, type Identified } from './named-instances.ts';
import { namedResources } from './named-resources.ts';

/** An interface with the instance that it is attached to. */
export interface AttachedInterface {
  readonly instance: Identified;
  readonly networkInterface: InstanceNetworkInterface;
}

export function namedInterface(networkInterfaceId: string, place: Place): AttachedInterface {
  const found = attachedInterface(networkInterfaceId, place);
  if (!found) throw idsNotFound('InvalidNetworkInterfaceID.NotFound', 'networkInterface ID')([networkInterfaceId]);
  return found;
}

export function attachedInterface(networkInterfaceId: string, { instances }: Place): AttachedInterface | undefined {
  for (const [InstanceId, instance] of instances)
    for (const networkInterface of instance.NetworkInterfaces ?? [])
      if (networkInterface.NetworkInterfaceId === networkInterfaceId)
        return { instance: { ...instance, InstanceId }, networkInterface };
  return undefined;
}

/** Replaces the groups of an interface, and with those of the primary one the groups that the instance shows. */
export function setInterfaceGroups(
  { instance, networkInterface }: AttachedInterface,
  groupIds: readonly string[],
  place: Place,
): void {
  if (groupIds.length === 0) throw missingParameter('SecurityGroupId');
  assertGroupsOf(networkInterface.VpcId, groupIds, place);
  const Groups = groupIdentifiers([...new Set(groupIds)], place);
  const NetworkInterfaces = instance.NetworkInterfaces?.map((one) =>
    one.NetworkInterfaceId === networkInterface.NetworkInterfaceId ? { ...one, Groups } : one,
  );
  const isPrimary = networkInterface.Attachment?.DeviceIndex === 0;
  changeInstance(instance.InstanceId, { NetworkInterfaces, ...(isPrimary && { SecurityGroups: Groups }) }, place);
}

function assertGroupsOf(vpcId: string | undefined, groupIds: readonly string[], { securityGroups }: Place): void {
  const groups = namedResources(groupIds, securityGroups, idsNotFound('InvalidGroup.NotFound', 'security group'));
  if (groups.every(({ VpcId }) => VpcId === vpcId)) return;
  const message = 'You have specified two resources that belong to different networks.';
  throw new ServiceError(400, 'InvalidGroup.NotFound', message);
}
