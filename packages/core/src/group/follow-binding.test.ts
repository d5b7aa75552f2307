import type { ConfigurationRef } from '@prelaunch/contracts/configuration';
import { ProtectionGroupChanged } from '@prelaunch/contracts/events';
import { describe, expect, it } from 'vitest';
import { change, group, serverId } from '../../../../tests/support/builders.ts';
import { AT } from '../../../../tests/support/clock.ts';
import { binding } from '../../../../tests/support/configurations.ts';
import { memoryWorld } from '../../../../tests/support/memory-world.ts';
import { CREATE, createdWorld, type OperationWorld } from '../../../../tests/support/operation-world.ts';
import { published } from '../../../../tests/support/published-versions.ts';
import { ContentionError } from '../errors.ts';
import { followBinding, isBoundElsewhere } from './follow-binding.ts';
import type { Inherits } from './inheritance.ts';
import { planChange } from './plan-group.ts';

const SUBJECT = { kind: 'protectionGroup', id: 'payments' } as const;
const PRODUCTION = { configurationId: 'production' };
const BY = { by: 'alice@example.com', requestedBy: 'user:alice', correlationId: 'c-9', at: AT };

function inherits(configuration: ConfigurationRef = PRODUCTION, bindingId = 'protectionGroup:payments:0'): Inherits {
  return { generation: 1, configuration, bindingId, followed: [], revision: 1 };
}

describe('isBoundElsewhere', () => {
  const bound = binding({ subject: SUBJECT });
  const pinned = { ...PRODUCTION, version: 1 };

  it.each([
    [false, 'has nothing and is bound to nothing', {}, undefined],
    [true, 'has nothing and is bound', {}, bound],
    [false, 'has what it is bound to', { inherits: inherits() }, bound],
    [true, 'has what it is not bound to any more', { inherits: inherits() }, undefined],
    [true, 'is bound to another configuration', { inherits: inherits({ configurationId: 'other' }) }, bound],
    [true, 'is bound to all versions, and had one', { inherits: inherits(pinned) }, bound],
    [true, 'is bound to one version, and had all', { inherits: inherits() }, { ...bound, configuration: pinned }],
    [true, 'is bound by another binding', { inherits: inherits(PRODUCTION, 'protectionGroup:payments:9') }, bound],
    [false, 'names one itself', { configuration: { configurationId: 'own' } }, bound],
    [false, 'names one itself, and is bound to nothing', { configuration: pinned, inherits: inherits() }, undefined],
  ])('is %s of a group that %s', (expected, _what, stated, holding) => {
    expect(isBoundElsewhere(group(stated), holding)).toBe(expected);
  });
});

describe('followBinding', () => {
  it('has the group planned again in the name of whoever bound it, and nobody else', async () => {
    const world = memoryWorld();
    await planChange(change(), world);
    await planChange(change({ groupId: 'ledger', serverIds: [serverId(3)] }), world);
    await world.settle();
    const ledger = await world.group('ledger');
    await world.bindings.save(binding({ subject: SUBJECT }));
    const told = world.events.published.length;

    await followBinding('payments', BY, world);

    expect(await world.group()).toMatchObject({
      ...{ generation: 2, plannedGeneration: 1, reapply: 'changed' },
      ...{ changedBy: BY.by, requestedBy: BY.requestedBy, correlationId: BY.correlationId },
      launchConfigStatus: { status: 'pending' },
    });
    const events = world.events.published.slice(told);
    expect(events.map(({ detail }) => ProtectionGroupChanged.detail.parse(detail))).toMatchObject([
      { correlationId: BY.correlationId, data: { group: { groupId: 'payments', revision: 1 } } },
    ]);
    expect(await world.group('ledger')).toEqual(ledger);
  });

  it.each([
    ['a binding that another beats', group({ inherits: inherits(PRODUCTION, 'protectionGroup:payments:7') })],
    ['a group that names a configuration itself', group({ configuration: { configurationId: 'own' } })],
    ['a group that is deleted', group({ deletedAt: AT, inherits: inherits() })],
    ['a group that only an event was refused for', group({ generation: 0, plannedGeneration: 0 })],
  ])('changes nothing for %s', async (_what, stored) => {
    const world = memoryWorld();
    await world.put(stored);
    await world.bindings.save(binding({ subject: SUBJECT, priority: 7 }));
    await world.bindings.save(binding({ subject: SUBJECT, priority: 3, configuration: { configurationId: 'other' } }));
    const before = await world.group();
    await followBinding('payments', BY, world);
    expect(await world.group()).toEqual(before);
    expect(world.events.published).toEqual([]);
  });

  it('does nothing for a group that does not exist yet', async () => {
    const world = memoryWorld();
    await world.bindings.save(binding({ subject: SUBJECT }));
    await followBinding('payments', BY, world);
    expect((await world.groups.getMany(['payments'])).size).toBe(0);
  });

  it('is not undone by a plan that had begun before the group was bound', async () => {
    const world = memoryWorld();
    await published({ settings: { name: 'bound' } }, world);
    const send = async (...args: Parameters<typeof world.queue.send>) => {
      // The first servers are planned, with nothing to inherit, and somebody binds the group.
      if ((await world.bindings.all()).length === 0) {
        await world.bindings.save(binding({ subject: SUBJECT }));
        await followBinding('payments', BY, world);
      }
      await world.queue.send(...args);
    };
    await planChange(change(), { ...world, queue: { send } });
    await planChange(change(), world);
    await world.settle();
    expect(await world.group()).toMatchObject({ plannedGeneration: 3, launchConfigStatus: { status: 'ready' } });
    for (const n of [1, 2]) expect(world.aws.live(serverId(n))).toMatchObject({ name: 'bound' });
  });

  it('is done although it cannot be announced now', async () => {
    const world = memoryWorld();
    await world.put(group());
    await world.bindings.save(binding({ subject: SUBJECT }));
    const events = { publish: () => Promise.reject(new ContentionError('the bus')) };
    await followBinding('payments', BY, { ...world, events });
    expect((await world.group()).generation).toBe(2);
  });
});

