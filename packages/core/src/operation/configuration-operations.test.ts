import { type OperationName, operations } from '@prelaunch/contracts/operations';
import { beforeEach, describe, expect, it } from 'vitest';
import { group } from '../../../../tests/support/builders.ts';
import { rolloutProgress } from '../../../../tests/support/configurations.ts';
import { member, type OperationWorld, operationWorld } from '../../../../tests/support/operation-world.ts';
import { draftPlan, say } from '../../../../tests/support/plans.ts';
import { changeMark } from '../configuration/rollout/change-mark.ts';

let world: OperationWorld;
beforeEach(() => {
  world = operationWorld();
});

/** The answer, which has nothing in it that the contract does not have. */
async function asked(operation: OperationName, stated: object = {}, as = {}): Promise<Record<string, unknown>> {
  const answer = await world.ask({ operation, ...stated }, as);
  const { response } = operations[operation];
  expect(('strict' in response ? response.strict() : response).parse(answer)).toEqual(answer);
  return answer as Record<string, unknown>;
}

const ofBase = { configurationId: 'base' };
const AUTHOR = { principal: member('author') };

function changeRecords(operation: OperationName) {
  return world.records.filter(({ kind, action }) => kind === 'change' && action === operation);
}

describe('the draft of a configuration', () => {
  const said = {
    parents: [{ configurationId: 'network', version: 2 }],
    settings: { name: 'x', tags: { a: null } },
    variants: { 'm7i.*': { copyTags: true } },
    unset: ['tenancy'],
    locked: ['name'],
    description: 'Base',
    owner: 'platform',
  };

  it('is answered as it was saved, with who saved it, and says nothing to anybody else yet', async () => {
    const saved = await asked('save_configuration_draft', { ...ofBase, ...said }, AUTHOR);
    expect(saved).toMatchObject({
      ...ofBase,
      ...said,
      generation: 1,
      basedOn: null,
      authors: ['cognito:author'],
      savedBy: 'author@example.com',
    });
    expect(await asked('get_configuration_draft', ofBase)).toEqual(saved);
    expect(changeRecords('save_configuration_draft')).toMatchObject([
      { actor: 'cognito:author', configurationId: 'base', afterHash: expect.stringMatching(/^sha256:/) },
    ]);
    await expect(world.ask({ operation: 'get_configuration', ...ofBase })).rejects.toMatchObject({
      code: 'configuration.not_found',
    });
  });

  it('is saved whole: what is not stated is taken away', async () => {
    await asked('save_configuration_draft', { ...ofBase, ...said });
    expect(await asked('save_configuration_draft', ofBase)).toMatchObject({
      ...{ parents: [], settings: {}, variants: {}, unset: [], locked: [], description: null, owner: null },
      generation: 2,
    });
  });

  it('is saved and discarded only as it was seen', async () => {
    await asked('save_configuration_draft', { ...ofBase, generation: 0 });
    for (const operation of ['save_configuration_draft', 'discard_configuration_draft'])
      await expect(world.ask({ operation, ...ofBase, generation: 2 })).rejects.toMatchObject({
        code: 'configuration.draft_mismatch',
        current: 1,
      });
    expect(await asked('discard_configuration_draft', { ...ofBase, generation: 1 })).toEqual({
      ...ofBase,
      discarded: true,
    });
    expect(changeRecords('discard_configuration_draft')).toMatchObject([{ configurationId: 'base' }]);
    const again = world.ask({ operation: 'discard_configuration_draft', ...ofBase });
    await expect(again).rejects.toMatchObject({ code: 'configuration.draft_not_found' });
  });
});

