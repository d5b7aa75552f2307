import * as z from 'zod';
import { KeyClass } from './configuration.ts';
import { LaunchSettings } from './launch-settings.ts';
import { StatusError } from './status.ts';

const INSTANCE = 'a source server id (s- and 17 letters or digits) or an EC2 instance id such as i-0a1b2c3d4e5f60718';

/** What is audited: a source server's launch settings, or the instance that a recovery launched from them. */
export const InstanceId = z
  .string({ error: INSTANCE })
  .regex(/^(s-[0-9a-zA-Z]{17}|i-([0-9a-f]{8}|[0-9a-f]{17}))$/, INSTANCE);

export const InstanceKind = z.enum(['source_server', 'recovery_instance']);
export type InstanceKind = z.output<typeof InstanceKind>;

export const DRIFT_VERDICTS = ['in_sync', 'stale', 'drifted', 'diverged', 'unknown'] as const;
export const DriftVerdict = z.enum(DRIFT_VERDICTS, { error: `one of ${DRIFT_VERDICTS.join(', ')}` }).meta({
  description:
    '`stale`: the configuration moved on. `drifted`: AWS was changed. `diverged`: both. `unknown`: it could not be told.',
});
export type DriftVerdict = z.output<typeof DriftVerdict>;

/** What can be done about a difference; `alert` only tells. */
export const REMEDIATION_ACTIONS = ['rollback', 'sync', 'adopt'] as const;
export const RemediationAction = z.enum(['alert', ...REMEDIATION_ACTIONS]);
export type RemediationAction = z.output<typeof RemediationAction>;

const PERCENT = 'a number from 0 to 100';
const percent = () => z.number({ error: PERCENT }).min(0, PERCENT).max(100, PERCENT);

const WEIGHTS = 'an object of weights from 0 to 100 by class: critical, network, compute, other';
const Weights = z.strictObject(
  { critical: percent(), network: percent(), compute: percent(), other: percent() },
  { error: WEIGHTS },
);

const AUTOMATIC = 'one of alert, rollback, sync';
const automatic = () => z.enum(['alert', 'rollback', 'sync'], { error: AUTOMATIC });

const TIME = 'a time of day in UTC such as 22:30';
const TimeOfDay = z.string({ error: TIME }).regex(/^([01]\d|2[0-3]):[0-5]\d$/, TIME);
export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const DAYS = `different days out of ${WEEKDAYS.join(', ')}`;
const MaintenanceWindow = z.strictObject(
  {
    days: z
      .array(z.enum(WEEKDAYS, { error: DAYS }), { error: DAYS })
      .min(1, DAYS)
      .max(7, DAYS)
      .refine((days) => new Set(days).size === days.length, DAYS),
    from: TimeOfDay,
    until: TimeOfDay,
  },
  { error: 'an object { days, from, until }' },
);
export type MaintenanceWindow = z.output<typeof MaintenanceWindow>;

const POINTER =
  'a JSON pointer to a setting such as /securityGroupIds or /tags/Backup*, where * stands for any characters';
const TEXT = '1 to 256 characters';
const label = () => z.string({ error: TEXT }).min(1, TEXT).max(256, TEXT);
const EXPIRY = 'a time in ISO 8601 such as 2027-01-31T00:00:00Z';

