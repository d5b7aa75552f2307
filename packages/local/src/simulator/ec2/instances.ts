import type { ArchitectureValues, Instance, InstanceStateName } from '@aws-sdk/client-ec2';
import type { Place } from '../state.ts';

export type Os = 'windows' | 'linux';

/** An instance that is there without a recovery having launched it. */
export interface AddedInstance {
  readonly instanceId: string;
  readonly state: InstanceStateName;
  readonly tags: Readonly<Record<string, string>>;
  readonly platform: Os;
  readonly architecture: ArchitectureValues;
}

const STATE_CODES: Readonly<Record<InstanceStateName, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

export function addInstance(
  { instanceId, state, tags, platform, architecture }: AddedInstance,
  { place, at }: { place: Place; at: number },
): void {
  place.instances.set(instanceId, {
    InstanceId: instanceId,
    LaunchTime: new Date(at),
    State: { Code: STATE_CODES[state], Name: state },
    Architecture: architecture,
    ...platformOf(platform),
    Placement: { AvailabilityZone: `${place.region}a`, Tenancy: 'default' },
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  });
}

/** EC2 names a platform for Windows only, and details for every system. */
export function platformOf(os: Os): Pick<Instance, 'Platform' | 'PlatformDetails'> {
  if (os === 'windows') return { Platform: 'windows' as NonNullable<Instance['Platform']>, PlatformDetails: 'Windows' };
  return { PlatformDetails: 'Linux/UNIX' };
}
