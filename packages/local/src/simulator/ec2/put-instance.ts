import type { ArchitectureValues, Instance, InstanceStateName, Tag } from '@aws-sdk/client-ec2';
import type { Call } from '../call.ts';
import type { LaunchTemplateData } from '../state.ts';
import { attachProfile, launchProfile } from './attached-profiles.ts';
import { instanceState } from './instance-state.ts';
import { networkInterfacesOf } from './network-interfaces.ts';

export type Os = 'windows' | 'linux';

export interface NewInstance {
  readonly instanceId: string;
  readonly state: InstanceStateName;
  readonly os: Os;
  readonly architecture: ArchitectureValues;
  /** What it is launched with. What this leaves open is as EC2 fills it. */
  readonly data: LaunchTemplateData;
  readonly tags: readonly Tag[];
}

/** Puts the instance that a launch from this data makes into the place. */
export function putInstance(launched: NewInstance, call: Call): void {
  const profile = launchProfile(launched.data.IamInstanceProfile, call.account);
  call.place.instances.set(launched.instanceId, instanceOf(launched, call));
  if (profile) attachProfile(launched.instanceId, profile, call);
}

function instanceOf({ instanceId, state, os, architecture, data, tags }: NewInstance, call: Call): Instance {
  const NetworkInterfaces = networkInterfacesOf(instanceId, data, call);
  const [primary] = NetworkInterfaces;
  const zone = call.place.subnets.get(primary?.SubnetId ?? '')?.AvailabilityZone ?? `${call.place.region}a`;
  return {
    InstanceId: instanceId,
    ...(data.InstanceType !== undefined && { InstanceType: data.InstanceType }),
    LaunchTime: new Date(call.at),
    Architecture: architecture,
    ...platformOf(os),
    State: instanceState(state),
    PrivateIpAddress: primary?.PrivateIpAddress,
    SubnetId: primary?.SubnetId,
    VpcId: primary?.VpcId,
    SecurityGroups: primary?.Groups,
    NetworkInterfaces,
    MetadataOptions: {
      HttpTokens: data.MetadataOptions?.HttpTokens ?? 'optional',
      HttpPutResponseHopLimit: data.MetadataOptions?.HttpPutResponseHopLimit ?? 1,
      HttpEndpoint: data.MetadataOptions?.HttpEndpoint ?? 'enabled',
      HttpProtocolIpv6: data.MetadataOptions?.HttpProtocolIpv6 ?? 'disabled',
      InstanceMetadataTags: data.MetadataOptions?.InstanceMetadataTags ?? 'disabled',
      State: 'applied',
    },
    Monitoring: { State: data.Monitoring?.Enabled ? 'enabled' : 'disabled' },
    EbsOptimized: data.EbsOptimized,
    Placement: { ...data.Placement, AvailabilityZone: zone, Tenancy: data.Placement?.Tenancy ?? 'default' },
    Tags: [...tags],
  };
}

/** EC2 names a platform for Windows only, and details for every system. */
function platformOf(os: Os): Pick<Instance, 'Platform' | 'PlatformDetails'> {
  if (os === 'windows') return { Platform: 'windows' as NonNullable<Instance['Platform']>, PlatformDetails: 'Windows' };
  return { PlatformDetails: 'Linux/UNIX' };
}
