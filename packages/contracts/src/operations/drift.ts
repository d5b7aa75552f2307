import * as z from 'zod';
import {
  DriftBaseline,
  DriftDifference,
  DriftHistoryEntry,
  DriftNote,
  DriftScore,
  DriftUnknown,
  DriftVerdict,
  InstanceId,
  InstanceKind,
  Remediation,
} from '../drift.ts';
import { GroupId } from '../ids.ts';
import { caller, flag, paged, repeatable } from './fields.ts';

export const GetInstanceDriftRequest = z.strictObject({
  operation: z.literal('get_instance_drift'),
  instanceId: InstanceId,
  ...caller,
});
export type GetInstanceDriftRequest = z.output<typeof GetInstanceDriftRequest>;

const MIN_SCORE = 'a score from 0 to 100';

/** A query has it as text. */
function numberInQuery(stated: unknown): unknown {
  return typeof stated === 'string' && /^\d{1,3}(\.\d{1,6})?$/.test(stated) ? Number(stated) : stated;
}

export const ListInstanceDriftRequest = z.strictObject({
  operation: z.literal('list_instance_drift'),
  groupId: GroupId.optional(),
  minScore: z
    .preprocess(numberInQuery, z.number({ error: MIN_SCORE }).min(0, MIN_SCORE).max(100, MIN_SCORE))
    .default(0)
    .meta({ description: 'Only those with this score or more, out of 0 to 100.' }),
  ...paged(200, 50),
  ...caller,
});
export type ListInstanceDriftRequest = z.output<typeof ListInstanceDriftRequest>;

const ACTION = 'one of rollback, sync, adopt, approve';
const KEYS = '1 to 100 keys that differ, such as securityGroupIds or tags.Owner';

export const RemediateInstanceRequest = z.strictObject({
  operation: z.literal('remediate_instance'),
  instanceId: InstanceId,
  action: z.enum(['rollback', 'sync', 'adopt', 'approve'], { error: ACTION }).meta({
    description:
      '`rollback`: to the baseline. `sync`: to what is desired. `adopt`: what AWS has becomes a draft of the configuration, or an override of the group. `approve`: do what awaits approval.',
  }),
  as: z
    .enum(['configuration', 'override'], { error: 'one of configuration, override' })
    .optional()
    .meta({ description: 'With `adopt`: where to. Without it, where the group has its settings from.' }),
  keys: z
    .array(z.string().min(1, KEYS).max(160, KEYS), { error: KEYS })
    .min(1, KEYS)
    .max(100, KEYS)
    .refine((keys) => new Set(keys).size === keys.length, 'keys that are all different')
    .meta({ uniqueItems: true })
    .optional()
    .meta({ description: 'Only these of what differs; without it, all.' }),
  dryRun: flag.default(false).meta({ description: 'Only say what would be done.' }),
  ...repeatable,
});
export type RemediateInstanceRequest = z.output<typeof RemediateInstanceRequest>;

export const AuditProtectionGroupRequest = z.strictObject({
  operation: z.literal('audit_protection_group'),
  groupId: GroupId,
  ...repeatable,
});
export type AuditProtectionGroupRequest = z.output<typeof AuditProtectionGroupRequest>;

/** An instance with its newest audit, as lists show it. */
export const InstanceDriftSummary = z.object({
  instanceId: z.string(),
  kind: InstanceKind,
  serverId: z.string(),
  groupId: z.string().nullable(),
  verdict: DriftVerdict,
  score: DriftScore.shape.score,
  exceedsThreshold: z.boolean(),
  keys: z.array(z.string()),
  flapping: z.boolean(),
  remediation: Remediation.shape.status,
  auditedAt: z.iso.datetime().nullable(),
});
export type InstanceDriftSummary = z.output<typeof InstanceDriftSummary>;

export const InstanceDrift = z.object({
  instanceId: z.string(),
  kind: InstanceKind,
  serverId: z.string(),
  groupId: z.string().nullable(),
  recoveryInstanceId: z.string().nullable().meta({ description: 'What a recovery launched from this server last.' }),
  verdict: DriftVerdict,
  unknown: DriftUnknown.nullable().meta({ description: 'Why it could not be told.' }),
  ...DriftScore.shape,
  differences: z.array(DriftDifference),
  notes: z.array(DriftNote).meta({ description: 'What differs and is no drift.' }),
  baseline: DriftBaseline.nullable(),
  auditedAt: z.iso.datetime().nullable(),
  flapping: z.object({
    isFlapping: z.boolean(),
    share: z.number().meta({ description: 'Of the last audits, how many found the opposite of the one before.' }),
    audits: z.number(),
    writers: z.array(z.string()),
  }),
  remediation: Remediation,
  history: z.array(DriftHistoryEntry).meta({ description: 'Newest first.' }),
  statusPath: z
    .string()
    .optional()
    .meta({ description: 'Where to look for the outcome of a remediation that is still under way.' }),
});
export type InstanceDrift = z.output<typeof InstanceDrift>;

export const ListInstanceDriftResponse = z.object({
  instances: z.array(InstanceDriftSummary).meta({ description: 'Highest score first.' }),
  nextToken: z.string().optional(),
});
export type ListInstanceDriftResponse = z.output<typeof ListInstanceDriftResponse>;

export const AuditProtectionGroupResponse = z.object({
  groupId: GroupId,
  auditId: z.string(),
  status: z.enum(['audited', 'requested']).meta({
    description: '`requested` while the audit is still under way; its outcome will show at `statusPath`.',
  }),
  counts: z
    .object({
      in_sync: z.number(),
      stale: z.number(),
      drifted: z.number(),
      diverged: z.number(),
      unknown: z.number(),
    })
    .nullable(),
  highestScore: z.number().nullable(),
  statusPath: z.string().optional(),
});
export type AuditProtectionGroupResponse = z.output<typeof AuditProtectionGroupResponse>;
