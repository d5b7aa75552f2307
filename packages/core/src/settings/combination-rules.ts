import type { LaunchSettings, SettingName } from '@prelaunch/contracts/launch-settings';
import { type Problem, shown } from './problems.ts';

interface Rule {
  readonly setting: SettingName;
  /** The setting that it has to go together with. */
  readonly with: SettingName;
  readonly broken: (settings: LaunchSettings) => boolean;
  readonly allowed: string;
}

/**
 * Combinations that AWS refuses, or accepts and then fights or fails on at launch
 * (DRS user guide: launch settings, EC2 launch template, key considerations).
 */
const RULES: readonly Rule[] = [
  {
    setting: 'targetInstanceTypeRightSizingMethod',
    with: 'instanceType',
    broken: (s) => s.instanceType !== undefined && s.targetInstanceTypeRightSizingMethod !== 'NONE',
    allowed: 'NONE while instanceType is set: right-sizing overwrites the instance type',
  },
  {
    setting: 'securityGroupIds',
    with: 'subnetId',
    broken: (s) => isSet(s.securityGroupIds) && s.subnetId === undefined,
    allowed: 'stated only together with subnetId',
  },
  {
    setting: 'privateIpAddress',
    with: 'subnetId',
    broken: (s) => isSet(s.privateIpAddress) && s.subnetId === undefined,
    allowed: 'stated only together with subnetId',
  },
  {
    setting: 'privateIpAddress',
    with: 'copyPrivateIp',
    broken: (s) => s.privateIpAddress !== undefined && s.copyPrivateIp === true,
    allowed: 'absent while copyPrivateIp is true: DRS writes the address of the source every hour',
  },
  {
    setting: 'copyPrivateIp',
    with: 'launchIntoInstanceProperties',
    broken: (s) => isSet(s.launchIntoInstanceProperties) && s.copyPrivateIp === true,
    allowed: 'false while launchIntoInstanceProperties is set',
  },
  {
    setting: 'copyTags',
    with: 'launchIntoInstanceProperties',
    broken: (s) => isSet(s.launchIntoInstanceProperties) && s.copyTags === true,
    allowed: 'false while launchIntoInstanceProperties is set',
  },
];

/**
 * Every combination that is not allowed in effective settings, all at once. `at` says where a setting was stated; nothing is said
 * of combinations with settings that are `unsound` by themselves.
 */
export function combinationProblems(
  settings: LaunchSettings,
  { at, unsound }: { readonly at: (setting: SettingName) => string; readonly unsound: ReadonlySet<string> },
): Problem[] {
  const broken = RULES.filter((rule) => !unsound.has(rule.setting) && !unsound.has(rule.with) && rule.broken(settings));
  return broken.map(({ setting, allowed }) => {
    const path = `${at(setting)}.${setting}`;
    const message = `${path} must be ${allowed}`;
    return { code: 'settings.combination', message, path, value: shown(setting, settings[setting]), allowed };
  });
}

/** `null` asks for there being none. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}
