import { isDeepStrictEqual } from 'node:util';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import type { PlannedChange } from '@prelaunch/contracts/operations/configurations';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyEstate,
  anySaying,
  anyStatements,
  effectiveIn,
  lineagesIn,
  reinserted,
  replanned,
  versionSaying,
  worldOf,
} from '../../../../../tests/support/estates.ts';
import type { MemoryWorld } from '../../../../../tests/support/memory-world.ts';
import { ANNOUNCEMENT, planned } from '../../../../../tests/support/plans.ts';
import type { Group } from '../../group/group.ts';
import { isBehind } from '../../group/inheritance.ts';
import { changedKeys } from '../../settings/changed-keys.ts';
import { contentHash } from '../configuration.ts';
import type { MadePlan } from './publish-plan.ts';
import { publishVersion } from './publish-version.ts';

const RUNS = { numRuns: 250 };

interface Published {
  readonly world: MemoryWorld;
  readonly plan: MadePlan;
}

/** Publishes what the plan is of, where it may be; undefined where it is refused. */
async function publishedIn(world: MemoryWorld, plan: MadePlan): Promise<Published | undefined> {
  if (!plan.publishable) return undefined;
  expect(await publishVersion(plan.next, ANNOUNCEMENT, await world.configurations.catalogue(), world)).toBeDefined();
  return { world, plan };
}

/** As a plan tells it, from what every server had and has. */
async function differences(
  before: ReadonlyMap<string, LaunchSettings>,
  after: ReadonlyMap<string, LaunchSettings>,
  world: MemoryWorld,
) {
  const found = new Map<string, Pick<PlannedChange, 'key' | 'from' | 'to'> & { groups: string[] }>();
  let changedServers = 0;
  for await (const groupId of world.groups.listIds()) {
    for (const id of (await world.group(groupId)).serverIds) {
      const changed = changedKeys(before.get(id) ?? {}, after.get(id) ?? {});
      if (changed.length > 0) changedServers += 1;
      for (const one of changed) {
        const { groups } = found.get(JSON.stringify(one)) ?? { groups: [] };
        found.set(JSON.stringify(one), { ...one, groups: [...groups, groupId] });
      }
    }
  }
  const changes = [...found.values()].map(({ groups, ...one }) => ({
    ...one,
    servers: groups.length,
    groups: [...new Set(groups)].sort(),
  }));
  return { changedServers, changes: sorted(changes) };
}

