import type { ConfigurationContent, ConfigurationRef, VersionRef } from '@prelaunch/contracts/configuration';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { type ConfigurationVersion, headOf, nameOf } from '@prelaunch/core/configuration/configuration';
import { UnresolvableError } from '@prelaunch/core/configuration/configuration-errors';
import { type Lineage, lineages } from '@prelaunch/core/configuration/graph';
import { NOTHING_INHERITED } from '@prelaunch/core/configuration/inherited-settings';
import { loadGraph } from '@prelaunch/core/configuration/load-graph';
import { resolveConfiguration } from '@prelaunch/core/configuration/resolve-configuration';
import { changeMark } from '@prelaunch/core/configuration/rollout/change-mark';
import { anyContent, fewSettings } from '@prelaunch/core/configuration/testing/arbitrary-graphs';
import type { Group } from '@prelaunch/core/group/group';
import { headsFor } from '@prelaunch/core/group/inheritance';
import { memberSettings } from '@prelaunch/core/group/member-settings';
import { settleInheritance, startOf } from '@prelaunch/core/group/settle-inheritance';
import fc from 'fast-check';
import { group, serverId } from './builders.ts';
import { binding } from './configurations.ts';
import { type MemoryWorld, memoryWorld } from './memory-world.ts';
import { planned, publishedAsPlanned } from './plans.ts';

/** A configuration as somebody would publish it: its parents so many versions before the newest, or followed. */
export interface Saying {
  readonly configurationId: string;
  readonly content: Omit<ConfigurationContent, 'parents'>;
  readonly parents: readonly { readonly configurationId: string; readonly back: number | undefined }[];
}

/** What happens in an estate. What cannot happen is left out. */
type Happening =
  | { readonly kind: 'publish'; readonly saying: Saying }
  | { readonly kind: 'plan'; readonly groupId: string }
  | { readonly kind: 'roll_out'; readonly configurationId: string; readonly to: 'stopped' | 'done' };

export interface Estate {
  readonly groups: readonly Group[];
  /** By the id of the group; the others name a configuration themselves, or none. */
  readonly bound: Readonly<Record<string, ConfigurationRef>>;
  readonly happenings: readonly Happening[];
}

const LETTERS = [...'abcde'] as const;
const letter = fc.constantFrom(...LETTERS);
const GROUP_IDS = ['g0', 'g1', 'g2', 'g3'] as const;

/** Most parents have later letters than their children, in the order of letters, or hardly anything could be published. */
export const anySaying: fc.Arbitrary<Saying> = fc
  .record({
    configurationId: letter,
    content: anyContent,
    parents: fc.uniqueArray(
      fc.record({
        configurationId: letter,
        back: fc.oneof(
          { weight: 5, arbitrary: fc.constant(undefined) },
          { weight: 2, arbitrary: fc.nat({ max: 1 }) },
          { weight: 1, arbitrary: fc.constantFrom(undefined, -1) },
        ),
      }),
      { maxLength: 3, size: 'max', selector: (parent) => parent.configurationId },
    ),
    asStated: fc.nat({ max: 14 }),
  })
  .map(({ parents, asStated, ...saying }) => {
    const later = parents.filter(({ configurationId }) => configurationId > saying.configurationId);
    const sorted = later.toSorted((one, other) => (one.configurationId < other.configurationId ? -1 : 1));
    return { ...saying, parents: asStated === 0 ? parents : sorted };
  });

/** Most follow what is far down, where most is inherited. */
const anyStart: fc.Arbitrary<ConfigurationRef> = fc
  .record({ configurationId: fc.oneof(fc.constantFrom('a', 'b'), letter), version: fc.integer({ min: -5, max: 2 }) })
  .map(({ configurationId, version }) => ({ configurationId, ...(version > 0 && { version }) }));

