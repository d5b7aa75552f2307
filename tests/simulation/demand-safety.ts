import { type Catalogue, nameOf } from '@prelaunch/core/configuration/configuration';
import type { Group } from '@prelaunch/core/group/group';
import type { Wave } from '@prelaunch/core/wave/wave';
import { isHeld, newestView } from './expected-paths.ts';
import { isOutdated } from './inheritance-safety.ts';
import { type RolloutRef, readingsOf } from './known-configurations.ts';
import type { Task } from './scheduler.ts';
import { violate, type World } from './world.ts';

/** 17: no wave takes the fast path with a group that is outdated, nor starts as ready what was not brought forward and planned. */
export function waveBegins(world: World, task: Task, { path, groupIds, jobs, notReady, version }: Wave): void {
  if (!world.scenario.configured || version > 0) return;
  const { groups, catalogues } = readingsOf(world.known, task);
  const told = new Set(notReady.map(({ serverId }) => serverId));
  const ready = jobs.flatMap(({ serverIds }) => serverIds).filter((serverId) => !told.has(serverId));
  for (const groupId of groupIds) {
    const group = groups.get(groupId);
    if (!group) continue;
    if (path === 'fast' && catalogues.every((catalogue) => isOutdated(world, group, catalogue)))
      violate(world, `17: ${task.name} starts ${groupId}, which is behind, on the fast path`);
    if (!ready.some((serverId) => isClaimed(world, groupId, serverId))) continue;
    const late = lateSince(group, [...catalogues, world.known.catalogue]);
    if (late) violate(world, `17: ${task.name} starts ${groupId} as ready, which still has ${nameOf(late)}`);
    if (group.plannedGeneration < group.generation)
      violate(world, `17: ${task.name} starts ${groupId} as ready, which is still to be planned`);
  }
}

function isClaimed({ servers }: World, groupId: string, serverId: string): boolean {
  return servers.get(serverId)?.groupId === groupId;
}

/** What a group has and had to be brought on from when somebody looked first, and still has to be when they looked last. */
function lateSince({ inherits }: Group, looks: readonly Catalogue[]): RolloutRef | undefined {
  const isLateIn = (ref: RolloutRef) => (catalogue: Catalogue) =>
    ref.version < newestView(catalogue).heads(ref.configurationId) && !isHeld(catalogue, ref);
  return looks.length === 0 ? undefined : inherits?.followed.find((ref) => looks.every(isLateIn(ref)));
}

/** 19: whoever asks for a group to be applied and is answered finds it with what was the newest when they asked. */
export function broughtForward(world: World, task: Task, groupId: string, asked: Catalogue): void {
  const group = world.groups.get(groupId);
  if (!group || group.deletedAt !== undefined) return;
  const { catalogues } = readingsOf(world.known, task);
  const late = lateSince(group, [asked, ...catalogues, world.known.catalogue]);
  if (late) violate(world, `19: ${task.name} has applied ${groupId}, which still has ${nameOf(late)}`);
}
