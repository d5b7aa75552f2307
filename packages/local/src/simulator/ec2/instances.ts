import type { ArchitectureValues, InstanceStateName } from '@aws-sdk/client-ec2';
import type { Call } from '../call.ts';
import type { LaunchTemplateData } from '../state.ts';
import { type Os, putInstance } from './put-instance.ts';

/** An instance that is there without a recovery having launched it. */
export interface AddedInstance {
  readonly instanceId: string;
  readonly state: InstanceStateName;
  readonly tags: Readonly<Record<string, string>>;
  readonly platform: Os;
  readonly architecture: ArchitectureValues;
  /** What it was launched with, in the words of launch templates; what this leaves open is as EC2 fills it. */
  readonly data?: LaunchTemplateData;
}

export function addInstance({ tags, platform: os, data = {}, ...instance }: AddedInstance, call: Call): void {
  putInstance({ ...instance, os, data, tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }, call);
}
