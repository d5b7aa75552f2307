import type { Call } from '../call.ts';
import { launchProblemOf } from '../ec2/launch-problem.ts';
import { defaultVersionOf } from '../ec2/launch-template.ts';
import type { Job, JobParticipant } from './drs-resources.ts';
import { templateOf } from './drs-template.ts';
import { isActive } from './jobs.ts';
import { serverById } from './launch-configuration.ts';
import { launchInstance } from './launch-instance.ts';
import { endInstance } from './recovery-instances.ts';

/** Brings every job of the place up to the call's time. Called before anything else sees or changes the place. */
export function settleJobs(call: Call): void {
  for (const job of call.place.jobs.values()) if (isActive(job)) settleJob(job, call);
}

function settleJob(job: Job, call: Call): void {
  if (job.status === 'PENDING' && call.at >= job.startsAt) startJob(job, call);
  for (const participant of job.participants) {
    if (participant.launchStatus === 'IN_PROGRESS' && call.at >= participant.dueAt)
      settleParticipant(job, participant, call);
  }
  if (job.status === 'STARTED' && call.at >= job.endsAt) job.status = 'COMPLETED';
}

function startJob(job: Job, call: Call): void {
  job.status = 'STARTED';
  for (const participant of job.participants) {
    participant.launchStatus = 'IN_PROGRESS';
    if (job.type === 'LAUNCH') setLastLaunch(participant, call);
  }
}

function settleParticipant(job: Job, participant: JobParticipant, call: Call): void {
  const asOfDue = { ...call, at: participant.dueAt };
  if (job.type === 'TERMINATE') {
    if (participant.recoveryInstanceID !== undefined) endInstance(participant.recoveryInstanceID, asOfDue);
    participant.launchStatus = 'TERMINATED';
    return;
  }
  const { server, configuration } = serverById(participant.sourceServerID, call.place);
  const version = defaultVersionOf(templateOf(server, configuration, asOfDue));
  const problem = launchProblemOf(version.data);
  if (problem) {
    participant.launchStatus = 'FAILED';
    const eventData = { sourceServerID: participant.sourceServerID, rawError: `${problem.code}: ${problem.message}` };
    job.log.push({ at: participant.dueAt, event: 'LAUNCH_FAILED', eventData });
  } else {
    participant.recoveryInstanceID = launchInstance({ server, configuration, version, job }, asOfDue);
    participant.launchStatus = 'LAUNCHED';
  }
  setLastLaunch(participant, call);
  announceResult(job, participant, server.arn, call);
}

function setLastLaunch(participant: JobParticipant, call: Call): void {
  const { server } = serverById(participant.sourceServerID, call.place);
  if (server.lastLaunch) server.lastLaunch.status = participant.launchStatus;
}

function announceResult(job: Job, participant: JobParticipant, serverArn: string, { place, trail }: Call): void {
  const state = participant.launchStatus === 'LAUNCHED' ? 'RECOVERY_LAUNCH_SUCCEEDED' : 'RECOVERY_LAUNCH_FAILED';
  trail.announce({
    account: place.accountId,
    region: place.region,
    source: 'aws.drs',
    'detail-type': 'DRS Source Server Launch Result',
    detail: { state, 'job-id': job.jobID, 'is-drill': job.initiatedBy === 'START_DRILL' ? 'TRUE' : 'FALSE' },
    resources: [serverArn],
  });
}
