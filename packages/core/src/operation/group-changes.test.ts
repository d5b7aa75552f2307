import { PublishFailedError } from '@prelaunch/aws/eventbridge-publisher';
import { operations } from '@prelaunch/contracts/operations';
import { describe, expect, it } from 'vitest';
import { change, launchSettings, readyGroup, serverId, serverIds } from '../../../../tests/support/builders.ts';
import {
  CREATE,
  createdWorld,
  member,
  operationWorld,
  STATUS,
  UPDATE,
} from '../../../../tests/support/operation-world.ts';
import { planChange } from '../group/plan-group.ts';
import { reconcileGroups } from '../group/reconcile-groups.ts';
import { serveOperation } from './serve-operation.ts';

describe('create_protection_group', () => {
  it('answers the group when its settings were read back', async () => {
    const world = operationWorld();
    const answer = await world.ask(CREATE);
    expect(operations.create_protection_group.response.parse(answer)).toEqual(answer);
    expect(answer).toMatchObject({
      groupId: 'payments',
      generation: 1,
      changedBy: 'admins@example.com',
      launchConfigStatus: { status: 'ready', fresh: true, appliedBy: 'admins@example.com', counts: { ready: 2 } },
    });
    expect(answer).not.toHaveProperty('statusPath');
  });

  it('makes up an id that is not given', async () => {
    const { groupId: _none, ...anonymous } = CREATE;
    const answer = await operationWorld().ask(anonymous);
    expect(answer).toMatchObject({ groupId: expect.stringMatching(/^pg-[0-9a-f]{17}$/) });
  });

  it('succeeds though applying fails', async () => {
    const world = operationWorld();
    const answer = await world.ask({ ...CREATE, serverIds: [serverId(1), serverId(99)] });
    expect(answer).toMatchObject({ launchConfigStatus: { status: 'failed', counts: { ready: 1, failed: 1 } } });
  });

  it('answers `pending` and where to look when the outcome takes longer than the caller may wait', async () => {
    const world = operationWorld();
    const answer = await world.ask(CREATE, { waitMs: 0 });
    expect(answer).toMatchObject({
      launchConfigStatus: { status: 'pending' },
      statusPath: '/protection-groups/payments/launch-config-status',
    });
    await world.settle();
    expect(await world.ask(STATUS)).toMatchObject({ status: 'ready' });
  });

  it('refuses an id that a group has, and takes that of a deleted one with nothing of it left', async () => {
    const world = await createdWorld({ description: 'Before', tags: { team: 'payments' } });
    await expect(world.ask(CREATE)).rejects.toMatchObject({ code: 'group.exists' });
    await world.ask({ operation: 'delete_protection_group', groupId: 'payments' });
    const { launchConfig: _none, ...bare } = CREATE;
    expect(await world.ask(bare)).toMatchObject({ description: null, tags: {}, launchConfig: null, generation: 3 });
  });

  it.each([
    ['the same', {}],
    ['another', { name: 'Other' }],
  ])('makes %s group without servers again after it was deleted', async (_what, stated) => {
    const empty = { ...CREATE, serverIds: [], launchConfig: undefined };
    const world = await createdWorld({ ...empty });
    await world.ask({ operation: 'delete_protection_group', groupId: 'payments' });
    await world.ask({ ...empty, ...stated });
    const group = { operation: 'get_protection_group', groupId: 'payments' };
    expect(await world.ask(group)).toMatchObject({ groupId: 'payments', launchConfigStatus: { lastApplied: null } });
  });

  it('announces again by the sweep what could not be announced', async () => {
    const world = operationWorld();
    const failing = { publish: () => Promise.reject(new PublishFailedError(1, 1, 'no answer')) };
    const call = { input: CREATE, principal: member('admins'), requestId: 'r', waitMs: 0, waveWaitMs: 0 };
    const served = await serveOperation(call, { ...world, events: failing });
    expect(served.response).toMatchObject({ launchConfigStatus: { status: 'pending' } });
    expect(world.events.published).toEqual([]);
    await reconcileGroups(world);
    await world.settle();
    expect(await world.ask(STATUS)).toMatchObject({ status: 'ready' });
  });

  it.each([
    [
      { launchConfig: { instanceType: 'm5.large', targetInstanceTypeRightSizingMethod: 'BASIC' } },
      'settings.combination',
    ],
    [{ serverOverrides: { [serverId(9)]: {} } }, 'group.override_of_stranger'],
    [{ launchConfig: { instanceType: 7 } }, 'request.invalid'],
    [{ launchConfig: { userData: 'x' } }, 'request.invalid'],
    [{ serverIds: ['s-1'] }, 'request.invalid'],
    [{ launchConfig: { tags: { k: 'v'.repeat(256) } }, description: 'd'.repeat(1025) }, 'request.invalid'],
  ])('refuses %j with where it is and what is allowed, and saves nothing', async (stated, code) => {
    const world = operationWorld();
    const error = await world.ask({ ...CREATE, ...stated }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, retryable: false });
    for (const problem of (error as { problems: object[] }).problems)
      expect(problem).toMatchObject({ path: expect.stringMatching(/./), allowed: expect.stringMatching(/./) });
    expect(await world.groups.getMany(['payments'])).toEqual(new Map());
  });
});

