import { nameOf, type RolloutMark } from '@prelaunch/core/configuration/configuration';
import type { RolloutProgress } from '@prelaunch/core/configuration/ports';
import { type Readings, type RolloutRef, readingsOf } from './known-configurations.ts';
import type { Task } from './scheduler.ts';
import { violate, type World } from './world.ts';

interface MarkChange {
  readonly configurationId: string;
  readonly before: RolloutMark;
  readonly after: RolloutMark | undefined;
}

/** 18: a rollout is over when all its groups have the version and few have failed, and stops when many have. */
export function rolledOut(world: World, task: Task, { configurationId, before, after }: MarkChange): void {
  // Somebody published the next one, or deleted the configuration.
  if (task.kind !== 'rollout') return;
  const ref = { configurationId, version: before.version };
  const progress = world.known.rollouts.get(nameOf(ref));
  if (!after) {
    if (progress && progress.reached.length < progress.groupIds.length)
      violate(world, `18: ${nameOf(ref)} is called done with ${progress.reached.length} of ${progress.groupIds}`);
    const lacked = world.known.lacking.get(nameOf(ref));
    const forgotten = [...lackingNow(world, ref)].find(([groupId, settled]) => lacked?.get(groupId) === settled);
    if (forgotten) violate(world, `18: ${nameOf(ref)} is called done, and ${forgotten[0]} lacks it still`);
    stageIsSettled(world, task, ref, progress?.reached ?? []);
    world.counts.done += 1;
  } else if (after.state === 'stopped' && before.state === 'running') {
    const readings = readingsOf(world.known, task);
    const share = failureShare(readings.rollouts.get(nameOf(ref))?.reached ?? [], readings);
    if (share <= before.maxFailureShare) violate(world, `18: ${nameOf(ref)} is stopped with ${share} failed`);
    world.counts.stopped += 1;
  }
}

/** Holds how far a rollout has come, as a task has just stored it, to what is said of stages. */
export function rolloutSaved(world: World, task: Task, saved: RolloutProgress): void {
  const { known } = world;
  const before = known.rollouts.get(nameOf(saved));
  known.rollouts.set(nameOf(saved), { ...structuredClone(saved), writes: saved.writes + 1 });
  const earlier = before?.reached ?? [];
  countsAsRead(world, task, saved, earlier);
  if (task.kind !== 'rollout') return;
  const added = saved.reached.slice(earlier.length);
  if (added.length > Math.max(1, earlier.length))
    violate(world, `18: ${nameOf(saved)} reaches ${added.length} groups after ${earlier.length}`);
  stageIsSettled(world, task, saved, earlier);
  const running = readingsOf(known, task).catalogues.some(
    ({ rollouts }) => rollouts[saved.configurationId]?.version === saved.version,
  );
  if (!running) violate(world, `18: ${nameOf(saved)} reaches groups and is not on its way`);
  world.counts.reached += added.length;
}

/** 18: what had failed before is counted when a group is reached, and anew when the rollout is resumed. */
function countsAsRead(world: World, task: Task, saved: RolloutProgress, earlier: RolloutProgress['reached']): void {
  const { groups } = readingsOf(world.known, task);
  const counted = task.kind === 'rollout' ? saved.reached.slice(earlier.length) : saved.reached;
  for (const { groupId, failedBefore } of counted) {
    const failed = groups.get(groupId)?.launchConfigStatus.counts.failed ?? 0;
    if (failed !== failedBefore)
      violate(world, `18: ${nameOf(saved)} takes ${failedBefore} of ${groupId} for failed before, not ${failed}`);
  }
}

/** 18: nothing goes on before those that were reached have the version, are settled, and few of their servers have failed. */
function stageIsSettled(world: World, task: Task, ref: RolloutRef, reached: RolloutProgress['reached']): void {
  const readings = readingsOf(world.known, task);
  for (const { groupId } of reached) {
    const group = readings.groups.get(groupId);
    if (!group || group.deletedAt !== undefined) continue;
    const { plannedGeneration, generation, launchConfigStatus, inherits } = group;
    const own = inherits?.followed.find(({ configurationId }) => configurationId === ref.configurationId);
    if (plannedGeneration < generation || launchConfigStatus.status === 'pending')
      violate(world, `18: ${nameOf(ref)} goes on while ${groupId} is ${launchConfigStatus.status}`);
    if (own && own.version < ref.version)
      violate(world, `18: ${nameOf(ref)} goes on, and ${groupId} has ${nameOf(own)}`);
  }
  const share = failureShare(reached, readings);
  const marks = readings.catalogues.flatMap(({ rollouts }) => rollouts[ref.configurationId] ?? []);
  const most = marks.findLast(({ version }) => version === ref.version)?.maxFailureShare ?? 1;
  if (share > most) violate(world, `18: ${nameOf(ref)} goes on with ${share} failed, and may with ${most}`);
}

function failureShare(reached: RolloutProgress['reached'], { groups }: Readings): number {
  const counts = reached.flatMap(({ groupId, failedBefore }) => {
    const group = groups.get(groupId);
    if (!group || group.deletedAt !== undefined) return [];
    const { failed, total } = group.launchConfigStatus.counts;
    return [{ failed: Math.max(0, failed - failedBefore), total }];
  });
  const sum = (of: 'failed' | 'total') => counts.reduce((all, count) => all + count[of], 0);
  return sum('total') === 0 ? 0 : sum('failed') / sum('total');
}

/** Groups that follow a configuration and have an earlier version of it. */
export function lackingNow({ groups }: World, { configurationId, version }: RolloutRef): Map<string, number> {
  const isEarlier = (ref: RolloutRef) => ref.configurationId === configurationId && ref.version < version;
  const lacking = [...groups.values()].filter(
    ({ inherits, deletedAt }) => deletedAt === undefined && inherits?.followed.some(isEarlier),
  );
  return new Map(lacking.map(({ groupId, inherits }) => [groupId, inherits?.generation ?? 0]));
}
