import {
  DriftDifference,
  DriftNote,
  DriftScore,
  DriftUnknown,
  DriftVerdict,
  InstanceKind,
  REMEDIATION_ACTIONS,
  Remediation,
} from '@prelaunch/contracts/drift';
import * as z from 'zod';

/**
 * What is kept of drift, as it stands in the tables. Attributes of a newer version are kept when an older one writes the item back.
 */

export const StoredInstance = z.looseObject({
  instanceId: z.string(),
  kind: InstanceKind,
  serverId: z.string(),
  groupId: z.string(),
  accountId: z.string(),
  region: z.string(),
  recoveryInstanceId: z.string().optional(),
  baselineVersion: z.number(),
  auditedAt: z.string().optional(),
  verdict: DriftVerdict,
  unknown: DriftUnknown.optional(),
  score: DriftScore,
  differences: z.array(DriftDifference),
  notes: z.array(DriftNote),
  looks: z.array(z.object({ at: z.string(), inSync: z.boolean(), writer: z.string().optional() })),
  flapping: z.boolean(),
  remediation: Remediation,
  proposal: z
    .object({
      action: z.enum(REMEDIATION_ACTIONS),
      as: z.enum(['configuration', 'override']).optional(),
      keys: z.array(z.string()),
    })
    .optional(),
  untold: z.array(z.looseObject({ type: z.string() })).optional(),
  version: z.number(),
});

/** What AWS had may be more than what is allowed of settings, so any value of theirs is taken. */
export const StoredBaseline = z.looseObject({
  instanceId: z.string(),
  version: z.number(),
  capturedAt: z.string(),
  configRevision: z.number(),
  generation: z.number(),
  hash: z.string(),
  hashVersion: z.number(),
  launchTemplateId: z.string().optional(),
  launchTemplateVersion: z.number().optional(),
  settings: z.record(z.string(), z.unknown()),
});

/** Counted from the epoch. */
export const StoredSlot = z.looseObject({ slot: z.number() });

export const StoredOwner = z.object({ instanceId: z.string() });

/** Since DynamoDB deletes late: seconds since the epoch, from when on there is no such item any more. */
export const StoredExpiry = z.object({ expiresAt: z.number() });

export const StoredGroupAudit = z.looseObject({
  groupId: z.string(),
  auditId: z.string(),
  at: z.string(),
  counts: z.record(DriftVerdict, z.number()),
  highestScore: z.number().nullable(),
});

export const StoredLedger = z.looseObject({
  groupId: z.string(),
  begun: z.array(z.object({ instanceId: z.string(), at: z.string() })),
  ended: z.array(z.object({ at: z.string(), succeeded: z.boolean() })),
  version: z.number(),
});