/** Differences that somebody answers for: they are shown, and neither scored nor put right, until the rule expires. */
export const IgnoreRule = z.strictObject(
  {
    path: z
      .string({ error: POINTER })
      .max(160, POINTER)
      .regex(/^\/([A-Za-z0-9*]{1,64}|tags\/[^/*]*(\*[^/*]*){0,3})$/, POINTER),
    reason: label(),
    owner: label(),
    expiresAt: z.iso.datetime({ error: EXPIRY }),
  },
  { error: 'an object { path, reason, owner, expiresAt }' },
);
export type IgnoreRule = z.output<typeof IgnoreRule>;

function whole(from: number, to: number) {
  const allowed = `a whole number from ${from} to ${to}`;
  return z.int({ error: allowed }).min(from, allowed).max(to, allowed);
}

const MODE = 'one of automatic, approval, dry_run';
const list = (what: string, most: number) => ({ error: `a list of up to ${most} ${what}` });

/** All that may be decided about drift. */
export const DriftPolicy = z.strictObject({
  threshold: percent().meta({ description: 'A score from here on is alerted and acted on.' }),
  weights: Weights,
  launchBlockingFloor: percent().meta({
    description: 'The least score of a source server whose launch may fail by what differs.',
  }),
  actions: z.strictObject(
    { stale: automatic(), drifted: automatic(), diverged: automatic() },
    { error: 'an object of actions by verdict: stale, drifted, diverged' },
  ),
  mode: z.enum(['automatic', 'approval', 'dry_run'], { error: MODE }).meta({
    description:
      '`approval`: somebody has to approve each action first. `dry_run`: it is only said what would be done.',
  }),
  budget: z.strictObject(
    { windowMinutes: whole(1, 1440), maxInstances: whole(0, 5000), maxShare: z.number().min(0).max(1) },
    { error: 'an object { windowMinutes, maxInstances, maxShare }' },
  ),
  maintenanceWindows: z
    .array(MaintenanceWindow, list('maintenance windows', 14))
    .max(14, list('maintenance windows', 14).error)
    .meta({
      description: 'When anything may be put right without being asked. Without any, at all times.',
    }),
  ignore: z.array(IgnoreRule, list('ignore rules', 50)).max(50, list('ignore rules', 50).error),
});
export type DriftPolicy = z.output<typeof DriftPolicy>;

/** What a group states of its policy; all else is as the environment has it. */
export const StatedDriftPolicy = z
  .strictObject(
    {
      ...DriftPolicy.shape,
      weights: z.strictObject(Weights.partial().shape, { error: WEIGHTS }),
      actions: DriftPolicy.shape.actions.partial(),
      budget: DriftPolicy.shape.budget.partial(),
    },
    { error: 'an object of what differs from the policy of the environment' },
  )
  .partial();
export type StatedDriftPolicy = z.output<typeof StatedDriftPolicy>;

/** How a difference could be put right where it is. */
export const Feasibility = z.enum(['apply', 'in_place', 'needs_stop', 'needs_launch']).meta({
  description:
    '`apply`: the launch settings are applied again. `in_place`: while the instance runs. `needs_stop`, `needs_launch`: not without stopping it, or launching anew.',
});
export type Feasibility = z.output<typeof Feasibility>;

/** One key that is not as it should be. Values are null where there is none. */
export const DriftDifference = z.object({
  key: z.string().meta({ description: 'A setting, or `tags.<key>` for one tag.' }),
  path: z.string(),
  verdict: DriftVerdict.exclude(['in_sync', 'unknown']),
  desired: z.unknown(),
  baseline: z.unknown(),
  observed: z.unknown(),
  keyClass: KeyClass,
  weight: z.number(),
  mayFailLaunch: z.boolean(),
  feasibility: Feasibility,
  actor: z.string().nullable().meta({ description: 'Who changed it on AWS, where that is known.' }),
  since: z.iso.datetime(),
});
export type DriftDifference = z.output<typeof DriftDifference>;

/** What differs and is no drift, and why. */
export const DriftNote = z.object({
  key: z.string(),
  path: z.string(),
  policy: z.enum(['compatible', 'behavioural', 'ignored']),
  reason: z.string(),
  observed: z.unknown(),
  owner: z.string().optional(),
  expiresAt: z.iso.datetime().optional(),
});
export type DriftNote = z.output<typeof DriftNote>;

export const DriftScore = z.object({
  score: z.number().nullable().meta({ description: '0 to 100; null where it could not be told.' }),
  threshold: z.number(),
  exceedsThreshold: z.boolean(),
  sum: z.number().meta({ description: 'Of the weights of all that differs; more than 100 counts as 100.' }),
  floor: z
    .object({ score: z.number(), keys: z.array(z.string()) })
    .nullable()
    .meta({ description: 'What lifts the score, since the launch may fail by these keys.' }),
});
export type DriftScore = z.output<typeof DriftScore>;

export const REMEDIATION_STATUSES = [
  'none',
  'alerted',
  'proposed',
  'awaiting_approval',
  'held',
  'in_progress',
  'done',
  'failed',
  'not_feasible',
] as const;

/** What keeps a remediation from beginning. */
export const BRAKES = [
  'recovery_running',
  'flapping',
  'maintenance_window',
  'breaker_open',
  'backing_off',
  'budget_used',
  'being_applied',
  'rollout_under_way',
] as const;
export const Brake = z.enum(BRAKES);
export type Brake = z.output<typeof Brake>;

export const Remediation = z.object({
  status: z.enum(REMEDIATION_STATUSES).meta({
    description:
      '`proposed`: a dry run said what would be done. `held`: a brake keeps it from beginning. `not_feasible`: not while the instance runs.',
  }),
  action: RemediationAction.nullable(),
  requestedBy: z.string().nullable(),
  at: z.iso.datetime().nullable(),
  keys: z.array(
    z.object({
      key: z.string(),
      feasibility: Feasibility,
      from: z.unknown(),
      to: z.unknown(),
      result: z.enum(['planned', 'done', 'failed', 'not_feasible', 'adopted']),
      reason: z.string().optional(),
    }),
  ),
  brake: Brake.nullable(),
  until: z.iso.datetime().nullable().meta({ description: 'When a brake lets go by itself, where that is known.' }),
  reason: z.string().nullable(),
});
export type Remediation = z.output<typeof Remediation>;

export const DriftBaseline = z.object({
  version: z.number(),
  capturedAt: z.iso.datetime(),
  configRevision: z.number().meta({ description: 'Of the configuration graph; 0 for what a group states itself.' }),
  generation: z.number().meta({ description: 'Of the group.' }),
  hash: z.string(),
  hashVersion: z.number(),
  launchTemplateId: z.string().optional(),
  launchTemplateVersion: z.number().optional(),
  settings: LaunchSettings.or(z.record(z.string(), z.unknown())),
});
export type DriftBaseline = z.output<typeof DriftBaseline>;

export const DriftHistoryEntry = z.object({
  at: z.iso.datetime(),
  verdict: DriftVerdict,
  score: z.number().nullable(),
  keys: z.array(z.string()),
  actor: z.string().nullable(),
  event: z.enum(['baseline', 'audit', 'remediation']),
  detail: z.string().optional(),
});
export type DriftHistoryEntry = z.output<typeof DriftHistoryEntry>;

/** Why nothing can be said about an instance now: a failed read is never drift. */
export const DriftUnknown = StatusError.pick({ code: true, message: true, awsCode: true, remedy: true });
export type DriftUnknown = z.output<typeof DriftUnknown>;
