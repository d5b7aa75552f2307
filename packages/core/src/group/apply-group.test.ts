import { describe, expect, it } from 'vitest';
import { change, group, serverId, serverIds } from '../../../../tests/support/builders.ts';
import { AT } from '../../../../tests/support/clock.ts';
import { memoryWorld } from '../../../../tests/support/memory-world.ts';
import { applyLaunchConfigs } from './apply-group.ts';
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

  it('refuses a group that does not exist, or not any more', async () => {
    const world = memoryWorld();
    await expect(applyLaunchConfigs(request, 0, world)).rejects.toBeInstanceOf(GroupNotFoundError);
    await planChange(change({ serverIds: serverIds(1) }, 'deleted'), world);
    await expect(applyLaunchConfigs(request, 0, world)).rejects.toMatchObject({ code: 'group.not_found' });
  });
});
