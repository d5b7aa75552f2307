import { operations } from '@prelaunch/contracts/operations';
import { describe, expect, it } from 'vitest';
import { readyGroup } from '../../../../tests/support/builders.ts';
import {
  CREATE,
  createdWorld,
  member,
  operationWorld,
  STATUS,
  UPDATE,
} from '../../../../tests/support/operation-world.ts';
import { serveOperation } from './serve-operation.ts';

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
    const call = { input: keyed, principal: member('admins'), waitMs: 0, waveWaitMs: 0 };
    await serveOperation({ ...call, requestId: 'first' }, lost);
    const again = await serveOperation({ ...call, requestId: 'second' }, lost);
    expect(again.response).toMatchObject({ groupId: 'payments', generation: 1 });
  });

  it('does what another request asks for though its key was used long ago', async () => {
    const world = await createdWorld();
    const forgotten = { ...world, once: <Answer>(_call: object, perform: () => Promise<Answer>) => perform() };
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
    const call = { principal: member('admins'), requestId: 'r', waitMs: 0, waveWaitMs: 20_000 };
    const told: string[] = [];
    while (told.at(-1) !== 'blocked' && told.length < 10) {
      const { response } = await serveOperation({ ...call, input: { ...wave, applyWaitSeconds: 50 } }, stuck);
      told.push('status' in response ? response.status : '');
    }
    expect(told).toEqual(['applying', 'applying', 'blocked']);
  });
});
