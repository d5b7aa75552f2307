import { memoryTargetInventory } from '@prelaunch/memory/memory-target-inventory';
import { describe, expect, it } from 'vitest';
import {
  applyRequest,
  change,
  group,
  launchSettings,
  readyServer,
  serverId,
  serverIds,
  sourceServer,
  substance,
} from '../../../../tests/support/builders.ts';
import { AT } from '../../../../tests/support/clock.ts';
import { binding } from '../../../../tests/support/configurations.ts';
import { atEachAwait, Crash, type CrashPoint, crashing } from '../../../../tests/support/crashing.ts';
import { type MemoryWorld, memoryWorld } from '../../../../tests/support/memory-world.ts';
import { published } from '../../../../tests/support/published-versions.ts';
import { advanceRollout } from '../configuration/rollout/advance-rollout.ts';
import { ContentionError } from '../errors.ts';
import { type PlanDeps, planChange, planGroup } from './plan-group.ts';
import type { GroupStore } from './ports.ts';
import { reconcileGroups } from './reconcile-groups.ts';
import { released } from './source-server.ts';

function planDeps({ groups, servers, events, now, queue, inventory, configurations, bindings }: MemoryWorld): PlanDeps {
  return { groups, servers, events, now, queue, inventory, configurations, bindings };
}

/** Queued servers, each once. */
function queued({ queue }: MemoryWorld): string[] {
  return [...new Set(queue.waiting.map((request) => request.serverId))].sort();
}

