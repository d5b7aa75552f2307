import type { GroupIdentifier, SecurityGroup } from '@aws-sdk/client-ec2';
import type { Place } from '../state.ts';

type Groups = Pick<Place, 'securityGroups'>;

/** Groups as instances show them: by id, with the name where the group exists. */
export function groupIdentifiers(groupIds: readonly string[], { securityGroups }: Groups): GroupIdentifier[] {
  return groupIds.map((GroupId) => ({ GroupId, GroupName: securityGroups.get(GroupId)?.GroupName }));
}

/** The ids of a VPC's groups of these names. */
export function groupIdsByName(names: readonly string[], vpcId: string | undefined, place: Groups): string[] {
  const ofVpc = [...place.securityGroups.values()].filter(({ VpcId }) => VpcId === vpcId);
  return names.flatMap((name) => ofVpc.find(isNamed(name))?.GroupId ?? []);
}

function isNamed(name: string): (group: SecurityGroup) => boolean {
  return ({ GroupName }) => GroupName === name;
}
