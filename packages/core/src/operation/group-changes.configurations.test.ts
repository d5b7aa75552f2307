import { operations } from '@prelaunch/contracts/operations';
import { beforeEach, describe, expect, it } from 'vitest';
import { change, serverId, serverIds } from '../../../../tests/support/builders.ts';
import { binding } from '../../../../tests/support/configurations.ts';
import { interrupted } from '../../../../tests/support/interrupting.ts';
import {
  CREATE,
  member,
  type OperationWorld,
  operationWorld,
  UPDATE,
} from '../../../../tests/support/operation-world.ts';
import { say } from '../../../../tests/support/plans.ts';
import { changeMark } from '../configuration/rollout/change-mark.ts';
import { serveOperation } from './serve-operation.ts';

const SUBNET = 'subnet-0a1b2c3d';
const web = { configurationId: 'web' };
const GET = { operation: 'get_protection_group', groupId: 'payments' } as const;
const { launchConfig: _none, ...BARE } = CREATE;
const secured = { securityGroupIds: ['sg-0a1b2c3d'] };

let world: OperationWorld;
beforeEach(async () => {
  world = operationWorld();
  await say(world, 'base', { settings: { subnetId: SUBNET } });
  await say(world, 'web', { parents: [{ configurationId: 'base' }], settings: { copyTags: true } });
});

/** What the first server of the group should have now. */
async function desired() {
  await world.settle();
  return (await world.server()).desired?.settings;
}

describe('a protection group with a configuration', () => {
  it('is made with what it inherits, and shows which versions that was', async () => {
    const answer = await world.ask({ ...BARE, configuration: web, launchConfig: { name: 'own' } });
    expect(operations.create_protection_group.response.strict().parse(answer)).toEqual(answer);
    expect(answer).toMatchObject({
      configuration: web,
      inherits: {
        configuration: web,
        bindingId: null,
        versions: [
          { configurationId: 'web', version: 1 },
          { configurationId: 'base', version: 1 },
        ],
        state: 'current',
      },
      launchConfig: { name: 'own' },
      launchConfigStatus: { status: 'ready' },
    });
    expect(await desired()).toEqual({ subnetId: SUBNET, copyTags: true, name: 'own' });
  });

  it('gets another one, or one that is pinned, and the settings that go with it', async () => {
    await world.ask({ ...BARE, configuration: web });
    await say(world, 'web', { settings: { copyTags: false } });
    expect(await world.ask({ ...UPDATE, configuration: { ...web, version: 1 } })).toMatchObject({
      configuration: { ...web, version: 1 },
      inherits: { versions: [], state: 'current' },
    });
    expect(await desired()).toEqual({ subnetId: SUBNET, copyTags: true });
    await world.ask({ ...UPDATE, configuration: { configurationId: 'base' } });
    expect(await desired()).toEqual({ subnetId: SUBNET });
  });

  it('loses it by `null`, and then has what it states, or what it is bound to', async () => {
    await world.ask({ ...BARE, configuration: web, launchConfig: { name: 'own' } });
    expect(await world.ask({ ...UPDATE, configuration: null })).toMatchObject({ configuration: null, inherits: null });
    expect(await desired()).toEqual({ name: 'own' });
    const subject = { kind: 'protectionGroup', id: 'payments' } as const;
    await world.bindings.save(binding({ subject, configuration: { configurationId: 'base' } }));
    await world.ask({ ...UPDATE, configuration: web });
    expect(await desired()).toMatchObject({ copyTags: true });
    expect(await world.ask({ ...UPDATE, configuration: null })).toMatchObject({
      configuration: null,
      inherits: { configuration: { configurationId: 'base' }, bindingId: 'protectionGroup:payments:0' },
    });
    expect(await desired()).toEqual({ subnetId: SUBNET, name: 'own' });
  });

  it('keeps it when something else is changed, and is not changed by being told the same', async () => {
    await world.ask({ ...BARE, configuration: web });
    expect(await world.ask({ ...UPDATE, name: 'Other' })).toMatchObject({ configuration: web });
    expect(await world.ask({ ...UPDATE, configuration: web })).toMatchObject({ configuration: web, generation: 2 });
  });

  it.each([
    [{ configurationId: 'ghost' }, 'configuration.configurationId', 'ghost'],
    [{ configurationId: 'web', version: 2 }, 'configuration.version', 'web@2'],
  ])('is neither made with %j, which nobody published, nor gets it', async (configuration, path, value) => {
    const refusal = {
      code: 'configuration.unknown',
      problems: [{ path, value, allowed: expect.stringContaining('published') }],
    };
    await expect(world.ask({ ...BARE, configuration })).rejects.toMatchObject(refusal);
    expect(await world.groups.getMany(['payments'])).toEqual(new Map());
    await world.ask(BARE);
    await expect(world.ask({ ...UPDATE, configuration })).rejects.toMatchObject(refusal);
    expect(await world.group()).toMatchObject({ generation: 1 });
  });

  it.each([
    [{ configuration: 'web' }, 'configuration'],
    [{ configuration: { configurationId: 'web', version: '1' } }, 'configuration.version'],
    [{ configuration: { configurationId: 'web', pinned: true } }, 'configuration.pinned'],
  ])('is not made with %j', async (stated, path) => {
    await expect(world.ask({ ...BARE, ...stated })).rejects.toMatchObject({
      code: 'request.invalid',
      problems: [{ path }],
    });
  });
});

