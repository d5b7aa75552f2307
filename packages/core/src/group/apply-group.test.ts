import { describe, expect, it } from 'vitest';
import { change, group, launchSettings, serverId, serverIds, TARGET } from '../../../../tests/support/builders.ts';
import { AT } from '../../../../tests/support/clock.ts';
import { memoryWorld } from '../../../../tests/support/memory-world.ts';
import { published } from '../../../../tests/support/published-versions.ts';
import { advanceRollout } from '../configuration/rollout/advance-rollout.ts';
import { changeMark } from '../configuration/rollout/change-mark.ts';
import { appliedGroup, applyLaunchConfigs } from './apply-group.ts';
import { GroupNotFoundError } from './group-errors.ts';
import { planChange } from './plan-group.ts';

const request = { groupId: 'payments', force: false, by: 'operator', correlationId: 'c-5' };

async function readyWorld() {
  const world = memoryWorld();
  await planChange(change(), world);
  await world.settle();
  return world;
}

describe('applyLaunchConfigs', () => {
  it('leaves a group alone that is ready', async () => {
    const world = await readyWorld();
    const before = await world.group();
    const answer = await applyLaunchConfigs(request, 10_000, world);
    expect(answer).toEqual({
      groupId: 'payments',
      status: 'ready',
      appliedServers: 2,
      failedServers: 0,
      errors: [],
      outcome: 'already_ready',
      fresh: true,
    });
    expect(await world.group()).toEqual(before);
  });

  it('applies every server again when forced, and corrects what somebody else changed', async () => {
    const world = await readyWorld();
    await world.aws.update({ accountId: '', region: '' }, serverId(1), { copyTags: false });

    const answer = await applyLaunchConfigs({ ...request, force: true }, 10_000, world);

    expect(answer).toMatchObject({ outcome: 'applied', status: 'ready', appliedServers: 2 });
    expect(world.aws.live(serverId(1))).toMatchObject({ copyTags: true });
    expect(await world.group()).toMatchObject({ generation: 2, changedBy: 'operator', correlationId: 'c-5' });
  });

  it('tries failed servers again without being forced', async () => {
    const world = memoryWorld({ servers: 1 });
    await planChange(change(), world);
    await world.settle();
    expect((await world.group()).launchConfigStatus.status).toBe('failed');
    world.aws.addServer(serverId(2));
    const answer = await applyLaunchConfigs(request, 10_000, world);
    expect(answer).toMatchObject({ outcome: 'applied', status: 'ready', errors: [] });
  });

  it('answers partial success with counts and the errors of those that failed', async () => {
    const world = memoryWorld({ servers: 1 });
    await planChange(change(), world);
    const answer = await applyLaunchConfigs(request, 10_000, world);
    expect(answer).toMatchObject({
      status: 'failed',
      appliedServers: 1,
      failedServers: 1,
      errors: [{ serverId: serverId(2), awsCode: 'ResourceNotFoundException' }],
    });
  });

  it('says that it is still applying when the time is up, having waited as long as it may and no longer', async () => {
    const world = memoryWorld();
    await world.put(group());
    const pause = async (ms: number) => world.clock.advance(ms);
    const answer = await applyLaunchConfigs(request, 5_000, { ...world, pause });
    expect(answer).toMatchObject({ outcome: 'still_applying', status: 'pending' });
    expect(world.now().getTime() - Date.parse(AT)).toBe(5_000);
  });

  it('asks for nothing of the graph for a group without a configuration, even when forced', async () => {
    const world = await readyWorld();
    const refusing = () => Promise.reject(new Error('nobody should ask'));
    const configurations = { ...world.configurations, catalogue: refusing, versions: refusing };
    const answer = await applyLaunchConfigs({ ...request, force: true }, 10_000, { ...world, configurations });
    expect(answer).toMatchObject({ outcome: 'applied', status: 'ready' });
  });

  describe('of a group that follows a configuration', () => {
    const configuration = { configurationId: 'production' };

    async function followingWorld(stated: Parameters<typeof change>[0] = {}) {
      const world = memoryWorld();
      const first = await published({ settings: { name: 'one' } }, world);
      await advanceRollout(first, world);
      await planChange(change({ configuration, ...stated }), world);
      await world.settle();
      return world;
    }

    it('brings it to what was published since, instead of calling it ready', async () => {
      const world = await followingWorld();
      await published({ settings: { name: 'two' } }, world);
      const answer = await applyLaunchConfigs(request, 10_000, world);
      expect(answer).toMatchObject({ outcome: 'applied', status: 'ready', appliedServers: 2, errors: [] });
      expect(world.aws.live(serverId(1))).toMatchObject({ name: 'two' });
      expect(await world.group()).toMatchObject({ generation: 2, changedBy: 'operator' });
      expect(await applyLaunchConfigs(request, 10_000, world)).toMatchObject({ outcome: 'already_ready' });
    });

    it('begins anew what is being applied of an earlier version', async () => {
      const world = await followingWorld();
      await planChange(
        change({ revision: 2, configuration, launchConfig: launchSettings({ copyTags: false }) }),
        world,
      );
      await published({ settings: { name: 'two' } }, world);
      const answer = await applyLaunchConfigs(request, 10_000, world);
      expect(answer).toMatchObject({ outcome: 'applied', status: 'ready' });
      expect(world.aws.live(serverId(1))).toMatchObject({ name: 'two', copyTags: false });
      expect((await world.group()).generation).toBe(3);
    });

    it('does not begin anew what is being applied of the newest', async () => {
      const world = await followingWorld();
      await published({ settings: { name: 'two' } }, world);
      await applyLaunchConfigs(request, 0, { ...world, pause: async () => undefined });
      const { generation } = await world.group();
      expect(await applyLaunchConfigs(request, 10_000, world)).toMatchObject({ outcome: 'applied', status: 'ready' });
      expect((await world.group()).generation).toBe(generation);
    });

    it.each([
      ['is pinned', { configuration: { ...configuration, version: 1 } }],
      ['has none of it', { configuration: undefined }],
    ])('leaves it alone when it %s, without looking at what was published', async (_what, stated) => {
      const world = await followingWorld(stated);
      await published({ settings: { name: 'two' } }, world);
      const before = await world.group();
      const catalogue = () => Promise.reject(new Error('nobody should ask'));
      const configurations = { ...world.configurations, catalogue };
      expect(await applyLaunchConfigs(request, 10_000, { ...world, configurations })).toMatchObject({
        outcome: 'already_ready',
        fresh: true,
      });
      expect(await world.group()).toEqual(before);
    });

    it('leaves it alone when the rollout was stopped before it came to it, and applies what it has when forced', async () => {
      const world = await followingWorld();
      const second = await published({ settings: { name: 'two' } }, world);
      await changeMark(second, (mark) => ({ ...mark, state: 'stopped' }), world);
      expect(await applyLaunchConfigs(request, 10_000, world)).toMatchObject({ outcome: 'already_ready' });
      await world.aws.update(TARGET, serverId(1), { copyTags: false });
      expect(await applyLaunchConfigs({ ...request, force: true }, 10_000, world)).toMatchObject({
        outcome: 'applied',
      });
      expect(world.aws.live(serverId(1))).toMatchObject({ name: 'one', copyTags: true });
    });

    it('answers that it is pending while it is behind, whatever was done', async () => {
      const world = await followingWorld();
      await published({ settings: { name: 'two' } }, world);
      expect(await appliedGroup('payments', 'applied', world)).toMatchObject({
        status: 'pending',
        errors: [{ code: 'configuration.behind', path: 'configuration', value: 'production' }],
      });
    });
  });

  it('refuses a group that does not exist, or not any more', async () => {
    const world = memoryWorld();
    await expect(applyLaunchConfigs(request, 0, world)).rejects.toBeInstanceOf(GroupNotFoundError);
    await planChange(change({ serverIds: serverIds(1) }, 'deleted'), world);
    await expect(applyLaunchConfigs(request, 0, world)).rejects.toMatchObject({ code: 'group.not_found' });
  });
});
