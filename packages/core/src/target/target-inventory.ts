import type { Target } from '../apply/ports.ts';

/** What settings refer to in a target account and Region: ids, names, types. Without repeats. */
export interface References {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  /** As stated: names or ARNs. */
  readonly instanceProfiles: readonly string[];
  readonly instanceTypes: readonly string[];
  /** Instances to launch into. */
  readonly instanceIds: readonly string[];
  /** Source servers whose operating system matters. */
  readonly serverIds: readonly string[];
}

export interface Subnet {
  readonly vpcId: string;
  /** IPv4, such as `10.0.1.0/24`. */
  readonly cidrBlock: string;
}

export interface LaunchIntoInstance {
  /** EC2's state, such as `stopped`. */
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly platform: Platform;
  /** Such as `x86_64`. */
  readonly architecture: string;
}

export type Platform = 'windows' | 'linux';

export interface SourceMachine {
  /** Undefined where DRS does not say. */
  readonly platform?: Platform;
  readonly ipv4Addresses: readonly string[];
}

/** What of the references there is. What is absent does not exist in the target. */
export interface Inventory {
  readonly subnets: ReadonlyMap<string, Subnet>;
  /** By id: the VPC it belongs to. */
  readonly securityGroups: ReadonlyMap<string, { readonly vpcId: string }>;
  /** As they were stated. */
  readonly instanceProfiles: ReadonlySet<string>;
  readonly instanceTypes: ReadonlySet<string>;
  readonly instances: ReadonlyMap<string, LaunchIntoInstance>;
  readonly sourceMachines: ReadonlyMap<string, SourceMachine>;
}

/** Looks up what settings refer to. Makes no call for what nobody refers to; throws when AWS does not answer in full. */
export interface TargetInventory {
  lookUp(target: Target, references: References): Promise<Inventory>;
}
