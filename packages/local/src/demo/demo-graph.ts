import type { ConfigurationContent, ConfigurationRef } from '@prelaunch/contracts/configuration';
import type { BindingSubject } from '@prelaunch/contracts/operations/bindings';
import { DEMO_INSTANCE_PROFILE, DEMO_NETWORK } from './demo-group.ts';

/** A configuration as the demonstration publishes it. */
export interface DemoConfiguration {
  readonly configurationId: string;
  /** Why, for the history. */
  readonly message: string;
  readonly content: Partial<ConfigurationContent>;
}

/** A binding as the demonstration makes it. */
export interface DemoBinding {
  readonly subject: BindingSubject;
  readonly priority: number;
  readonly configurationId: string;
}

const [, DATABASE_GROUP] = DEMO_NETWORK.securityGroupIds;

/**
 * Parents before children: network and compliance inherit from base, production from both, and payments from production. docs/configurations.md
 * explains inheritance by them.
 */
export const DEMO_CONFIGURATIONS: readonly DemoConfiguration[] = [
  {
    configurationId: 'base',
    message: 'What every recovery begins with',
    content: {
      description: 'What every recovery begins with',
      owner: 'platform',
      settings: {
        launchDisposition: 'STOPPED',
        targetInstanceTypeRightSizingMethod: 'BASIC',
        copyPrivateIp: false,
        copyTags: true,
        licensing: { osByol: false },
        monitoring: { enabled: false },
        tags: { ManagedBy: 'prelaunch', Contact: 'platform' },
      },
    },
  },
  {
    configurationId: 'network',
    message: 'The recovery network',
    content: {
      description: 'Where recovered machines are in the network',
      owner: 'network',
      parents: [{ configurationId: 'base' }],
      settings: {
        subnetId: DEMO_NETWORK.subnetId,
        securityGroupIds: [...DEMO_NETWORK.securityGroupIds],
        tags: { Contact: 'network' },
      },
      variants: { 'r7i.*': { securityGroupIds: [DATABASE_GROUP] } },
    },
  },
  {
    configurationId: 'compliance',
    message: 'What auditors ask for',
    content: {
      description: 'What nobody may change who inherits it',
      owner: 'security',
      parents: [{ configurationId: 'base' }],
      settings: {
        metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
        monitoring: { enabled: true },
        tags: { Compliance: 'pci-dss', Contact: 'security' },
      },
      locked: ['metadataOptions', 'tags.Compliance'],
    },
  },
  {
    configurationId: 'production',
    message: 'Production machines have a fixed size',
    content: {
      description: 'What production machines have in common',
      owner: 'platform',
      parents: [{ configurationId: 'network' }, { configurationId: 'compliance' }],
      settings: {
        instanceType: 'm7i-flex.large',
        iamInstanceProfile: DEMO_INSTANCE_PROFILE,
        tags: { Environment: 'production' },
      },
      unset: ['targetInstanceTypeRightSizingMethod'],
    },
  },
  {
    configurationId: 'payments',
    message: 'Payments start at once',
    content: {
      description: 'The payments system',
      owner: 'payments',
      parents: [{ configurationId: 'production' }],
      settings: { launchDisposition: 'STARTED', tags: { 'recovery-tier': 'gold', Contact: 'payments' } },
    },
  },
];

/** What the demonstration's group inherits from; it comes to `DEMO_SETTINGS`. */
export const DEMO_CONFIGURATION: ConfigurationRef = { configurationId: 'payments' };

export const DEMO_BINDINGS: readonly DemoBinding[] = [
  { subject: { kind: 'default' }, priority: 0, configurationId: 'base' },
  { subject: { kind: 'user', id: 'alice' }, priority: 10, configurationId: 'payments' },
];
