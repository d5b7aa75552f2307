import type * as Ec2 from '@aws-sdk/client-ec2';
import type { Call } from '../call.ts';
import { ServiceError } from '../errors.ts';
import type { Account, Place } from '../state.ts';
import {
  associationIdOf,
  associationOutput,
  attachProfile,
  detachProfile,
  existingProfile,
} from './attached-profiles.ts';
import { idsNotFound, invalidParameter, missingParameter } from './ec2-errors.ts';
import { ec2Page } from './ec2-page.ts';
import { filtered, unknownFilter } from './filters.ts';
import { assertState, namedInstance } from './named-instances.ts';
import { namedResources } from './named-resources.ts';

const PAGE = { min: 5, max: 1_000, unstated: 1_000 };

export function describeIamInstanceProfileAssociations(
  input: Ec2.DescribeIamInstanceProfileAssociationsRequest,
  { place }: Call,
): Ec2.DescribeIamInstanceProfileAssociationsResult {
  const associations = new Map(
    [...place.profileAssociations.keys()].map((id) => [id, associationOutput(id, 'associated', place)]),
  );
  const notFound = idsNotFound('InvalidAssociationID.NotFound', 'association ID');
  const matching = filtered(namedResources(input.AssociationIds, associations, notFound), input.Filters, fieldOf);
  const page = ec2Page(matching, ({ AssociationId }) => AssociationId, input, PAGE);
  return { IamInstanceProfileAssociations: page.items, NextToken: page.nextToken };
}

/** An instance has one profile at most. */
export function associateIamInstanceProfile(
  input: Partial<Ec2.AssociateIamInstanceProfileRequest>,
  call: Call,
): Ec2.AssociateIamInstanceProfileResult {
  const instance = namedInstance(input.InstanceId, call.place);
  const profile = requiredProfile(input.IamInstanceProfile, call.account);
  assertState(instance, ['running', 'stopped']);
  if (associationIdOf(instance.InstanceId, call.place) !== undefined) {
    const message = `There is an existing association for instance ${instance.InstanceId}`;
    throw new ServiceError(400, 'IncorrectState', message);
  }
  const associationId = attachProfile(instance.InstanceId, profile, call);
  return { IamInstanceProfileAssociation: associationOutput(associationId, 'associating', call.place) };
}

/** The new profile comes by an association of its own, with another id. */
export function replaceIamInstanceProfileAssociation(
  input: Partial<Ec2.ReplaceIamInstanceProfileAssociationRequest>,
  call: Call,
): Ec2.ReplaceIamInstanceProfileAssociationResult {
  const { associationId, instanceId } = namedAssociation(input.AssociationId, call.place);
  const profile = requiredProfile(input.IamInstanceProfile, call.account);
  assertState(namedInstance(instanceId, call.place), ['running', 'stopped']);
  detachProfile(associationId, call.place);
  const replacedBy = attachProfile(instanceId, profile, call);
  return { IamInstanceProfileAssociation: associationOutput(replacedBy, 'associating', call.place) };
}

export function disassociateIamInstanceProfile(
  input: Partial<Ec2.DisassociateIamInstanceProfileRequest>,
  { place }: Call,
): Ec2.DisassociateIamInstanceProfileResult {
  const { associationId } = namedAssociation(input.AssociationId, place);
  const IamInstanceProfileAssociation = associationOutput(associationId, 'disassociating', place);
  detachProfile(associationId, place);
  return { IamInstanceProfileAssociation };
}

function namedAssociation(
  associationId: string | undefined,
  { profileAssociations }: Place,
): { associationId: string; instanceId: string } {
  if (associationId === undefined) throw missingParameter('AssociationId');
  const instanceId = profileAssociations.get(associationId);
  if (instanceId !== undefined) return { associationId, instanceId };
  throw new ServiceError(400, 'NoSuchAssociation', `The association ${associationId} does not exist`);
}

function requiredProfile(
  stated: Ec2.IamInstanceProfileSpecification | undefined,
  account: Account,
): Ec2.IamInstanceProfile {
  const { Arn, Name } = stated ?? {};
  if (Arn === undefined && Name === undefined) throw missingParameter('IamInstanceProfile');
  if (Arn !== undefined && Name !== undefined) {
    const message =
      "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'";
    throw new ServiceError(400, 'InvalidParameterCombination', message);
  }
  const found = existingProfile({ Arn, Name }, account);
  if (found) return found;
  if (Name !== undefined) throw invalidProfile(Name, 'name', 'Invalid IAM Instance Profile name');
  throw invalidProfile(Arn ?? '', 'arn', 'Invalid IAM Instance Profile ARN');
}

function invalidProfile(value: string, member: string, reason: string): ServiceError {
  return invalidParameter(`Value (${value}) for parameter iamInstanceProfile.${member} is invalid. ${reason}`);
}

function fieldOf({ InstanceId, State }: Ec2.IamInstanceProfileAssociation, name: string): string | undefined {
  if (name === 'instance-id') return InstanceId;
  if (name === 'state') return State;
  throw unknownFilter(name);
}