describe('reading configurations', () => {
  it('lists them page by page, those that the caller may see', async () => {
    for (const id of ['base', 'network', 'web']) await say(world, id, {});
    const first = await asked('list_configurations', { limit: 2 });
    expect(first).toMatchObject({
      catalogueRevision: 3,
      configurations: [{ configurationId: 'base' }, { configurationId: 'network' }],
      nextToken: expect.any(String),
    });
    const { nextToken } = first;
    const last = await asked('list_configurations', { limit: 2, nextToken });
    expect(last).toMatchObject({ configurations: [{ configurationId: 'web' }] });
    expect(last).not.toHaveProperty('nextToken');
    const mine = await asked('list_configurations', {}, { principal: member('base-viewers') });
    expect(mine.configurations).toMatchObject([{ configurationId: 'base', hash: '[redacted]' }]);
    await expect(
      world.ask({ operation: 'list_configurations' }, { principal: member('nobody') }),
    ).rejects.toMatchObject({ code: 'access.denied' });
  });

  it('shows one, its versions page by page, and what differs between them', async () => {
    for (const name of ['one', 'two', 'three']) await say(world, 'base', { settings: { name } });
    expect(await asked('get_configuration', ofBase)).toMatchObject({ version: 3, settings: { name: 'three' } });
    expect(await asked('get_configuration', { ...ofBase, version: 1 })).toMatchObject({ settings: { name: 'one' } });
    const first = await asked('list_configuration_versions', { ...ofBase, limit: 2 });
    expect(first.versions).toMatchObject([{ version: 3 }, { version: 2 }]);
    const { nextToken } = first;
    const last = await asked('list_configuration_versions', { ...ofBase, limit: 2, nextToken });
    expect(last.versions).toMatchObject([{ version: 1 }]);
    expect(last).not.toHaveProperty('nextToken');
    expect(await asked('compare_configuration_versions', { ...ofBase, fromVersion: 1, toVersion: 3 })).toMatchObject({
      differences: [{ path: 'settings.name', from: 'one', to: 'three' }],
    });
  });

  it('refuses places in lists that no answer held', async () => {
    await say(world, 'base', {});
    for (const request of [
      { operation: 'list_configurations' },
      { operation: 'list_configuration_versions', ...ofBase },
    ])
      await expect(world.ask({ ...request, nextToken: 'LTE' })).rejects.toMatchObject({
        code: 'request.invalid',
        problems: [{ path: 'nextToken' }],
      });
  });

  it('shows the graph, as it is and as it would be with a draft, in each format', async () => {
    await say(world, 'base', {});
    await say(world, 'web', { parents: [ofBase] });
    await draftPlan(world, 'base', { settings: { name: 'x' } });
    expect(await asked('get_configuration_graph')).toMatchObject({
      nodes: [{ configurationId: 'base', version: 1, affected: false }, { configurationId: 'web' }],
      edges: [{ from: 'web@1', to: 'base@1' }],
    });
    const draft = await asked('get_configuration_graph', { ...ofBase, draft: true, format: 'graphml' });
    expect(draft).toMatchObject({
      nodes: [
        { configurationId: 'base', version: null, affected: true },
        { configurationId: 'web', version: 1, affected: true },
      ],
      edges: [{ from: 'web@1', to: 'base@draft' }],
      export: expect.stringContaining('<graphml'),
    });
    expect(draft.mermaid).toContain('base@draft');
    expect((await asked('get_configuration_graph', { format: 'opencypher' })).export).toContain('MERGE');
  });

  it('shows no draft of nothing in particular, and none where there is none', async () => {
    await say(world, 'base', {});
    const graph = { operation: 'get_configuration_graph', draft: true };
    await expect(world.ask(graph)).rejects.toMatchObject({
      code: 'request.invalid',
      problems: [{ path: 'configurationId' }],
    });
    await expect(world.ask({ ...graph, ...ofBase })).rejects.toMatchObject({ code: 'configuration.draft_not_found' });
  });

  it('resolves what anybody gets', async () => {
    await say(world, 'base', { settings: { copyTags: true } });
    await world.put(group({ launchConfig: { name: 'group' }, configuration: ofBase }));
    await asked('create_binding', { subject: { kind: 'default' }, priority: 1, ...ofBase });
    for (const start of [ofBase, { userId: 'alice' }, { groupId: 'payments' }])
      expect(await asked('resolve_configuration', start)).toMatchObject({ settings: { copyTags: true } });
  });

  it.each([
    [{}, 'userId'],
    [{ userId: 'alice', ...ofBase }, 'userId'],
    [{ userId: 'alice', groupId: 'payments' }, 'userId'],
    [{ ...ofBase, groupId: 'payments' }, 'userId'],
    [{ ...ofBase, serverId: 's-00000000000000001' }, 'serverId'],
    [{ userId: 'alice', version: 1 }, 'version'],
    [{ ...ofBase, instanceType: 'large' }, 'instanceType'],
  ])('resolves nothing from %j', async (start, path) => {
    await expect(world.ask({ operation: 'resolve_configuration', ...start })).rejects.toMatchObject({
      code: 'request.invalid',
      problems: [{ path }],
    });
  });
});

