import {
  ConfigurationPublished,
  ConfigurationRolloutStopped,
  DriftAuditRequested,
  DriftCleared,
  DriftDetected,
  DriftRemediated,
  EVENT_SOURCE,
  LaunchConfigApplied,
  LaunchConfigApplyFailed,
  LaunchConfigStatusChanged,
  ProtectionGroupChanged,
  RemediationHeld,
} from '@prelaunch/contracts/events';
import type { z } from 'zod';
import { ACTOR } from '../openapi/examples/drift.ts';
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
const subject = { instanceId: SERVER, kind: 'source_server', serverId: SERVER, groupId };

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
  {
    key: 'DriftAuditRequested',
    definition: DriftAuditRequested,
    isReceived: false,
    summaries: { send: 'The servers of a group, or some of them, are to be compared with what they should have.' },
    example: published(DriftAuditRequested.type, {
      groupId,
      auditId: 'applied-s-1234567890abcdef0-12',
      cause: 'applied',
      serverIds: [SERVER],
    }),
  },
  {
    key: 'DriftDetected',
    definition: DriftDetected,
    isReceived: false,
    summaries: {
      send: 'A server or a recovery instance differs that did not before, or differs in another way. Which keys, and who changed them where that is known; no values.',
    },
    example: published(DriftDetected.type, {
      ...subject,
      verdict: 'drifted',
      score: 60,
      threshold: 25,
      exceedsThreshold: true,
      flapping: false,
      repeated: false,
      differences: [{ key: 'securityGroupIds', verdict: 'drifted', actor: ACTOR }],
    }),
  },
  {
    key: 'DriftCleared',
    definition: DriftCleared,
    isReceived: false,
    summaries: { send: 'Nothing differs any more, whoever put it right. `since` is when it began to differ.' },
    example: published(DriftCleared.type, { ...subject, since: '2026-02-03T08:15:02.000Z' }),
  },
  {
    key: 'DriftRemediated',
    definition: DriftRemediated,
    isReceived: false,
    summaries: { send: 'Prelaunch put right what differed, and read it back.' },
    example: published(DriftRemediated.type, {
      ...subject,
      action: 'rollback',
      keys: ['securityGroupIds'],
      requestedBy: 'prelaunch',
    }),
  },
  {
    key: 'RemediationHeld',
    definition: RemediationHeld,
    isReceived: false,
    summaries: {
      send: 'Something was to be put right, and a brake kept it from that. `until` is when the brake lets go by itself, where that is known.',
    },
    example: published(RemediationHeld.type, {
      ...subject,
      action: 'sync',
      brake: 'budget_used',
      reason: '2 instances of the group were put right within 60 minutes, and 2 may be',
      until: '2026-02-03T09:10:00.000Z',
    }),
  },
];
