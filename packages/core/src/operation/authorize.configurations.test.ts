import { beforeEach, describe, expect, it } from 'vitest';
import {
  CREATE,
  member,
  type OperationWorld,
  operationWorld,
  UPDATE,
} from '../../../../tests/support/operation-world.ts';
import { draftPlan, say } from '../../../../tests/support/plans.ts';

let world: OperationWorld;
beforeEach(async () => {
  world = operationWorld();
  await say(world, 'base', {});
  await say(world, 'other', {});
});

const ofBase = { configurationId: 'base' };
const BASE_AUTHOR = { principal: member('base-authors') };
const BASE_VIEWER = { principal: member('base-viewers') };
const DENIED = { code: 'access.denied' };

function decisions() {
  return world.records.filter(({ kind }) => kind === 'decision');
}

describe('who may do what to configurations', () => {
  it('is decided of the configuration that is named, and of no other', async () => {
    await world.ask({ operation: 'save_configuration_draft', ...ofBase, description: 'mine' }, BASE_AUTHOR);
    const save = world.ask({ operation: 'save_configuration_draft', configurationId: 'other' }, BASE_AUTHOR);
    await expect(save).rejects.toMatchObject({
      ...DENIED,
      problems: [{ path: 'configurationId', value: 'other', allowed: expect.stringContaining('configuration') }],
    });
    expect(await world.configurations.draft('other')).toMatchObject({ discarded: true });
    expect(decisions().at(-1)).toMatchObject({
      configurationId: 'other',
      result: 'denied',
      actor: 'cognito:base-authors',
    });
  });

  it('asks for the right to see whatever is named as a parent', async () => {
    const parents = [{ configurationId: 'base' }, { configurationId: 'other', version: 1 }];
    const save = { operation: 'save_configuration_draft', ...ofBase, parents: parents.slice(1) };
    await expect(world.ask(save, BASE_AUTHOR)).rejects.toMatchObject({
      ...DENIED,
      problems: [
        { path: 'parents.0', value: 'other' },
        { path: 'parents.0', value: 'other' },
      ],
    });
    expect(await world.ask(save)).toMatchObject({ parents: parents.slice(1) });
  });

  it('tells nobody without a right to it whether one exists', async () => {
    for (const configurationId of ['other', 'ghost'])
      await expect(world.ask({ operation: 'get_configuration', configurationId }, BASE_VIEWER)).rejects.toMatchObject(
        DENIED,
      );
  });

  it('takes a right to everything for what is about nothing in particular', async () => {
    for (const request of [
      { operation: 'list_bindings' },
      { operation: 'get_configuration_graph' },
      { operation: 'resolve_configuration', userId: 'alice' },
      { operation: 'create_binding', subject: { kind: 'default' }, priority: 1, ...ofBase },
    ]) {
      const asked = world.ask(request, BASE_AUTHOR);
      await expect(asked).rejects.toMatchObject({
        ...DENIED,
        problems: [{ path: 'operation', value: request.operation }],
      });
    }
    expect(await world.ask({ operation: 'get_configuration_graph', ...ofBase }, BASE_VIEWER)).toMatchObject({
      nodes: [{}],
    });
    expect(await world.ask({ operation: 'resolve_configuration', ...ofBase }, BASE_VIEWER)).toMatchObject({
      path: [{}],
    });
  });

  it.each(['viewer', 'operator', 'auditor'])('lets no %s change anything of them', async (role) => {
    const { planHash } = await draftPlan(world, 'base', { description: 'new' });
    const before = await world.configurations.catalogue();
    for (const request of [
      { operation: 'save_configuration_draft', ...ofBase },
      { operation: 'discard_configuration_draft', ...ofBase },
      { operation: 'publish_configuration', ...ofBase, planHash, message: 'x' },
      { operation: 'rollback_configuration', ...ofBase, toVersion: 1, planHash, message: 'x' },
      { operation: 'resume_configuration_rollout', ...ofBase },
      { operation: 'delete_configuration', ...ofBase },
      { operation: 'create_binding', subject: { kind: 'default' }, priority: 1, ...ofBase },
      { operation: 'update_binding', bindingId: 'default:1', ...ofBase },
      { operation: 'delete_binding', bindingId: 'default:1' },
    ])
      await expect(world.ask(request, { principal: member(role) }), request.operation).rejects.toMatchObject(DENIED);
    expect(await world.configurations.catalogue()).toEqual(before);
    expect(await world.bindings.all()).toEqual([]);
  });

  it('lets an approver publish what others wrote, and write nothing', async () => {
    const { planHash } = await draftPlan(world, 'base', { description: 'new' });
    const principal = member('approver');
    for (const operation of ['save_configuration_draft', 'discard_configuration_draft', 'delete_configuration'])
      await expect(world.ask({ operation, ...ofBase }, { principal })).rejects.toMatchObject(DENIED);
    const publish = { operation: 'publish_configuration', ...ofBase, planHash, message: 'x' };
    expect(await world.ask(publish, { principal })).toMatchObject({ version: 2 });
  });

  it('has each decision in the records, under the configuration that it is about', async () => {
    await world.ask({ operation: 'get_configuration', ...ofBase });
    expect(decisions().at(-1)).toMatchObject({
      action: 'get_configuration',
      configurationId: 'base',
      result: 'allowed',
    });
    expect(decisions().at(-1)?.policies).not.toEqual([]);
    await world.ask({ operation: 'list_bindings' });
    expect(decisions().at(-1)).not.toHaveProperty('configurationId');
  });
});

