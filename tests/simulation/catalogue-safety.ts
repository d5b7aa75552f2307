import { isDeepStrictEqual } from 'node:util';
import { type Catalogue, nameOf } from '@prelaunch/core/configuration/configuration';
import type { Group } from '@prelaunch/core/group/group';
import { expectedPath, newestView, viewOf } from './expected-paths.ts';
import { readyIsCurrent } from './inheritance-safety.ts';
import { type RolloutRef, refNamed } from './known-configurations.ts';
import { lackingNow, rolledOut } from './rollout-safety.ts';
import type { Task } from './scheduler.ts';
import { violate, type World } from './world.ts';

/** Holds the catalogue that a task has just stored to what is said of it. */
export function catalogueSaved(world: World, task: Task, saved: Catalogue): void {
  const { known } = world;
  const before = known.catalogue;
  const after: Catalogue = { ...structuredClone(saved), version: saved.version + 1 };
  known.catalogue = after;
  onePublished(world, task, before, after);
  for (const [configurationId, mark] of Object.entries(before.rollouts))
    rolledOut(world, task, { configurationId, before: mark, after: after.rollouts[configurationId] });
  for (const group of world.groups.values()) {
    readyIsCurrent(world, group);
    staysResolvable(world, task, group, before);
  }
}

/** 14: nobody publishes or deletes what leaves a group nothing to inherit that had something. */
function staysResolvable(world: World, task: Task, { groupId, inherits, deletedAt }: Group, before: Catalogue): void {
  if (task.kind !== 'author' || !inherits || deletedAt !== undefined) return;
  const pathIn = (catalogue: Catalogue) =>
    expectedPath(inherits.configuration, viewOf(catalogue, inherits.followed), world.known);
  const [was, is] = [pathIn(before), pathIn(world.known.catalogue)];
  if (was && !is) violate(world, `14: ${task.name} leaves ${groupId} nothing to inherit, which had ${was}`);
}

/** 14: each revision of the catalogue has one configuration more, one version more, or one configuration less. */
function onePublished(world: World, task: Task, before: Catalogue, after: Catalogue): void {
  const ids = new Set([...Object.keys(before.heads), ...Object.keys(after.heads)]);
  const headIn = (catalogue: Catalogue, id: string) => newestView(catalogue).heads(id);
  const changed = [...ids].filter((id) => headIn(before, id) !== headIn(after, id));
  const grown = after.revision - before.revision;
  if (changed.length !== grown || grown > 1)
    violate(world, `14: ${task.name} makes revision ${after.revision} of ${before.revision}: ${changed} changed`);
  for (const configurationId of changed) {
    const version = headIn(after, configurationId);
    if (version > 0) published(world, { configurationId, version }, before, after);
  }
  if (changed.length > 0) graphIsSound(world, after);
}

/** 14: what becomes visible is newer than what was, and was planned in just the graph that it becomes a part of. */
function published(world: World, ref: RolloutRef, before: Catalogue, after: Catalogue): void {
  const { known } = world;
  const { configurationId } = ref;
  const name = nameOf(ref);
  const version = known.versions.get(name);
  const path = expectedPath({ configurationId }, newestView(after), known);
  if (ref.version <= newestView(before).heads(configurationId))
    violate(world, `14: ${name} is not newer than what was`);
  if (!isDeepStrictEqual(version?.lineage, path?.map(refNamed)))
    violate(world, `14: ${name} was published to inherit ${JSON.stringify(version?.lineage)}, and inherits ${path}`);
  if (known.agreed.get(version?.planHash ?? '') !== before.revision)
    violate(world, `14: ${name} was not agreed to in revision ${before.revision}`);
  const twin = [...known.frozen.keys()].find((one) => known.versions.get(one)?.planHash === version?.planHash);
  if (twin) violate(world, `14: ${name} is published by the plan of ${twin}`);
  const mark = after.rollouts[configurationId];
  if (mark?.version !== ref.version || mark.state !== 'running') violate(world, `14: ${name} is not on its way`);
  known.frozen.set(name, path ?? []);
  known.lacking.set(name, lackingNow(world, ref));
  world.counts.published += 1;
}

/** 14: no circle, no parent that is not there, no head without its version. */
function graphIsSound(world: World, after: Catalogue): void {
  for (const configurationId of Object.keys(after.heads)) {
    if (!expectedPath({ configurationId }, newestView(after), world.known))
      violate(world, `14: ${configurationId} inherits from nothing that can be resolved`);
  }
}