describe('settings of a group that inherits', () => {
  it('are judged together with what is inherited', async () => {
    await expect(world.ask({ ...BARE, launchConfig: secured })).rejects.toMatchObject({ code: 'settings.combination' });
    expect(await world.ask({ ...BARE, configuration: web, launchConfig: secured })).toMatchObject({
      launchConfigStatus: { status: 'ready' },
    });
    await expect(world.ask({ ...UPDATE, configuration: null })).rejects.toMatchObject({
      code: 'settings.combination',
      problems: [{ path: 'launchConfig.securityGroupIds' }],
    });
    expect(await world.group()).toMatchObject({ configuration: web });
  });

  it('are judged by what the group is bound to, where it names nothing', async () => {
    const subject = { kind: 'protectionGroup', id: 'payments' } as const;
    await world.bindings.save(binding({ subject, configuration: web }));
    expect(await world.ask({ ...BARE, launchConfig: secured })).toMatchObject({ groupId: 'payments' });
  });

  it('are judged for servers too: those that come, and those that are there', async () => {
    const basic = { targetInstanceTypeRightSizingMethod: 'BASIC' } as const;
    await say(world, 'sized', { settings: basic });
    const typed = { [serverId(1)]: { instanceType: 'm7i.large' } };
    const sized = { configuration: { configurationId: 'sized' } };
    await expect(world.ask({ ...BARE, ...sized, serverOverrides: typed })).rejects.toMatchObject({
      code: 'settings.combination',
      problems: [{ path: 'configurations.sized@1.targetInstanceTypeRightSizingMethod' }],
    });
    await world.ask({ ...BARE, serverIds: serverIds(1, 2), ...sized });
    const add = { operation: 'add_servers_to_group', groupId: 'payments', serverIds: [serverId(1)] };
    await expect(world.ask({ ...add, serverOverrides: typed })).rejects.toMatchObject({ code: 'settings.combination' });
    expect(await world.ask(add)).toMatchObject({ serverIds: [serverId(2), serverId(1)] });
  });

  it('are judged by what locks leave of them', async () => {
    await say(world, 'locked', { settings: { subnetId: SUBNET, copyPrivateIp: true }, locked: ['privateIpAddress'] });
    const configuration = { configurationId: 'locked' };
    const address = { privateIpAddress: '10.0.0.1' };
    expect(await world.ask({ ...BARE, configuration, launchConfig: address })).toMatchObject({ configuration });
    expect(await desired()).not.toHaveProperty('privateIpAddress');
  });

  it('keep nobody from changing something else, once they are wrong by what is inherited', async () => {
    await world.planned(change({ launchConfig: secured, configuration: { configurationId: 'web' } }));
    await world.planned(change({ revision: 2, launchConfig: secured, configuration: { configurationId: 'ghost' } }));
    expect(await world.ask({ ...UPDATE, name: 'Other' })).toMatchObject({ name: 'Other' });
    expect(await world.ask({ ...UPDATE, configuration: web })).toMatchObject({
      launchConfigStatus: { status: 'ready' },
    });
  });

  it('are judged by what the group has while a stopped rollout holds it back', async () => {
    await world.ask({ ...BARE, configuration: web });
    await say(world, 'web', { settings: { copyTags: false } });
    await changeMark({ ...web, version: 2 }, (mark) => ({ ...mark, state: 'stopped' }), world);
    const update = { ...UPDATE, configuration: web, launchConfig: secured };
    expect(await world.ask(update)).toMatchObject({
      inherits: { state: 'held', versions: [{ version: 1 }, { version: 1 }] },
      launchConfigStatus: { status: 'ready' },
    });
  });

  it('are not judged by what somebody else takes away at the same time', async () => {
    await world.ask({ ...BARE, configuration: web });
    const taken = () => world.ask({ ...UPDATE, configuration: null });
    const { deps } = interrupted({ groups: world.groups }, 2, taken);
    const call = { input: { ...UPDATE, launchConfig: secured }, principal: member('admins') };
    const late = serveOperation({ ...call, requestId: 'late', waitMs: 0, waveWaitMs: 0 }, { ...world, ...deps });
    await expect(late).rejects.toMatchObject({ code: 'store.contention', retryable: true });
    expect(await world.group()).not.toHaveProperty('configuration');
  });
});

describe('events of upstream systems', () => {
  it('keep the configuration where they know nothing of it, and change it where they name one', async () => {
    await world.planned(change({ revision: 1 }));
    await world.ask({ ...UPDATE, configuration: web });
    await world.planned(change({ revision: 2, launchConfig: { name: 'upstream' } }));
    expect(await world.ask(GET)).toMatchObject({ configuration: web, launchConfig: { name: 'upstream' } });
    expect(await desired()).toEqual({ subnetId: SUBNET, copyTags: true, name: 'upstream' });
    await world.planned(change({ revision: 3, launchConfig: {}, configuration: { configurationId: 'base' } }));
    expect(await world.ask(GET)).toMatchObject({ configuration: { configurationId: 'base' } });
    expect(await desired()).toEqual({ subnetId: SUBNET });
  });

  it('that delete a group take its configuration along', async () => {
    await world.planned(change({ revision: 1, configuration: web }));
    await world.planned({ ...change({ revision: 2 }), changeType: 'deleted' });
    expect(await world.group()).not.toHaveProperty('configuration');
    expect(await world.ask({ operation: 'delete_configuration', ...web })).toMatchObject(web);
  });
});
