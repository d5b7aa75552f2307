import type {
  IamInstanceProfile,
  IamInstanceProfileAssociation,
  IamInstanceProfileAssociationState,
  IamInstanceProfileSpecification,
} from '@aws-sdk/client-ec2';
import type { InstanceProfile } from '@aws-sdk/client-iam';
import type { Call } from '../call.ts';
import type { Account, Place } from '../state.ts';
import { changeInstance } from './named-instances.ts';

/** The account's profile of this name or ARN. */
export function existingProfile(
  { Arn, Name }: IamInstanceProfileSpecification,
  { instanceProfiles }: Account,
): IamInstanceProfile | undefined {
  const found =
    Name === undefined ? [...instanceProfiles.values()].find((one) => one.Arn === Arn) : instanceProfiles.get(Name);
  return found && shown(found);
}

/** The profile that a launch attaches. One that is not there is shown as it was stated: launches here do not check for it. */
export function launchProfile(
  stated: IamInstanceProfileSpecification | undefined,
  account: Account,
): IamInstanceProfile | undefined {
  if (stated?.Arn === undefined && stated?.Name === undefined) return undefined;
  const Arn = stated.Arn ?? `arn:aws:iam::${account.accountId}:instance-profile/${stated.Name}`;
  return existingProfile(stated, account) ?? { Arn };
}

/** Gives the instance a profile by a new association, and returns the association's id. */
export function attachProfile(instanceId: string, profile: IamInstanceProfile, { place, ids }: Call): string {
  const associationId = `iip-assoc-${ids.hex(`iip-assoc ${place.accountId} ${place.region}`, 17)}`;
  place.profileAssociations.set(associationId, instanceId);
  changeInstance(instanceId, { IamInstanceProfile: profile }, place);
  return associationId;
}

export function detachProfile(associationId: string, place: Place): void {
  const instanceId = place.profileAssociations.get(associationId);
  place.profileAssociations.delete(associationId);
  if (instanceId !== undefined) changeInstance(instanceId, { IamInstanceProfile: undefined }, place);
}

/** Changes take effect at once, so `State` is told by who asks: a change answers with what it is on its way to. */
export function associationOutput(
  associationId: string,
  State: IamInstanceProfileAssociationState,
  { profileAssociations, instances }: Place,
): IamInstanceProfileAssociation {
  const InstanceId = profileAssociations.get(associationId);
  const IamInstanceProfile = instances.get(InstanceId ?? '')?.IamInstanceProfile;
  return { AssociationId: associationId, InstanceId, IamInstanceProfile, State };
}

export function associationIdOf(instanceId: string, { profileAssociations }: Place): string | undefined {
  return [...profileAssociations].find(([, ofInstance]) => ofInstance === instanceId)?.[0];
}

function shown({ Arn, InstanceProfileId: Id }: InstanceProfile): IamInstanceProfile {
  return { Arn, Id };
}
