import * as z from 'zod';
import { GroupId } from '../ids.ts';
import { StatusError } from '../status.ts';
import { caller, flag, wholeNumber } from './fields.ts';

const GROUPS = '1 to 100 group ids';
const StartableGroups = z
  .array(GroupId, { error: 'a list of group ids' })
  .min(1, GROUPS)
  .max(100, GROUPS)
  .refine((ids) => new Set(ids).size === ids.length, 'group ids that are all different')
  .meta({ uniqueItems: true });

/** It stands in paths, where dots alone mean something else. */
const EXECUTION = '1 to 128 letters, digits, dots, dashes, colons or underscores, and not dots alone';

export const StartWaveRecoveryRequest = z.strictObject({
  operation: z.literal('start_wave_recovery'),
  executionId: z
    .string({ error: EXECUTION })
    .regex(/^(?!\.+$)[\w.:-]{1,128}$/, EXECUTION)
    .meta({
      description:
        'With `waveNumber` it names the wave: however often it is called, each server is started at most once.',
    }),
  waveNumber: wholeNumber(0, 9999),
  groupIds: StartableGroups,
  isDrill: flag.default(false),
  onNotReady: z.enum(['block', 'skip', 'proceed'], { error: 'one of block, skip, proceed' }).default('block').meta({
    description:
      'What to do when servers cannot be made ready: start nothing, leave those out, or start them all the same.',
  }),
  applyWaitSeconds: wholeNumber(0, 840)
    .default(300)
    .meta({ description: 'How long to wait for servers that have to be applied first.' }),
  ...caller,
});
export type StartWaveRecoveryRequest = z.output<typeof StartWaveRecoveryRequest>;

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
  status: z.enum(['started', 'partially_started', 'blocked', 'failed', 'applying']).meta({
    description:
      '`blocked`: nothing was started, because servers were not ready. `failed`: DRS started none of what was asked. `applying`: servers are still being applied and the way in allows no longer wait; the same call again goes on waiting.',
  }),
  path: z.enum(['fast', 'verify', 'apply']).meta({
    description: '`fast`: all was ready. `verify`: some was older than 24 hours. `apply`: some was not ready.',
  }),
  jobs: z.array(RecoveryJob),
  notReady: z
    .array(z.object({ groupId: z.string(), serverId: z.string().optional(), errors: z.array(StatusError) }))
    .meta({ description: 'Servers that were not ready, whatever was done about them, each with its reasons.' }),
  failedJobs: z.array(
    z.object({ accountId: z.string(), region: z.string(), serverIds: z.array(z.string()), error: StatusError }).meta({
      description:
        'Jobs that DRS did not start, or of which it is not known. Repeating the call tries these again and no others.',
    }),
  ),
  timings: z.object({ statusReadMs: z.number(), applyMs: z.number(), startMs: z.number(), totalMs: z.number() }),
});
export type StartWaveRecoveryResponse = z.output<typeof StartWaveRecoveryResponse>;
