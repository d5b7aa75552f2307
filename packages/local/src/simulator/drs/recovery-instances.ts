import * as z from 'zod';
import type { Call } from '../call.ts';
import { terminateInstance } from '../ec2/change-instance-state.ts';
import { conflict, resourceNotFound } from './drs-errors.ts';
import { Paging, RecoveryInstanceId, SourceServerId } from './drs-fields.ts';
import { drsPage } from './drs-page.ts';
import { drsTime, type Job, type JobParticipant, type RecoveryInstance } from './drs-resources.ts';
import { assertJobQuotas, isActive, jobOutput, newJobIds } from './jobs.ts';

export const DescribeRecoveryInstancesRequest = z.object({
  filters: z
    .object({
      recoveryInstanceIDs: z.array(RecoveryInstanceId).max(200).optional(),
      sourceServerIDs: z.array(SourceServerId).optional(),
    })
    .optional(),
  ...Paging,
});
export const TerminateRecoveryInstancesRequest = z.object({
  recoveryInstanceIDs: z.array(RecoveryInstanceId).min(1).max(200),
});

export function describeRecoveryInstances(input: z.infer<typeof DescribeRecoveryInstancesRequest>, call: Call): object {
  const { recoveryInstanceIDs, sourceServerIDs } = input.filters ?? {};
  const instances = [...call.place.recoveryInstances.values()]
    .filter((instance) => !recoveryInstanceIDs?.length || recoveryInstanceIDs.includes(instance.recoveryInstanceID))
    .filter((instance) => !sourceServerIDs?.length || sourceServerIDs.includes(instance.sourceServerID));
  const output = (instance: RecoveryInstance): object => recoveryInstanceOutput(instance, call);
  return drsPage(instances, { keyOf: ({ recoveryInstanceID }) => recoveryInstanceID, output }, input);
}

/** Ends instances by a job of their own, which counts against the same quotas as launches. */
export function terminateRecoveryInstances(
  input: z.infer<typeof TerminateRecoveryInstancesRequest>,
  call: Call,
): object {
  const instances = [...new Set(input.recoveryInstanceIDs)].map((id) => recoveryInstanceById(id, call));
  assertJobQuotas(instances.length, call.place);
  for (const instance of instances) assertNotEnding(instance, call);
  const job = terminateJob(instances, call);
  call.place.jobs.set(job.jobID, job);
  return { job: jobOutput(job) };
}

/** Ends the EC2 instance, which EC2 still describes, and forgets the recovery instance. */
export function endInstance(instanceId: string, { place }: Call): void {
  terminateInstance(instanceId, place);
  const sourceServerId = place.recoveryInstances.get(instanceId)?.sourceServerID ?? '';
  place.recoveryInstances.delete(instanceId);
  const server = place.servers.get(sourceServerId);
  if (!server) return;
  server.recoveryInstanceId = undefined;
  if (server.lastLaunch?.status === 'LAUNCHED') server.lastLaunch.status = 'TERMINATED';
}

function recoveryInstanceById(id: string, { place }: Call): RecoveryInstance {
  const instance = place.recoveryInstances.get(id);
  if (!instance) throw resourceNotFound('RecoveryInstance', id);
  return instance;
}

function assertNotEnding({ recoveryInstanceID, sourceServerID }: RecoveryInstance, { place }: Call): void {
  const isBusy = [...place.jobs.values()]
    .filter(isActive)
    .some((job) => job.participants.some((one) => one.sourceServerID === sourceServerID));
  if (isBusy)
    throw conflict(
      `Recovery instance ${recoveryInstanceID} is in a job in progress`,
      recoveryInstanceID,
      'RecoveryInstance',
    );
}

function terminateJob(instances: readonly RecoveryInstance[], call: Call): Job {
  const startsAt = call.at + call.timeline.startedAfterMs;
  const dueAt = startsAt + call.timeline.startedAfterMs;
  const endsAt = dueAt + call.timeline.completedAfterLastLaunchMs;
  const participants = instances.map(
    ({ recoveryInstanceID, sourceServerID }): JobParticipant => ({
      sourceServerID,
      recoveryInstanceID,
      launchStatus: 'PENDING',
      dueAt,
    }),
  );
  return {
    ...newJobIds(call),
    type: 'TERMINATE',
    initiatedBy: 'TERMINATE_RECOVERY_INSTANCES',
    createdAt: call.at,
    startsAt,
    endsAt,
    status: 'PENDING',
    participants,
    log: [
      { at: startsAt, event: 'JOB_START', eventData: {} },
      { at: startsAt, event: 'CLEANUP_START', eventData: {} },
      { at: dueAt, event: 'CLEANUP_END', eventData: {} },
      { at: endsAt, event: 'JOB_END', eventData: {} },
    ],
    tags: {},
  };
}

function recoveryInstanceOutput(instance: RecoveryInstance, { place }: Call): object {
  const ec2Instance = place.instances.get(instance.recoveryInstanceID);
  return {
    recoveryInstanceID: instance.recoveryInstanceID,
    ec2InstanceID: instance.recoveryInstanceID,
    ec2InstanceState: ec2Instance?.State?.Name?.toUpperCase() ?? 'NOT_FOUND',
    jobID: instance.jobID,
    sourceServerID: instance.sourceServerID,
    arn: instance.arn,
    tags: instance.tags,
    failback: { state: 'FAILBACK_NOT_STARTED' },
    dataReplicationInfo: { dataReplicationState: 'NOT_STARTED' },
    pointInTimeSnapshotDateTime: drsTime(instance.snapshotAt),
    isDrill: instance.isDrill,
    originEnvironment: 'ON_PREMISES',
  };
}