describe('update_protection_group', () => {
  it('applies to the servers concerned and to no others', async () => {
    const world = await createdWorld();
    const untouched = await world.server(serverId(1));
    await world.ask({ ...UPDATE, serverOverrides: { [serverId(2)]: { instanceType: 'm5.large' } } });
    expect(await world.server(serverId(1))).toMatchObject({ applied: untouched.applied });
    expect((await world.server(serverId(2))).applied?.hash).not.toBe(untouched.applied?.hash);
  });

  it('applies nothing, and stays ready, for another name, description or tags', async () => {
    const world = await createdWorld();
    const published = world.events.published.length;
    const before = world.aws.writes();
    const answer = await world.ask({ ...UPDATE, name: 'Other', description: 'New', tags: { a: 'b' } }, { waitMs: 0 });
    expect(answer).toMatchObject({
      name: 'Other',
      description: 'New',
      tags: { a: 'b' },
      generation: 2,
      launchConfigStatus: { status: 'ready' },
    });
    expect(world.aws.writes()).toBe(before);
    expect(world.events.published).toHaveLength(published);
  });

  it('keeps a description of a group that is still being planned to be planned', async () => {
    const world = operationWorld();
    await world.ask(CREATE, { waitMs: 0 });
    await world.ask({ ...UPDATE, name: 'Other' }, { waitMs: 0 });
    await world.settle();
    expect(await world.group()).toMatchObject({ name: 'Other', generation: 2, plannedGeneration: 2 });
    expect(await world.ask(STATUS)).toMatchObject({ status: 'ready', generation: 2 });
  });

  it('changes nothing when nothing would differ', async () => {
    const world = await createdWorld();
    const { operation: _create, ...stated } = CREATE;
    expect(await world.ask({ ...UPDATE, ...stated })).toMatchObject({ generation: 1 });
  });

  it('takes away what is null', async () => {
    const world = await createdWorld({
      description: 'Before',
      serverOverrides: { [serverId(1)]: { copyTags: false } },
    });
    const answer = await world.ask({ ...UPDATE, description: null, serverOverrides: null, launchConfig: null });
    expect(answer).toMatchObject({ description: null, serverOverrides: {}, launchConfig: null });
  });

  it('is refused, with the current one, when the group has moved on', async () => {
    const world = await createdWorld();
    await world.ask({ ...UPDATE, generation: 1, name: 'First' });
    const second = world.ask({ ...UPDATE, generation: 1, name: 'Second' });
    await expect(second).rejects.toMatchObject({ code: 'group.generation_mismatch', current: 2 });
    expect(await world.group()).toMatchObject({ name: 'First' });
  });

  it('is overridden by a newer event of the publisher, and not by an older one', async () => {
    const world = operationWorld();
    await planChange(change({ revision: 7, name: 'Upstream' }), world);
    await world.ask({ ...UPDATE, name: 'Here', launchConfig: { copyTags: false } });
    await planChange(change({ revision: 7, name: 'Upstream' }), world);
    expect(await world.group()).toMatchObject({ name: 'Here' });
    await planChange(change({ revision: 8, name: 'Newer' }), world);
    expect(await world.group()).toMatchObject({ name: 'Newer', launchConfig: launchSettings() });
  });

  it('keeps telling entries of the publisher that are no server ids', async () => {
    const world = operationWorld();
    await planChange(change({ serverIds: [serverId(1), 'bad'] }), world);
    await world.settle();
    const answer = await world.ask({ ...UPDATE, launchConfig: { copyTags: false } });
    expect(answer).toMatchObject({
      launchConfigStatus: { status: 'failed', counts: { total: 2 }, errors: [{ code: 'group.invalid_server_id' }] },
    });
  });

  it('takes along what was stated for servers that leave', async () => {
    const world = await createdWorld({ serverOverrides: { [serverId(2)]: { copyTags: false } } });
    const answer = await world.ask({ ...UPDATE, serverIds: [serverId(1)] });
    expect(answer).toMatchObject({ serverOverrides: {}, launchConfigStatus: { status: 'ready', errors: [] } });
  });

  it('makes right what a publisher stated wrongly, by stating it anew', async () => {
    const world = operationWorld();
    await planChange(change({ serverIds: [serverId(1), 'bad'], serverOverrides: { [serverId(9)]: {} } }), world);
    await world.settle();
    expect(await world.ask(STATUS)).toMatchObject({ status: 'failed' });
    await world.ask({ ...UPDATE, serverIds: [serverId(1)] });
    expect(await world.ask(STATUS)).toMatchObject({ status: 'ready', errors: [], counts: { total: 1 } });
  });

  it('is not kept from what it states by what was wrong before', async () => {
    const world = operationWorld();
    const wrong = { [serverId(1)]: { copyTags: 'yes' } };
    await planChange(change({ serverOverrides: wrong }), world);
    await world.settle();
    const more = { operation: 'add_servers_to_group', groupId: 'payments', serverIds: [serverId(3)] };
    expect(await world.ask(more)).toMatchObject({ launchConfigStatus: { counts: { ready: 2, failed: 1 } } });
    const worse = {
      ...UPDATE,
      launchConfig: { instanceType: 'm5.large', targetInstanceTypeRightSizingMethod: 'BASIC' },
    };
    await expect(world.ask(worse)).rejects.toMatchObject({ code: 'settings.combination' });
  });

  it('refuses settings that do not go with what is stored', async () => {
    const world = await createdWorld({ launchConfig: { targetInstanceTypeRightSizingMethod: 'BASIC' } });
    const own = { ...UPDATE, serverOverrides: { [serverId(1)]: { instanceType: 'm5.large' } } };
    await expect(world.ask(own)).rejects.toMatchObject({ code: 'settings.combination' });
  });

  it('keeps tags and description through events of publishers that know nothing of them', async () => {
    const world = operationWorld();
    await planChange(change({ revision: 1 }), world);
    await world.ask({ ...UPDATE, description: 'Cards', tags: { 'prelaunch:protected': 'true' } });
    await planChange(change({ revision: 2 }), world);
    expect(await world.group()).toMatchObject({ description: 'Cards', tags: { 'prelaunch:protected': 'true' } });
    await planChange(change({ revision: 3, tags: {} }), world);
    expect(await world.group()).toMatchObject({ tags: {} });
  });

  it('leaves what is being applied to whoever asked for that when another describes the group', async () => {
    const world = operationWorld();
    await world.ask(CREATE, { waitMs: 0, principal: member('author') });
    await world.ask({ ...UPDATE, name: 'Typo' }, { waitMs: 0 });
    await world.settle();
    const actors = world.records.filter(({ kind }) => kind === 'write_ended').map(({ actor }) => actor);
    expect(new Set(actors)).toEqual(new Set(['cognito:author']));
  });

  it('refuses a group that has grown too large for its event', async () => {
    const world = operationWorld();
    await world.put(readyGroup({ serverIds: serverIds(5000) }));
    const more = { operation: 'add_servers_to_group', groupId: 'payments', serverIds: serverIds(1, 6000) };
    await expect(world.ask(more, { waitMs: 0 })).rejects.toMatchObject({ code: 'group.too_large' });
  });
});