describe('delete_configuration', () => {
  const DELETE = { operation: 'delete_configuration', ...ofBase } as const;

  it('takes it away, once for its key, and has it in the records', async () => {
    await say(world, 'base', {});
    const gone = { ...ofBase, catalogueRevision: 2 };
    expect(await asked('delete_configuration', { ...ofBase, idempotencyKey: 'k' })).toEqual(gone);
    expect(await asked('delete_configuration', { ...ofBase, idempotencyKey: 'k' })).toEqual(gone);
    await expect(world.ask(DELETE)).rejects.toMatchObject({ code: 'configuration.not_found' });
    expect(changeRecords('delete_configuration')).toMatchObject([{ configurationId: 'base', afterHash: null }]);
  });

  it('is refused while something uses it', async () => {
    await say(world, 'base', {});
    await asked('create_binding', { subject: { kind: 'default' }, priority: 1, ...ofBase });
    await expect(world.ask(DELETE)).rejects.toMatchObject({
      code: 'configuration.in_use',
      message: expect.stringContaining('binding default:1'),
    });
    await asked('delete_binding', { bindingId: 'default:1' });
    expect(await asked('delete_configuration', ofBase)).toMatchObject({ catalogueRevision: 2 });
  });
});

describe('resume_configuration_rollout', () => {
  const RESUME = { operation: 'resume_configuration_rollout', ...ofBase } as const;

  it('goes on with a rollout that was stopped, and with no other', async () => {
    await say(world, 'base', {});
    await expect(world.ask(RESUME)).rejects.toMatchObject({ code: 'configuration.rollout_not_stopped' });
    const stopped = { state: 'stopped', because: 'too many failed' } as const;
    await changeMark({ ...ofBase, version: 1 }, (mark) => ({ ...mark, ...stopped }), world);
    await world.rollouts.saveRollout(rolloutProgress({ ...ofBase, groupIds: ['a', 'b'] }));
    expect(await asked('get_configuration', ofBase)).toMatchObject({ rollout: { version: 1, groups: 2, ...stopped } });
    expect(await asked('resume_configuration_rollout', ofBase)).toEqual({
      ...ofBase,
      rollout: { version: 1, state: 'running', groups: 2, reached: 0, because: null },
    });
    expect(changeRecords('resume_configuration_rollout')).toMatchObject([{ configurationId: 'base' }]);
  });

  it('goes on once for a key, whatever has stopped it again', async () => {
    await say(world, 'base', {});
    const stop = () => changeMark({ ...ofBase, version: 1 }, (mark) => ({ ...mark, state: 'stopped' }), world);
    await stop();
    const once = { ...RESUME, idempotencyKey: 'k-1' };
    expect(await world.ask(once)).toMatchObject({ rollout: { state: 'running' } });
    await stop();
    expect(await world.ask(once)).toMatchObject({ rollout: { state: 'stopped' } });
    expect(await world.ask({ ...once, idempotencyKey: 'k-2' })).toMatchObject({ rollout: { state: 'running' } });
  });
});

