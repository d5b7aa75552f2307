import { ConfigurationPublished, ProtectionGroupChanged } from '@prelaunch/contracts/events';
import { describe, expect, it } from 'vitest';
import {
  change,
  group,
  readyGroup,
  readyServer,
  serverId,
  serverIds,
  sourceServer,
  statusError,
} from '../../../../tests/support/builders.ts';
import { AT } from '../../../../tests/support/clock.ts';
import { binding, catalogueOf } from '../../../../tests/support/configurations.ts';
import { type MemoryWorld, memoryWorld } from '../../../../tests/support/memory-world.ts';
import { published } from '../../../../tests/support/published-versions.ts';
import type { Catalogue, RolloutMark } from '../configuration/configuration.ts';
import { advanceRollout } from '../configuration/rollout/advance-rollout.ts';
import type { Group } from './group.ts';
import type { Inherits } from './inheritance.ts';
import { planChange } from './plan-group.ts';
import { reconcileGroups } from './reconcile-groups.ts';

function announcedGroups({ events }: MemoryWorld): unknown[] {
  return events.published.flatMap((event) =>
    event.type === 'Protection Group Changed' ? [event.detail.data.group.groupId] : [],
  );
}

const FORGOTTEN_MS = 120_000;
const RETRY_EXHAUSTED_MS = 600_000;

