import { ConfigurationPublished, ConfigurationRolloutStopped } from '@prelaunch/contracts/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { change, serverId, serverIds } from '../../../../../tests/support/builders.ts';
import { binding } from '../../../../../tests/support/configurations.ts';
import { atEachAwait, Crash, crashing } from '../../../../../tests/support/crashing.ts';
import { type MemoryWorld, memoryWorld } from '../../../../../tests/support/memory-world.ts';
import { operationWorld } from '../../../../../tests/support/operation-world.ts';
import { published } from '../../../../../tests/support/published-versions.ts';
import { inheritanceState } from '../../group/inheritance.ts';
import { planChange } from '../../group/plan-group.ts';
import { reconcileGroups } from '../../group/reconcile-groups.ts';
import { advanceRollout, advanceRollouts, type RolloutDeps } from './advance-rollout.ts';
import { resumeRollout } from './resume-rollout.ts';

const PRODUCTION = { configurationId: 'production' };
const V2 = { ...PRODUCTION, version: 2 };
const V3 = { ...PRODUCTION, version: 3 };

/** What no server can have whose group does not state a subnet. */
const BROKEN = { securityGroupIds: ['sg-0a1b2c3d'] };
const SOUND = { subnetId: 'subnet-0a1b2c3d' };

function groupIdOf(n: number): string {
  return `g-${String(n).padStart(2, '0')}`;
}

function groupIds(count: number, from = 1): string[] {
  return Array.from({ length: count }, (_, index) => groupIdOf(from + index));
}

type Stated = Parameters<typeof change>[0];

async function addGroup(n: number, stated: Stated, world: MemoryWorld): Promise<void> {
  const own = { groupId: groupIdOf(n), serverIds: [serverId(n)], configuration: PRODUCTION, launchConfig: {} };
  await planChange(change({ ...own, ...stated }), world);
  await world.settle();
}

/** Groups of one server each that follow version 1 of a configuration, all ready. */
async function following(count: number, statedOf: (n: number) => Stated = () => ({})): Promise<MemoryWorld> {
  const world = memoryWorld({ servers: count + 20 });
  const first = await published({ settings: { name: 'one' } }, world);
  await advanceRollout(first, world);
  for (let n = 1; n <= count; n += 1) await addGroup(n, statedOf(n), world);
  return world;
}

/** By group, the version of the configuration that it has. */
async function versions(world: MemoryWorld, configurationId = 'production'): Promise<Map<string, number | undefined>> {
  const found = new Map<string, number | undefined>();
  for await (const id of world.groups.listIds()) {
    const { inherits } = await world.group(id);
    found.set(id, inherits?.followed.find((ref) => ref.configurationId === configurationId)?.version);
  }
  return found;
}

/** The groups that have a version. */
async function having(version: number, world: MemoryWorld): Promise<string[]> {
  return [...(await versions(world))].filter(([, has]) => has === version).map(([id]) => id);
}

async function states(world: MemoryWorld): Promise<string[]> {
  const catalogue = await world.configurations.catalogue();
  const found: string[] = [];
  for await (const id of world.groups.listIds()) found.push(inheritanceState(await world.group(id), catalogue));
  return found;
}

async function marks({ configurations }: MemoryWorld) {
  return (await configurations.catalogue()).rollouts;
}

/** Takes turns until nothing is left to be done, as events of settled groups bring them. */
async function rolledOut(world: MemoryWorld, ref = V2): Promise<string> {
  for (;;) {
    const { kind } = await advanceRollout(ref, world);
    if (kind !== 'waiting' || world.queue.waiting.length === 0) return kind;
    await world.settle();
  }
}

function stops({ events }: MemoryWorld) {
  return events.published.filter(({ type }) => type === ConfigurationRolloutStopped.type).map(({ detail }) => detail);
}