describe('planChange', () => {
  it('claims the servers of a new group, queues one message for each, and announces that the group is pending', async () => {
    const world = memoryWorld();

    const outcome = await planChange(change(), world);

    expect(outcome).toMatchObject({ kind: 'planned', queued: 2 });
    expect(world.queue.waiting).toEqual(serverIds(2).map((id) => applyRequest({ serverId: id })));
    expect(await world.server()).toMatchObject({ groupId: 'payments', status: 'pending' });
    expect(await world.group()).toMatchObject({ plannedGeneration: 1, launchConfigStatus: { status: 'pending' } });
    expect(world.events.published).toMatchObject([
      { type: 'Launch Config Status Changed', detail: { data: { previous: null, status: 'pending', generation: 1 } } },
    ]);
  });

  it('queues only the servers whose settings differ', async () => {
    const world = memoryWorld();
    await planChange(change({ serverIds: serverIds(3) }), world);
    await world.settle();

    const serverOverrides = { [serverId(2)]: { name: 'own' } };
    const outcome = await planChange(change({ revision: 2, serverIds: serverIds(4), serverOverrides }), world);

    expect(outcome).toMatchObject({ queued: 2 });
    expect(queued(world)).toEqual([serverId(2), serverId(4)]);
  });

  it('does nothing for a repeated or an older event', async () => {
    const world = memoryWorld();
    await planChange(change({ revision: 5 }), world);
    await world.settle();
    const [group, server, told] = [await world.group(), await world.server(), world.events.published.length];

    for (const revision of [5, 4]) {
      const outcome = await planChange(change({ revision, name: 'Other', serverIds: [] }), world);
      expect(outcome).toEqual({ kind: 'nothing_to_plan' });
    }

    expect([await world.group(), await world.server()]).toEqual([group, server]);
    expect([world.queue.waiting.length, world.events.published.length]).toEqual([0, told]);
  });

  it('frees the servers that left, with the lease and the dirty mark they have', async () => {
    const world = memoryWorld();
    await planChange(change(), world);
    const lease = { owner: 'somebody', until: Date.parse(AT) + 9_000 };
    await world.put({ ...(await world.server(serverId(2))), lease, dirty: true });

    await planChange(change({ revision: 2, serverIds: [serverId(1)] }), world);

    const left = await world.server(serverId(2));
    expect(left).toMatchObject({ status: 'not_configured', errors: [], lease, dirty: true });
    for (const gone of ['groupId', 'accountId', 'region', 'desired', 'applied', 'lastError'])
      expect(left).not.toHaveProperty(gone);
    expect((await world.group()).releasing).toEqual([]);
  });

  it('frees all servers of a deleted group and reports it as not configured', async () => {
    const world = memoryWorld();
    await planChange(change(), world);
    await planChange(change({ revision: 2 }, 'deleted'), world);
    for (const id of serverIds(2)) expect(await world.server(id)).not.toHaveProperty('groupId');
    expect((await world.group()).launchConfigStatus).toMatchObject({ status: 'not_configured', counts: { total: 0 } });
  });

  it('does not free a server that another group has claimed meanwhile', async () => {
    const world = memoryWorld();
    await planChange(change(), world);
    await world.put(readyServer({ groupId: 'other' }));
    await planChange(change({ revision: 2 }, 'deleted'), world);
    expect(await world.server()).toMatchObject({ groupId: 'other', status: 'ready' });
  });

  it('reports servers that another group holds, goes on with the others, and claims them once they are free', async () => {
    const world = memoryWorld();
    await planChange(change({ groupId: 'holder', serverIds: [serverId(2)] }), world);
    await planChange(change({ serverIds: serverIds(2) }), world);
    await world.settle();
    expect((await world.group()).heldElsewhere).toMatchObject([
      { code: 'server.held_by_another_group', serverId: serverId(2) },
    ]);
    expect((await world.group()).launchConfigStatus).toMatchObject({
      status: 'failed',
      counts: { ready: 1, failed: 1 },
    });
    expect(await world.server(serverId(2))).toMatchObject({ groupId: 'holder', status: 'ready' });

    await planChange(change({ groupId: 'holder', serverIds: [], revision: 2 }), world);
    await planGroup('payments', world);
    await world.settle();

    expect((await world.group()).heldElsewhere).toEqual([]);
    expect((await world.group()).launchConfigStatus).toMatchObject({ status: 'ready', counts: { ready: 2 } });
  });

  it('fails the servers whose settings are wrong and applies the others', async () => {
    const world = memoryWorld();
    await planChange(change({ serverOverrides: { [serverId(1)]: { subnetId: 'nowhere' } } }), world);
    await world.settle();
    expect((await world.group()).launchConfigStatus).toMatchObject({
      status: 'failed',
      counts: { total: 2, ready: 1, failed: 1 },
      errors: [{ path: `serverOverrides.${serverId(1)}.subnetId`, serverId: serverId(1) }],
    });
  });

  it('fails the servers that refer to what their target does not have, and applies the others', async () => {
    const world = memoryWorld();
    const inventory = memoryTargetInventory({ instanceTypes: new Set(['t3.micro']) });
    const serverOverrides = {
      [serverId(1)]: { instanceType: 'm1.tiny' },
      [serverId(2)]: { instanceType: 't3.micro' },
    };
    await planChange(change({ serverOverrides }), { ...planDeps(world), inventory });
    expect(queued(world)).toEqual([serverId(2)]);
    const failed = await world.server(serverId(1));
    expect(failed).toMatchObject({ status: 'failed', errors: [{ code: 'settings.not_in_target', value: 'm1.tiny' }] });
    expect(failed).not.toHaveProperty('desired');
    expect(world.aws.writes()).toBe(0);
  });

  it('plans nothing while AWS may still say what there is, and is finished when the event comes again', async () => {
    const world = memoryWorld();
    const busy = new ContentionError('AWS');
    const failing = { ...planDeps(world), inventory: { lookUp: () => Promise.reject(busy) } };
    await expect(planChange(change(), failing)).rejects.toBe(busy);
    expect(await world.group()).toMatchObject({ generation: 1, plannedGeneration: 0 });
    expect([queued(world), await world.servers.getMany(serverIds(2))]).toEqual([[], new Map()]);
    expect(await planChange(change(), planDeps(world))).toMatchObject({ kind: 'planned', queued: 2 });
  });

  it('frees the servers of a deleted group although nobody can reach its account any more', async () => {
    const world = memoryWorld();
    await planChange(change(), planDeps(world));
    const unreachable = { lookUp: () => Promise.reject(new ContentionError('nobody should ask')) };
    await planChange(change({ revision: 2 }, 'deleted'), { ...planDeps(world), inventory: unreachable });
    for (const id of serverIds(2)) expect(await world.server(id)).not.toHaveProperty('groupId');
  });

  it('decides again about a server that a worker wrote meanwhile, and loses neither write', async () => {
    const world = memoryWorld();
    await planChange(change(), world);
    const servers: PlanDeps['servers'] = {
      save: world.servers.save,
      async getMany(ids) {
        const read = await world.servers.getMany(ids);
        // The worker takes its lease after the members were read at once, and before they are written.
        if (ids.length > 1)
          await world.put({ ...(await world.server()), lease: { owner: 'worker', until: 1 }, dirty: true });
        return read;
      },
    };
    await planChange(change({ revision: 2, launchConfig: launchSettings({ name: 'new' }) }), { ...world, servers });
    expect(await world.server()).toMatchObject({
      lease: { owner: 'worker' },
      dirty: true,
      status: 'pending',
      desired: { settings: { name: 'new' } },
    });
  });

  it('goes on from wherever it died, and ends as if nothing had happened', async () => {
    const calls = await atEachAwait(async (point) => {
      const world = await beforeTheChange();
      const died = crashing(planDeps(world), point);
      await planChange(newer, died.deps).catch(onlyCrash);
      return { calls: died.calls(), check: () => endsUndisturbed(world, point) };
    });
    expect(calls).toBeGreaterThan(10);
  });

  const newer = change({
    revision: 2,
    serverIds: [serverId(2), serverId(3), serverId(4), 'bad'],
    launchConfig: launchSettings({ name: 'new' }),
    serverOverrides: { [serverId(4)]: { unknown: 1 } },
  });

  /** Servers 1 and 2 are members and ready, 3 is free. */
  async function beforeTheChange(): Promise<MemoryWorld> {
    const world = memoryWorld();
    await planChange(change(), world);
    await world.settle();
    return world;
  }

  function lastTold({ events }: MemoryWorld) {
    const told = events.published.flatMap(({ type, detail }) =>
      type === 'Launch Config Status Changed' ? [detail.data] : [],
    );
    const { status, counts, generation } = told.at(-1) ?? {};
    return { status, counts, generation };
  }

  function onlyCrash(error: unknown): void {
    if (!(error instanceof Crash)) throw error;
  }

  /** The queue delivers the event once more, and the sweep comes by. */
  async function endsUndisturbed(world: MemoryWorld, point: CrashPoint): Promise<void> {
    await planChange(newer, world);
    await reconcileGroups(world);
    const reference = await beforeTheChange();
    await planChange(newer, reference);
    await reconcileGroups(reference);
    expect(queued(world), JSON.stringify(point)).toEqual(queued(reference));

    await world.settle();
    await reference.settle();
    expect(substance(await world.group()), JSON.stringify(point)).toEqual(substance(await reference.group()));
    for (const id of serverIds(4))
      expect(substance(await world.server(id)), JSON.stringify(point)).toEqual(substance(await reference.server(id)));
    expect(lastTold(world), JSON.stringify(point)).toEqual(lastTold(reference));
  }

  it('ends at the newest revision, whatever the order, when every event is delivered twice', async () => {
    const changes = [
      change({ revision: 1, serverIds: serverIds(2) }),
      change({ revision: 2, serverIds: serverIds(3), launchConfig: launchSettings({ name: 'two' }) }),
      change({ revision: 3, serverIds: serverIds(2, 3), launchConfig: launchSettings({ name: 'three' }) }),
    ];
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
      [2, 0, 1],
      [0, 2, 1, 2, 1, 0],
    ]) {
      const world = memoryWorld();
      for (const index of order) {
        await planChange(changes[index] ?? change(), world);
        if (index === 1) await world.settle();
      }
      await world.settle();

      const { launchConfigStatus } = await world.group();
      expect(launchConfigStatus).toMatchObject({ status: 'ready', counts: { total: 2, ready: 2 } });
      for (const id of serverIds(2, 3)) expect(world.aws.live(id)).toMatchObject({ name: 'three' });
    }
  });
});

