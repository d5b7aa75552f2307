import {
  ConfigurationPublished,
  ConfigurationRolloutStopped,
  EVENT_SOURCE,
  LaunchConfigApplied,
  LaunchConfigApplyFailed,
  LaunchConfigStatusChanged,
  ProtectionGroupChanged,
} from '@prelaunch/contracts/events';
import type { z } from 'zod';
import { CONFIG_HASH, OTHER_SERVER, refusedSubnet, SERVER } from '../openapi/examples/statuses.ts';

export interface DescribedEvent {
  /** The detail-type without its spaces. */
  readonly key: string;
  readonly definition: { readonly type: string; readonly envelope: z.ZodType };
  readonly isReceived: boolean;
  readonly summaries: { readonly receive?: string; readonly send: string };
  readonly example: unknown;
}

const groupId = 'pg-orders';

function detail(data: unknown) {
  return { version: '1', correlationId: 'change-4711', data };
}

function published(type: string, data: unknown) {
  return { source: EVENT_SOURCE, 'detail-type': type, detail: detail(data) };
}

/** Every event, with what it is for and what it looks like. */
export const described: readonly DescribedEvent[] = [
  {
    key: 'ProtectionGroupChanged',
    definition: ProtectionGroupChanged,
    isReceived: true,
    summaries: {
      receive: 'A group was defined, changed or deleted by the system that owns it, under any source.',
      send: 'The planning of a stored group is resumed.',
    },
    example: {
      source: 'your.system',
      'detail-type': ProtectionGroupChanged.type,
      detail: detail({
        changeType: 'updated',
        group: {
          groupId,
          name: 'Orders',
          accountId: '111111111111',
          region: 'us-east-1',
          revision: 7,
          serverIds: [SERVER],
          configuration: { configurationId: 'payments' },
          launchConfig: { launchDisposition: 'STARTED', copyTags: true },
          serverOverrides: { [SERVER]: { copyTags: false } },
        },
      }),
    },
  },
  {
    key: 'LaunchConfigApplied',
    definition: LaunchConfigApplied,
    isReceived: false,
    summaries: { send: 'The settings of a server were applied and read back.' },
    example: published(LaunchConfigApplied.type, {
      groupId,
      serverId: SERVER,
      configHash: CONFIG_HASH,
    }),
  },
  {
    key: 'LaunchConfigApplyFailed',
    definition: LaunchConfigApplyFailed,
    isReceived: false,
    summaries: { send: 'The settings of a server could not be applied, and why.' },
    example: published(LaunchConfigApplyFailed.type, {
      groupId,
      serverId: OTHER_SERVER,
      errors: [refusedSubnet],
    }),
  },
  {
    key: 'LaunchConfigStatusChanged',
    definition: LaunchConfigStatusChanged,
    isReceived: false,
    summaries: { send: 'The status of a group changed: for orchestrators and dashboards.' },
    example: published(LaunchConfigStatusChanged.type, {
      groupId,
      previous: 'pending',
      status: 'ready',
      counts: { total: 1, ready: 1, pending: 0, failed: 0, notConfigured: 0 },
      generation: 7,
    }),
  },
  {
    key: 'ConfigurationPublished',
    definition: ConfigurationPublished,
    isReceived: false,
    summaries: { send: 'A configuration has a new version, and the groups that follow it get it in stages.' },
    example: published(ConfigurationPublished.type, {
      configurationId: 'production',
      version: 4,
      previousVersion: 3,
      catalogueRevision: 12,
    }),
  },
  {
    key: 'ConfigurationRolloutStopped',
    definition: ConfigurationRolloutStopped,
    isReceived: false,
    summaries: {
      send: 'Too much failed with a new version of a configuration: groups not reached keep the version before until somebody resumes or publishes.',
    },
    example: published(ConfigurationRolloutStopped.type, {
      configurationId: 'production',
      version: 4,
      reachedGroups: 2,
      groups: 14,
      because: '3 of 12 servers failed that had not failed before, more than the share of 0.1',
    }),
  },
];
