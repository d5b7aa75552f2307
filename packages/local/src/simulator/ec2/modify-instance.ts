import * as Ec2 from '@aws-sdk/client-ec2';
import type { Call } from '../call.ts';
import { ServiceError } from '../errors.ts';
import { missingParameter } from './ec2-errors.ts';
import { assertState, changeInstance, type Identified, namedInstance } from './named-instances.ts';
import { namedInterface, setInterfaceGroups } from './named-interfaces.ts';

const INSTANCE_TYPES: ReadonlySet<string> = new Set(Object.values(Ec2._InstanceType));

/** Changes the groups of an instance with one interface, or the type of a stopped one; EC2 takes one attribute per call. */
export function modifyInstanceAttribute(input: Partial<Ec2.ModifyInstanceAttributeRequest>, call: Call): object {
  const instance = namedInstance(input.InstanceId, call.place);
  const { InstanceId: _id, DryRun: _dry, ...attributes } = input;
  const [name] = soleAttribute(attributes);
  if (name === 'Groups') setInstanceGroups(instance, input.Groups ?? [], call);
  else if (name === 'InstanceType') setInstanceType(instance, input.InstanceType?.Value ?? '', call);
  else throw notSimulated(name);
  return {};
}

/** Changes the groups of one interface. */
export function modifyNetworkInterfaceAttribute(
  input: Partial<Ec2.ModifyNetworkInterfaceAttributeRequest>,
  call: Call,
): object {
  const { NetworkInterfaceId, DryRun: _dry, ...attributes } = input;
  if (NetworkInterfaceId === undefined) throw missingParameter('NetworkInterfaceId');
  const found = namedInterface(NetworkInterfaceId, call.place);
  const [name] = soleAttribute(attributes);
  if (name !== 'Groups') throw notSimulated(name);
  setInterfaceGroups(found, input.Groups ?? [], call.place);
  return {};
}

function soleAttribute(attributes: object): [string] {
  const [name, ...others] = Object.keys(attributes);
  if (name === undefined) throw invalidCombination('No attributes specified.');
  if (others.length > 0) throw invalidCombination('Fields for multiple attribute types specified');
  return [name];
}

function setInstanceGroups(instance: Identified, groupIds: readonly string[], { place }: Call): void {
  assertState(instance, ['running', 'stopped']);
  const [networkInterface, ...others] = instance.NetworkInterfaces ?? [];
  if (!networkInterface || others.length > 0) {
    const message = `There are multiple interfaces attached to instance '${instance.InstanceId}'. Please specify an interface ID for the operation instead.`;
    throw new ServiceError(400, 'InvalidInstanceID', message);
  }
  setInterfaceGroups({ instance, networkInterface }, groupIds, place);
}

function setInstanceType(instance: Identified, type: string, { place }: Call): void {
  if (!INSTANCE_TYPES.has(type))
    throw new ServiceError(400, 'InvalidInstanceAttributeValue', `Invalid value '${type}' for InstanceType.`);
  assertState(instance, ['stopped']);
  changeInstance(instance.InstanceId, { InstanceType: type as Ec2._InstanceType }, place);
}

function invalidCombination(message: string): ServiceError {
  return new ServiceError(400, 'InvalidParameterCombination', message);
}

/** EC2 could; whoever asks for it here should not take it for done. */
function notSimulated(attribute: string): ServiceError {
  return new ServiceError(400, 'UnsupportedOperation', `The simulator does not change ${attribute}`);
}