describe('planning of a group that inherits', () => {
  const configuration = { configurationId: 'production' };

  /** What each server is to be called, which is what the version says that it was planned with. */
  async function namesIn(world: MemoryWorld): Promise<unknown[]> {
    const { serverIds: ids } = await world.group();
    const servers = await world.servers.getMany(ids);
    return ids.map((id) => servers.get(id)?.desired?.settings.name);
  }

  async function publishedWorld(): Promise<MemoryWorld> {
    const world = memoryWorld({ servers: 25 });
    const first = await published({ settings: { name: 'one' } }, world);
    await advanceRollout(first, world);
    return world;
  }

  it('gives servers what is inherited, then what the group states, then what it states for the server', async () => {
    const world = memoryWorld();
    const settings = { name: 'inherited', copyPrivateIp: true, tags: { from: 'production', only: 'inherited' } };
    await published({ settings: { ...settings, launchDisposition: 'STOPPED' }, locked: ['launchDisposition'] }, world);
    const launchConfig = launchSettings({
      name: 'of the group',
      launchDisposition: 'STARTED',
      tags: { from: 'group' },
    });
    const serverOverrides = { [serverId(2)]: { name: 'own' } };
    await planChange(change({ configuration, launchConfig, serverOverrides }), world);
    await world.settle();
    const inherited = { copyPrivateIp: true, launchDisposition: 'STOPPED', tags: { from: 'group', only: 'inherited' } };
    expect(world.aws.live(serverId(1))).toMatchObject({ ...inherited, name: 'of the group', copyTags: true });
    expect(world.aws.live(serverId(2))).toMatchObject({ ...inherited, name: 'own' });
    expect((await world.group()).launchConfigStatus).toMatchObject({ status: 'ready', configRevision: 1 });
  });

  it('asks for nothing of the graph for a group without a configuration, at no revision of it', async () => {
    const world = await publishedWorld();
    const refusing = () => Promise.reject(new Error('nobody should ask'));
    const configurations = { catalogue: refusing, versions: refusing };
    await planChange(change(), { ...planDeps(world), configurations });
    await world.settle();
    expect((await world.group()).launchConfigStatus).toMatchObject({ status: 'ready', configRevision: 0 });
    expect(await world.group()).not.toHaveProperty('inherits');
  });

  it('fails each server of a group that names what nobody has published, says so, and writes nothing to AWS', async () => {
    const world = memoryWorld();
    await planChange(change({ configuration: { configurationId: 'nowhere' } }), world);
    await world.settle();
    const { launchConfigStatus } = await world.group();
    expect(launchConfigStatus).toMatchObject({ status: 'failed', counts: { total: 2, failed: 2 } });
    expect(launchConfigStatus.errors).toMatchObject(
      serverIds(2).map((id) => ({
        ...{ serverId: id, code: 'configuration.not_found', path: 'configuration', value: 'nowhere' },
        message: 'configuration nowhere does not exist',
      })),
    );
    expect(world.aws.writes()).toBe(0);
  });

  it('queues only those for whom the next version makes a difference', async () => {
    const world = await publishedWorld();
    const serverOverrides = { [serverId(2)]: { name: 'own' } };
    await planChange(change({ configuration, serverOverrides }), world);
    await world.settle();
    await published({ settings: { name: 'two' } }, world);
    await planChange(change({ revision: 2, configuration, serverOverrides }), world);
    expect(queued(world)).toEqual([serverId(1)]);
    expect(await namesIn(world)).toEqual(['two', 'own']);
  });

  it('gives all servers the same version, wherever it dies and whatever is published before it goes on', async () => {
    const ids = serverIds(25);
    const calls = await atEachAwait(async (point) => {
      const world = await publishedWorld();
      const died = crashing(planDeps(world), point);
      await planChange(change({ configuration, serverIds: ids }), died.deps).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
      return {
        calls: died.calls(),
        check: async () => {
          const second = await published({ settings: { name: 'two' } }, world);
          await planChange(change({ configuration, serverIds: ids }), world);
          const [name, ...others] = new Set(await namesIn(world));
          expect(others, JSON.stringify(point)).toEqual([]);
          const { inherits } = await world.group();
          expect(inherits?.followed, JSON.stringify(point)).toEqual([
            { ...configuration, version: name === 'one' ? 1 : 2 },
          ]);
          // And what it has missed comes to it like to any other.
          await world.settle();
          await advanceRollout(second, world);
          expect(new Set(await namesIn(world)), JSON.stringify(point)).toEqual(new Set(['two']));
        },
      };
    });
    expect(calls).toBeGreaterThan(30);
  });

  it('gives all servers the same although somebody binds the group while it has not been planned to the end', async () => {
    const ids = serverIds(25);
    await atEachAwait(async (point) => {
      const world = await publishedWorld();
      const died = crashing(planDeps(world), point);
      await planChange(change({ serverIds: ids }), died.deps).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
      return {
        calls: died.calls(),
        check: async () => {
          await world.bindings.save(binding({ subject: { kind: 'protectionGroup', id: 'payments' } }));
          // The message comes again, the sweep comes by, and what it announces is delivered.
          await planChange(change({ serverIds: ids }), world);
          await reconcileGroups(world);
          await planChange(change({ serverIds: ids }), world);
          expect(new Set(await namesIn(world)), JSON.stringify(point)).toEqual(new Set(['one']));
        },
      };
    });
  });

  it('does not move on when it only looks again for servers that another group holds', async () => {
    const world = await publishedWorld();
    await planChange(change({ groupId: 'holder', serverIds: [serverId(2)] }), world);
    await planChange(change({ configuration }), world);
    await world.settle();
    await published({ settings: { name: 'two' } }, world);
    // Of the generation that only renames it nothing is planned.
    const renamed = await world.group();
    const generation = renamed.generation + 1;
    await world.put({ ...renamed, name: 'Renamed', generation, plannedGeneration: generation });

    await planGroup('payments', world);
    await planChange(change({ groupId: 'holder', revision: 2 }, 'deleted'), world);
    await planGroup('payments', world);
    await world.settle();

    expect(await namesIn(world)).toEqual(['one', 'one']);
    expect(await world.group()).toMatchObject({ generation, inherits: { followed: [{ version: 1 }] } });
  });

  it('is planned although somebody writes the group while it is being fixed what it inherits', async () => {
    const world = await publishedWorld();
    await world.put(group({ generation: 2, configuration }));
    let saves = 0;
    const groups: GroupStore = {
      ...world.groups,
      async save(saved) {
        saves += 1;
        if (saves === 1) await world.put({ ...(await world.group()), announcedStatus: 'pending' });
        return world.groups.save(saved);
      },
    };
    await planGroup('payments', { ...world, groups });
    expect(await world.group()).toMatchObject({ plannedGeneration: 2, inherits: { followed: [{ version: 1 }] } });
    expect(await namesIn(world)).toEqual(['one', 'one']);
  });

  it('gives all servers the same when two plan it, and something is published between them', async () => {
    const world = await publishedWorld();
    await world.put(group({ generation: 2, configuration, serverIds: serverIds(25) }));
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const configurations: PlanDeps['configurations'] = {
      ...world.configurations,
      async catalogue() {
        const read = await world.configurations.catalogue();
        reached.resolve();
        await gate.promise;
        return read;
      },
    };
    const late = planGroup('payments', { ...world, configurations });
    await reached.promise;
    await published({ settings: { name: 'two' } }, world);
    await planGroup('payments', world);
    gate.resolve();
    await late;
    expect(new Set(await namesIn(world))).toEqual(new Set(['two']));
    expect(await world.group()).toMatchObject({ plannedGeneration: 2, inherits: { followed: [{ version: 2 }] } });
  });
});

