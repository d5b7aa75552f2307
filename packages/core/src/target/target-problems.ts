import type { LaunchSettings, SettingName } from '@prelaunch/contracts/launch-settings';
import { type Problem, shown } from '../settings/problems.ts';
import { placeInSubnet } from './ipv4.ts';
import type { Inventory, LaunchIntoInstance, Subnet } from './target-inventory.ts';

/** One server's settings, to be held against what its target account has. */
export interface Candidate {
  readonly serverId: string;
  readonly settings: LaunchSettings;
  readonly statedAt: (setting: SettingName) => string;
}

interface Finding {
  readonly code: 'settings.not_in_target' | 'settings.not_allowed_in_target';
  readonly setting: SettingName;
  readonly allowed: string;
  /** Where it is not the whole setting. */
  readonly value?: unknown;
  /** The setting that asks for this one, where nobody stated it. */
  readonly askedBy?: SettingName;
}

/** The tag with which the owner of an instance allows DRS to launch into it. */
const LAUNCH_INTO = { key: 'AWSDRS', value: 'AllowLaunchingIntoThisInstance' } as const;

/** Everything in a server's settings that its target account does not have or would refuse at launch, all at once. */
export function targetProblems(candidate: Candidate, inventory: Inventory): Problem[] {
  const { settings } = candidate;
  const findings = [
    ...subnetFindings(settings, inventory),
    ...existenceFindings(settings, inventory),
    ...licenceFindings(candidate, inventory),
    ...launchIntoFindings(candidate, inventory),
  ];
  return findings.map((finding) => problemOf(candidate, finding));
}

function subnetFindings({ subnetId, securityGroupIds, privateIpAddress }: LaunchSettings, has: Inventory): Finding[] {
  const subnet = subnetId === undefined ? undefined : has.subnets.get(subnetId);
  const missing: Finding[] =
    subnetId !== undefined && !subnet
      ? [{ code: 'settings.not_in_target', setting: 'subnetId', allowed: 'a subnet of the target account and Region' }]
      : [];
  const groups = (securityGroupIds ?? []).flatMap((id) => securityGroupFinding(id, subnet, has));
  return [...missing, ...groups, ...addressFindings(privateIpAddress, subnet)];
}

function securityGroupFinding(id: string, subnet: Subnet | undefined, { securityGroups }: Inventory): Finding[] {
  const found = securityGroups.get(id);
  const about = { setting: 'securityGroupIds', value: id } as const;
  if (!found)
    return [{ ...about, code: 'settings.not_in_target', allowed: 'security groups of the target account and Region' }];
  if (!subnet || subnet.vpcId === found.vpcId) return [];
  const allowed = `security groups of the subnet's VPC ${subnet.vpcId}; this one is in ${found.vpcId}`;
  return [{ ...about, code: 'settings.not_allowed_in_target', allowed }];
}

function addressFindings(address: string | null | undefined, subnet: Subnet | undefined): Finding[] {
  if (!address || !subnet) return [];
  const place = placeInSubnet(address, subnet.cidrBlock);
  if (place === 'usable') return [];
  const allowed =
    place === 'outside'
      ? `an address of the subnet's ${subnet.cidrBlock}`
      : `an address of ${subnet.cidrBlock} other than its first four and its last, which AWS keeps`;
  return [{ code: 'settings.not_allowed_in_target', setting: 'privateIpAddress', allowed }];
}

function existenceFindings({ iamInstanceProfile, instanceType }: LaunchSettings, has: Inventory): Finding[] {
  const code = 'settings.not_in_target';
  return [
    ...(iamInstanceProfile && !has.instanceProfiles.has(iamInstanceProfile)
      ? [{ code, setting: 'iamInstanceProfile', allowed: 'an instance profile of the target account' } as const]
      : []),
    ...(instanceType !== undefined && !has.instanceTypes.has(instanceType)
      ? [{ code, setting: 'instanceType', allowed: 'an instance type that the Region has' } as const]
      : []),
  ];
}

/** A Windows machine with a licence of one's own launches on a dedicated host only. Where DRS does not say what it is, it may be one. */
function licenceFindings({ serverId, settings }: Candidate, { sourceMachines }: Inventory): Finding[] {
  if (settings.licensing?.osByol !== true || settings.tenancy === 'host') return [];
  if (sourceMachines.get(serverId)?.platform === 'linux') return [];
  const allowed = 'host while licensing.osByol is true: Windows with its own licence launches on a dedicated host only';
  return [{ code: 'settings.not_allowed_in_target', setting: 'tenancy', askedBy: 'licensing', allowed }];
}

function launchIntoFindings({ serverId, settings }: Candidate, has: Inventory): Finding[] {
  const id = settings.launchIntoInstanceProperties?.launchIntoEC2InstanceID;
  if (id === undefined) return [];
  const setting = 'launchIntoInstanceProperties';
  const instance = has.instances.get(id);
  if (!instance) {
    return [{ code: 'settings.not_in_target', setting, allowed: 'an instance of the target account and Region' }];
  }
  const platform = has.sourceMachines.get(serverId)?.platform;
  return launchIntoRefusals(instance, platform).map((allowed) => ({
    code: 'settings.not_allowed_in_target',
    setting,
    allowed,
  }));
}

/** What DRS asks of an instance that it launches into (DRS user guide, launch into instance). */
function launchIntoRefusals(
  instance: LaunchIntoInstance,
  platform: LaunchIntoInstance['platform'] | undefined,
): string[] {
  const { state, tags, architecture } = instance;
  return [
    ...(state === 'stopped' ? [] : [`an instance that is stopped; this one is ${state}`]),
    ...(tags[LAUNCH_INTO.key] === LAUNCH_INTO.value
      ? []
      : [`an instance with the tag ${LAUNCH_INTO.key}=${LAUNCH_INTO.value}`]),
    ...(architecture === 'x86_64' ? [] : [`an x86_64 instance; this one is ${architecture}`]),
    ...(platform === undefined || platform === instance.platform
      ? []
      : [`an instance with the operating system of the source machine, ${platform}`]),
  ];
}

function problemOf({ settings, statedAt }: Candidate, { code, setting, allowed, value, askedBy }: Finding): Problem {
  const path = `${statedAt(settings[setting] === undefined ? (askedBy ?? setting) : setting)}.${setting}`;
  const message = `${path} must be ${allowed}`;
  return { code, message, path, value: shown(setting, value ?? settings[setting]), allowed };
}
