import type * as Ec2 from '@aws-sdk/client-ec2';

/** What CloudTrail tells of a call: its parameters, and the answer's elements. */
interface ActionRecord {
  readonly requestParameters: object;
  readonly responseElements: object;
}

type Parts = { readonly input: Record<string, unknown>; readonly output: object };
type Describer = (parts: Parts) => ActionRecord;

/**
 * EC2's older actions stand in CloudTrail without a wrapper, with names in lower camel case and lists as `{items: […]}`. AWS shows this
 * for StopInstances; for the others it is assumed from events that others published. Only the parameters simulated here are told.
 */
const OLDER_ACTIONS: Readonly<Record<string, Describer>> = {
  CreateTags: ({ input }) => done(taggingOf(input)),
  DeleteTags: ({ input }) => done(taggingOf(input)),
  ModifyInstanceAttribute: ({ input }) => done(instanceAttributeOf(input)),
  ModifyNetworkInterfaceAttribute: ({ input }) => done(interfaceAttributeOf(input)),
  MonitorInstances: ofInstances('InstanceMonitorings'),
  StartInstances: ofInstances('StartingInstances'),
  StopInstances: ofInstances('StoppingInstances', ({ Force = false }) => ({ force: Force })),
  TerminateInstances: ofInstances('TerminatingInstances'),
  UnmonitorInstances: ofInstances('InstanceMonitorings'),
};

/** The record of an older action, or undefined for a newer one. */
export function olderActionRecord(operation: string, parts: Parts): ActionRecord | undefined {
  return Object.hasOwn(OLDER_ACTIONS, operation) ? OLDER_ACTIONS[operation]?.(parts) : undefined;
}

function done(requestParameters: object): ActionRecord {
  return { requestParameters, responseElements: { _return: true } };
}

function taggingOf({ Resources = [], Tags }: Partial<Ec2.CreateTagsRequest>): object {
  return {
    resourcesSet: { items: Resources.map((resourceId) => ({ resourceId })) },
    ...(Tags && { tagSet: { items: lowerCamel(Tags) } }),
  };
}

function instanceAttributeOf({
  InstanceId: instanceId,
  Groups,
  InstanceType,
}: Partial<Ec2.ModifyInstanceAttributeRequest>): object {
  return {
    instanceId,
    ...(Groups && groupSetOf(Groups)),
    ...(InstanceType && { instanceType: { value: InstanceType.Value } }),
  };
}

function interfaceAttributeOf({
  NetworkInterfaceId: networkInterfaceId,
  Groups,
}: Partial<Ec2.ModifyNetworkInterfaceAttributeRequest>): object {
  return { networkInterfaceId, ...(Groups && groupSetOf(Groups)) };
}

function groupSetOf(groupIds: readonly string[]): object {
  return { groupSet: { items: groupIds.map((groupId) => ({ groupId })) } };
}

function ofInstances(
  answered: string,
  more: (input: Partial<Ec2.StopInstancesRequest>) => object = () => ({}),
): Describer {
  return ({ input, output }) => {
    const { InstanceIds = [] }: Partial<Ec2.StopInstancesRequest> = input;
    return {
      requestParameters: {
        instancesSet: { items: InstanceIds.map((instanceId) => ({ instanceId })) },
        ...more(input),
      },
      responseElements: {
        instancesSet: { items: lowerCamel(Object.entries(output).find(([name]) => name === answered)?.[1]) },
      },
    };
  };
}

/** The value with the names of all members in lower camel case. */
function lowerCamel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerCamel);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      `${name.charAt(0).toLowerCase()}${name.slice(1)}`,
      lowerCamel(member),
    ]),
  );
}
