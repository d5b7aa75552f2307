import type { LaunchSettings, SettingName } from '@prelaunch/contracts/launch-settings';
import type { Inventory, References } from './target-inventory.ts';

/** What the settings of some servers refer to in their target, each once. */
export function referencesOf(
  servers: readonly { readonly serverId: string; readonly settings: LaunchSettings }[],
): References {
  const every = <T>(pick: (settings: LaunchSettings) => readonly T[]) => [
    ...new Set(servers.flatMap(({ settings }) => pick(settings))),
  ];
  return {
    subnetIds: every(({ subnetId }) => stated(subnetId)),
    securityGroupIds: every(({ securityGroupIds }) => securityGroupIds ?? []),
    instanceProfiles: every(({ iamInstanceProfile }) => stated(iamInstanceProfile)),
    instanceTypes: every(({ instanceType }) => stated(instanceType)),
    instanceIds: every(({ launchIntoInstanceProperties: into }) => stated(into?.launchIntoEC2InstanceID)),
    serverIds: servers.filter(({ settings }) => dependsOnMachine(settings)).map(({ serverId }) => serverId),
  };
}

/** No references at all, to add those to that one call is about. */
export const NO_REFERENCES: References = {
  subnetIds: [],
  securityGroupIds: [],
  instanceProfiles: [],
  instanceTypes: [],
  instanceIds: [],
  serverIds: [],
};

/** Licences and launching into an instance depend on the operating system of the source machine. */
function dependsOnMachine({ licensing, launchIntoInstanceProperties }: LaunchSettings): boolean {
  return licensing?.osByol === true || Boolean(launchIntoInstanceProperties);
}

function stated(value: string | null | undefined): string[] {
  return value ? [value] : [];
}

/** Which setting each kind of reference stands in. */
export const SETTING_OF: Readonly<Record<keyof References, SettingName>> = {
  subnetIds: 'subnetId',
  securityGroupIds: 'securityGroupIds',
  instanceProfiles: 'iamInstanceProfile',
  instanceTypes: 'instanceType',
  instanceIds: 'launchIntoInstanceProperties',
  serverIds: 'licensing',
};

/** Where an inventory has what was found of each kind of reference. */
export const PART_OF = {
  subnetIds: 'subnets',
  securityGroupIds: 'securityGroups',
  instanceProfiles: 'instanceProfiles',
  instanceTypes: 'instanceTypes',
  instanceIds: 'instances',
  serverIds: 'sourceMachines',
} as const satisfies Readonly<Record<keyof References, keyof Inventory>>;

export function kindsOf(references: References): (keyof References)[] {
  return (Object.keys(references) as (keyof References)[]).filter((kind) => references[kind].length > 0);
}
