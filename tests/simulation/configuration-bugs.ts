import type { PrelaunchEvent } from '@prelaunch/contracts/events';
import type { Catalogue, RolloutMark } from '@prelaunch/core/configuration/configuration';
import type { RolloutProgress } from '@prelaunch/core/configuration/ports';
import { advanceRollout } from '@prelaunch/core/configuration/rollout/advance-rollout';
import { demandReapply } from '@prelaunch/core/group/accept-change';
import type { Group } from '@prelaunch/core/group/group';
import { binding } from '../support/configurations.ts';
import { configuredScenarioOf } from './scenario.ts';
import type { TaskKind } from './scheduler.ts';
import type { SeededBug } from './seeded-bugs.ts';
import type { Variant } from './simulate.ts';
import type { Deps } from './world.ts';

/** Mistakes about what groups inherit. */
export const configurationBugs: readonly SeededBug[] = (
  [
    {
      mistake: 'planning that settles what a generation inherits each time it is tried',
      noticedAs: /^13:/,
      variant: inTasks(['plan', 'rollout', 'operation'], (deps) => readingGroups(deps, notSettled)),
    },
    {
      mistake: 'a catalogue stored whatever was stored meanwhile',
      noticedAs: /^14:/,
      variant: {
        storesOf: ({ configurations, ...stores }) => {
          const saveCatalogue = async (catalogue: Catalogue) =>
            configurations.saveCatalogue({ ...catalogue, version: (await configurations.catalogue()).version });
          return { ...stores, configurations: { ...configurations, saveCatalogue } };
        },
      },
    },
    {
      mistake: 'publishing on top of what was published since it was planned',
      noticedAs: /^14:/,
      variant: inTasks(['author'], publishingAnyway),
    },
    {
      mistake: 'planning that takes the newest versions, also those whose rollout was stopped',
      noticedAs: /^15:/,
      variant: inTasks(['plan'], (deps) => readingMarks(deps, (mark) => ({ ...mark, state: 'running' }))),
    },
    {
      mistake: 'publishing that has everybody planned anew',
      noticedAs: /^16:/,
      variant: {
        useCases: {
          advanceRollout: async (ref, deps) => {
            const outcome = await advanceRollout(ref, deps);
            if (outcome.kind === 'done') for await (const groupId of deps.groups.listIds()) await demand(groupId, deps);
            return outcome;
          },
        },
      },
    },
    {
      mistake: 'a wave that does not look whether its groups are behind',
      noticedAs: /^17:/,
      variant: inTasks(['wave'], (deps) => readingGroupsOnce(deps, ({ inherits: _none, ...group }) => group)),
    },
    {
      mistake: 'a rollout that does not look at the stage before',
      noticedAs: /^18: .* is pending/,
      variant: inTasks(['rollout'], (deps) => lookingBack(deps, asIfSettled)),
    },
    {
      mistake: 'a rollout that looks only once at whether those it has reached were planned',
      noticedAs: /^18: .* goes on, and/,
      variant: inTasks(['rollout'], (deps) => lookingBack(deps, ({ inherits: _none, ...group }) => group)),
    },
    {
      mistake: 'a rollout that reaches everybody at once',
      noticedAs: /^18:/,
      variant: inTasks(['rollout'], reachingAll),
    },
    {
      mistake: 'a rollout that acts by what it finds when it begins, although somebody else has begun',
      noticedAs: /^18: .* is called done/,
      variant: inTasks(['rollout'], (deps) => ({
        ...deps,
        rollouts: { ...deps.rollouts, rollout: async (ref) => (await deps.rollouts.rollout(ref)) ?? nobody(ref) },
      })),
    },
    {
      mistake: 'a sweep that does not say again that a rollout is to go on',
      noticedAs: /^4: .* on its way|^3: .* outdated/,
      variant: inTasks(['reconcile'], (deps) => publishing(deps, ({ type }) => type !== 'Configuration Published')),
      faults: { publish: 0.6 },
    },
    {
      mistake: 'a sweep that leaves behind whom no rollout will reach',
      noticedAs: /^3: .* (outdated|begins at)/,
      variant: inTasks(['reconcile'], contentWithAll),
      faults: { crash: 0.04, unrecorded: 0.6 },
    },
    {
      mistake:
        'a demand that leaves a group to the planning that is under way, although something newer was published since',
      noticedAs: /^19:/,
      variant: inTasks(['operation'], notSeeingNewer),
    },
  ] satisfies SeededBug[]
).map((bug) => ({ scenarioOf: configuredScenarioOf, ...bug }));

function inTasks(kinds: readonly TaskKind[], depsOf: (deps: Deps) => Deps): Variant {
  return { depsOf: (deps, task) => (kinds.includes(task.kind) ? depsOf(deps) : deps) };
}

function readingGroups(deps: Deps, change: (group: Group) => Group): Deps {
  const getMany: Deps['groups']['getMany'] = async (ids) =>
    new Map([...(await deps.groups.getMany(ids))].map(([id, group]) => [id, change(group)]));
  return { ...deps, groups: { ...deps.groups, getMany } };
}

function readingGroupsOnce(deps: Deps, change: (group: Group) => Group): Deps {
  let isFirst = true;
  return readingGroups(deps, (group) => {
    const read = isFirst ? change(group) : group;
    isFirst = false;
    return read;
  });
}

function notSettled(group: Group): Group {
  const { inherits, generation, plannedGeneration } = group;
  if (plannedGeneration === generation || inherits?.generation !== generation) return group;
  return { ...group, inherits: { ...inherits, generation: -1 } };
}

