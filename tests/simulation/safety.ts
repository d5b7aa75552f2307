import { isDeepStrictEqual } from 'node:util';
import type { AuditRecord } from '@prelaunch/contracts/audit';
import type { Group } from '@prelaunch/core/group/group';
import { isReady, type SourceServer } from '@prelaunch/core/group/source-server';
import { auditedServerSaved, writesAws } from './drift-safety.ts';
import { hasSettings } from './expected-settings.ts';
import { inheritanceSaved, plannedAsSettled } from './inheritance-safety.ts';
import { leavesNothingDisplaced } from './others.ts';
import type { Task } from './scheduler.ts';
import { violate, type World } from './world.ts';

/** Notes what a task has just stored of a server, and holds it to the invariants. */
export function serverSaved(world: World, task: Task, after: SourceServer): void {
  const { serverId } = after;
  const before = world.servers.get(serverId);
  world.servers.set(serverId, structuredClone({ ...after, version: after.version + 1 }));
  leasesWhatIsWanted(world, task, before, after);
  noteLease(world, task, after);
  noteGivenBack(world, task, before, after);
  auditedServerSaved(world, task, before, after);
  if (isReady(after)) world.takenBack.delete(serverId);
  errorsStay(world, task, before, after);
  plannedAsSettled(world, task, before, after);
  if (after.status === 'ready') readyIsLive(world, serverId);
  const group = after.groupId === undefined ? undefined : world.groups.get(after.groupId);
  if (group) readyGroupHasReadyMembers(world, 0, group);
}

/** Notes what a task has just stored of a group, and holds it to the invariants. */
export function groupSaved(world: World, task: Task, after: Group): void {
  const before = world.groups.get(after.groupId);
  world.mostMembers.set(after.groupId, Math.max(world.mostMembers.get(after.groupId) ?? 0, after.serverIds.length));
  world.groups.set(after.groupId, structuredClone({ ...after, version: after.version + 1 }));
  if (before && (after.revision < before.revision || after.generation < before.generation))
    violate(world, `4: ${after.groupId} went back from revision ${before.revision} to ${after.revision}`);
  readyGroupHasReadyMembers(world, task.startedStep, after);
  inheritanceSaved(world, task, before, after);
}

/** Called just before a task's write on AWS takes effect. */
export function aboutToWrite(world: World, task: Task, serverId: string): void {
  writesAws(world, task, serverId);
  if (world.failedReads.has(task)) violate(world, `6: ${task.name} writes ${serverId} after a failed read`);
  hasHeldIt(world, task, serverId);
  isRecorded(world, task, serverId);
  if (isLate(world, task, serverId)) return;
  if (world.servers.get(serverId)?.dirty !== true)
    violate(world, `1: ${task.name} writes ${serverId}, which is not marked dirty`);
}

/** A task that is no longer the one with the lease, whatever it believes. */
export function isLate(world: World, task: Task, serverId: string): boolean {
  const owner = world.servers.get(serverId)?.lease?.owner;
  return owner === undefined || world.owners.get(owner)?.task !== task;
}

/** Called just after a task's write on AWS took effect. */
export function written(world: World, task: Task, serverId: string, wasLate: boolean): void {
  if (wasLate) {
    world.openLateWrites.add({ task, serverId });
    world.counts.lateWrites += 1;
    wasPaused(world, task, serverId);
  }
  readyIsLive(world, serverId);
}

/** A task that is over has no more to say about what it wrote late. */
export function taskEnded(world: World, task: Task): void {
  leavesNothingDisplaced(world, task);
  for (const late of world.openLateWrites) if (late.task === task) world.openLateWrites.delete(late);
}

/** 10: no lease is taken on a server that the group does not have for which a worker was sent. */
function leasesWhatIsWanted(world: World, task: Task, before: SourceServer | undefined, { lease }: SourceServer): void {
  if (task.kind !== 'apply' || !lease || world.owners.has(lease.owner)) return;
  if (before?.groupId === undefined || before.groupId !== task.request?.groupId)
    violate(world, `10: ${task.name} leases ${before?.serverId}, which ${before?.groupId ?? 'nobody'} has`);
}

/** 10: a released server is written only by a worker that held its lease before, however late. */
function hasHeldIt(world: World, task: Task, serverId: string): void {
  const held = [...world.owners.values()].some((one) => one.task === task && one.serverId === serverId);
  if (!held) violate(world, `10: ${task.name} writes ${serverId} and never had its lease`);
}

/** Notes what a task left in the audit log. */
export function recorded(world: World, task: Task, { kind, serverId, waveId }: AuditRecord): void {
  const open = world.begun.get(task) ?? new Set<string>();
  const subject = serverId ?? waveId ?? '';
  if (kind === 'write_begun') open.add(subject);
  if (kind === 'write_ended') open.delete(subject);
  world.begun.set(task, open);
}