/** Servers are numbered through all groups. */
const anyGroups = fc
  .array(
    fc.record({
      start: fc.option(fc.record({ configuration: anyStart, isBound: fc.boolean() }), { freq: 5 }),
      launchConfig: fc.option(fewSettings, { nil: undefined }),
      servers: fc.array(fc.option(fewSettings, { nil: undefined }), { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: GROUP_IDS.length, size: 'max' },
  )
  .map((all) => all.map((one, index) => ({ ...one, groupId: GROUP_IDS[index] ?? '', first: index * 3 + 1 })));

const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: anySaying.map((saying) => ({ kind: 'publish', saying }) as const) },
  { weight: 3, arbitrary: fc.constantFrom(...GROUP_IDS).map((groupId) => ({ kind: 'plan', groupId }) as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('roll_out' as const),
      configurationId: letter,
      to: fc.constantFrom('stopped', 'stopped', 'done'),
    }),
  },
);

/** One configuration after the other begins, parents first; then anything happens. */
const anyHappenings: fc.Arbitrary<Happening[]> = fc
  .record({
    first: fc.array(anySaying, { minLength: LETTERS.length, maxLength: LETTERS.length }),
    later: fc.array(anyHappening, { maxLength: 12, size: 'max' }),
  })
  .map(({ first, later }) => [
    ...first.map((saying, index): Happening => {
      const configurationId = LETTERS.toReversed()[index] ?? 'a';
      const parents = saying.parents.filter((parent) => parent.configurationId > configurationId);
      return { kind: 'publish', saying: { ...saying, configurationId, parents } };
    }),
    ...later,
  ]);

export const anyEstate: fc.Arbitrary<Estate> = fc
  .record({ groups: anyGroups, happenings: anyHappenings })
  .map(({ groups, happenings }) => ({
    happenings,
    groups: groups.map(({ groupId, start, launchConfig, servers, first }) => {
      const ids = servers.map((_, index) => serverId(first + index));
      const own = servers.flatMap((settings, index) => (settings ? [[ids[index] ?? '', settings] as const] : []));
      return group({
        groupId,
        serverIds: ids,
        launchConfig,
        serverOverrides: Object.fromEntries(own),
        ...(start && !start.isBound && { configuration: start.configuration }),
      });
    }),
    bound: Object.fromEntries(
      groups.flatMap(({ groupId, start }) => (start?.isBound ? [[groupId, start.configuration]] : [])),
    ),
  }));

/** What some groups, by their ids, state otherwise. */
export const anyStatements: fc.Arbitrary<Record<string, Pick<Group, 'launchConfig'>>> = fc.dictionary(
  fc.constantFrom(...GROUP_IDS),
  fewSettings.map((launchConfig) => ({ launchConfig })),
  { minKeys: 1, noNullPrototype: true },
);

/** The estate as it is when all that has happened. */
export async function worldOf({ groups, bound, happenings }: Estate): Promise<MemoryWorld> {
  const world = memoryWorld();
  await world.put(...groups);
  for (const [id, configuration] of Object.entries(bound))
    await world.bindings.save(binding({ subject: { kind: 'protectionGroup', id }, configuration }));
  for (const happening of happenings) await happen(happening, world);
  return world;
}

async function happen(happening: Happening, world: MemoryWorld): Promise<void> {
  switch (happening.kind) {
    case 'publish': {
      const stated = await versionSaying(happening.saying, world);
      if ((await planned(stated, world)).publishable) await publishedAsPlanned(stated, world);
      return;
    }
    case 'plan':
      return replanned(happening.groupId, world);
    case 'roll_out': {
      const { configurationId, to } = happening;
      const version = headOf(await world.configurations.catalogue(), configurationId);
      await changeMark(
        { configurationId, version },
        (mark) => (to === 'done' ? 'none' : { ...mark, state: to }),
        world,
      );
    }
  }
}

/** What somebody would publish now. A parent may be pinned to what nobody has published. */
export async function versionSaying(
  { configurationId, content, parents }: Saying,
  { configurations }: MemoryWorld,
): Promise<Partial<ConfigurationVersion>> {
  const catalogue = await configurations.catalogue();
  const refs = parents.map(({ configurationId, back }) => ({
    configurationId,
    ...(back !== undefined && { version: Math.max(1, headOf(catalogue, configurationId) - back) }),
  }));
  return { configurationId, ...content, parents: refs };
}