describe('advanceRollout', () => {
  describe('stage by stage', () => {
    it('reaches one group, then as many again as were reached, at most 25 at a time, and takes the mark away at the end', async () => {
      const world = await following(90);
      await published({ settings: { name: 'two' } }, world);
      const reached: number[] = [];
      for (;;) {
        const { kind } = await advanceRollout(V2, world);
        if (kind !== 'waiting') break;
        reached.push((await having(2, world)).length);
        await world.settle();
      }
      expect(reached).toEqual([1, 2, 4, 8, 16, 32, 57, 82, 90]);
      expect(await marks(world)).toEqual({});
      for (const id of serverIds(90)) expect(world.aws.live(id)).toMatchObject({ name: 'two' });
      expect(new Set(await states(world))).toEqual(new Set(['current']));
    });

    it('begins with the smallest groups', async () => {
      const world = await following(2, (n) => ({ serverIds: serverIds(3 - n, n * 3) }));
      await published({ settings: { name: 'two' } }, world);
      await advanceRollout(V2, world);
      expect(await having(2, world)).toEqual([groupIdOf(2)]);
    });

    it('reaches nobody else before all servers that were reached have settled', async () => {
      const world = await following(6);
      await published({ settings: { name: 'two' } }, world);
      await advanceRollout(V2, world);
      await world.settle();
      await advanceRollout(V2, world);
      await world.settle();
      await advanceRollout(V2, world);
      const stage = world.queue.waiting.splice(0);
      expect(stage.map(({ groupId }) => groupId)).toEqual([groupIdOf(3), groupIdOf(4)]);

      world.queue.waiting.push(...stage.slice(1));
      await world.settle();
      expect(await advanceRollout(V2, world)).toEqual({ kind: 'waiting' });
      expect(await having(2, world)).toEqual(groupIds(4));

      world.queue.waiting.push(...stage.slice(0, 1));
      await world.settle();
      await advanceRollout(V2, world);
      expect(await having(2, world)).toEqual(groupIds(6));
    });

    it('goes through all stages in one turn where nothing is to be applied', async () => {
      const world = await following(9, () => ({ launchConfig: { name: 'own' } }));
      await published({ settings: { name: 'two' } }, world);
      const writes = world.aws.writes();
      expect(await advanceRollout(V2, world)).toEqual({ kind: 'done' });
      expect(await having(2, world)).toEqual(groupIds(9));
      expect(world.aws.writes()).toBe(writes);
    });

    it('is done at once where nobody follows', async () => {
      const world = await following(1, () => ({ configuration: { ...PRODUCTION, version: 1 } }));
      await published({}, world);
      expect(await advanceRollout(V2, world)).toEqual({ kind: 'done' });
      expect(await marks(world)).toEqual({});
    });
  });

  describe('whom it reaches', () => {
    it('plans again those who follow, near or far, named or bound, and leaves everybody else as they are', async () => {
      const world = await following(0);
      await published({ configurationId: 'base' }, world);
      await published({ ...PRODUCTION, parents: [{ configurationId: 'base' }] }, world);
      await published({ configurationId: 'sandbox', parents: [{ configurationId: 'base', version: 1 }] }, world);
      await published({ configurationId: 'other' }, world);
      await advanceRollouts(world);
      const bound = { subject: { kind: 'protectionGroup', id: groupIdOf(3) }, configuration: PRODUCTION } as const;
      await world.bindings.save(binding(bound));
      await addGroup(1, { configuration: { configurationId: 'base' } }, world);
      await addGroup(2, { configuration: PRODUCTION }, world);
      await addGroup(3, { configuration: undefined }, world);
      await addGroup(4, { configuration: { configurationId: 'base', version: 1 } }, world);
      await addGroup(5, { configuration: { ...PRODUCTION, version: 2 } }, world);
      await addGroup(6, { configuration: { configurationId: 'sandbox' } }, world);
      await addGroup(7, { configuration: { configurationId: 'other' } }, world);
      await addGroup(8, { configuration: undefined }, world);
      const others = [4, 5, 6, 7, 8].map(groupIdOf);
      const before = await world.groups.getMany(others);

      await published({ configurationId: 'base', settings: { name: 'new' } }, world);
      expect(await rolledOut(world, { configurationId: 'base', version: 2 })).toBe('done');

      const base = await versions(world, 'base');
      expect([1, 2, 3].map((n) => base.get(groupIdOf(n)))).toEqual([2, 2, 2]);
      expect(await world.groups.getMany(others)).toEqual(before);
      for (const n of [1, 2, 3]) expect(world.aws.live(serverId(n))).toMatchObject({ name: 'new' });
    });

    it('leaves alone who already has the version', async () => {
      const world = await following(1);
      await published({ settings: { name: 'two' } }, world);
      await addGroup(2, {}, world);
      const before = await world.group(groupIdOf(2));
      expect(await rolledOut(world)).toBe('done');
      expect(await world.group(groupIdOf(2))).toEqual(before);
    });

    it('leaves to another rollout what that has yet to bring to the groups it has reached', async () => {
      const world = await following(0);
      await published({ configurationId: 'base' }, world);
      await published({ ...PRODUCTION, parents: [{ configurationId: 'base' }] }, world);
      await advanceRollouts(world);
      for (let n = 1; n <= 12; n += 1) await addGroup(n, {}, world);
      await published({ ...PRODUCTION, parents: [{ configurationId: 'base' }], settings: { copyTags: true } }, world);
      for (let stage = 1; stage <= 3; stage += 1) {
        await advanceRollout(V3, world);
        await world.settle();
      }
      expect(await having(3, world)).toEqual(groupIds(4));
      const before = await world.groups.getMany(groupIds(4));

      await published({ configurationId: 'base', settings: { name: 'new' } }, world);
      await advanceRollout(V3, world);

      expect(await world.groups.getMany(groupIds(4))).toEqual(before);
      expect(await having(3, world)).toEqual(groupIds(8));
    });

    it('does not count a group as following that has all of it and lacks something else', async () => {
      const world = await following(0);
      await published({ configurationId: 'base' }, world);
      await published({ ...PRODUCTION, parents: [{ configurationId: 'base' }] }, world);
      await addGroup(1, {}, world);
      await published({ configurationId: 'base' }, world);
      const before = await world.group(groupIdOf(1));
      await advanceRollout(V2, world);
      expect(await world.group(groupIdOf(1))).toEqual(before);
    });

    it('reaches a group that named the configuration before there was one', async () => {
      const world = memoryWorld();
      await addGroup(1, {}, world);
      expect((await world.group(groupIdOf(1))).launchConfigStatus.status).toBe('failed');
      const first = await published({ settings: { name: 'one' } }, world, { maxFailureShare: 0 });
      expect(await rolledOut(world, first)).toBe('done');
      expect((await world.group(groupIdOf(1))).launchConfigStatus.status).toBe('ready');
      expect(world.aws.live(serverId(1))).toMatchObject({ name: 'one' });
    });

    it('does not wait for groups that are deleted meanwhile', async () => {
      const world = await following(3);
      await published({ settings: { name: 'two' } }, world);
      await advanceRollout(V2, world);
      const { generation, ...deleted } = await world.group(groupIdOf(1));
      await world.put({ ...deleted, generation: generation + 1, deletedAt: world.now().toISOString() });
      await planChange(change({ groupId: groupIdOf(2), revision: 2 }, 'deleted'), world);
      expect(await rolledOut(world)).toBe('done');
      expect(world.aws.live(serverId(3))).toMatchObject({ name: 'two' });
    });

    it('acts in the name of whoever published', async () => {
      const world = await following(1);
      const who = { by: 'alice@example.com', requestedBy: 'user:alice', correlationId: 'c-alice' };
      await published({ settings: { name: 'two' } }, world, who);
      await rolledOut(world);
      expect(await world.group(groupIdOf(1))).toMatchObject({
        changedBy: who.by,
        requestedBy: who.requestedBy,
        correlationId: who.correlationId,
        launchConfigStatus: { appliedBy: who.by },
      });
    });
  });

  describe('when too much fails', () => {
    it('stops, says so, and leaves those it has not reached as they are', async () => {
      const world = await following(5);
      await published({ settings: BROKEN }, world);
      const before = await world.groups.getMany(groupIds(4, 2));

      expect(await advanceRollout(V2, world)).toEqual({ kind: 'stopped' });

      expect(await having(2, world)).toEqual([groupIdOf(1)]);
      expect(await world.groups.getMany(groupIds(4, 2))).toEqual(before);
      expect(await states(world)).toEqual(['current', 'held', 'held', 'held', 'held']);
      const because = expect.stringMatching(/^1 of 1 servers failed/);
      expect(await marks(world)).toMatchObject({ production: { state: 'stopped', because, previous: [1] } });
      expect(await advanceRollout(V2, world)).toEqual({ kind: 'no_rollout' });
    });

    it('says it once, in the shape that is documented, whatever else the event that began the turn says', async () => {
      const world = await following(3);
      await published({ settings: BROKEN }, world);
      const event = world.events.published.find(({ type }) => type === ConfigurationPublished.type);
      const { data } = ConfigurationPublished.detail.parse(event?.detail);
      await advanceRollout({ ...data, version: 2 }, world);
      await advanceRollouts(world);
      expect(stops(world).map((detail) => ConfigurationRolloutStopped.detail.parse(detail))).toEqual([
        {
          version: '1',
          correlationId: 'c-1',
          data: {
            ...V2,
            reachedGroups: 1,
            groups: 3,
            because: expect.stringMatching(/^1 of 1 servers failed/),
          },
        },
      ]);
    });

    it.each([
      ['more than its share', 0.24, 'stopped', 4],
      ['no more than its share', 0.25, 'done', 8],
    ])('counts the servers of all groups reached so far: %s', async (_what, maxFailureShare, kind, reached) => {
      const world = await following(8, (n) => ({ launchConfig: n === 4 ? {} : SOUND }));
      await published({ settings: { ...BROKEN, name: 'two' } }, world, { maxFailureShare });
      expect(await rolledOut(world)).toBe(kind);
      expect(await having(2, world)).toHaveLength(reached);
    });

    it('does not count what had failed before', async () => {
      const world = await following(4, (n) => ({ serverIds: [serverId(n), serverId(100 + n)] }));
      const { counts } = (await world.group(groupIdOf(1))).launchConfigStatus;
      expect(counts).toMatchObject({ ready: 1, failed: 1 });
      await published({ settings: { name: 'two' } }, world, { maxFailureShare: 0 });
      expect(await rolledOut(world)).toBe('done');
    });

    it('counts what fails besides what had failed before', async () => {
      const world = await following(4, (n) => ({ serverIds: [serverId(n), serverId(100 + n)] }));
      await published({ settings: BROKEN }, world, { maxFailureShare: 0.4 });
      expect(await rolledOut(world)).toBe('stopped');
      expect(stops(world)).toMatchObject([{ data: { because: expect.stringMatching(/^1 of 2 servers/) } }]);
    });

    it('does not make up for new failures by old ones that are gone', async () => {
      const world = await following(2, (n) => ({ serverIds: [n === 1 ? serverId(101) : serverId(n)] }));
      world.aws.addServer(serverId(101));
      await world.put({ ...(await world.group(groupIdOf(1))), launchConfig: SOUND });
      await published({ settings: BROKEN }, world, { maxFailureShare: 0.4 });
      expect(await rolledOut(world)).toBe('stopped');
      expect(await having(2, world)).toEqual(groupIds(2));
      expect((await world.group(groupIdOf(1))).launchConfigStatus.status).toBe('ready');
    });

    it('holds neither new groups nor those that have the newest already', async () => {
      const world = await following(3, (n) => ({ launchConfig: n === 3 ? SOUND : {} }));
      await published({ settings: BROKEN }, world);
      await addGroup(3, { revision: 2, launchConfig: { ...SOUND, name: 'own' } }, world);
      expect(await rolledOut(world)).toBe('stopped');
      await addGroup(4, { launchConfig: SOUND }, world);
      expect(await states(world)).toEqual(['current', 'held', 'current', 'current']);
      expect(await having(2, world)).toEqual([1, 3, 4].map(groupIdOf));
    });

    it('keeps a group that is held where it is when it is planned for another reason', async () => {
      const world = await following(3);
      await published({ settings: BROKEN }, world);
      await rolledOut(world);
      await addGroup(2, { revision: 2, launchConfig: { copyTags: true } }, world);
      expect(await versions(world)).toEqual(new Map(groupIds(3).map((id, index) => [id, index === 0 ? 2 : 1])));
      expect(world.aws.live(serverId(2))).toMatchObject({ name: 'one', copyTags: true });
      expect((await world.group(groupIdOf(2))).launchConfigStatus.status).toBe('ready');
    });

    it('goes on when it is resumed, and stops only for what fails from then on', async () => {
      const world = await following(4, (n) => ({ launchConfig: n < 4 ? {} : SOUND }));
      await published({ settings: { ...BROKEN, name: 'two' } }, world, { maxFailureShare: 0.2 });
      expect(await rolledOut(world)).toBe('stopped');
      const reached: number[] = [];
      for (const kind of ['stopped', 'stopped', 'done']) {
        await resumeRollout('production', world);
        expect(await rolledOut(world)).toBe(kind);
        reached.push((await having(2, world)).length);
      }
      // The last stage failed for one of its two groups, and there is nobody beyond it.
      expect(reached).toEqual([2, 4, 4]);
      expect(await marks(world)).toEqual({});
    });
  });

  it('does not stop, by what it counted before, a rollout that somebody else has stopped and resumed since', async () => {
    const world = await following(4, (n) => ({ launchConfig: n === 1 ? {} : SOUND }));
    await published({ settings: BROKEN }, world);
    let isFirst = true;
    const events: typeof world.events = {
      ...world.events,
      async publish(told) {
        await world.events.publish(told);
        if (!isFirst || told[0]?.type !== ConfigurationRolloutStopped.type) return;
        isFirst = false;
        expect(await advanceRollout(V2, world)).toEqual({ kind: 'stopped' });
        await resumeRollout('production', world);
      },
    };
    expect(await advanceRollout(V2, { ...world, events })).toEqual({ kind: 'waiting' });
    expect(await marks(world)).toMatchObject({ production: { state: 'running' } });
    await world.settle();
    expect(await rolledOut(world)).toBe('done');
  });

  describe('when a newer version is published', () => {
    it('gives way to it, and that brings everybody on, from whichever version they had', async () => {
      const world = await following(6);
      await published({ settings: { name: 'two' } }, world);
      await advanceRollout(V2, world);
      await world.settle();
      await published({ settings: { name: 'three' } }, world);
      const before = await world.groups.getMany(groupIds(6));

      expect(await advanceRollout(V2, world)).toEqual({ kind: 'no_rollout' });
      expect(await world.groups.getMany(groupIds(6))).toEqual(before);
      expect(await states(world)).toEqual(Array.from({ length: 6 }, () => 'behind'));

      expect(await rolledOut(world, V3)).toBe('done');
      expect(await having(3, world)).toEqual(groupIds(6));
    });

    it('brings on those that a stopped one held back', async () => {
      const world = await following(3);
      await published({ settings: BROKEN }, world);
      await rolledOut(world);
      await published({ settings: { name: 'three' } }, world);
      expect(await states(world)).toEqual(['behind', 'behind', 'behind']);
      expect(await rolledOut(world, V3)).toBe('done');
      expect(await having(3, world)).toEqual(groupIds(3));
      expect(await states(world)).toEqual(['current', 'current', 'current']);
    });

    it('holds them where they are when it is stopped itself, each at the version it has', async () => {
      const world = await following(3);
      await published({ settings: { name: 'two' } }, world);
      await advanceRollout(V2, world);
      await world.settle();
      await published({ settings: BROKEN }, world);
      await rolledOut(world, V3);
      expect([...(await versions(world)).values()]).toEqual([3, 1, 1]);
      expect(await states(world)).toEqual(['current', 'held', 'held']);
    });

    it('does not count groups among its own that have the newer one by the time they are read', async () => {
      const world = await following(2);
      await published({ settings: { name: 'two' } }, world);
      const read = await world.configurations.catalogue();
      await published({ settings: { name: 'three' } }, world);
      await advanceRollout(V3, world);
      await world.settle();
      let reads = 0;
      const catalogue = () => {
        reads += 1;
        return reads === 1 ? Promise.resolve(read) : world.configurations.catalogue();
      };
      const configurations = { ...world.configurations, catalogue };
      expect(await advanceRollout(V2, { ...world, configurations })).toEqual({ kind: 'no_rollout' });
      expect((await world.rollouts.rollout(V2))?.groupIds).toEqual([groupIdOf(2)]);
    });

    it('does not hand the newer one out to a whole stage of the older', async () => {
      const world = await following(16);
      await published({ settings: { name: 'two' } }, world);
      for (let stage = 1; stage <= 4; stage += 1) {
        await advanceRollout(V2, world);
        await world.settle();
      }
      expect(await having(2, world)).toHaveLength(8);
      // The next stage has 8 groups, and somebody publishes before the first of them is written.
      let publishing: Promise<unknown> | undefined;
      const groups: MemoryWorld['groups'] = {
        ...world.groups,
        async save(group) {
          publishing ??= published({ settings: BROKEN }, world);
          await publishing;
          return world.groups.save(group);
        },
      };
      await advanceRollout(V2, { ...world, groups });
      // Those that were being planned at that very moment, and nobody after them.
      expect(await having(3, world)).toEqual(groupIds(4, 9));
    });
  });

  describe('however turns are taken', () => {
    /** What counts in the end: who has what, and how it stands. */
    async function picture(world: MemoryWorld) {
      const groups: unknown[] = [];
      for await (const id of world.groups.listIds()) {
        const { inherits, launchConfigStatus, generation, plannedGeneration } = await world.group(id);
        const { status, counts } = launchConfigStatus;
        groups.push([id, inherits?.followed, status, counts, generation === plannedGeneration]);
      }
      const servers = [...(await world.servers.getMany(serverIds(9))).values()];
      const rollouts = Object.values(await marks(world)).map(({ version, state }) => ({ version, state }));
      const live = servers.map(({ serverId: id, status }) => [id, status, world.aws.live(id).name]);
      return { groups, live, rollouts, stopped: stops(world).length > 0 };
    }

    /** Two of them have nothing to be applied, so that one turn may go through several stages. */
    function stated(n: number): Stated {
      return { launchConfig: n <= 2 ? { ...SOUND, name: 'own' } : {} };
    }

    const CASES = [
      ['that ends well', { settings: { name: 'two' } }],
      ['that is stopped', { settings: BROKEN }],
    ] as const;

    async function undisturbed(version: Parameters<typeof published>[0]) {
      const world = await following(5, stated);
      await published(version, world);
      await rolledOut(world);
      return picture(world);
    }

    it.each(CASES)('ends in the same when every turn of a rollout %s is repeated', async (_what, version) => {
      const world = await following(5, stated);
      await published(version, world);
      for (let turn = 0; turn < 6; turn += 1) {
        for (let repeat = 0; repeat < 3; repeat += 1) await advanceRollout(V2, world);
        await world.settle();
      }
      expect(await picture(world)).toEqual(await undisturbed(version));
      expect(stops(world).length).toBeLessThan(2);
    });

    it.each(CASES)('ends in the same when turns of a rollout %s are taken at the same time', async (_what, version) => {
      const expected = await undisturbed(version);
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 3 }), async (scheduler, turns) => {
          const world = await following(5, stated);
          await published(version, world);
          const deps: RolloutDeps = {
            ...world,
            groups: {
              ...world.groups,
              getMany: scheduler.scheduleFunction(world.groups.getMany),
              save: scheduler.scheduleFunction(world.groups.save),
            },
            configurations: {
              ...world.configurations,
              catalogue: scheduler.scheduleFunction(world.configurations.catalogue),
              saveCatalogue: scheduler.scheduleFunction(world.configurations.saveCatalogue),
            },
            rollouts: {
              rollout: scheduler.scheduleFunction(world.rollouts.rollout),
              saveRollout: scheduler.scheduleFunction(world.rollouts.saveRollout),
            },
          };
          // Whoever loses a race fails, and its message comes again.
          const all = Array.from({ length: turns }, () => advanceRollout(V2, deps).catch(() => undefined));
          await scheduler.waitFor(Promise.all(all));
          // The third stage waits to be applied, however many came upon it.
          const reached = (await world.rollouts.rollout(V2))?.reached.length ?? 0;
          expect(reached).toBeLessThanOrEqual(4);
          await world.settle();
          await rolledOut(world);
          expect(await picture(world)).toEqual(expected);
        }),
        { numRuns: 40 },
      );
    });

    it.each(CASES)('ends in the same wherever a turn of a rollout %s dies', async (_what, version) => {
      const expected = await undisturbed(version);
      const calls = await atEachAwait(async (point) => {
        const world = operationWorld();
        const first = await published({ settings: { name: 'one' } }, world);
        await advanceRollout(first, world);
        for (let n = 1; n <= 5; n += 1) await addGroup(n, stated(n), world);
        await published(version, world);
        const { groups, servers, events, now, queue, inventory, configurations, rollouts, bindings } = world;
        const ports = { groups, servers, events, now, queue, inventory, configurations, rollouts, bindings };
        const died = crashing<RolloutDeps>(ports, point);
        await advanceRollout(V2, died.deps).catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
        });
        return {
          calls: died.calls(),
          check: async () => {
            // The message comes again, and the sweep comes by.
            await advanceRollout(V2, world);
            await reconcileGroups(world);
            await world.settle();
            expect(await picture(world), JSON.stringify(point)).toEqual(expected);
          },
        };
      });
      expect(calls).toBeGreaterThan(30);
    });
  });
});

