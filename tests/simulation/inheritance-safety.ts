import { isDeepStrictEqual } from 'node:util';
import { type Catalogue, nameOf } from '@prelaunch/core/configuration/configuration';
import type { Group } from '@prelaunch/core/group/group';
import { type Inherits, standing } from '@prelaunch/core/group/inheritance';
import type { SourceServer } from '@prelaunch/core/group/source-server';
import { readinessOf } from '@prelaunch/core/wave/wave-readiness';
import { expectedPath, isHeld, newestView, type Path, plannedView, viewOf } from './expected-paths.ts';
import { type Content, type Expected, expectedOf } from './expected-settings.ts';
import { type Readings, type RolloutRef, readingsOf, startOf } from './known-configurations.ts';
import type { Task } from './scheduler.ts';
import { violate, type World } from './world.ts';

/** Holds what a task has just stored of a group to what is said of inheriting. */
export function inheritanceSaved(world: World, task: Task, before: Group | undefined, after: Group): void {
  if (!world.scenario.configured) return;
  if (before) movedForAReason(world, task, before, after);
  if (!isDeepStrictEqual(before?.inherits, after.inherits)) settledOnce(world, task, before, after);
  readyIsCurrent(world, after);
}

/** 12: what was planned with versions that are not the newest any more is never called ready. */
export function readyIsCurrent(world: World, group: Group): void {
  const { catalogue } = world.known;
  if (group.deletedAt !== undefined || !isOutdated(world, group, catalogue)) return;
  const { status } = standing(group, catalogue).launchConfigStatus;
  const readiness = readinessOf(group, catalogue, new Date(world.scheduler.now()));
  if (status === 'ready' || readiness !== 'not_ready')
    violate(world, `12: ${group.groupId} is told ${status} and ${readiness}, with ${plannedPath(world, group)}`);
}

/** True when a group would inherit from something else if it were planned by this catalogue. */
export function isOutdated(world: World, group: Group, catalogue: Catalogue): boolean {
  const { inherits } = group;
  if (!inherits) return false;
  // Whoever waits for a version that does not exist waits on when it is stopped.
  if (!plannedPath(world, group) && inherits.followed.some((ref) => isHeld(catalogue, ref))) return false;
  return !isDeepStrictEqual(
    expectedPath(inherits.configuration, viewOf(catalogue, inherits.followed), world.known),
    plannedPath(world, group),
  );
}

/** What a group was planned with. */
export function plannedPath({ known }: World, { groupId, inherits }: Group): Path {
  return inherits ? known.planned.get(`${groupId} ${inherits.generation}`) : [];
}

/** 13: what a generation inherits is fixed once, before any server is planned for it, as a catalogue says that was read. */
function settledOnce(world: World, task: Task, before: Group | undefined, after: Group): void {
  const { groupId, generation, inherits } = after;
  const { known } = world;
  if (before?.generation === generation) {
    if (before.inherits?.generation === generation)
      violate(world, `13: ${task.name} settles once more what generation ${generation} of ${groupId} inherits`);
    const planned = [...world.servers.values()].find(
      (server) => server.groupId === groupId && isPlannedBy(server, groupId, generation),
    );
    if (planned)
      violate(world, `13: ${task.name} settles what ${groupId} inherits after ${planned.serverId} was planned`);
  }
  if (!inherits) return;
  const own = before?.inherits?.followed ?? [];
  const read = readingsOf(known, task).catalogues.filter(({ revision }) => revision === inherits.revision);
  const said = read.find((catalogue) => isAsSaid(world, catalogue, own, inherits));
  if (!said) {
    const held = read.some((catalogue) => isAsSaid(world, catalogue, [], inherits));
    const what = JSON.stringify(inherits.followed);
    violate(
      world,
      held ? `15: ${groupId} gets ${what}, which was stopped` : `13: no catalogue says ${what} for ${groupId}`,
    );
  }
  const catalogue = said ?? known.catalogue;
  const settled = `${groupId} ${inherits.generation}`;
  known.planned.set(settled, expectedPath(inherits.configuration, plannedView(catalogue, inherits.followed), known));
}

function isPlannedBy({ planned }: SourceServer, groupId: string, generation: number): boolean {
  return planned?.groupId === groupId && planned.generation === generation;
}

function isAsSaid(
  { known }: World,
  catalogue: Catalogue,
  own: Inherits['followed'],
  { configuration, followed }: Inherits,
): boolean {
  const view = viewOf(catalogue, own);
  const path = expectedPath(configuration, view, known);
  if (followed.some(({ configurationId, version }) => view.heads(configurationId) !== version)) return false;
  return isDeepStrictEqual(path, expectedPath(configuration, plannedView(catalogue, followed), known));
}

