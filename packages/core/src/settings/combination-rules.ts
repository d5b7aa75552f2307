import type { LaunchSettings, SettingName } from '@prelaunch/contracts/launch-settings';
import { type Problem, shown } from './problems.ts';

interface Rule {
  readonly setting: SettingName;
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
    broken: (s) => s.instanceType !== undefined && s.targetInstanceTypeRightSizingMethod !== 'NONE',
    allowed: 'NONE while instanceType is set: right-sizing overwrites the instance type',
  },
  {
    setting: 'securityGroupIds',
    broken: (s) => s.securityGroupIds !== undefined && s.subnetId === undefined,
    allowed: 'stated only together with subnetId',
  },
  {
    setting: 'privateIpAddress',
    broken: (s) => s.privateIpAddress !== undefined && s.subnetId === undefined,
    allowed: 'stated only together with subnetId',
  },
  {
    setting: 'privateIpAddress',
    broken: (s) => s.privateIpAddress !== undefined && s.copyPrivateIp === true,
    allowed: 'absent while copyPrivateIp is true: DRS writes the address of the source every hour',
  },
  {
    setting: 'copyPrivateIp',
    broken: (s) => s.launchIntoInstanceProperties !== undefined && s.copyPrivateIp === true,
    allowed: 'false while launchIntoInstanceProperties is set',
  },
  {
    setting: 'copyTags',
    broken: (s) => s.launchIntoInstanceProperties !== undefined && s.copyTags === true,
    allowed: 'false while launchIntoInstanceProperties is set',
  },
  {
    setting: 'tenancy',
    broken: (s) => s.licensing?.osByol === true && s.tenancy !== 'host',
    allowed: 'host while licensing.osByol is true: a machine with its own licence launches on a dedicated host only',
  },
];

/** Every combination that is not allowed in effective settings, all at once. `at` says where a setting was stated. */
export function combinationProblems(settings: LaunchSettings, at: (setting: SettingName) => string): Problem[] {
  return RULES.filter((rule) => rule.broken(settings)).map(({ setting, allowed }) => {
    const path = `${at(setting)}.${setting}`;
    const message = `${path} must be ${allowed}`;
    return { code: 'settings.combination', message, path, value: shown(setting, settings[setting]), allowed };
  });
}
