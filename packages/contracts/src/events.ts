import * as z from 'zod';
import { ConfigurationRef } from './configuration.ts';
import { Brake, DriftVerdict, InstanceId, InstanceKind, RemediationAction } from './drift.ts';
import { AccountId, ConfigurationId, CorrelationId, GroupId, Region, SourceServerId } from './ids.ts';
import { GroupDescription, GroupName, GroupTags } from './protection-group.ts';
import { ServerStatus, StatusCounts, StatusError } from './status.ts';

/** The name under which Prelaunch publishes; EventBridge refuses sources that begin with `aws.`. */
export const EVENT_SOURCE = 'prelaunch';

/** One definition yields the schema, the type and the detail-type that publishers, rules and consumers share. */
function defineEvent<const Type extends string, Data extends z.ZodType>(type: Type, data: Data) {
  const detail = z.strictObject({
    version: z.literal('1', { error: 'the string "1"' }),
    correlationId: CorrelationId,
    data,
  });
  const envelope = z.object({ source: z.string(), 'detail-type': z.literal(type), detail });
  return { type, detail, envelope };
}

/** An item of 400 KB also holds the status and former members. */
const GROUP_BYTES_MAX = 200_000;

/**
 * A whole group as its owner sees it. Settings and server ids are judged one by one when the change is planned, so that a bad
 * one is recorded with its server and the others go on; everything else must be right for the event to be taken.
 */
export const ChangedGroup = z
  .strictObject({
    groupId: GroupId,
    name: GroupName,
    description: GroupDescription.optional(),
    tags: GroupTags.optional(),
    accountId: AccountId,
    region: Region,
    revision: z
      .int({ error: 'a whole number from 0 on that grows with each change' })
      .nonnegative('a whole number from 0 on that grows with each change')
      .meta({
        description: "The publisher's counter: an event that is not newer than what is stored changes nothing.",
      }),
    serverIds: z
      .array(z.unknown(), { error: 'a list of source server ids' })
      .max(5000, 'at most 5000 source server ids'),
    configuration: ConfigurationRef.nullable().optional().meta({
      description: 'What the settings are inherited from. `null` takes it away; without it, what is known stays.',
    }),
    launchConfig: z.unknown().optional(),
    serverOverrides: z
      .record(z.string(), z.unknown(), { error: 'an object of settings by source server id' })
      .optional(),
  })
  .refine(
    (group) => Buffer.byteLength(JSON.stringify(group)) <= GROUP_BYTES_MAX,
    `at most ${GROUP_BYTES_MAX} bytes of JSON: split the group`,
  );
export type ChangedGroup = z.output<typeof ChangedGroup>;

export const ProtectionGroupChanged = defineEvent(
  'Protection Group Changed',
  z.strictObject({
    changeType: z.enum(['created', 'updated', 'deleted'], { error: 'one of created, updated, deleted' }),
    group: ChangedGroup,
  }),
);
export type ProtectionGroupChanged = z.output<typeof ProtectionGroupChanged.detail>;

const ServerOutcome = z.strictObject({ groupId: GroupId, serverId: SourceServerId });

export const LaunchConfigApplied = defineEvent(
  'Launch Config Applied',
  ServerOutcome.extend({ configHash: z.string() }),
);

export const LaunchConfigApplyFailed = defineEvent(
  'Launch Config Apply Failed',
  ServerOutcome.extend({ errors: z.array(StatusError) }),
);

/** Outward: for orchestrators and dashboards. Published when a group's status changes, not for each server. */
export const LaunchConfigStatusChanged = defineEvent(
  'Launch Config Status Changed',
  z.strictObject({
    groupId: GroupId,
    previous: ServerStatus.nullable(),
    status: ServerStatus,
    counts: StatusCounts,
    generation: z.number(),
  }),
);

/** A configuration has a new version: the groups that follow it are planned again, in stages. */
export const ConfigurationPublished = defineEvent(
  'Configuration Published',
  z.strictObject({
    configurationId: ConfigurationId,
    version: z.number(),
    previousVersion: z.number().nullable(),
    catalogueRevision: z.number(),
  }),
);
export type ConfigurationPublished = z.output<typeof ConfigurationPublished.detail>;

