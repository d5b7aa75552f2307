import type { Task } from './scheduler.ts';
import { violate, type World } from './world.ts';

/**
 * What others wrote and a task's change of the default has put out of effect. EC2 has no compare-and-set, so that happens; the
 * task has to see it in the answer and make theirs the default again, with its very next change of the template.
 */
export interface Displaced {
  readonly task: Task;
  readonly serverId: string;
  readonly keys: readonly string[];
}

/** So often a worker follows others who edit at the very moment in which it writes. */
const FOLLOWED_MAX = 3;
/** No change is begun with less of the lease left: then what was displaced stays so. */
const WRITE_MARGIN_MS = 6_000;

/** Somebody edits what Prelaunch does not manage: a version on top of the default, and the default at once. */
export function editBesides(world: World, serverId: string): void {
  const key = `edit ${world.counts.edits}`;
  world.counts.edits += 1;
  world.scheduler.note(`    somebody edits ${serverId}: ${key}`);
  touched(world, serverId);
  world.aws.edit(serverId, { unmanaged: { [key]: 'theirs' } });
  theirsIn(world, serverId).add(key);
}

/** Somebody deletes the template with all that is in it. */
export function replaceTemplate(world: World, serverId: string): void {
  touched(world, serverId);
  world.aws.replaceTemplate(serverId);
  theirsIn(world, serverId).clear();
  world.edited.add(serverId);
}

/** Others' keys that are in effect, to be compared after a write. */
export function inEffect(world: World, serverId: string): string[] {
  const live = world.aws.unmanaged(serverId);
  return [...theirsIn(world, serverId)].filter((key) => Object.hasOwn(live, key));
}

/** Holds a write that a task has just made of a template against what of others' was in effect before. */
export function wroteTemplate(world: World, task: Task, serverId: string, before: readonly string[], late: boolean) {
  const now = inEffect(world, serverId);
  for (const one of [...world.displaced].filter((displaced) => displaced.serverId === serverId)) {
    if (one.keys.every((key) => now.includes(key))) world.displaced.delete(one);
    else if (one.task !== task) raced(world, one);
  }
  const keys = before.filter((key) => !now.includes(key));
  if (keys.length === 0) return;
  world.scheduler.note(`    ${task.name} displaces ${keys}`);
  world.counts.displaced += 1;
  const displaced = { task, serverId, keys };
  world.displaced.add(displaced);
  const times = (world.displacements.get(task) ?? 0) + 1;
  world.displacements.set(task, times);
  if (late || times >= FOLLOWED_MAX || mayNotWrite(world, task)) raced(world, displaced);
}

/** Something went wrong for a task: it may not come to make theirs the default again. */
export function disturbed(world: World, task: Task): void {
  for (const one of world.displaced) if (one.task === task) raced(world, one);
}

/** 7: a task that is over has left nothing displaced, unless it was kept from it. */
export function leavesNothingDisplaced(world: World, task: Task): void {
  for (const one of world.displaced) {
    if (one.task === task) violate(world, `7: ${task.name} has put ${one.keys} of ${one.serverId} out of effect`);
  }
}

/** 7: what others wrote and nobody raced with is in effect. */
export function checkTheirs(world: World): void {
  for (const [serverId, keys] of world.theirs) {
    const lost = [...keys].filter((key) => !inEffect(world, serverId).includes(key));
    if (lost.length > 0) violate(world, `7: ${lost} of ${serverId} is lost`);
  }
}

/** Others change the template while theirs is displaced: whose change wins is between them and EC2. */
export function touched(world: World, serverId: string): void {
  for (const one of world.displaced) if (one.serverId === serverId) raced(world, one);
}

function raced(world: World, one: Displaced): void {
  world.displaced.delete(one);
  world.counts.raced += 1;
  for (const key of one.keys) theirsIn(world, one.serverId).delete(key);
}

function mayNotWrite({ owners, scheduler }: World, task: Task): boolean {
  const ends = [...owners.values()].filter((one) => one.task === task).map(({ until }) => until);
  return scheduler.now() > Math.max(0, ...ends) - WRITE_MARGIN_MS;
}

function theirsIn(world: World, serverId: string): Set<string> {
  const known = world.theirs.get(serverId) ?? new Set();
  world.theirs.set(serverId, known);
  return known;
}
