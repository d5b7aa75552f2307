import * as z from 'zod';
import type { Call } from '../call.ts';
import type { Place } from '../state.ts';
import { quotaExceeded } from './drs-errors.ts';
import { DateTime, JobId, Paging } from './drs-fields.ts';
import { drsPage } from './drs-page.ts';
import { drsTime, type Job, type JobLogEntry } from './drs-resources.ts';

const SERVERS_PER_JOB_MAX = 100;
const ACTIVE_JOBS_MAX = 20;
const SERVERS_IN_ACTIVE_JOBS_MAX = 500;

export const DescribeJobsRequest = z.object({
  filters: z
    .object({
      jobIDs: z.array(JobId).max(1_000).optional(),
      fromDate: DateTime.optional(),
      toDate: DateTime.optional(),
    })
    .optional(),
  ...Paging,
});
export const DescribeJobLogItemsRequest = z.object({ jobID: JobId, ...Paging });

export function describeJobs(input: z.infer<typeof DescribeJobsRequest>, call: Call): object {
  const { jobIDs, fromDate, toDate } = input.filters ?? {};
  const jobs = [...call.place.jobs.values()]
    .filter((job) => !jobIDs?.length || jobIDs.includes(job.jobID))
    .filter((job) => fromDate === undefined || job.createdAt >= Date.parse(fromDate))
    .filter((job) => toDate === undefined || job.createdAt <= Date.parse(toDate));
  return drsPage(jobs, { keyOf: (job) => job.jobID, output: jobOutput }, input);
}

/** The model names no error for an unknown job, so its log is empty. */
export function describeJobLogItems(input: z.infer<typeof DescribeJobLogItemsRequest>, call: Call): object {
  const log = (call.place.jobs.get(input.jobID)?.log ?? [])
    .map((entry, index) => ({ ...entry, index }))
    .filter((entry) => entry.at <= call.at)
    .sort((left, right) => left.at - right.at || left.index - right.index);
  return drsPage(log, { keyOf: ({ index }) => String(index), output: logOutput }, input);
}

export function isActive(job: Job): boolean {
  return job.status !== 'COMPLETED';
}

/** Refuses, with the quota's own code, a job that the account may not start now. */
export function assertJobQuotas(serverCount: number, place: Place): void {
  const active = [...place.jobs.values()].filter(isActive);
  const serversInJobs = active.reduce((count, job) => count + job.participants.length, 0);
  if (serverCount > SERVERS_PER_JOB_MAX)
    throw quotaExceeded(`At most ${SERVERS_PER_JOB_MAX} source servers in one job`, 'L-B827C881');
  if (active.length >= ACTIVE_JOBS_MAX)
    throw quotaExceeded(`At most ${ACTIVE_JOBS_MAX} jobs in progress`, 'L-D88FAC3A');
  if (serversInJobs + serverCount > SERVERS_IN_ACTIVE_JOBS_MAX) {
    throw quotaExceeded(`At most ${SERVERS_IN_ACTIVE_JOBS_MAX} source servers in all active jobs`, 'L-05AFA8C6');
  }
}

export function newJobIds({ ids, place }: Call): { jobID: string; arn: string } {
  const jobID = `drsjob-${ids.hex(`drsjob ${place.accountId} ${place.region}`, 17)}`;
  return { jobID, arn: `arn:aws:drs:${place.region}:${place.accountId}:job/${jobID}` };
}

export function jobOutput(job: Job): object {
  return {
    jobID: job.jobID,
    arn: job.arn,
    type: job.type,
    initiatedBy: job.initiatedBy,
    creationDateTime: drsTime(job.createdAt),
    endDateTime: job.status === 'COMPLETED' ? drsTime(job.endsAt) : undefined,
    status: job.status,
    participatingServers: job.participants.map(({ sourceServerID, recoveryInstanceID, launchStatus }) => ({
      sourceServerID,
      recoveryInstanceID,
      launchStatus,
    })),
    tags: job.tags,
  };
}

function logOutput({ at, event, eventData }: JobLogEntry): object {
  return { logDateTime: drsTime(at), event, eventData };
}
