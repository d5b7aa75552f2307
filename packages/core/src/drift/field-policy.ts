import type { Feasibility, InstanceKind } from '@prelaunch/contracts/drift';
import type { LaunchSettings, SettingName } from '@prelaunch/contracts/launch-settings';
import { type SettingKey, settingOf } from '../settings/setting-keys.ts';

interface FieldPolicy {
  /** How a running instance gets another value. Without it, instances do not have this setting. */
  readonly onInstance?: Exclude<Feasibility, 'apply'>;
  /** Why AWS changes a value that nobody states, where it does so by itself. */
  readonly behavioural?: (observed: LaunchSettings) => string | undefined;
}

/**
 * What is known of each setting beside its class: what DRS does by itself (DRS user guide: launch settings), and what EC2 changes
 * on an instance that runs.
 */
const FIELDS: Readonly<Record<SettingName, FieldPolicy>> = {
  name: {},
  launchDisposition: {},
  targetInstanceTypeRightSizingMethod: {},
  copyPrivateIp: {},
  copyTags: {},
  licensing: {},
  postLaunchEnabled: {},
  launchIntoInstanceProperties: {},
  instanceType: {
    onInstance: 'needs_stop',
    behavioural: ({ targetInstanceTypeRightSizingMethod: method = 'NONE' }) =>
      method === 'NONE' ? undefined : 'DRS chooses the instance type by right-sizing',
  },
  subnetId: { onInstance: 'needs_launch' },
  securityGroupIds: { onInstance: 'in_place' },
  iamInstanceProfile: { onInstance: 'in_place' },
  privateIpAddress: {
    onInstance: 'needs_launch',
    behavioural: ({ copyPrivateIp }) => (copyPrivateIp ? 'DRS copies the address of the source machine' : undefined),
  },
  associatePublicIpAddress: {},
  metadataOptions: { onInstance: 'in_place' },
  monitoring: { onInstance: 'in_place' },
  tenancy: { onInstance: 'needs_launch' },
  tags: { onInstance: 'in_place' },
};

/** Where a template has none, EC2 gives an instance one: stating none says nothing about the instance. */
const GIVEN_BY_EC2: ReadonlySet<string> = new Set<SettingName>(['securityGroupIds', 'privateIpAddress']);

/** What settings say about an instance that runs. */
export function instancePart(settings: LaunchSettings): LaunchSettings {
  const said = Object.entries(settings).filter(
    ([name, value]) =>
      FIELDS[name as SettingName].onInstance !== undefined && !(value === null && GIVEN_BY_EC2.has(name)),
  );
  return Object.fromEntries(said);
}

/** How a key could be put right where it is. */
export function feasibilityOf(key: SettingKey, kind: InstanceKind): Feasibility {
  if (kind === 'source_server') return 'apply';
  return FIELDS[settingOf(key)].onInstance ?? 'needs_launch';
}

/** Why AWS has a value of a key that nobody states. */
export function behaviourBehind(key: SettingKey, observed: LaunchSettings): string | undefined {
  return FIELDS[settingOf(key)].behavioural?.(observed);
}