describe('who may have a group inherit', () => {
  const TEAM = { tags: { team: 'payments' } };
  const TEAM_AUTHOR = { principal: member('payments-authors') };

  it('is whoever may see the configuration and its settings, besides changing the group', async () => {
    await world.ask({ ...CREATE, ...TEAM }, TEAM_AUTHOR);
    const inherit = { ...UPDATE, configuration: ofBase };
    await expect(world.ask(inherit, TEAM_AUTHOR)).rejects.toMatchObject({
      ...DENIED,
      problems: [
        { path: 'configuration', value: 'base' },
        { path: 'configuration', value: 'base' },
      ],
    });
    const seeing = { principal: member('payments-authors', 'base-viewers') };
    await expect(world.ask(inherit, seeing)).rejects.toMatchObject({ problems: [{ path: 'configuration' }] });
    expect(await world.group()).not.toHaveProperty('configuration');
    const knowing = { principal: member('payments-authors', 'base-authors') };
    expect(await world.ask(inherit, knowing)).toMatchObject({ configuration: ofBase });
    expect(decisions().at(-1)).toMatchObject({ configurationId: 'base', action: 'update_protection_group' });
    const created = { ...CREATE, ...TEAM, groupId: 'more', serverIds: [], configuration: { configurationId: 'other' } };
    await expect(world.ask(created, knowing)).rejects.toMatchObject({
      problems: [{ value: 'other' }, { value: 'other' }],
    });
  });

  it('needs no right to the configuration for taking it away, or for changing something else', async () => {
    await world.ask({ ...CREATE, ...TEAM, configuration: ofBase });
    expect(await world.ask({ ...UPDATE, name: 'Ours' }, TEAM_AUTHOR)).toMatchObject({ name: 'Ours' });
    expect(await world.ask({ ...UPDATE, configuration: null }, TEAM_AUTHOR)).toMatchObject({ configuration: null });
  });

  it('is told nobody without a right whether the configuration or the group exists', async () => {
    const ghosts = { groupId: 'ghost', configuration: { configurationId: 'ghost' } };
    await expect(world.ask({ ...UPDATE, ...ghosts }, TEAM_AUTHOR)).rejects.toMatchObject(DENIED);
  });
});