/** 11: nothing is written to AWS, or started, that the audit log does not know to be under way. */
export function isRecorded(world: World, task: Task, subject: string): void {
  if (!world.begun.get(task)?.has(subject)) violate(world, `11: ${task.name} writes ${subject}, which nobody recorded`);
}

/** A worker may write its server's template once, from that time on. */
export function turnReserved(world: World, { request }: Task, from: number): void {
  if (!request) return;
  if (from > world.scheduler.now()) world.counts.waits += 1;
  world.turns.set(request.serverId, [...(world.turns.get(request.serverId) ?? []), from]);
}

/** 9: EC2 is asked for no more versions than its rate allows: each by a turn that was reserved, is due and was not used. */
export function useTurn(world: World, task: Task, serverId: string): void {
  const turns = world.turns.get(serverId) ?? [];
  const index = turns.findIndex((from) => from <= world.scheduler.now());
  if (index < 0) violate(world, `9: ${task.name} makes a version for ${serverId} before its turn`);
  world.turns.set(serverId, turns.toSpliced(index, 1));
}

function noteLease(world: World, task: Task, { serverId, lease }: SourceServer): void {
  if (lease && task.kind === 'apply') {
    const known = world.owners.get(lease.owner);
    if (!known) world.owners.set(lease.owner, { task, serverId, until: lease.until });
    else if (known.task === task) known.until = Math.max(known.until, lease.until);
  }
}

/** Only a worker that was paused beyond its lease takes a server back, and it does so whether or not it wrote late. */
function noteGivenBack(world: World, task: Task, before: SourceServer | undefined, after: SourceServer): void {
  if (task.kind !== 'apply') return;
  for (const late of world.openLateWrites) {
    if (late.task === task && late.serverId === after.serverId && after.dirty) world.openLateWrites.delete(late);
  }
  if (!before || !isReady(before) || isReady(after)) return;
  world.takenBack.set(after.serverId, world.scheduler.steps());
  world.counts.takenBack += 1;
  wasPaused(world, task, after.serverId);
}

function wasPaused(world: World, task: Task, serverId: string): void {
  const until = Math.max(0, ...[...world.owners.values()].filter((one) => one.task === task).map((one) => one.until));
  if (world.scheduler.now() <= until) violate(world, `1: ${task.name} lost its lease on ${serverId} before its end`);
}

/** 1: what is stored as ready is what a launch would use. */
function readyIsLive(world: World, serverId: string): void {
  const server = world.servers.get(serverId);
  if (!server || !isReady(server) || world.edited.has(serverId)) return;
  if (hasSettings(world.aws.live(serverId), server.desired?.settings ?? {})) return;
  if ([...world.openLateWrites].some((late) => late.serverId === serverId)) world.counts.windows += 1;
  else violate(world, `1: ${serverId} is stored as ready, but AWS has ${JSON.stringify(world.aws.live(serverId))}`);
}

/**
 * 2: a group is reported ready only while it is planned and all its members are. A member that a late writer took back while or
 * after the status was folded, from step `since` on, is corrected by the next fold.
 */
function readyGroupHasReadyMembers(world: World, since: number, group: Group): void {
  if (group.launchConfigStatus.status !== 'ready') return;
  if (group.plannedGeneration < group.generation)
    violate(world, `2: ${group.groupId} is reported ready before generation ${group.generation} was planned`);
  for (const serverId of group.serverIds) {
    const server = world.servers.get(serverId);
    const settled = server?.groupId === group.groupId && (isReady(server) || server.status === 'not_configured');
    if (!settled && (world.takenBack.get(serverId) ?? -1) < since)
      violate(world, `2: ${group.groupId} is reported ready, ${serverId} is ${server?.status ?? 'unknown'}`);
  }
}

/** 5: a failure goes away by settings that were read back, or by planning a newer generation; being tried again keeps its errors. */
function errorsStay(world: World, task: Task, before: SourceServer | undefined, after: SourceServer): void {
  const group = world.groups.get(before?.groupId ?? '');
  if (after.status === 'failed') world.failedUnder.set(after.serverId, group?.plannedGeneration ?? 0);
  if (before?.status !== 'failed' || after.status === 'failed') return;
  const verified = task.kind === 'apply' && isReady(after);
  const released = after.groupId !== before.groupId;
  const triedAgain = after.status === 'pending' && isDeepStrictEqual(after.errors, before.errors);
  const planned = task.kind !== 'apply' && (group?.generation ?? 0) > (world.failedUnder.get(after.serverId) ?? 0);
  if (!verified && !released && !planned && !triedAgain)
    violate(world, `5: ${task.name} made the failure of ${after.serverId} vanish`);
}
