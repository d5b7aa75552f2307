import { GetLaunchConfigStatusResponse } from '@prelaunch/contracts/operations/launch-configs';
import { ListProtectionGroupsResponse, ProtectionGroup } from '@prelaunch/contracts/operations/protection-groups';
import { describe, expect, it } from 'vitest';
import { serverId } from '../../../../tests/support/builders.ts';
import { binding } from '../../../../tests/support/configurations.ts';
import { CREATE, type OperationWorld, operationWorld, STATUS } from '../../../../tests/support/operation-world.ts';
import { published } from '../../../../tests/support/published-versions.ts';
import { changeMark } from '../configuration/rollout/change-mark.ts';

const PRODUCTION = { configurationId: 'production' };
const GET = { operation: 'get_protection_group', groupId: 'payments' } as const;

/** Version 1 is published, `payments` was created with what is stated, and `plain` with nothing to inherit. */
async function worldWith(stated: object): Promise<OperationWorld> {
  const world = operationWorld();
  await published({ settings: { name: 'one' } }, world);
  await world.ask({ ...CREATE, ...stated });
  await world.ask({ ...CREATE, groupId: 'plain', serverIds: [serverId(3)] });
  await world.settle();
  return world;
}

/** What each of the operations that show a group says of its status. */
async function shown(world: OperationWorld) {
  const whole = ProtectionGroup.parse(await world.ask(GET));
  const status = GetLaunchConfigStatusResponse.parse(await world.ask(STATUS));
  const list = ListProtectionGroupsResponse.parse(await world.ask({ operation: 'list_protection_groups' }));
  const listed = new Map(list.protectionGroups.map((one) => [one.groupId, one.launchConfigStatus.status]));
  return { whole, status, listed };
}

describe('a group, as operations show it', () => {
  it('is pending everywhere while it is behind, and says for what it waits', async () => {
    const world = await worldWith({ configuration: PRODUCTION });
    expect((await shown(world)).whole.launchConfigStatus).toMatchObject({ status: 'ready', errors: [] });
    await published({ settings: { name: 'two' } }, world);
    const stored = await world.group();

    const { whole, status, listed } = await shown(world);

    const pending = {
      status: 'pending',
      errors: [{ code: 'configuration.behind', path: 'configuration', value: 'production' }],
    };
    expect(whole.launchConfigStatus).toMatchObject(pending);
    expect(whole.statusPath).toBe('/protection-groups/payments/launch-config-status');
    expect(status).toMatchObject(pending);
    expect([...listed]).toEqual([
      ['payments', 'pending'],
      ['plain', 'ready'],
    ]);
    expect(await world.group()).toEqual(stored);
  });

  it('is not called ready by apply_launch_configs while it is behind, but brought forward', async () => {
    const world = await worldWith({ configuration: PRODUCTION });
    await published({ settings: { name: 'two' } }, world);
    const answer = await world.ask({ operation: 'apply_launch_configs', groupId: 'payments' });
    expect(answer).toMatchObject({ outcome: 'applied', status: 'ready', errors: [] });
    expect((await shown(world)).whole.inherits).toMatchObject({ versions: [{ version: 2 }], state: 'current' });
  });

  it('is as it was while a rollout is stopped that has not come to it', async () => {
    const world = await worldWith({ configuration: PRODUCTION });
    const second = await published({ settings: { name: 'two' } }, world);
    await changeMark(second, (mark) => ({ ...mark, state: 'stopped' }), world);
    const { whole, status, listed } = await shown(world);
    expect(whole.inherits).toMatchObject({ state: 'held', versions: [{ ...PRODUCTION, version: 1 }] });
    expect([whole.launchConfigStatus.status, status.status, listed.get('payments')]).toEqual([
      'ready',
      'ready',
      'ready',
    ]);
  });

  it('says what it names itself, and with which versions it was planned', async () => {
    const world = await worldWith({ configuration: { ...PRODUCTION, version: 1 } });
    await published({ settings: { name: 'two' } }, world);
    const { whole } = await shown(world);
    expect(whole.configuration).toEqual({ ...PRODUCTION, version: 1 });
    const configuration = { ...PRODUCTION, version: 1 };
    expect(whole.inherits).toEqual({ configuration, bindingId: null, versions: [], state: 'current' });
    expect(whole.launchConfigStatus.status).toBe('ready');
  });

  it('says by which binding it inherits', async () => {
    const world = operationWorld();
    await published({}, world);
    await world.bindings.save(binding({ subject: { kind: 'protectionGroup', id: 'payments' }, priority: 4 }));
    await world.ask(CREATE);
    const { whole } = await shown(world);
    expect(whole.configuration).toBeNull();
    expect(whole.inherits).toEqual({
      configuration: PRODUCTION,
      bindingId: 'protectionGroup:payments:4',
      versions: [{ ...PRODUCTION, version: 1 }],
      state: 'current',
    });
  });

  it('says that it inherits nothing where it states everything itself, and nothing is asked of the graph', async () => {
    const world = await worldWith({});
    await published({ settings: { name: 'two' } }, world);
    const catalogue = () => Promise.reject(new Error('nobody should ask'));
    world.configurations.catalogue = catalogue;
    const { whole, listed } = await shown(world);
    expect([whole.configuration, whole.inherits]).toEqual([null, null]);
    expect(new Set(listed.values())).toEqual(new Set(['ready']));
  });
});
