import type {
  Inventory,
  LaunchIntoInstance,
  SourceMachine,
  Subnet,
  TargetInventory,
} from '@prelaunch/core/target/target-inventory';

/** What exists. A kind that is not stated exists whatever it is called. */
export type Existing = Partial<Inventory>;

const VPC = 'vpc-0a1b2c3d';
const SUBNET: Subnet = { vpcId: VPC, cidrBlock: '0.0.0.0/0' };
const INSTANCE: LaunchIntoInstance = {
  state: 'stopped',
  tags: { AWSDRS: 'AllowLaunchingIntoThisInstance' },
  platform: 'linux',
  architecture: 'x86_64',
};
const MACHINE: SourceMachine = { platform: 'linux', ipv4Addresses: ['10.0.0.4'] };

/** A target in which everything exists and fits together, unless told otherwise. */
export function memoryTargetInventory(existing: Existing = {}): TargetInventory {
  return {
    lookUp: async (_target, references) => ({
      subnets: of(references.subnetIds, existing.subnets, SUBNET),
      securityGroups: of(references.securityGroupIds, existing.securityGroups, { vpcId: VPC }),
      instanceProfiles: among(references.instanceProfiles, existing.instanceProfiles),
      instanceTypes: among(references.instanceTypes, existing.instanceTypes),
      instances: of(references.instanceIds, existing.instances, INSTANCE),
      sourceMachines: of(references.serverIds, existing.sourceMachines, MACHINE),
    }),
  };
}

function of<Found>(
  keys: readonly string[],
  known: ReadonlyMap<string, Found> | undefined,
  otherwise: Found,
): Map<string, Found> {
  const found = keys.map((key): [string, Found | undefined] => [key, known ? known.get(key) : otherwise]);
  return new Map(found.filter((entry): entry is [string, Found] => entry[1] !== undefined));
}

function among(keys: readonly string[], known: ReadonlySet<string> | undefined): Set<string> {
  return new Set(keys.filter((key) => known?.has(key) ?? true));
}