function readingMarks(deps: Deps, change: (mark: RolloutMark) => RolloutMark): Deps {
  return readingCatalogues(deps, (catalogue) => ({
    ...catalogue,
    rollouts: Object.fromEntries(Object.entries(catalogue.rollouts).map(([id, mark]) => [id, change(mark)])),
  }));
}

function readingCatalogues(deps: Deps, change: (catalogue: Catalogue) => Catalogue): Deps {
  const catalogue = async () => change(await deps.configurations.catalogue());
  return { ...deps, configurations: { ...deps.configurations, catalogue } };
}

/** Puts its own version over whatever the newest catalogue says. */
function publishingAnyway(deps: Deps): Deps {
  const { configurations } = deps;
  let read: Catalogue | undefined;
  const catalogue = async () => {
    const found = await configurations.catalogue();
    read ??= found;
    return found;
  };
  const saveCatalogue = async (next: Catalogue) => {
    if (await configurations.saveCatalogue(next)) return true;
    const newest = await configurations.catalogue();
    const own = Object.entries(next.heads).filter(([id, head]) => head.version !== read?.heads[id]?.version);
    const marks = own.flatMap(([id]) => (next.rollouts[id] ? [[id, next.rollouts[id]] as const] : []));
    return configurations.saveCatalogue({
      ...newest,
      revision: newest.revision + 1,
      heads: { ...newest.heads, ...Object.fromEntries(own) },
      rollouts: { ...newest.rollouts, ...Object.fromEntries(marks) },
    });
  };
  return { ...deps, configurations: { ...configurations, catalogue, saveCatalogue } };
}

async function demand(groupId: string, { groups, now }: Pick<Deps, 'groups' | 'now'>): Promise<void> {
  const group = (await groups.getMany([groupId])).get(groupId);
  const by = { by: 'rollout', correlationId: 'rollout', at: now().toISOString() };
  if (group && group.deletedAt === undefined) await groups.save(demandReapply(group, 'changed', by));
}

/** Changes what a task sees of the groups that a rollout had reached when it looked first. */
function lookingBack(deps: Deps, change: (group: Group) => Group): Deps {
  let reached: readonly string[] | undefined;
  let isNext = false;
  const rollout: Deps['rollouts']['rollout'] = async (ref) => {
    const progress = await deps.rollouts.rollout(ref);
    reached ??= progress?.reached.map(({ groupId }) => groupId);
    isNext = true;
    return progress;
  };
  const getMany: Deps['groups']['getMany'] = async (ids) => {
    const found = await deps.groups.getMany(ids);
    if (!isNext) return found;
    isNext = false;
    return new Map([...found].map(([id, group]) => [id, reached?.includes(id) ? change(group) : group]));
  };
  return { ...deps, rollouts: { ...deps.rollouts, rollout }, groups: { ...deps.groups, getMany } };
}

function asIfSettled(group: Group): Group {
  const { generation, launchConfigStatus } = group;
  return { ...group, plannedGeneration: generation, launchConfigStatus: { ...launchConfigStatus, status: 'ready' } };
}

function reachingAll(deps: Deps): Deps {
  const saveRollout = async (progress: RolloutProgress) => {
    const { groupIds, reached } = progress;
    const others = groupIds.slice(reached.length).map((groupId) => ({ groupId, failedBefore: 0 }));
    return deps.rollouts.saveRollout(reached.length > 0 ? { ...progress, reached: [...reached, ...others] } : progress);
  };
  return { ...deps, rollouts: { ...deps.rollouts, saveRollout } };
}

/** How it would stand if nobody had to be reached. */
function nobody({ configurationId, version }: Pick<RolloutProgress, 'configurationId' | 'version'>): RolloutProgress {
  return { configurationId, version, groupIds: [], reached: [], writes: 0 };
}

function publishing(deps: Deps, isTold: (event: PrelaunchEvent) => boolean): Deps {
  return { ...deps, events: { publish: (events) => deps.events.publish(events.filter(isTold)) } };
}

/** Takes every version to be on its way, and each group to be bound as it was when it was planned. */
function contentWithAll(deps: Deps): Deps {
  let group: Group | undefined;
  let looks = 0;
  const watched = readingGroups(deps, (read) => {
    group = read;
    return read;
  });
  const read = readingCatalogues(watched, (catalogue) => {
    looks += 1;
    const all = Object.entries(catalogue.heads).map(([id, { version }]) => [id, { ...ANYBODYS, version }] as const);
    return looks === 1 ? catalogue : { ...catalogue, rollouts: Object.fromEntries(all) };
  });
  const of: Deps['bindings']['of'] = async (subjects) => {
    await deps.bindings.of(subjects);
    const { configuration, bindingId } = group?.inherits ?? {};
    if (!configuration || bindingId === undefined || !subjects[0]) return [];
    return [{ ...binding({ subject: subjects[0], configuration }), bindingId }];
  };
  return { ...read, bindings: { ...deps.bindings, of } };
}

const ANYBODYS = {
  previous: [],
  state: 'running',
  maxFailureShare: 0,
  by: '',
  requestedBy: '',
  correlationId: '',
} as const;

/** The second time it looks, it takes what the group has for the newest. */
function notSeeingNewer(deps: Deps): Deps {
  let looks = 0;
  let group: Group | undefined;
  const watched = readingGroups(deps, (read) => {
    group = read;
    return read;
  });
  return readingCatalogues(watched, (catalogue) => {
    looks += 1;
    const own = (group?.inherits?.followed ?? []).map(({ configurationId, version }) => [configurationId, { version }]);
    return looks === 2 ? { ...catalogue, heads: { ...catalogue.heads, ...Object.fromEntries(own) } } : catalogue;
  });
}