/** 13: a server gets what its group has settled to inherit. */
export function plannedAsSettled(
  world: World,
  task: Task,
  before: SourceServer | undefined,
  after: SourceServer,
): void {
  const { planned, serverId, groupId } = after;
  if (!world.scenario.configured || !planned || planned.groupId !== groupId) return;
  const group = world.groups.get(groupId);
  if (group?.generation !== planned.generation || isDeepStrictEqual(before?.planned, planned)) return;
  const problem = deviation(world, group, after);
  if (problem) violate(world, `13: ${task.name} plans ${serverId} of ${groupId}, which ${problem}`);
}

function deviation(
  world: World,
  group: Group,
  { serverId, status, errors, desired }: SourceServer,
): string | undefined {
  const expected = expectedIn(world, group, serverId);
  switch (expected.kind) {
    case 'unresolvable':
    case 'invalid':
      return status === 'failed' && errors.length > 0 ? undefined : `is ${status} with what is ${expected.kind}`;
    case 'nothing':
      return status === 'not_configured' ? undefined : `is ${status} with nothing to apply`;
    case 'settings':
      return isDeepStrictEqual(sorted(desired?.settings), sorted(expected.settings))
        ? undefined
        : `is to have ${JSON.stringify(desired?.settings)}, not ${JSON.stringify(expected.settings)}`;
  }
}

function sorted(settings: object = {}): unknown {
  return Object.entries(settings).sort(([one], [other]) => one.localeCompare(other));
}

/** What a server should have by what its group was planned with. */
export function expectedIn(world: World, group: Group, serverId: string): Expected | { readonly kind: 'unresolvable' } {
  const path = plannedPath(world, group);
  if (!path) return { kind: 'unresolvable' };
  const contents = path.flatMap((name): Content | [] => world.known.versions.get(name) ?? []);
  return expectedOf(group, serverId, contents);
}

/** 16: nobody has a group planned anew but those who change it or ask for it, and who brings it a version that it lacks. */
function movedForAReason(world: World, task: Task, before: Group, after: Group): void {
  if (after.generation <= before.generation || after.revision > before.revision) return;
  const { groupId } = before;
  const readings = readingsOf(world.known, task);
  if (isFirstBound(before, after, readings)) return;
  const moves = `16: ${task.name} has ${groupId} planned anew, which`;
  switch (task.kind) {
    case 'operation':
    case 'wave':
      return;
    case 'rollout':
      if (!lacking(before, readings).some((ref) => isReached(world, ref, groupId)))
        violate(world, `${moves} lacks nothing that a rollout has brought it`);
      return;
    case 'reconcile':
    case 'author': {
      const forsaken = task.kind === 'reconcile' && lacking(before, readings).length > 0;
      if (!forsaken && !isBoundElsewhere(world, before, readings))
        violate(world, `${moves} has what it should have: ${JSON.stringify(before.inherits)}`);
      return;
    }
    default:
      violate(world, `${moves} nobody asked for`);
  }
}

/** A generation that may be under way with nothing to inherit, and that there is something for now: the next one has it. */
function isFirstBound(before: Group, { inherits, generation }: Group, { bindings }: Readings): boolean {
  if (before.inherits || before.generation === before.plannedGeneration || inherits?.generation !== generation)
    return false;
  return bindings.some((all) => startOf(before, all)?.bindingId === inherits.bindingId);
}

/** The newer versions of what a group follows, by the catalogues that a task read. */
function lacking({ inherits }: Group, { catalogues }: Readings): RolloutRef[] {
  const followed = inherits?.followed ?? [];
  return catalogues.flatMap((catalogue) =>
    followed.flatMap((ref) => {
      const { configurationId } = ref;
      const version = newestView(catalogue).heads(configurationId);
      const isNewer = version > ref.version || version === 0;
      return isNewer && !isHeld(catalogue, ref) ? [{ configurationId, version }] : [];
    }),
  );
}

function isReached({ known }: World, ref: RolloutRef, groupId: string): boolean {
  return known.rollouts.get(nameOf(ref))?.reached.some((one) => one.groupId === groupId) ?? false;
}

function isBoundElsewhere({ known }: World, group: Group, { bindings }: Readings): boolean {
  const { inherits } = group;
  const planned = inherits && {
    configuration: inherits.configuration,
    ...(inherits.bindingId !== undefined && { bindingId: inherits.bindingId }),
  };
  return [...bindings, [...known.bindings.values()]].some((all) => !isDeepStrictEqual(startOf(group, all), planned));
}