/** Fixes what a group inherits now, as planning does first. */
export async function replanned(groupId: string, world: MemoryWorld): Promise<void> {
  const stored = (await world.groups.getMany([groupId])).get(groupId);
  if (!stored) return;
  await world.put({ ...stored, generation: stored.generation + 1 });
  const settled = await settleInheritance(await world.group(groupId), world);
  const fixed = settled?.group ?? (await world.group(groupId));
  await world.put({ ...fixed, plannedGeneration: fixed.generation });
}

/** What each server should have now, by what it would be planned with; by what its group states, where nothing can be inherited. */
export async function effectiveIn(world: MemoryWorld): Promise<Map<string, LaunchSettings>> {
  const found = new Map<string, LaunchSettings>();
  for await (const groupId of world.groups.listIds()) {
    const stored = await world.group(groupId);
    for (const id of stored.serverIds) found.set(id, await effectiveOf(stored, id, world));
  }
  return found;
}

async function effectiveOf(stored: Group, id: string, world: MemoryWorld): Promise<LaunchSettings> {
  const operation = 'resolve_configuration';
  try {
    const { settings } = await resolveConfiguration(
      { operation, groupId: stored.groupId, serverId: id, userGroups: [] },
      stored,
      world,
    );
    return settings;
  } catch (error) {
    if (error instanceof UnresolvableError) return memberSettings(stored, NOTHING_INHERITED)(id).settings;
    throw error;
  }
}

/** Whether each configuration, each version and the beginning of each group has a path, as whoever asks sees it. */
export async function lineagesIn(world: MemoryWorld): Promise<Map<string, Lineage['kind']>> {
  const catalogue = await world.configurations.catalogue();
  const found = new Map<string, Lineage['kind']>();
  const look = async (name: string, ref: ConfigurationRef, followed: readonly VersionRef[]) => {
    const graph = await loadGraph([ref], catalogue, world.configurations, headsFor(catalogue, followed));
    found.set(name, lineages(graph)(ref).kind);
  };
  for (const configurationId of Object.keys(catalogue.heads)) {
    await look(configurationId, { configurationId }, []);
    for (const { version } of await world.configurations.history(configurationId, { limit: 100 }))
      await look(nameOf({ configurationId, version }), { configurationId, version }, []);
  }
  for await (const groupId of world.groups.listIds()) {
    const stored = await world.group(groupId);
    const start = await startOf(stored, world);
    if (start) await look(`group ${groupId}`, start.configuration, stored.inherits?.followed ?? []);
  }
  return found;
}

/** The same world, as if all of it had been stored in another order; `places` says in which. */
export async function reinserted(world: MemoryWorld, places: readonly number[]): Promise<MemoryWorld> {
  const other = memoryWorld();
  const catalogue = await world.configurations.catalogue();
  const ids = Object.keys(catalogue.heads);
  const versions = await Promise.all(ids.map((id) => world.configurations.history(id, { limit: 100 })));
  for (const version of inOrder(versions.flat(), places)) await other.configurations.addVersion(version);
  const heads = Object.fromEntries(inOrder(Object.entries(catalogue.heads), places));
  const rollouts = Object.fromEntries(inOrder(Object.entries(catalogue.rollouts), places));
  await other.configurations.saveCatalogue({ ...catalogue, heads, rollouts, version: 0 });
  for (const stored of inOrder(await world.bindings.all(), places))
    await other.bindings.save({ ...stored, version: 0 });
  const groups: Group[] = [];
  for await (const groupId of world.groups.listIds()) groups.push(await world.group(groupId));
  await other.put(...inOrder(groups, places));
  return other;
}

function inOrder<Item>(items: readonly Item[], places: readonly number[]): Item[] {
  const placed = items.map((item, index) => ({ item, place: places[index] ?? 0 }));
  return placed.sort((one, other) => one.place - other.place).map(({ item }) => item);
}