describe('advanceRollouts', () => {
  async function twoRunning(): Promise<MemoryWorld> {
    const world = await following(2, (n) => ({ configuration: { configurationId: n === 1 ? 'production' : 'other' } }));
    await published({ settings: { name: 'two' } }, world);
    await published({ configurationId: 'other', settings: { name: 'other' } }, world);
    return world;
  }

  it('goes on with every rollout that is running', async () => {
    const world = await twoRunning();
    expect(await advanceRollouts(world)).toEqual({ kind: 'waiting' });
    await world.settle();
    expect(world.aws.live(serverId(1))).toMatchObject({ name: 'two' });
    expect(world.aws.live(serverId(2))).toMatchObject({ name: 'other' });
    await advanceRollouts(world);
    expect(await advanceRollouts(world)).toEqual({ kind: 'no_rollout' });
  });

  it('goes on with the others when one cannot go on, and fails then', async () => {
    const world = await twoRunning();
    const rollouts: MemoryWorld['rollouts'] = {
      ...world.rollouts,
      rollout: (ref) =>
        ref.configurationId === 'production' ? Promise.reject(new Error('not readable')) : world.rollouts.rollout(ref),
    };
    await expect(advanceRollouts({ ...world, rollouts })).rejects.toThrow('not readable');
    await world.settle();
    expect(world.aws.live(serverId(2))).toMatchObject({ name: 'other' });
  });
});
