import { z } from 'zod';
import { CorrelationId, GroupId } from './ids.ts';
import { ServerConfig, ServerStatus, StatusCounts, StatusError } from './status.ts';

/** Fields that every direct invocation may carry. `invokedBy` is a label for the records; it grants nothing. */
const caller = {
  invokedBy: z.string().max(256, 'at most 256 characters').optional(),
  correlationId: CorrelationId.optional(),
};

const flag = z.boolean({ error: 'true or false' });

export const GetLaunchConfigStatusRequest = z.strictObject({
  operation: z.literal('get_launch_config_status'),
  groupId: GroupId,
  ...caller,
});

export const ApplyLaunchConfigsRequest = z.strictObject({
  operation: z.literal('apply_launch_configs'),
  groupId: GroupId,
  /** Apply and verify every server, even those that are ready. */
  force: flag.default(false),
  /** A repeat with the same key within a day answers what the first call answered. */
  idempotencyKey: z.string().min(1, '1 to 128 characters').max(128, '1 to 128 characters').optional(),
  ...caller,
});

const StartableGroups = z
  .array(GroupId, { error: 'a list of group ids' })
  .min(1, '1 to 100 group ids')
  .max(100, '1 to 100 group ids')
  .refine((ids) => new Set(ids).size === ids.length, 'group ids that are all different');

export const StartWaveRecoveryRequest = z.strictObject({
  operation: z.literal('start_wave_recovery'),
  /** With `waveNumber` it names the wave: however often it is called, each server is started at most once. */
  executionId: z
    .string({ error: '1 to 128 letters, digits, dots, dashes, colons or underscores' })
    .regex(/^[\w.:-]{1,128}$/, '1 to 128 letters, digits, dots, dashes, colons or underscores'),
  waveNumber: z
    .int({ error: 'a whole number from 0 to 9999' })
    .min(0, 'a whole number from 0 to 9999')
    .max(9999, 'a whole number from 0 to 9999'),
  groupIds: StartableGroups,
  isDrill: flag.default(false),
  /** What to do when servers cannot be made ready: start nothing, leave those out, or start them all the same. */
  onNotReady: z.enum(['block', 'skip', 'proceed'], { error: 'one of block, skip, proceed' }).default('block'),
  /** How long to wait for servers that have to be applied first. */
  applyWaitSeconds: z
    .int({ error: 'a whole number from 0 to 840' })
    .min(0, 'a whole number from 0 to 840')
    .max(840, 'a whole number from 0 to 840')
    .default(300),
  ...caller,
});

/** Every operation by the name under which it is invoked. */
export const operationRequests = {
  get_launch_config_status: GetLaunchConfigStatusRequest,
  apply_launch_configs: ApplyLaunchConfigsRequest,
  start_wave_recovery: StartWaveRecoveryRequest,
} as const;
export type OperationRequest = z.output<(typeof operationRequests)[keyof typeof operationRequests]>;
export type StartWaveRecoveryRequest = z.output<typeof StartWaveRecoveryRequest>;
export type ApplyLaunchConfigsRequest = z.output<typeof ApplyLaunchConfigsRequest>;

export const GetLaunchConfigStatusResponse = z.object({
  groupId: GroupId,
  status: ServerStatus,
  lastApplied: z.iso.datetime().nullable(),
  appliedBy: z.string(),
  counts: StatusCounts,
  /** False when the last verification is more than 24 hours old: a wave then verifies first. */
  fresh: z.boolean(),
  generation: z.number(),
  serverConfigs: z.record(z.string(), ServerConfig),
  errors: z.array(StatusError),
});
export type GetLaunchConfigStatusResponse = z.output<typeof GetLaunchConfigStatusResponse>;

export const ApplyLaunchConfigsResponse = z.object({
  groupId: GroupId,
  status: ServerStatus,
  appliedServers: z.number(),
  failedServers: z.number(),
  errors: z.array(StatusError),
  /** What the call did: nothing when the group was ready already and `force` was not given. */
  outcome: z.enum(['applied', 'failed', 'already_ready', 'still_applying']),
});
export type ApplyLaunchConfigsResponse = z.output<typeof ApplyLaunchConfigsResponse>;

export const RecoveryJob = z.object({
  jobId: z.string(),
  accountId: z.string(),
  region: z.string(),
  serverIds: z.array(z.string()),
});
export type RecoveryJob = z.output<typeof RecoveryJob>;

export const StartWaveRecoveryResponse = z.object({
  executionId: z.string(),
  waveNumber: z.number(),
  /** `blocked`: nothing was started, because servers were not ready. `failed`: DRS started none of what was asked. */
  status: z.enum(['started', 'partially_started', 'blocked', 'failed']),
  /** `fast`: all was ready. `verify`: some was older than 24 hours. `apply`: some was not ready. */
  path: z.enum(['fast', 'verify', 'apply']),
  jobs: z.array(RecoveryJob),
  /** Servers that were not ready, whatever was done about them, each with its reasons. */
  notReady: z.array(z.object({ groupId: z.string(), serverId: z.string().optional(), errors: z.array(StatusError) })),
  /** Jobs that DRS did not start, or of which it is not known. Repeating the call tries these again and no others. */
  failedJobs: z.array(
    z.object({ accountId: z.string(), region: z.string(), serverIds: z.array(z.string()), error: StatusError }),
  ),
  timings: z.object({ statusReadMs: z.number(), applyMs: z.number(), startMs: z.number(), totalMs: z.number() }),
});
export type StartWaveRecoveryResponse = z.output<typeof StartWaveRecoveryResponse>;

/** What a direct invocation answers instead of a result. The same codes come through every way in. */
export const OperationError = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    retryable: z.boolean(),
    path: z.string().optional(),
    value: z.unknown().optional(),
    allowed: z.string().optional(),
  }),
});
export type OperationError = z.output<typeof OperationError>;
