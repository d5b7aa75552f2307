import type { ConfigurationRef } from '@prelaunch/contracts/configuration';
import { allGroups } from '../../group/all-groups.ts';
import type { Group } from '../../group/group.ts';
import { asIfStopped, headsFor, isInForce, mayBeInForce } from '../../group/inheritance.ts';
import type { GroupStore } from '../../group/ports.ts';
import { chosenBinding, groupBindings } from '../choose-binding.ts';
import { type Catalogue, type ConfigurationVersion, headOf, nameOf } from '../configuration.ts';
import { loadGraph } from '../load-graph.ts';
import type { BindingStore, ConfigurationStore } from '../ports.ts';
import { stepName } from '../snapshot.ts';
import { type MadePlan, publishPlan } from './publish-plan.ts';
import type { FollowingGroup } from './server-changes.ts';

export interface PreparePlanDeps {
  readonly configurations: Pick<ConfigurationStore, 'catalogue' | 'versions' | 'childrenOf'>;
  readonly bindings: Pick<BindingStore, 'all'>;
  readonly groups: Pick<GroupStore, 'listIds' | 'getMany'>;
}

/** Reads all that a plan is made from, the catalogue once, and makes it. */
export async function preparePlan(
  next: ConfigurationVersion,
  catalogue: Catalogue,
  deps: PreparePlanDeps,
): Promise<MadePlan> {
  const affected = await affectedBy(next.configurationId, catalogue, deps.configurations);
  const groups = await groupsBeginningAt(new Set([...affected, nameOf(next)]), deps);
  const versions = await versionsFor(next, catalogue, { affected, groups }, deps.configurations);
  const head = versions.get(nameOf({ ...next, version: headOf(catalogue, next.configurationId) }));
  return publishPlan({ catalogue, next, head, versions, affected, groups });
}

/** The configuration, then everything that follows it, near before far. */
async function affectedBy(
  configurationId: string,
  catalogue: Catalogue,
  store: PreparePlanDeps['configurations'],
): Promise<string[]> {
  const affected = new Set([configurationId]);
  let next = [configurationId];
  while (next.length > 0) {
    const children = await store.childrenOf(next);
    const refs = [...children.values()].flat().filter((ref) => mayBeInForce(catalogue, ref));
    const versions = await store.versions(refs);
    const followers = refs.filter((ref) =>
      versions.get(nameOf(ref))?.parents.some((parent) => isFollowed(parent, next)),
    );
    next = [...new Set(followers.map((ref) => ref.configurationId))].filter((id) => !affected.has(id)).sort();
    for (const id of next) affected.add(id);
  }
  return [...affected];
}

function isFollowed({ configurationId, version }: ConfigurationRef, parents: readonly string[]): boolean {
  return version === undefined && parents.includes(configurationId);
}

/** Groups that name or are bound to one of these: to a configuration that they follow, or to a version. */
async function groupsBeginningAt(starts: ReadonlySet<string>, deps: PreparePlanDeps): Promise<FollowingGroup[]> {
  const bindings = groupBindings(await deps.bindings.all());
  const startOf = (group: Group) =>
    group.configuration ?? chosenBinding(bindings.get(group.groupId) ?? [])?.configuration;
  const found: FollowingGroup[] = [];
  for await (const group of allGroups(deps.groups)) {
    const start = startOf(group);
    if (start && starts.has(stepName(start))) found.push({ group, start });
  }
  return found;
}

/** Of the graph before and after, as everybody sees it and as groups that are held back do. */
async function versionsFor(
  next: ConfigurationVersion,
  catalogue: Catalogue,
  { affected, groups }: { affected: readonly string[]; groups: readonly FollowingGroup[] },
  store: PreparePlanDeps['configurations'],
): Promise<Map<string, ConfigurationVersion>> {
  const refs = [...affected.map((configurationId) => ({ configurationId })), ...next.parents];
  // What is held back may inherit from what is held back too, so each group's holds are looked at together.
  const cautious = { ...catalogue, rollouts: asIfStopped(catalogue.rollouts) };
  const holds = groups.map(({ group }) => (group.inherits?.followed ?? []).filter((ref) => isHeldBack(cautious, ref)));
  const views = new Map([[], ...holds].map((held) => [held.map(nameOf).sort().join(' '), held]));
  const graphs = await Promise.all(
    [...views.values()].map((held) => loadGraph(refs, catalogue, store, headsFor(cautious, held))),
  );
  return new Map(graphs.flatMap(({ versions }) => [...versions]));
}

function isHeldBack(catalogue: Catalogue, ref: { configurationId: string; version: number }): boolean {
  return isInForce(catalogue, ref) && headOf(catalogue, ref.configurationId) !== ref.version;
}