describe('bindings', () => {
  const ALICE = { kind: 'user', id: 'alice' } as const;
  const binding = { subject: ALICE, priority: 5, ...ofBase };

  beforeEach(() => say(world, 'base', { settings: { copyTags: true } }));

  it('are made, changed, listed by their ids and taken away, each change in the records', async () => {
    const made = await asked('create_binding', binding, AUTHOR);
    expect(made).toEqual({
      bindingId: 'user:alice:5',
      subject: ALICE,
      priority: 5,
      configuration: ofBase,
      changedBy: 'author@example.com',
      changedAt: expect.any(String),
    });
    await asked('create_binding', { ...binding, subject: { kind: 'default' } });
    const pinned = await asked('update_binding', { bindingId: 'user:alice:5', ...ofBase, version: 1 });
    expect(pinned).toMatchObject({ configuration: { ...ofBase, version: 1 }, changedBy: 'admins@example.com' });
    expect((await asked('list_bindings')).bindings).toMatchObject([{ bindingId: 'default:5' }, pinned]);
    expect(await asked('delete_binding', { bindingId: 'user:alice:5' })).toEqual({
      bindingId: 'user:alice:5',
      deleted: true,
    });
    expect((await asked('list_bindings')).bindings).toHaveLength(1);
    for (const operation of ['create_binding', 'update_binding', 'delete_binding'] as const)
      expect(changeRecords(operation)).toContainEqual(
        expect.objectContaining({ configurationId: 'base', bindingId: 'user:alice:5' }),
      );
  });

  it('are changed once for a key, which stands for one request', async () => {
    const request = { ...binding, idempotencyKey: 'k' };
    const made = await asked('create_binding', request);
    expect(await asked('create_binding', request)).toEqual(made);
    expect(changeRecords('create_binding')).toHaveLength(1);
    const other = world.ask({ operation: 'create_binding', ...request, priority: 6 });
    await expect(other).rejects.toMatchObject({ code: 'idempotency.mismatch' });
    await expect(world.ask({ operation: 'create_binding', ...binding })).rejects.toMatchObject({
      code: 'binding.exists',
    });
  });

  it.each([
    [{ subject: { kind: 'default', id: 'x' } }, 'subject.id'],
    [{ subject: { kind: 'role', id: 'x' } }, 'subject.kind'],
    [{ subject: { kind: 'user', id: '' } }, 'subject.id'],
    [{ subject: { kind: 'user', id: 'é' } }, 'subject.id'],
    [{ subject: { kind: 'protectionGroup', id: '-' } }, 'subject.id'],
    [{ priority: -1 }, 'priority'],
    [{ priority: 10_000 }, 'priority'],
    [{ priority: 1.5 }, 'priority'],
  ])('are refused with %j', async (stated, path) => {
    const request = { operation: 'create_binding', ...binding, ...stated };
    const error = await world.ask(request).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'request.invalid' });
    expect((error as { problems: { path: string }[] }).problems.map((problem) => problem.path)).toContain(path);
  });

  it('of a protection group have it planned again, when they come, change and go', async () => {
    const { configuration: _none, ...bare } = group({ launchConfig: { name: 'group' } });
    await world.put(bare);
    const subject = { kind: 'protectionGroup', id: 'payments' };
    const state = async () => {
      await world.settle();
      const { inherits } = await asked('get_protection_group', { groupId: 'payments' });
      const { settings } = (await world.server()).desired ?? {};
      return { inherits, settings };
    };
    await asked('create_binding', { ...binding, subject });
    expect(await state()).toMatchObject({
      inherits: { configuration: ofBase, bindingId: 'protectionGroup:payments:5', state: 'current' },
      settings: { name: 'group', copyTags: true },
    });
    await say(world, 'other', { settings: { copyTags: false } });
    await asked('update_binding', { bindingId: 'protectionGroup:payments:5', configurationId: 'other' });
    expect(await state()).toMatchObject({ settings: { copyTags: false } });
    await asked('delete_binding', { bindingId: 'protectionGroup:payments:5' });
    expect(await state()).toMatchObject({ inherits: null, settings: { name: 'group' } });
    expect(changeRecords('delete_binding')).toMatchObject([{ groupId: 'payments', configurationId: 'other' }]);
  });
});