/** Outward: too much failed with a new version. Groups that it had not reached keep the version before. */
export const ConfigurationRolloutStopped = defineEvent(
  'Configuration Rollout Stopped',
  z.strictObject({
    configurationId: ConfigurationId,
    version: z.number(),
    reachedGroups: z.number(),
    groups: z.number(),
    because: z.string(),
  }),
);

const CAUSES = ['schedule', 'request', 'applied'] as const;

/** The servers of a group are to be compared with what they should have, all of them or only some. */
export const DriftAuditRequested = defineEvent(
  'Drift Audit Requested',
  z.strictObject({
    groupId: GroupId,
    auditId: z.string().min(1).max(128),
    cause: z.enum(CAUSES),
    serverIds: z.array(SourceServerId).max(100).optional(),
  }),
);
export type DriftAuditRequested = z.output<typeof DriftAuditRequested.detail>;

const InstanceSubject = z.strictObject({
  instanceId: InstanceId,
  kind: InstanceKind,
  serverId: SourceServerId,
  groupId: GroupId,
});

/** Something differs that did not before, or otherwise. */
export const DriftDetected = defineEvent(
  'Drift Detected',
  InstanceSubject.extend({
    verdict: DriftVerdict.exclude(['in_sync', 'unknown']),
    score: z.number(),
    threshold: z.number(),
    exceedsThreshold: z.boolean(),
    flapping: z.boolean(),
    repeated: z.boolean().meta({ description: 'The same was told before, and is still to be dealt with.' }),
    differences: z.array(
      z.strictObject({
        key: z.string(),
        verdict: DriftVerdict.exclude(['in_sync', 'unknown']),
        actor: z.string().nullable(),
      }),
    ),
  }),
);
export type DriftDetected = z.output<typeof DriftDetected.detail>;

/** Outward: nothing differs any more. */
export const DriftCleared = defineEvent('Drift Cleared', InstanceSubject.extend({ since: z.iso.datetime() }));

/** Outward: something was put right, and read back. */
export const DriftRemediated = defineEvent(
  'Drift Remediated',
  InstanceSubject.extend({ action: RemediationAction, keys: z.array(z.string()), requestedBy: z.string() }),
);

/** Outward: something was to be put right, and a brake kept it from that. */
export const RemediationHeld = defineEvent(
  'Remediation Held',
  InstanceSubject.extend({
    action: RemediationAction,
    brake: Brake,
    reason: z.string(),
    until: z.iso.datetime().nullable(),
  }),
);

/** What `events:PutEvents` is given: a detail-type with the detail that its definition describes. */
export type PrelaunchEvent =
  | { readonly type: typeof ProtectionGroupChanged.type; readonly detail: ProtectionGroupChanged }
  | { readonly type: typeof LaunchConfigApplied.type; readonly detail: z.output<typeof LaunchConfigApplied.detail> }
  | {
      readonly type: typeof LaunchConfigApplyFailed.type;
      readonly detail: z.output<typeof LaunchConfigApplyFailed.detail>;
    }
  | {
      readonly type: typeof LaunchConfigStatusChanged.type;
      readonly detail: z.output<typeof LaunchConfigStatusChanged.detail>;
    }
  | { readonly type: typeof ConfigurationPublished.type; readonly detail: ConfigurationPublished }
  | {
      readonly type: typeof ConfigurationRolloutStopped.type;
      readonly detail: z.output<typeof ConfigurationRolloutStopped.detail>;
    }
  | { readonly type: typeof DriftAuditRequested.type; readonly detail: DriftAuditRequested }
  | { readonly type: typeof DriftDetected.type; readonly detail: DriftDetected }
  | { readonly type: typeof DriftCleared.type; readonly detail: z.output<typeof DriftCleared.detail> }
  | { readonly type: typeof DriftRemediated.type; readonly detail: z.output<typeof DriftRemediated.detail> }
  | { readonly type: typeof RemediationHeld.type; readonly detail: z.output<typeof RemediationHeld.detail> };
