import * as z from 'zod';
import type { Call } from '../call.ts';
import { seededDraws } from '../seeded-random.ts';
import { conflict } from './drs-errors.ts';
import { SourceServerId, Tags } from './drs-fields.ts';
import type { Job, JobLogEntry, JobParticipant } from './drs-resources.ts';
import { assertJobQuotas, isActive, jobOutput, newJobIds } from './jobs.ts';
import { serverById } from './launch-configuration.ts';

export const StartRecoveryRequest = z.object({
  sourceServers: z
    .array(
      z.object({
        sourceServerID: SourceServerId,
        recoverySnapshotID: z
          .string()
          .regex(/^pit-[0-9a-zA-Z]{17}$/)
          .optional(),
      }),
    )
    .min(1)
    .max(200),
  isDrill: z.boolean().optional(),
  tags: Tags.optional(),
});

/** Shares of a server's time between the job's start and its launch at which the steps before the launch are reached. */
const SNAPSHOT_SHARE = 0.2;
const CONVERSION_SHARE = 0.8;

/** The model names no error for an unknown server; it is answered as the other operations answer it. */
export function startRecovery(input: z.infer<typeof StartRecoveryRequest>, call: Call): object {
  const serverIds = input.sourceServers.map(({ sourceServerID }) => sourceServerID);
  for (const serverId of serverIds) serverById(serverId, call.place);
  assertJobQuotas(serverIds.length, call.place);
  assertNotInAnotherJob(serverIds, call);
  const job = launchJob(serverIds, input, call);
  call.place.jobs.set(job.jobID, job);
  for (const serverId of serverIds) {
    const lastLaunch = {
      jobID: job.jobID,
      type: input.isDrill ? 'DRILL' : 'RECOVERY',
      status: 'PENDING',
      calledAt: call.at,
    } as const;
    serverById(serverId, call.place).server.lastLaunch = { ...lastLaunch };
  }
  return { job: jobOutput(job) };
}

function assertNotInAnotherJob(serverIds: readonly string[], { place }: Call): void {
  const busy = new Set(
    [...place.jobs.values()].filter(isActive).flatMap((job) => job.participants.map((one) => one.sourceServerID)),
  );
  const twice = serverIds.find((serverId, index) => busy.has(serverId) || serverIds.indexOf(serverId) !== index);
  if (twice !== undefined)
    throw conflict(`Source server ${twice} is already in a job in progress`, twice, 'SourceServer');
}

function launchJob(serverIds: readonly string[], input: z.infer<typeof StartRecoveryRequest>, call: Call): Job {
  const ids = newJobIds(call);
  const startsAt = call.at + call.timeline.startedAfterMs;
  const participants = serverIds.map((serverId) => participantOf(serverId, ids.jobID, call));
  const lastLaunchAt = Math.max(...participants.map(({ dueAt }) => dueAt));
  const endsAt = lastLaunchAt + call.timeline.completedAfterLastLaunchMs;
  return {
    ...ids,
    type: 'LAUNCH',
    initiatedBy: input.isDrill ? 'START_DRILL' : 'START_RECOVERY',
    createdAt: call.at,
    startsAt,
    endsAt,
    status: 'PENDING',
    participants,
    log: [
      { at: startsAt, event: 'JOB_START', eventData: {} },
      ...participants.flatMap((participant) => launchLog(participant, startsAt)),
      { at: endsAt, event: 'JOB_END', eventData: {} },
    ],
    tags: input.tags ?? {},
  };
}

function participantOf(sourceServerID: string, jobID: string, { at, timeline, seed }: Call): JobParticipant {
  const [spread] = seededDraws(seed, `launch ${jobID} ${sourceServerID}`);
  const dueAt = Math.round(at + timeline.launchedAfterMs + spread * timeline.launchSpreadMs);
  return { sourceServerID, recoveryInstanceID: undefined, launchStatus: 'PENDING', dueAt };
}

function launchLog({ sourceServerID, dueAt }: JobParticipant, startsAt: number): JobLogEntry[] {
  const entry = (event: string, share: number): JobLogEntry => ({
    at: Math.round(startsAt + share * (dueAt - startsAt)),
    event,
    eventData: { sourceServerID },
  });
  return [
    entry('SNAPSHOT_START', 0),
    entry('SNAPSHOT_END', SNAPSHOT_SHARE),
    entry('CONVERSION_START', SNAPSHOT_SHARE),
    entry('CONVERSION_END', CONVERSION_SHARE),
    entry('LAUNCH_START', CONVERSION_SHARE),
  ];
}
