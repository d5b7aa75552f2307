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
    allowed: 'security groups only together with subnetId',
  },
  {
    setting: 'privateIpAddress',
    broken: (s) => s.privateIpAddress !== undefined && s.subnetId === undefined,
    allowed: 'a private address only together with subnetId',
  },
  {
    setting: 'privateIpAddress',
    broken: (s) => s.privateIpAddress !== undefined && s.copyPrivateIp === true,
    allowed: 'no privateIpAddress while copyPrivateIp is true: DRS writes the address of the source every hour',
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

/** Every combination that is not allowed in effective settings, all at once. */
export function combinationProblems(settings: LaunchSettings): Problem[] {
  return RULES.filter((rule) => rule.broken(settings)).map(({ setting, allowed }) => ({
    code: 'settings.combination',
    message: `${setting} is not allowed with the other settings: ${allowed}`,
    path: setting,
    value: shown(setting, settings[setting]),
    allowed,
  }));
}
