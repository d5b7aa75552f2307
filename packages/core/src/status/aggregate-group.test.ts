import { describe, expect, it } from 'vitest';
import {
  group,
  readyGroup,
  readyServer,
  serverId,
  sourceServer,
  statusError,
} from '../../../../tests/support/builders.ts';
import { atEachAwait, Crash, crashing } from '../../../../tests/support/crashing.ts';
import { type MemoryWorld, memoryWorld } from '../../../../tests/support/memory-world.ts';
import { type AggregateDeps, aggregateGroup } from './aggregate-group.ts';

async function worldWithTwoReady(): Promise<MemoryWorld> {
  const world = memoryWorld();
  await world.put(group(), readyServer(), readyServer({ serverId: serverId(2) }));
  return world;
}

describe('aggregateGroup', () => {
  it('stores what the members amount to and announces it with the counts', async () => {
    const world = await worldWithTwoReady();

    const aggregated = await aggregateGroup('payments', world);

    expect(aggregated?.launchConfigStatus).toMatchObject({ status: 'ready', statusRevision: 1 });
    expect(await world.group()).toMatchObject({ announcedStatus: 'ready', launchConfigStatus: { status: 'ready' } });
    expect(world.events.published).toEqual([
      {
        type: 'Launch Config Status Changed',
        detail: {
          version: '1',
          correlationId: 'c-1',
          data: {
            groupId: 'payments',
            previous: null,
            status: 'ready',
            counts: { total: 2, ready: 2, pending: 0, failed: 0, notConfigured: 0 },
            generation: 1,
          },
        },
      },
    ]);
  });

  it('writes and announces nothing when nothing changed', async () => {
    const world = await worldWithTwoReady();
    await aggregateGroup('payments', world);
    const before = await world.group();
    for (let again = 0; again < 3; again += 1) await aggregateGroup('payments', world);
    expect(await world.group()).toEqual(before);
    expect(world.events.published).toHaveLength(1);
  });

  it('stores new counts without announcing them while the status stays', async () => {
    const world = memoryWorld();
    await world.put(group(), sourceServer(), sourceServer({ serverId: serverId(2) }));
    await aggregateGroup('payments', world);
    await world.put(readyServer());
    await aggregateGroup('payments', world);
    expect((await world.group()).launchConfigStatus).toMatchObject({
      status: 'pending',
      counts: { ready: 1, pending: 1 },
    });
    expect(world.events.published).toHaveLength(1);
  });

  it('announces each change once, with what it was before', async () => {
    const world = await worldWithTwoReady();
    await aggregateGroup('payments', world);
    await world.put(sourceServer({ status: 'failed', errors: [statusError()] }));
    await aggregateGroup('payments', world);
    await world.put(readyServer());
    await aggregateGroup('payments', world);
    const told = world.events.published.map(({ detail }) => detail.data);
    expect(told).toMatchObject([
      { previous: null, status: 'ready' },
      { previous: 'ready', status: 'failed' },
      { previous: 'failed', status: 'ready' },
    ]);
  });

  it('announces again when the first announcement could not be published', async () => {
    const world = await worldWithTwoReady();
    const broken = { publish: () => Promise.reject(new Error('no bus')) };
    await expect(aggregateGroup('payments', { ...world, events: broken })).rejects.toThrow('no bus');
    expect(await world.group()).toMatchObject({ announcedStatus: null, launchConfigStatus: { status: 'ready' } });

    await aggregateGroup('payments', world);

    expect(world.events.published).toHaveLength(1);
    expect((await world.group()).announcedStatus).toBe('ready');
  });

  it('throws away a fold over servers that were read before a newer generation was accepted', async () => {
    const world = await worldWithTwoReady();
    let saves = 0;
    const groups: AggregateDeps['groups'] = {
      ...world.groups,
      save: async (folded) => {
        saves += 1;
        if (saves === 1) await world.put({ ...(await world.group()), generation: 2 });
        return world.groups.save(folded);
      },
    };
    await aggregateGroup('payments', { ...world, groups });
    expect(await world.group()).toMatchObject({ generation: 2, launchConfigStatus: { status: 'pending' } });
  });

  it('does nothing for a group that nobody knows', async () => {
    const world = memoryWorld();
    expect(await aggregateGroup('nobody', world)).toBeUndefined();
    expect(world.events.published).toEqual([]);
  });

  it('ends right and has told at least once, wherever it dies, once it runs again', async () => {
    const calls = await atEachAwait(async (point) => {
      const world = await worldWithTwoReady();
      const { groups, servers, events, now } = world;
      const died = crashing<AggregateDeps>({ groups, servers, events, now }, point);
      await aggregateGroup('payments', died.deps).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
      return {
        calls: died.calls(),
        check: async () => {
          await aggregateGroup('payments', world);
          const { version: _version, ...group } = await world.group();
          const { version: _other, ...expected } = readyGroup();
          expect({ ...group, launchConfigStatus: { ...group.launchConfigStatus, statusRevision: 0 } }).toEqual(
            expected,
          );
          expect([1, 2]).toContain(world.events.published.length);
        },
      };
    });
    expect(calls).toBe(6);
  });
});