describe('add_servers_to_group and remove_servers_from_group', () => {
  const ADD = { operation: 'add_servers_to_group', groupId: 'payments' } as const;
  const REMOVE = { operation: 'remove_servers_from_group', groupId: 'payments' } as const;

  it('adds servers with settings of their own, once', async () => {
    const world = await createdWorld();
    const own = { [serverId(3)]: { copyTags: false } };
    const answer = await world.ask({ ...ADD, serverIds: [serverId(2), serverId(3)], serverOverrides: own });
    expect(answer).toMatchObject({
      serverIds: serverIds(3),
      serverOverrides: own,
      launchConfigStatus: { status: 'ready' },
    });
  });

  it('removes servers with their settings and releases them', async () => {
    const world = await createdWorld({ serverOverrides: { [serverId(1)]: { copyTags: false } } });
    const answer = await world.ask({ ...REMOVE, serverIds: [serverId(1)] });
    expect(answer).toMatchObject({
      serverIds: [serverId(2)],
      serverOverrides: {},
      launchConfigStatus: { status: 'ready' },
    });
    expect(await world.server(serverId(1))).not.toHaveProperty('groupId');
  });

  it('refuses to remove what is no member, and settings for what is not added', async () => {
    const world = await createdWorld();
    await expect(world.ask({ ...REMOVE, serverIds: [serverId(1), serverId(9)] })).rejects.toMatchObject({
      code: 'group.not_member',
      problems: [{ path: 'serverIds.1', value: serverId(9) }],
    });
    const strange = { ...ADD, serverIds: [serverId(3)], serverOverrides: { [serverId(1)]: {} } };
    await expect(world.ask(strange)).rejects.toMatchObject({ code: 'group.override_of_stranger' });
    expect(await world.group()).toMatchObject({ serverIds: serverIds(2), generation: 1 });
  });
});

describe('delete_protection_group', () => {
  const DELETE = { operation: 'delete_protection_group', groupId: 'payments' } as const;

  it('releases the servers, and the group is not known any more', async () => {
    const world = await createdWorld();
    expect(await world.ask(DELETE)).toEqual({ groupId: 'payments', generation: 2, status: 'deleted' });
    expect(await world.server(serverId(1))).not.toHaveProperty('groupId');
    for (const operation of ['get_protection_group', 'get_launch_config_status', 'apply_launch_configs'])
      await expect(world.ask({ operation, groupId: 'payments' })).rejects.toMatchObject({ code: 'group.not_found' });
  });

  it('says that servers are still being released when there is no time to wait', async () => {
    const world = await createdWorld();
    expect(await world.ask(DELETE, { waitMs: 0 })).toMatchObject({ status: 'deleting' });
  });
});
