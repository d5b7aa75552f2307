import { PublishFailedError } from '@prelaunch/aws/eventbridge-publisher';
import { operations } from '@prelaunch/contracts/operations';
import type { LaunchConfigStatus } from '@prelaunch/contracts/status';
import { describe, expect, it } from 'vitest';
import {
  ACCOUNT,
  change,
  launchSettings,
  REGION,
  readyGroup,
  serverId,
  serverIds,
  statusError,
} from '../../../../tests/support/builders.ts';
import { member, operationWorld } from '../../../../tests/support/operation-world.ts';
import { planChange } from '../group/plan-group.ts';

const CREATE = {
  operation: 'create_protection_group',
  groupId: 'payments',
  name: 'Payments',
  accountId: ACCOUNT,
  region: REGION,
  serverIds: serverIds(2),
  launchConfig: launchSettings(),
} as const;
const UPDATE = { operation: 'update_protection_group', groupId: 'payments' } as const;
const STATUS = { operation: 'get_launch_config_status', groupId: 'payments' } as const;

async function createdWorld(stated: object = {}) {
  const world = operationWorld();
  await world.ask({ ...CREATE, ...stated });
  return world;
}

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
    const { serveOperation } = await import('./serve-operation.ts');
    const call = { input: CREATE, principal: member('admins'), requestId: 'r', waitMs: 0, waveWaitMs: 0 };
    const served = await serveOperation(call, { ...world, events: failing });
    expect(served.response).toMatchObject({ launchConfigStatus: { status: 'pending' } });
    expect(world.events.published).toEqual([]);
    const { reconcileGroups } = await import('../group/reconcile-groups.ts');
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

describe('repeated calls', () => {
  it('answers a repeated create with the group instead of refusing it', async () => {
    const world = operationWorld();
    const { groupId: _none, ...anonymous } = CREATE;
    const keyed = { ...anonymous, idempotencyKey: 'k' };
    const first = await world.ask(keyed);
    expect(await world.ask(keyed)).toEqual(first);
    expect(await world.ask({ operation: 'list_protection_groups' })).toMatchObject({ protectionGroups: [{}] });
  });

  it('goes on with a request that was saved and then interrupted', async () => {
    const world = operationWorld();
    const keyed = { ...CREATE, idempotencyKey: 'k' };
    const lost = { ...world, once: <Answer>(_call: object, perform: () => Promise<Answer>) => perform() };
    const { serveOperation } = await import('./serve-operation.ts');
    const call = { input: keyed, principal: member('admins'), waitMs: 0, waveWaitMs: 0 };
    await serveOperation({ ...call, requestId: 'first' }, lost);
    const again = await serveOperation({ ...call, requestId: 'second' }, lost);
    expect(again.response).toMatchObject({ groupId: 'payments', generation: 1 });
  });

  it('does what another request asks for though its key was used long ago', async () => {
    const world = await createdWorld();
    const forgotten = { ...world, once: <Answer>(_call: object, perform: () => Promise<Answer>) => perform() };
    const { serveOperation } = await import('./serve-operation.ts');
    const call = { principal: member('admins'), waitMs: 0, waveWaitMs: 0 };
    for (const name of ['A', 'B']) {
      const input = { ...UPDATE, idempotencyKey: 'nightly', name };
      await serveOperation({ ...call, requestId: name, input }, forgotten);
    }
    expect(await world.group()).toMatchObject({ name: 'B' });
  });

  it('shows a repeat nothing of a group that is gone, or is not for the caller any more', async () => {
    const world = operationWorld();
    const principal = member('payments-authors');
    const keyed = { ...CREATE, tags: { team: 'payments' }, idempotencyKey: 'k' };
    expect(await world.ask(keyed, { principal })).toMatchObject({ launchConfig: CREATE.launchConfig });
    await world.ask({ ...UPDATE, tags: { team: 'ledger' }, description: 'secret' });
    await expect(world.ask(keyed, { principal })).rejects.toMatchObject({ code: 'access.denied' });
    await world.ask({ ...UPDATE, tags: { team: 'payments' } });
    await world.ask({ operation: 'delete_protection_group', groupId: 'payments' });
    await expect(world.ask(keyed, { principal })).rejects.toMatchObject({ code: 'group.not_found' });
  });

  it('tells a repeat of an apply how the group stands now', async () => {
    const world = await createdWorld();
    const apply = { operation: 'apply_launch_configs', groupId: 'payments', force: true, idempotencyKey: 'k' };
    expect(await world.ask(apply)).toMatchObject({ outcome: 'applied', status: 'ready', fresh: true });
    const stored = await world.group();
    await world.put({ ...stored, launchConfigStatus: { ...stored.launchConfigStatus, status: 'failed' } });
    expect(await world.ask(apply)).toMatchObject({ outcome: 'applied', status: 'failed' });
  });

  it('does not give one principal the answer of another', async () => {
    const world = operationWorld();
    await world.ask({ ...CREATE, idempotencyKey: 'k' });
    const other = world.ask({ ...CREATE, idempotencyKey: 'k' }, { principal: member('author') });
    await expect(other).rejects.toMatchObject({ code: 'group.exists' });
  });
});

