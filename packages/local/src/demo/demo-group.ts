import { randomUUID } from 'node:crypto';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { ConfigurationRef } from '@prelaunch/contracts/configuration';
import { ProtectionGroupChanged as Changed, type ProtectionGroupChanged } from '@prelaunch/contracts/events';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { busName, LOCAL_STAGE } from '@prelaunch/topology/names';
import type { Clients } from './clients.ts';

export const DEMO_GROUP_ID = 'pg-demo';

/** Another Region of the same account: the old way gets servers, templates and token buckets of its own. */
export const COMPARISON_REGION = 'us-west-2';

/** What the settings refer to, as it exists wherever the demonstration has servers. The block holds every server's address. */
export const DEMO_NETWORK = {
  vpcId: 'vpc-0d15a57e2ec0fe240',
  subnetId: 'subnet-0d15a57e2ec0fe241',
  cidrBlock: '10.0.0.0/16',
  securityGroupIds: ['sg-0d15a57e2ec0fe242', 'sg-0d15a57e2ec0fe243'],
} as const;
export const DEMO_INSTANCE_PROFILE = 'recovery-instance';

/** Settings that differ from what a new server has, in DRS and in its template: what `payments` of the demonstration's graph comes to. */
export const DEMO_SETTINGS: LaunchSettings = {
  launchDisposition: 'STARTED',
  targetInstanceTypeRightSizingMethod: 'NONE',
  copyPrivateIp: false,
  copyTags: true,
  licensing: { osByol: false },
  instanceType: 'm7i-flex.large',
  subnetId: DEMO_NETWORK.subnetId,
  securityGroupIds: [...DEMO_NETWORK.securityGroupIds],
  iamInstanceProfile: DEMO_INSTANCE_PROFILE,
  metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
  monitoring: { enabled: true },
  tags: {
    'recovery-tier': 'gold',
    Compliance: 'pci-dss',
    Contact: 'payments',
    Environment: 'production',
    ManagedBy: 'prelaunch',
  },
};

export interface DemoGroup {
  readonly groupId: string;
  readonly accountId: string;
  readonly region: string;
  readonly revision: number;
  readonly serverIds: readonly string[];
  /** What the settings are inherited from. Without it, the group states them itself. */
  readonly configuration?: ConfigurationRef;
}

/** The change as an upstream system publishes it: the whole group. One server has a setting of its own. */
export function changeOf({ serverIds, ...group }: DemoGroup): ProtectionGroupChanged {
  const [first] = serverIds;
  return {
    version: '1',
    correlationId: randomUUID(),
    data: {
      changeType: 'updated',
      group: {
        ...group,
        name: 'Demonstration',
        serverIds: [...serverIds],
        ...(group.configuration === undefined && { launchConfig: DEMO_SETTINGS }),
        ...(first !== undefined && { serverOverrides: { [first]: { instanceType: 'r7i.xlarge' } } }),
      },
    },
  };
}

/** Publishes a change on the bus. Throws when it was not taken. */
export async function publishChange({ events }: Clients, change: ProtectionGroupChanged): Promise<void> {
  const entry = {
    EventBusName: busName(LOCAL_STAGE),
    Source: 'demo.inventory',
    DetailType: Changed.type,
    Detail: JSON.stringify(change),
  };
  const { FailedEntryCount, Entries } = await events.send(new PutEventsCommand({ Entries: [entry] }));
  if (FailedEntryCount) throw new Error(`the event was not taken: ${Entries?.[0]?.ErrorMessage}`);
}