describe('reconcileGroups', () => {
  it('announces a group again whose newest generation was not planned, as the event its owner published', async () => {
    const world = memoryWorld();
    await world.put(group({ generation: 2, revision: 7, serverOverrides: { [serverId(1)]: { name: 'own' } } }));

    const outcome = await reconcileGroups(world);

    expect(outcome).toEqual({ groups: 1, reannounced: 1, requeued: 0 });
    const [event] = world.events.published;
    const parsed = ProtectionGroupChanged.detail.parse(event?.detail);
    expect(parsed.data).toMatchObject({ changeType: 'updated', group: { revision: 7, serverIds: serverIds(2) } });
  });

  it('lets the announced event finish what was interrupted', async () => {
    const world = memoryWorld();
    await world.put(group({ generation: 2 }));
    await reconcileGroups(world);
    const [event] = world.events.published;
    const { data, correlationId } = ProtectionGroupChanged.detail.parse(event?.detail);
    await planChange({ ...data, source: 'prelaunch', correlationId, at: AT }, world);
    await world.settle();
    expect(await world.group()).toMatchObject({ plannedGeneration: 2, launchConfigStatus: { status: 'ready' } });
  });

  it('tries a server again that the queue gave up on, after a while, and keeps its errors until it is ready', async () => {
    const world = memoryWorld();
    const errors = [statusError({ code: 'apply.exhausted' })];
    await world.put(readyGroup({ serverIds: [serverId(1)] }));
    await world.put(sourceServer({ status: 'failed', errors, dirty: true }));

    expect(await reconcileGroups(world)).toMatchObject({ requeued: 0 });
    world.clock.advance(RETRY_EXHAUSTED_MS);
    expect(await reconcileGroups(world)).toMatchObject({ requeued: 1 });
    expect(await world.server()).toMatchObject({ status: 'pending', errors });
    await world.settle();
    expect(await world.server()).toMatchObject({ status: 'ready', errors: [] });
  });

  it('leaves a server alone that AWS refused for good', async () => {
    const world = memoryWorld();
    await world.put(readyGroup({ serverIds: [serverId(1)] }));
    await world.put(sourceServer({ status: 'failed', errors: [statusError({ code: 'aws.refused' })] }));
    world.clock.advance(10 * RETRY_EXHAUSTED_MS);
    expect(await reconcileGroups(world)).toMatchObject({ requeued: 0 });
  });

  it('leaves a server alone that waits for its turn, until long after that', async () => {
    const world = memoryWorld();
    const waitsMs = 600_000;
    await world.put(readyGroup({ serverIds: [serverId(1)] }));
    await world.put(sourceServer({ permit: { from: Date.parse(AT) + waitsMs } }));
    world.clock.advance(waitsMs + FORGOTTEN_MS - 1);
    expect(await reconcileGroups(world)).toMatchObject({ requeued: 0 });
    world.clock.advance(1);
    expect(await reconcileGroups(world)).toMatchObject({ requeued: 1 });
  });

  it('announces a deleted group that was not planned as deleted', async () => {
    const world = memoryWorld();
    await world.put(group({ generation: 2, deletedAt: AT, serverIds: [], releasing: serverIds(2) }));
    await reconcileGroups(world);
    expect(world.events.published).toMatchObject([{ detail: { data: { changeType: 'deleted' } } }]);
  });

  it('announces a group again that waits for servers which another one holds', async () => {
    const world = memoryWorld();
    await world.put(readyGroup({ heldElsewhere: [statusError({ serverId: serverId(1) })] }));
    expect(await reconcileGroups(world)).toMatchObject({ reannounced: 1, requeued: 0 });
  });

  it('queues a server again whose message was lost, once it has waited long enough, and then not at each sweep', async () => {
    const world = memoryWorld();
    await world.put(group(), sourceServer(), readyServer({ serverId: serverId(2) }));
    world.clock.advance(FORGOTTEN_MS - 1);
    expect(await reconcileGroups(world)).toMatchObject({ requeued: 0 });

    world.clock.advance(1);
    expect(await reconcileGroups(world)).toMatchObject({ requeued: 1 });
    expect(await reconcileGroups(world)).toMatchObject({ requeued: 0 });

    expect(world.queue.waiting).toMatchObject([{ serverId: serverId(1), groupId: 'payments' }]);
  });

  it('queues a server again whose worker vanished, as soon as its lease is over, and keeps it dirty', async () => {
    const world = memoryWorld();
    const lease = { owner: 'vanished', until: Date.parse(AT) + 25_000 };
    await world.put(group({ serverIds: [serverId(1)] }), sourceServer({ lease, dirty: true }));
    world.clock.advance(24_999);
    expect(await reconcileGroups(world)).toMatchObject({ requeued: 0 });

    world.clock.advance(1);
    expect(await reconcileGroups(world)).toMatchObject({ requeued: 1 });

    const server = await world.server();
    expect(server).toMatchObject({ dirty: true, status: 'pending' });
    expect(server).not.toHaveProperty('lease');
  });

  it('ends with everything ready after a message was lost', async () => {
    const world = memoryWorld();
    await planChange(change(), world);
    world.queue.waiting.length = 0;
    world.clock.advance(FORGOTTEN_MS);
    await reconcileGroups(world);
    await world.settle();
    expect((await world.group()).launchConfigStatus.status).toBe('ready');
  });

  it('touches nothing else: ready, failed, not configured and other groups’ servers, and groups without a definition', async () => {
    const world = memoryWorld();
    const others = [
      readyServer(),
      sourceServer({ serverId: serverId(2), status: 'failed', errors: [statusError()] }),
      sourceServer({ serverId: serverId(3), groupId: 'other' }),
      sourceServer({ serverId: serverId(4), status: 'not_configured' }),
    ];
    await world.put(group({ serverIds: serverIds(4) }), ...others);
    await world.put(group({ groupId: 'refused', generation: 0, plannedGeneration: 0, revision: -1 }));
    await world.put(group({ groupId: 'gone', deletedAt: AT, serverIds: [] }));
    await reconcileGroups(world);
    const servers = await world.servers.getMany(serverIds(4));
    const groups = await world.groups.getMany(['payments', 'refused', 'gone']);
    world.clock.advance(FORGOTTEN_MS * 10);

    expect(await reconcileGroups(world)).toEqual({ groups: 3, reannounced: 0, requeued: 0 });

    expect(await world.servers.getMany(serverIds(4))).toEqual(servers);
    expect(await world.groups.getMany(['payments', 'refused', 'gone'])).toEqual(groups);
    expect(world.queue.waiting).toEqual([]);
  });

  it('folds a status that was left behind, and announces it', async () => {
    const world = memoryWorld();
    await world.put(group(), readyServer(), readyServer({ serverId: serverId(2) }));
    await reconcileGroups(world);
    expect((await world.group()).launchConfigStatus.status).toBe('ready');
    expect(world.events.published).toMatchObject([{ type: 'Launch Config Status Changed' }]);
  });

  it('leaves a server alone that somebody else wrote meanwhile', async () => {
    const world = memoryWorld();
    await world.put(group({ serverIds: [serverId(1)] }), sourceServer());
    world.clock.advance(FORGOTTEN_MS);
    const servers = { ...world.servers, save: async () => false };
    expect(await reconcileGroups({ ...world, servers })).toMatchObject({ requeued: 0 });
    expect(world.queue.waiting).toEqual([]);
  });

  it('looks after the other groups although one of them cannot be announced', async () => {
    const world = memoryWorld();
    await world.put(group({ groupId: 'poison', generation: 2 }), group({ groupId: 'fine', generation: 2 }));
    const events: MemoryWorld['events'] = {
      published: world.events.published,
      publish: async (told) => {
        if (JSON.stringify(told).includes('poison')) throw new Error('refused by the bus');
        await world.events.publish(told);
      },
    };
    await reconcileGroups({ ...world, events }).catch(() => undefined);
    expect(announcedGroups(world)).toEqual(['fine']);
  });

  describe('of groups that inherit', () => {
    const production = { configurationId: 'production' };

    function inheriting(version: number, stated: Partial<Group> = {}): Group {
      const followed = [{ ...production, version }];
      const inherits = { generation: 1, configuration: production, followed, revision: 1 };
      return readyGroup({ configuration: production, inherits, ...stated });
    }

    /** Version 2 is the newest of `production`, and perhaps on its way. */
    async function publishedWorld(rollouts: Catalogue['rollouts'] = {}): Promise<MemoryWorld> {
      const world = memoryWorld();
      await world.configurations.saveCatalogue(catalogueOf({ production: 2, base: 1 }, { rollouts }));
      return world;
    }

    function mark(stated: Partial<RolloutMark> = {}): RolloutMark {
      const who = { by: 'ops', requestedBy: 'user:ops', correlationId: 'c-7' };
      return { version: 2, previous: [1], state: 'running', maxFailureShare: 0.1, ...who, ...stated };
    }

    it('announces rollouts again that are running, and none that was stopped', async () => {
      const base = mark({ version: 1, previous: [] });
      const world = await publishedWorld({ production: mark({ state: 'stopped' }), base });
      await reconcileGroups(world);
      expect(world.events.published.map(({ type, detail }) => [type, detail])).toEqual([
        [
          ConfigurationPublished.type,
          {
            version: '1',
            correlationId: 'c-7',
            data: { configurationId: 'base', version: 1, previousVersion: null, catalogueRevision: 2 },
          },
        ],
      ]);
    });

    it('lets a rollout go on that lost its message', async () => {
      const world = memoryWorld();
      const lost = { ...world, events: { ...world.events, publish: async () => undefined } };
      await advanceRollout(await published({ settings: { name: 'one' } }, world), world);
      await planChange(change({ configuration: production }), world);
      await published({ settings: { name: 'two' } }, lost);
      const told = world.events.published.length;
      await reconcileGroups(world);
      const [event] = world.events.published.slice(told);
      await advanceRollout(ConfigurationPublished.detail.parse(event?.detail).data, world);
      await world.settle();
      expect(world.aws.live(serverId(1))).toMatchObject({ name: 'two' });
    });

    it.each([
      ['no rollout is running', {}],
      ['only one is running that brings what it has', { base: mark({ version: 1, previous: [] }) }],
      [
        'the one that was stopped has nothing to do with what it has',
        { base: mark({ version: 1, state: 'stopped', previous: [] }) },
      ],
    ])('plans a group again that is behind while %s', async (_what, rollouts) => {
      const world = await publishedWorld(rollouts);
      const followed = [
        { ...production, version: 1 },
        { configurationId: 'base', version: 1 },
      ];
      const inherits = { generation: 1, configuration: production, followed, revision: 1 };
      await world.put(inheriting(1, { inherits, requestedBy: 'user:alice' }));
      expect(await reconcileGroups(world)).toMatchObject({ reannounced: 1 });
      expect(await world.group()).toMatchObject({
        ...{ generation: 2, plannedGeneration: 1, changedBy: 'upstream', requestedBy: 'user:alice' },
        launchConfigStatus: { status: 'pending' },
      });
      expect(announcedGroups(world)).toEqual(['payments']);
    });

    it.each([
      ['has the newest', {}, inheriting(2)],
      ['waits for its stage', { production: mark() }, inheriting(1)],
      ['is held by a rollout that was stopped', { production: mark({ state: 'stopped' }) }, inheriting(1)],
      ['is pinned', {}, inheriting(1, { inherits: { ...inheriting(1).inherits, followed: [] } as Inherits })],
      ['is deleted', {}, inheriting(1, { deletedAt: AT, serverIds: [] })],
    ])('leaves a group alone that %s', async (_what, rollouts, stored) => {
      const world = await publishedWorld(rollouts);
      await world.put(stored, readyServer(), readyServer({ serverId: serverId(2) }));
      expect(await reconcileGroups(world)).toMatchObject({ reannounced: 0, requeued: 0 });
      expect((await world.group()).generation).toBe(1);
    });

    it('says of a group that it announces again what that inherits from', async () => {
      const world = await publishedWorld();
      await world.put(inheriting(1, { generation: 2 }));
      await reconcileGroups(world);
      const [event] = world.events.published;
      expect(ProtectionGroupChanged.detail.parse(event?.detail).data.group.configuration).toEqual(production);
    });

    it('asks for no other generation of a group that waits to be planned', async () => {
      const world = await publishedWorld();
      await world.put(inheriting(1, { generation: 2 }));
      await reconcileGroups(world);
      expect((await world.group()).generation).toBe(2);
    });

    it('plans groups again that are bound elsewhere than when they were planned', async () => {
      const world = await publishedWorld();
      const bindingId = 'protectionGroup:unbound:0';
      const inherits = { generation: 1, configuration: production, bindingId, followed: [], revision: 1 };
      await world.put(group({ groupId: 'bound' }));
      await world.put(group({ groupId: 'unbound', inherits }));
      await world.put(group({ groupId: 'own', configuration: production }));
      await world.put(group({ groupId: 'none' }));
      for (const id of ['bound', 'own'])
        await world.bindings.save(binding({ subject: { kind: 'protectionGroup', id } }));
      expect(await reconcileGroups(world)).toMatchObject({ groups: 4, reannounced: 2 });
      expect(announcedGroups(world)).toEqual(['bound', 'unbound']);
    });

    it('leaves a group alone that was brought further than what was read when the sweep began', async () => {
      const world = await publishedWorld();
      await world.put(inheriting(2, { groupId: 'ahead' }));
      const bound = binding({ subject: { kind: 'protectionGroup', id: 'bound' } });
      const inherits = {
        generation: 1,
        configuration: production,
        bindingId: bound.bindingId,
        followed: [],
        revision: 1,
      };
      await world.put(group({ groupId: 'bound', inherits }));
      let asked = 0;
      const configurations = {
        catalogue: async () => {
          asked += 1;
          return asked === 1 ? catalogueOf({ production: 1 }) : world.configurations.catalogue();
        },
      };
      const bindings = { all: async () => [], of: async () => [bound] };
      await reconcileGroups({ ...world, configurations, bindings });
      expect(announcedGroups(world)).toEqual([]);
    });

    const failing = () => Promise.reject(new Error('not readable'));

    it.each([
      ['the graph cannot be read', { configurations: { catalogue: failing } }],
      ['bindings cannot be read', { bindings: { all: failing, of: failing } }],
    ])('looks after all groups as far as it can while %s, and fails then', async (_what, broken) => {
      const world = await publishedWorld();
      await world.put(group({ generation: 2 }));
      await expect(reconcileGroups({ ...world, ...broken })).rejects.toThrow(
        '0 of 1 groups failed, and configurations',
      );
      expect(announcedGroups(world)).toEqual(['payments']);
    });

    it('looks after all groups although a rollout cannot be announced, and fails then', async () => {
      const world = await publishedWorld({ base: mark({ version: 1, previous: [] }) });
      await world.put(inheriting(1));
      const publish: MemoryWorld['events']['publish'] = async (told) => {
        if (told.some(({ type }) => type === ConfigurationPublished.type)) throw new Error('refused by the bus');
        await world.events.publish(told);
      };
      await expect(reconcileGroups({ ...world, events: { publish } })).rejects.toThrow('0 of 1 groups failed, and');
      expect(announcedGroups(world)).toEqual(['payments']);
    });

    it('brings up the others although one of them cannot be written', async () => {
      const world = await publishedWorld();
      await world.put(inheriting(1, { groupId: 'broken' }), inheriting(1, { groupId: 'fine' }));
      const groups: MemoryWorld['groups'] = {
        ...world.groups,
        save: (saved) => (saved.groupId === 'broken' ? failing() : world.groups.save(saved)),
      };
      await expect(reconcileGroups({ ...world, groups })).rejects.toThrow('1 of 2 groups failed');
      expect(announcedGroups(world)).toEqual(['fine']);
    });

    it('leaves a group to whoever writes it at the same time', async () => {
      const world = await publishedWorld();
      await world.put(inheriting(1));
      const before = await world.group();
      const groups = { ...world.groups, save: async () => false };
      await reconcileGroups({ ...world, groups }).catch(() => undefined);
      expect(await world.group()).toEqual(before);
      expect(announcedGroups(world)).toEqual([]);
    });
  });

  it('goes on with the other groups when one cannot be read', async () => {
    const world = memoryWorld();
    await world.put(group({ groupId: 'broken', generation: 2 }));
    await world.put(group({ groupId: 'payments', generation: 2 }));
    const groups: MemoryWorld['groups'] = {
      ...world.groups,
      getMany: (ids) =>
        ids.includes('broken') ? Promise.reject(new Error('not readable')) : world.groups.getMany(ids),
    };

    await expect(reconcileGroups({ ...world, groups })).rejects.toThrow('1 of 2 groups failed');

    expect(announcedGroups(world)).toEqual(['payments']);
  });
});
