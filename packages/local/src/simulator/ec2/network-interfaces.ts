import type {
  InstanceNetworkInterface,
  InstancePrivateIpAddress,
  LaunchTemplateInstanceNetworkInterfaceSpecification as Specification,
} from '@aws-sdk/client-ec2';
import type { Call } from '../call.ts';
import { seededHex } from '../seeded-random.ts';
import type { LaunchTemplateData } from '../state.ts';
import { groupIdentifiers, groupIdsByName } from './group-identifiers.ts';
import { defaultNetwork } from './networks.ts';
import { addressKey, freeAddress, takenAddresses } from './subnet-addresses.ts';

/** What else a launch knows about an interface while it makes it. */
interface Making {
  readonly key: string;
  readonly deviceIndex: number;
  readonly taken: Set<string>;
}

/**
 * The interfaces that a launch from this data gives to an instance, the primary one first. What the data leaves open is as EC2
 * fills it: the default subnet, the default group of the subnet's VPC, and a free address of the subnet's block.
 */
export function networkInterfacesOf(
  instanceId: string,
  data: LaunchTemplateData,
  call: Call,
): InstanceNetworkInterface[] {
  const specifications = withPrimary(data, call);
  const taken = takenAddresses(call.place);
  for (const { SubnetId, ...rest } of specifications)
    for (const { PrivateIpAddress } of statedAddresses(rest)) taken.add(addressKey(SubnetId, PrivateIpAddress));
  return specifications.map((specification) => {
    const { DeviceIndex: deviceIndex = 0 } = specification;
    const key = `${call.place.accountId} ${call.place.region} ${instanceId} ${deviceIndex}`;
    return interfaceOf(specification, { key, deviceIndex, taken }, call);
  });
}

/** Every interface with a subnet, by index. Groups of the instance are those of an interface that the data does not state. */
function withPrimary(data: LaunchTemplateData, { place, seed }: Call): Specification[] {
  const SubnetId = defaultNetwork(place, seed).subnets[0].subnetId;
  const stated = (data.NetworkInterfaces ?? [])
    .map((one, position) => ({ ...one, DeviceIndex: one.DeviceIndex ?? position, SubnetId: one.SubnetId ?? SubnetId }))
    .sort((left, right) => left.DeviceIndex - right.DeviceIndex);
  if (stated[0]?.DeviceIndex === 0) return stated;
  const byName = groupIdsByName(data.SecurityGroups ?? [], place.subnets.get(SubnetId)?.VpcId, place);
  return [{ DeviceIndex: 0, SubnetId, Groups: [...(data.SecurityGroupIds ?? []), ...byName] }, ...stated];
}

function interfaceOf(
  specification: Specification,
  making: Making,
  { place, seed, at }: Call,
): InstanceNetworkInterface {
  const { SubnetId = '', Groups: stated = [] } = specification;
  const { key, deviceIndex } = making;
  const VpcId = place.subnets.get(SubnetId)?.VpcId;
  const PrivateIpAddresses = addressesOf(specification, making, { place, seed });
  return {
    NetworkInterfaceId: specification.NetworkInterfaceId ?? `eni-${seededHex(seed, `eni ${key}`, 17)}`,
    Attachment: {
      AttachmentId: `eni-attach-${seededHex(seed, `eni-attach ${key}`, 17)}`,
      AttachTime: new Date(at),
      DeleteOnTermination: specification.DeleteOnTermination ?? true,
      DeviceIndex: deviceIndex,
      NetworkCardIndex: specification.NetworkCardIndex ?? 0,
      Status: 'attached',
    },
    Description: specification.Description ?? '',
    Groups: groupIdentifiers(stated.length > 0 ? stated : groupIdsByName(['default'], VpcId, place), place),
    InterfaceType: 'interface',
    MacAddress: (`02${seededHex(seed, `mac ${key}`, 10)}`.match(/../g) ?? []).join(':'),
    OwnerId: place.accountId,
    PrivateIpAddress: PrivateIpAddresses.find(({ Primary }) => Primary)?.PrivateIpAddress,
    PrivateIpAddresses,
    SourceDestCheck: true,
    Status: 'in-use',
    SubnetId,
    VpcId,
  };
}

/** The stated addresses, with a free one in front where none is primary. A subnet that is not there has no free ones. */
function addressesOf(
  specification: Specification,
  { key, taken }: Making,
  { place, seed }: Pick<Call, 'place' | 'seed'>,
): InstancePrivateIpAddress[] {
  const stated = statedAddresses(specification);
  const subnet = place.subnets.get(specification.SubnetId ?? '');
  if (stated.some(({ Primary }) => Primary) || !subnet) return stated;
  const PrivateIpAddress = freeAddress(subnet, taken, { seed, key });
  if (PrivateIpAddress === undefined) return stated;
  taken.add(addressKey(subnet.SubnetId, PrivateIpAddress));
  return [{ Primary: true, PrivateIpAddress }, ...stated];
}

function statedAddresses({ PrivateIpAddress, PrivateIpAddresses = [] }: Specification): InstancePrivateIpAddress[] {
  const listed = PrivateIpAddresses.map((one) => ({ ...one, Primary: one.Primary ?? false }));
  return PrivateIpAddress === undefined ? listed : [{ Primary: true, PrivateIpAddress }, ...listed];
}