describe('bindings of a protection group', () => {
  /** Two groups; what they are bound to says how their servers are called. */
  async function boundWorld(stated: object = {}): Promise<OperationWorld> {
    const world = await createdWorld(stated);
    await world.ask({ ...CREATE, groupId: 'ledger', serverIds: [serverId(3)] });
    for (const configurationId of ['production', 'staging'])
      await published({ configurationId, settings: { name: configurationId } }, world);
    await world.settle();
    return world;
  }

  function bind(world: OperationWorld, configurationId: string, priority: number) {
    return world.ask({ operation: 'create_binding', subject: SUBJECT, priority, configurationId });
  }

  async function live(world: OperationWorld): Promise<unknown> {
    await world.settle();
    expect((await world.group()).launchConfigStatus.status).toBe('ready');
    return world.aws.live(serverId(1)).name;
  }

  it('reach its servers when one is made, changed or deleted, the highest priority first, and no other group', async () => {
    const world = await boundWorld();
    const ledger = await world.group('ledger');

    await bind(world, 'production', 1);
    expect(await live(world)).toBe('production');
    await bind(world, 'staging', 5);
    expect(await live(world)).toBe('staging');
    await bind(world, 'production', 3);
    // Each of the first two makes a generation, and planning with a first binding another one.
    expect((await world.group()).generation).toBe(4);
    const update = {
      operation: 'update_binding',
      bindingId: 'protectionGroup:payments:5',
      configurationId: 'production',
    };
    await world.ask(update);
    expect(await live(world)).toBe('production');
    await world.ask({ ...update, configurationId: 'staging', version: 1 });
    expect(await live(world)).toBe('staging');
    await world.ask({ operation: 'delete_binding', bindingId: 'protectionGroup:payments:5' });
    expect(await live(world)).toBe('production');
    expect((await world.group()).inherits).toMatchObject({ bindingId: 'protectionGroup:payments:3' });
    for (const priority of [1, 3])
      await world.ask({ operation: 'delete_binding', bindingId: `protectionGroup:payments:${priority}` });
    await world.settle();

    const { generation, ...last } = await world.group();
    expect(generation).toBe(8);
    expect(last).not.toHaveProperty('inherits');
    expect(await world.group('ledger')).toEqual(ledger);
  });

  it('do not count while it names a configuration itself, and count again when it names none', async () => {
    const world = await boundWorld();
    const update = { operation: 'update_protection_group', groupId: 'payments' };
    await world.ask({ ...update, configuration: { configurationId: 'staging' } });
    const before = await world.group();
    await bind(world, 'production', 9);
    expect(await world.group()).toEqual(before);
    expect(await live(world)).toBe('staging');
    await world.ask({ ...update, configuration: null });
    expect(await live(world)).toBe('production');
    expect((await world.group()).inherits).toMatchObject({ bindingId: 'protectionGroup:payments:9' });
  });

  it('hold for a group that is made later', async () => {
    const world = await boundWorld();
    await world.ask({
      ...{ operation: 'create_binding', subject: { kind: 'protectionGroup', id: 'later' } },
      ...{ priority: 0, configurationId: 'production' },
    });
    await world.ask({ ...CREATE, groupId: 'later', serverIds: [serverId(4)] });
    expect(world.aws.live(serverId(4))).toMatchObject({ name: 'production' });
    expect(await world.group('later')).toMatchObject({ plannedGeneration: 2, launchConfigStatus: { status: 'ready' } });
  });
});