describe('two planners of one group at once', () => {
  /** A group store whose planner stands still, after it read the group, until it is let go. */
  function standingStill(groups: GroupStore) {
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    let reads = 0;
    const slow: GroupStore = {
      save: groups.save,
      listIds: groups.listIds,
      async getMany(ids) {
        const read = await groups.getMany(ids);
        reads += 1;
        if (reads === 1) {
          reached.resolve();
          await gate.promise;
        }
        return read;
      },
    };
    return { slow, reached: reached.promise, go: gate.resolve };
  }

  /** Generation 1 is read by a planner that stands still; generation 2 is accepted, planned and applied; then it goes on. */
  async function overtaken(older: ReturnType<typeof change>, newer: ReturnType<typeof change>): Promise<MemoryWorld> {
    const world = memoryWorld();
    await planChange(change({ revision: 0, serverIds: [] }), world);
    const { slow, reached, go } = standingStill(world.groups);
    await planChange(older, {
      ...world,
      servers: { ...world.servers, getMany: () => Promise.reject(new Crash()) },
    }).catch(() => undefined);
    const late = planGroup('payments', { ...world, groups: slow });
    await reached;
    await planChange(newer, world);
    await world.settle();
    go();
    await late;
    await world.settle();
    return world;
  }

  it('leaves servers with the newest settings, although the planner of the older ones finishes last', async () => {
    const world = await overtaken(
      change({ launchConfig: launchSettings({ name: 'older' }) }),
      change({ revision: 2, launchConfig: launchSettings({ name: 'newest' }) }),
    );
    for (const id of serverIds(2)) expect(world.aws.live(id)).toMatchObject({ name: 'newest' });
  });

  it('does not claim back a server that the newest definition has let go', async () => {
    const world = await overtaken(change(), change({ revision: 2, serverIds: [serverId(1)] }));
    const left = await world.servers.getMany([serverId(2)]);
    expect(left.get(serverId(2))?.groupId).toBeUndefined();
  });

  it('does not claim a server that the newest definition never had, although it had begun to write', async () => {
    const world = memoryWorld();
    await planChange(change({ revision: 1, serverIds: [serverId(1)] }), world);
    await world.put({ ...(await world.group()), revision: 2, generation: 2, serverIds: serverIds(2) });
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const servers: PlanDeps['servers'] = {
      ...world.servers,
      save: async (server) => {
        reached.resolve();
        await gate.promise;
        return world.servers.save(server);
      },
    };
    const late = planGroup('payments', { ...world, servers });
    await reached.promise;
    await planChange(change({ revision: 3, serverIds: [serverId(1)] }), world);
    gate.resolve();
    await expect(late).rejects.toThrow(ContentionError);
    const left = await world.servers.getMany([serverId(2)]);
    expect(left.get(serverId(2))?.groupId).toBeUndefined();
  });

  it('does not free a server that the newest definition has taken back, although it had begun to write', async () => {
    const world = memoryWorld();
    await planChange(change(), world);
    await world.settle();
    const without = { serverIds: [serverId(1)], releasing: [serverId(2)] };
    await world.put({ ...(await world.group()), revision: 2, generation: 2, ...without });
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const servers: PlanDeps['servers'] = {
      ...world.servers,
      async getMany(ids) {
        if (ids.length === 1 && ids[0] === serverId(2)) {
          reached.resolve();
          await gate.promise;
        }
        return world.servers.getMany(ids);
      },
    };
    const late = planGroup('payments', { ...world, servers });
    await reached.promise;
    await planChange(change({ revision: 3 }), world);
    gate.resolve();
    await late;
    await world.settle();
    await reconcileGroups(world);
    await world.settle();

    expect(await world.server(serverId(2))).toMatchObject({ groupId: 'payments', status: 'ready' });
    expect((await world.group()).launchConfigStatus.status).toBe('ready');
  });

  it('does not record a generation as planned that came while it planned', async () => {
    const world = memoryWorld();
    await world.put(group({ generation: 1, plannedGeneration: 0 }));
    const send = async () => world.put({ ...(await world.group()), generation: 2 });
    await planGroup('payments', { ...world, queue: { send } });
    expect((await world.group()).plannedGeneration).toBe(0);
  });
});

describe('released', () => {
  it('forgets the claim and what was applied, not the lease, the dirty mark or the version', () => {
    const lease = { owner: 'somebody', until: 1 };
    const planned = { groupId: 'payments', generation: 2 };
    const free = released(sourceServer({ lease, dirty: true, version: 3 }), planned, AT);
    expect(free).toEqual({
      serverId: serverId(1),
      status: 'not_configured',
      errors: [],
      lease,
      dirty: true,
      planned,
      correlationId: 'c-1',
      changedAt: AT,
      version: 3,
    });
  });
});