function sorted<Value>(values: readonly Value[]): Value[] {
  return values.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

/** All that a plan tells, without its hash. */
function told({ planHash: _hash, next: _next, ...plan }: MadePlan) {
  return plan;
}

describe('a publish plan', () => {
  it('has as its changes exactly what publishing makes of what servers should have, and none where that is nothing', async () => {
    await fc.assert(
      fc.asyncProperty(anyEstate, anySaying, async (estate, saying) => {
        const world = await worldOf(estate);
        const before = await effectiveIn(world);
        const done = await publishedIn(world, await planned(await versionSaying(saying, world), world));
        const after = await effectiveIn(world);
        const { changes, changedServers } = await differences(before, after, world);
        const { plan } = done ?? {};
        const inPlan = plan?.changes.map(({ key, from, to, servers, groups }) => ({ key, from, to, servers, groups }));
        expect(sorted(inPlan ?? [])).toEqual(changes);
        expect(plan?.changedServers ?? 0).toBe(changedServers);
        if (changes.length === 0) expect(after).toEqual(before);
      }),
      RUNS,
    );
  });

  it('counts the groups that have to be planned again when it is published', async () => {
    await fc.assert(
      fc.asyncProperty(anyEstate, anySaying, async (estate, saying) => {
        const world = await worldOf(estate);
        for (const { groupId } of estate.groups) await replanned(groupId, world);
        const done = await publishedIn(world, await planned(await versionSaying(saying, world), world));
        // Who waits for a version is planned in vain when another one comes.
        const isInVain = ({ inherits }: Group) =>
          ![undefined, done?.plan.version].includes(inherits?.configuration.version);
        const behind = (await behindIn(world)).filter((group) => !isInVain(group));
        expect(done?.plan.groups ?? 0).toBe(behind.length);
        expect(done?.plan.servers ?? 0).toBe(behind.flatMap(({ serverIds }) => serverIds).length);
      }),
      RUNS,
    );
  });

  it('lets nothing be published after which something has no path that had one, in whosever view', async () => {
    await fc.assert(
      fc.asyncProperty(anyEstate, anySaying, async (estate, saying) => {
        const world = await worldOf(estate);
        const before = await lineagesIn(world);
        const done = await publishedIn(world, await planned(await versionSaying(saying, world), world));
        const after = await lineagesIn(world);
        for (const [name, kind] of before) if (kind === 'path') expect(after.get(name), name).toBe('path');
        if (done) expect(after.get(saying.configurationId)).toBe('path');
      }),
      RUNS,
    );
  });

  it('is the same in whatever order versions, groups and bindings were stored', async () => {
    const order = fc.array(fc.nat(), { minLength: 40, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(anyEstate, anySaying, order, async (estate, saying, places) => {
        const world = await worldOf(estate);
        const other = await reinserted(world, places);
        const stated = await versionSaying(saying, world);
        expect(await planned(stated, other)).toEqual(await planned(stated, world));
      }),
      RUNS,
    );
  });

  it('has the same hash in whatever order fields are read, whoever publishes when and for whatever reason', async () => {
    await fc.assert(
      fc.asyncProperty(anyEstate, anySaying, async (estate, saying) => {
        const world = await worldOf(estate);
        const stated = await versionSaying(saying, world);
        const { planHash } = await planned(stated, world);
        const turned = turnedRound({ ...stated, author: 'user:bob', publishedBy: 'bob', message: 'other' });
        expect((await planned(turned as typeof stated, world)).planHash).toBe(planHash);
      }),
      RUNS,
    );
  });

  it('has another hash exactly when the draft says something else', async () => {
    await fc.assert(
      fc.asyncProperty(anyEstate, anySaying, anySaying, async (estate, saying, other) => {
        const world = await worldOf(estate);
        const stated = await versionSaying(saying, world);
        const changed = { ...(await versionSaying(other, world)), configurationId: saying.configurationId };
        const [one, two] = [await planned(stated, world), await planned(changed, world)];
        expect(one.planHash === two.planHash).toBe(contentHash(one.next) === contentHash(two.next));
      }),
      RUNS,
    );
  });

  it('has another hash exactly when a change of groups makes it tell something else', async () => {
    const tally = { same: 0, other: 0 };
    await fc.assert(
      fc.asyncProperty(anyEstate, anySaying, anyStatements, async (estate, saying, statements) => {
        const world = await worldOf(estate);
        const stated = await versionSaying(saying, world);
        const before = await planned(stated, world);
        for (const [groupId, settings] of Object.entries(statements))
          for (const group of (await world.groups.getMany([groupId])).values())
            await world.put({ ...group, name: 'Other', ...settings });
        const after = await planned(stated, world);
        const same = isDeepStrictEqual(told(after), told(before));
        expect(after.planHash === before.planHash).toBe(same);
        tally[same ? 'same' : 'other'] += 1;
      }),
      RUNS,
    );
    expect(tally.same).toBeGreaterThan(RUNS.numRuns / 10);
    expect(tally.other).toBeGreaterThan(RUNS.numRuns / 20);
  });

  it('has another hash when anything else was published', async () => {
    await fc.assert(
      fc.asyncProperty(anyEstate, anySaying, anySaying, async (estate, saying, first) => {
        const world = await worldOf(estate);
        const stated = await versionSaying(saying, world);
        const { planHash } = await planned(stated, world);
        const done = await publishedIn(world, await planned(await versionSaying(first, world), world));
        if (done) expect((await planned(stated, world)).planHash).not.toBe(planHash);
      }),
      RUNS,
    );
  });
});

async function behindIn(world: MemoryWorld): Promise<Group[]> {
  const catalogue = await world.configurations.catalogue();
  const behind: Group[] = [];
  for await (const groupId of world.groups.listIds()) {
    const group = await world.group(groupId);
    if (isBehind(group, catalogue)) behind.push(group);
  }
  return behind;
}

/** With the fields of all objects in the opposite order. */
function turnedRound(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turnedRound);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, turnedRound(inner)])
      .toReversed(),
  );
}
