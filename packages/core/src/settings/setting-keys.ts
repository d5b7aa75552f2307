import type { KeyClass } from '@prelaunch/contracts/configuration';
import type { LaunchSettings, SettingName } from '@prelaunch/contracts/launch-settings';

/** What inheritance works on: a setting, or `tags.<key>` for one tag, since tags merge by key. */
export type SettingKey = string;

const TAGS = 'tags';
const TAG = `${TAGS}.`;

interface KeyTraits {
  readonly keyClass: KeyClass;
  /** A wrong value keeps an instance from being launched, or the wrong one is. */
  readonly mayFailLaunch: boolean;
}

/** How much each setting matters when it is wrong. */
const TRAITS: Readonly<Record<SettingName, KeyTraits>> = {
  name: { keyClass: 'other', mayFailLaunch: false },
  launchDisposition: { keyClass: 'compute', mayFailLaunch: false },
  targetInstanceTypeRightSizingMethod: { keyClass: 'compute', mayFailLaunch: false },
  copyPrivateIp: { keyClass: 'network', mayFailLaunch: true },
  copyTags: { keyClass: 'other', mayFailLaunch: false },
  licensing: { keyClass: 'compute', mayFailLaunch: false },
  postLaunchEnabled: { keyClass: 'other', mayFailLaunch: false },
  launchIntoInstanceProperties: { keyClass: 'compute', mayFailLaunch: true },
  instanceType: { keyClass: 'compute', mayFailLaunch: true },
  subnetId: { keyClass: 'network', mayFailLaunch: true },
  securityGroupIds: { keyClass: 'critical', mayFailLaunch: true },
  iamInstanceProfile: { keyClass: 'critical', mayFailLaunch: true },
  privateIpAddress: { keyClass: 'network', mayFailLaunch: true },
  associatePublicIpAddress: { keyClass: 'network', mayFailLaunch: false },
  metadataOptions: { keyClass: 'critical', mayFailLaunch: false },
  monitoring: { keyClass: 'other', mayFailLaunch: false },
  tenancy: { keyClass: 'compute', mayFailLaunch: true },
  tags: { keyClass: 'other', mayFailLaunch: false },
};

export function traitsOf(key: SettingKey): KeyTraits {
  return TRAITS[settingOf(key)];
}

/** The setting that a key belongs to. */
export function settingOf(key: SettingKey): SettingName {
  return key.startsWith(TAG) ? TAGS : (key as SettingName);
}

/** Every key that settings state, with its value. Tags that are stated without any tag are the key `tags`. */
export function keysOf(settings: LaunchSettings): [SettingKey, unknown][] {
  const found: [SettingKey, unknown][] = [];
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined) continue;
    const tags = name === TAGS ? Object.entries(value as object) : [];
    if (tags.length === 0) found.push([name, value]);
    for (const [tag, text] of tags) found.push([`${TAG}${tag}`, text]);
  }
  return found;
}

/** The settings that keys and values make: the inverse of `keysOf`. */
export function settingsOf(keys: Iterable<readonly [SettingKey, unknown]>): LaunchSettings {
  const settings: Record<string, unknown> = {};
  const tags: [string, unknown][] = [];
  for (const [key, value] of keys) {
    if (!key.startsWith(TAG)) settings[key] = value;
    else tags.push([key.slice(TAG.length), value]);
  }
  if (tags.length > 0) settings[TAGS] = Object.fromEntries(tags);
  return settings as LaunchSettings;
}

/** True when naming one key names the other: all tags are named by `tags`. */
export function covers(named: SettingKey, key: SettingKey): boolean {
  return named === key || (named === TAGS && key.startsWith(TAG));
}