describe('list_protection_groups', () => {
  it('pages through all groups that may be seen, each once, and shows none that may not', async () => {
    const world = operationWorld();
    for (let n = 0; n < 7; n += 1)
      await world.put(readyGroup({ groupId: `g-${n}`, tags: n % 2 === 0 ? { team: 'payments' } : {} }));
    const seen: string[] = [];
    let nextToken: string | undefined;
    do {
      const asked = { operation: 'list_protection_groups', limit: 2, ...(nextToken !== undefined && { nextToken }) };
      const page = operations.list_protection_groups.response.parse(
        await world.ask(asked, { principal: member('payments-authors') }),
      );
      seen.push(...page.protectionGroups.map(({ groupId }) => groupId));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(seen).toEqual(['g-0', 'g-2', 'g-4', 'g-6']);
  });

  it.each(['%', 'bm90IGFuIGlkIQ', 'Zy0w='])('refuses the token %s, which no answer held', async (nextToken) => {
    const asked = operationWorld().ask({ operation: 'list_protection_groups', nextToken });
    await expect(asked).rejects.toMatchObject({ code: 'request.invalid', problems: [{ path: 'nextToken' }] });
  });
});

describe('who may do what', () => {
  it('denies what no role covers, does nothing, and names the policies to the log alone', async () => {
    const world = await createdWorld();
    const denied = world.ask({ ...UPDATE, name: 'Mine' }, { principal: member('viewer') });
    await expect(denied).rejects.toMatchObject({ code: 'access.denied', policies: [] });
    await expect(denied).rejects.not.toThrow(/polic/);
    expect(await world.group()).toMatchObject({ name: 'Payments' });
    expect(world.records.at(-1)).toMatchObject({ kind: 'decision', result: 'denied', actor: 'cognito:viewer' });
  });

  it('tells nobody without a role whether a group exists', async () => {
    const world = await createdWorld();
    const principal = member('ledger-operators');
    for (const groupId of ['payments', 'unknown'])
      await expect(world.ask({ ...STATUS, groupId }, { principal })).rejects.toMatchObject({ code: 'access.denied' });
    await expect(world.ask({ ...STATUS, groupId: 'ledger' }, { principal })).rejects.toMatchObject({
      code: 'group.not_found',
    });
  });

  it('lets nobody tag a group into or out of what their role is for', async () => {
    const world = await createdWorld({ tags: { team: 'payments' } });
    const principal = member('payments-authors');
    await world.ask({ ...UPDATE, name: 'Ours' }, { principal });
    for (const tags of [{}, null, { team: 'ledger' }])
      await expect(world.ask({ ...UPDATE, tags }, { principal })).rejects.toMatchObject({ code: 'access.denied' });
    await world.ask({ ...CREATE, groupId: 'ledger', serverIds: [] });
    const taken = world.ask({ ...UPDATE, groupId: 'ledger', tags: { team: 'payments' } }, { principal });
    await expect(taken).rejects.toMatchObject({ code: 'access.denied' });
    const made = { ...CREATE, groupId: 'more', serverIds: [] };
    await expect(world.ask(made, { principal })).rejects.toMatchObject({ code: 'access.denied' });
    expect(await world.ask({ ...made, tags: { team: 'payments' } }, { principal })).toMatchObject({ groupId: 'more' });
  });

  it('lets nobody take over the history of a group that was deleted', async () => {
    const world = await createdWorld({ tags: { team: 'ledger' } });
    await world.ask({ operation: 'delete_protection_group', groupId: 'payments' });
    const mine = { ...CREATE, tags: { team: 'payments' } };
    const taken = world.ask(mine, { principal: member('payments-authors') });
    await expect(taken).rejects.toMatchObject({ code: 'access.denied' });
  });

  it('goes on with no wave under a name that stands for other groups', async () => {
    const world = await createdWorld();
    const wave = { operation: 'start_wave_recovery', executionId: 'e', waveNumber: 1, groupIds: ['payments'] };
    const failing = { ...world.recovery, start: () => Promise.reject(new Error('refused')) };
    const { serveOperation } = await import('./serve-operation.ts');
    const call = { input: wave, principal: member('admins'), requestId: 'r', waitMs: 0, waveWaitMs: 0 };
    await serveOperation(call, { ...world, recovery: failing });
    const other = { ...wave, groupIds: ['ledger'], isDrill: true };
    const asked = world.ask(other, { principal: member('ledger-operators') });
    await expect(asked).rejects.toMatchObject({ code: 'wave.mismatch', problems: [{ path: 'waveNumber' }] });
    await expect(asked).rejects.not.toThrow(/payments/);
    expect(world.recovery.started).toEqual([]);
  });

  it('does nothing by tags that changed after they were judged', async () => {
    const world = await createdWorld({ tags: { team: 'payments' } });
    const { serveOperation } = await import('./serve-operation.ts');
    let reads = 0;
    const groups = {
      ...world.groups,
      getMany: async (ids: readonly string[]) => {
        reads += 1;
        if (reads === 2) await world.put({ ...(await world.group()), tags: { team: 'ledger' } });
        return world.groups.getMany(ids);
      },
    };
    const input = { ...UPDATE, name: 'Mine' };
    const call = { input, principal: member('payments-authors'), requestId: 'r', waitMs: 0, waveWaitMs: 0 };
    await expect(serveOperation(call, { ...world, groups })).rejects.toMatchObject({ code: 'store.contention' });
    expect(await world.group()).toMatchObject({ name: 'Payments' });
  });

  it('shows which settings are stated but not what they say to those who may only see the status', async () => {
    const world = await createdWorld();
    const secret = statusError({ path: 'subnetId', value: 'subnet-0a1b2c3d', message: 'no subnet-0a1b2c3d' });
    const stored = await world.group();
    const errors: LaunchConfigStatus['errors'] = [secret];
    await world.put({ ...stored, launchConfigStatus: { ...stored.launchConfigStatus, errors } });
    for (const operation of ['get_protection_group', 'get_launch_config_status', 'list_protection_groups']) {
      const input = operation === 'list_protection_groups' ? { operation } : { operation, groupId: 'payments' };
      const shown = await world.ask(input, { principal: member('viewer') });
      expect(JSON.stringify(shown)).not.toContain('subnet-0a1b2c3d');
    }
    expect(await world.ask(STATUS, { principal: member('viewer') })).toMatchObject({
      errors: [{ code: secret.code, path: 'subnetId', value: '[redacted]', message: '[redacted]' }],
    });
    const group = { operation: 'get_protection_group', groupId: 'payments' };
    expect(await world.ask(group, { principal: member('viewer') })).toMatchObject({
      launchConfig: { copyTags: '[redacted]', subnetId: '[redacted]' },
    });
    expect(await world.ask(group, { principal: member('operator') })).toMatchObject({ launchConfig: launchSettings() });
  });

  it('is not moved by what the request says of its caller', async () => {
    const world = await createdWorld();
    const principal = { ...member('viewer'), label: 'admins@example.com' };
    const input = { ...UPDATE, name: 'Mine', invokedBy: 'admins' };
    await expect(world.ask(input, { principal })).rejects.toMatchObject({ code: 'access.denied' });
  });

  it('names a caller who is known as such, whatever the request says', async () => {
    const world = operationWorld();
    await world.ask({ ...CREATE, invokedBy: 'somebody else' });
    expect(await world.group()).toMatchObject({ changedBy: 'admins@example.com' });
  });

  it('shows no group that was moved out of sight while its outcome was awaited', async () => {
    const world = await createdWorld({ tags: { team: 'payments' } });
    const { serveOperation } = await import('./serve-operation.ts');
    const pause = async (ms: number) => {
      world.clock.advance(ms);
      const stored = await world.group();
      await world.put({
        ...stored,
        tags: { team: 'ledger' },
        launchConfigStatus: { ...stored.launchConfigStatus, status: 'ready' },
      });
    };
    const input = { ...UPDATE, launchConfig: { copyTags: false } };
    const call = { input, principal: member('payments-authors'), requestId: 'r', waitMs: 20_000, waveWaitMs: 0 };
    await expect(serveOperation(call, { ...world, pause })).rejects.toMatchObject({ code: 'access.denied' });
  });

  it('names a caller whom nothing else names as the request does', async () => {
    const world = operationWorld();
    const { label: _none, ...principal } = member('admins');
    await world.ask({ ...CREATE, invokedBy: 'OrchestrationRole' }, { principal });
    expect(await world.group()).toMatchObject({ changedBy: 'OrchestrationRole', requestedBy: 'cognito:admins' });
  });
});

describe('records', () => {
  it('tell each decision before anything is done, and what a group was and became', async () => {
    const world = await createdWorld();
    await world.ask({ ...UPDATE, name: 'Other', correlationId: 'c-9' });
    // What the pipeline then writes to AWS has records of its own.
    const told = world.records.filter(({ kind }) => !kind.startsWith('write_'));
    const [, created, , updated] = told;
    expect(told.map(({ kind, action, result }) => [kind, action, result])).toEqual([
      ['decision', 'create_protection_group', 'allowed'],
      ['change', 'create_protection_group', 'done'],
      ['decision', 'update_protection_group', 'allowed'],
      ['change', 'update_protection_group', 'done'],
    ]);
    expect(created).toMatchObject({ beforeHash: null, groupId: 'payments', actor: 'cognito:admins' });
    expect(updated).toMatchObject({ beforeHash: created?.afterHash, correlationId: 'c-9' });
    expect(updated?.afterHash).not.toBe(updated?.beforeHash);
  });

  it('name what each request made of the group, and nothing for one that changed nothing', async () => {
    const world = await createdWorld();
    await world.ask({ ...UPDATE, name: 'Other' });
    const before = world.records.length;
    await world.ask({ ...UPDATE, name: 'Other' }, { principal: member('author') });
    expect(world.records.slice(before).map(({ kind }) => kind)).toEqual(['decision']);
  });

  it('name the request that was overtaken before it could read what it had made', async () => {
    const world = await createdWorld();
    const { serveOperation } = await import('./serve-operation.ts');
    let overtaken = false;
    const events = {
      publish: async (published: Parameters<typeof world.events.publish>[0]) => {
        await world.events.publish(published);
        if (overtaken) return;
        overtaken = true;
        await world.ask({ ...UPDATE, launchConfig: { copyTags: false } });
      },
    };
    const input = { ...UPDATE, launchConfig: { copyPrivateIp: true } };
    const call = { input, principal: member('author'), requestId: 'r', waitMs: 0, waveWaitMs: 0 };
    await serveOperation(call, { ...world, events });
    const changes = world.records.filter(({ kind }) => kind === 'change');
    expect(changes.map(({ actor }) => actor).sort()).toEqual(['cognito:admins', 'cognito:admins', 'cognito:author']);
    const [, byAuthor] = [changes.map(({ actor }) => actor), changes.find(({ actor }) => actor === 'cognito:author')];
    const later = changes.find(({ actor, beforeHash }) => actor === 'cognito:admins' && beforeHash !== null);
    expect(later?.beforeHash).toBe(byAuthor?.afterHash);
  });

  it('are told of a request that was interrupted after it was saved', async () => {
    const world = operationWorld();
    const { serveOperation } = await import('./serve-operation.ts');
    const lost = { ...world, once: <Answer>(_call: object, perform: () => Promise<Answer>) => perform() };
    const call = { principal: member('admins'), waitMs: 0, waveWaitMs: 0 };
    const failing = { record: () => Promise.reject(new Error('no trail')) };
    const saves = {
      ...world.groups,
      save: (group: Parameters<typeof world.groups.save>[0]) => world.groups.save(group),
    };
    let audit = world.audit;
    saves.save = async (group) => {
      const done = await world.groups.save(group);
      audit = { ...world.audit, ...failing };
      return done;
    };
    const trail = { record: (records: Parameters<typeof audit.record>[0]) => audit.record(records) };
    const input = { ...CREATE, idempotencyKey: 'k' };
    const first = serveOperation({ ...call, requestId: 'first', input }, { ...lost, groups: saves, audit: trail });
    await expect(first).rejects.toThrow('no trail');
    await serveOperation({ ...call, requestId: 'second', input }, lost);
    const [change] = world.records.filter(({ kind }) => kind === 'change');
    expect(change).toMatchObject({ beforeHash: null, afterHash: expect.stringMatching(/^sha256:/), result: 'done' });
  });

  it('are sound for a group without an id, or with the longest', async () => {
    const world = operationWorld();
    const { groupId: _none, ...anonymous } = CREATE;
    const made = operations.create_protection_group.response.parse(await world.ask(anonymous));
    expect(world.records[0]).toMatchObject({ kind: 'decision', groupId: made.groupId });
    await world.ask({ ...CREATE, groupId: 'g'.repeat(128), serverIds: [] });
    expect(world.records.at(-1)).toMatchObject({ kind: 'change', groupId: 'g'.repeat(128) });
  });

  it('of a denial name what denied, not what would have permitted a part', async () => {
    const world = await createdWorld({ tags: { team: 'payments' } });
    const away = { ...UPDATE, tags: { team: 'ledger' } };
    await expect(world.ask(away, { principal: member('payments-authors') })).rejects.toMatchObject({
      code: 'access.denied',
      problems: [{ path: 'tags', value: { team: 'ledger' } }],
    });
    expect(world.records.at(-1)).toMatchObject({ result: 'denied', policies: [] });
  });

  it('are one per group of a wave', async () => {
    const world = await createdWorld();
    const wave = {
      operation: 'start_wave_recovery',
      executionId: 'e',
      waveNumber: 1,
      groupIds: ['payments', 'ledger'],
    };
    await world.ask({ ...wave, isDrill: true, applyWaitSeconds: 0 });
    const decisions = world.records.filter(({ action }) => action === 'start_wave_recovery');
    expect(decisions.map(({ groupId }) => groupId)).toEqual(['payments', 'ledger']);
  });

  it('come first: what cannot be recorded is not done, and not told', async () => {
    const world = operationWorld();
    const { serveOperation } = await import('./serve-operation.ts');
    const lost = new Error('no trail');
    const audit = { record: () => Promise.reject(lost) };
    const call = { principal: member('admins'), requestId: 'r', waitMs: 0, waveWaitMs: 0 };
    await expect(serveOperation({ ...call, input: CREATE }, { ...world, audit })).rejects.toBe(lost);
    expect(await world.groups.getMany(['payments'])).toEqual(new Map());
    const list = { ...call, input: { operation: 'list_protection_groups' } };
    await expect(serveOperation(list, { ...world, audit })).rejects.toBe(lost);
    await expect(serveOperation({ ...call, input: STATUS }, { ...world, audit })).rejects.toBe(lost);
  });

  it('keep nobody from recovering: those of a wave go where nothing refuses them', async () => {
    const world = await createdWorld();
    const { serveOperation } = await import('./serve-operation.ts');
    const audit = { record: () => Promise.reject(new Error('no trail')) };
    const input = { operation: 'start_wave_recovery', executionId: 'e', waveNumber: 1, groupIds: ['payments'] };
    const call = { input, principal: member('admins'), requestId: 'r', waitMs: 0, waveWaitMs: 0 };
    const { response } = await serveOperation(call, { ...world, audit });
    expect(response).toMatchObject({ status: 'started' });
    expect(world.audit.recorded.slice(-3).map(({ kind }) => kind)).toEqual(['decision', 'write_begun', 'write_ended']);
  });
});

describe('start_wave_recovery', () => {
  it('says that it is still applying when the way in allows no longer wait, and starts nothing', async () => {
    const world = operationWorld();
    await world.ask(CREATE, { waitMs: 0 });
    const wave = { operation: 'start_wave_recovery', executionId: 'e', waveNumber: 1, groupIds: ['payments'] };
    const stuck = { ...world, pause: async (ms: number) => world.clock.advance(ms) };
    const { serveOperation } = await import('./serve-operation.ts');
    const call = { input: wave, principal: member('admins'), requestId: 'r', waitMs: 0, waveWaitMs: 1000 };
    const { response } = await serveOperation(call, stuck);
    expect(response).toMatchObject({ status: 'applying', jobs: [], notReady: [{ groupId: 'payments' }, {}] });
    await world.settle();
    expect(await world.ask(wave)).toMatchObject({ status: 'started' });
  });

  it('decides about what is not ready when calls have waited together as long as they were to', async () => {
    const world = operationWorld();
    await world.ask(CREATE, { waitMs: 0 });
    const wave = { operation: 'start_wave_recovery', executionId: 'e', waveNumber: 1, groupIds: ['payments'] };
    const stuck = { ...world, pause: async (ms: number) => world.clock.advance(ms) };
    const { serveOperation } = await import('./serve-operation.ts');
    const call = { principal: member('admins'), requestId: 'r', waitMs: 0, waveWaitMs: 20_000 };
    const told: string[] = [];
    while (told.at(-1) !== 'blocked' && told.length < 10) {
      const { response } = await serveOperation({ ...call, input: { ...wave, applyWaitSeconds: 50 } }, stuck);
      told.push('status' in response ? response.status : '');
    }
    expect(told).toEqual(['applying', 'applying', 'blocked']);
  });
});
