import { ConfigurationPublished } from '@prelaunch/contracts/events';
import { describe, expect, it } from 'vitest';
import { readyGroup } from '../../../../../tests/support/builders.ts';
import { catalogueOf, rolloutProgress } from '../../../../../tests/support/configurations.ts';
import { type MemoryWorld, memoryWorld } from '../../../../../tests/support/memory-world.ts';
import { ContentionError } from '../../errors.ts';
import type { RolloutMark } from '../configuration.ts';
import { RolloutNotStoppedError } from '../configuration-errors.ts';
import { resumeRollout } from './resume-rollout.ts';

const V2 = { configurationId: 'production', version: 2 };

function mark(stated: Partial<RolloutMark> = {}): RolloutMark {
  const who = { by: 'ops', requestedBy: 'user:ops', correlationId: 'c-7' };
  return {
    ...{ version: 2, previous: [1], state: 'stopped', because: '1 of 1 servers failed', maxFailureShare: 0.1 },
    ...who,
    ...stated,
  };
}

/** Version 2 was stopped when it had reached one group, of which two servers have failed by now. */
async function stopped(production: RolloutMark = mark()): Promise<MemoryWorld> {
  const world = memoryWorld();
  const { launchConfigStatus } = readyGroup();
  const counts = { ...launchConfigStatus.counts, failed: 2 };
  await world.put(readyGroup({ launchConfigStatus: { ...launchConfigStatus, status: 'failed', counts } }));
  await world.configurations.saveCatalogue(catalogueOf({ production: 2 }, { rollouts: { production } }));
  const reached = [{ groupId: 'payments', failedBefore: 0 }];
  await world.rollouts.saveRollout(rolloutProgress({ version: 2, groupIds: ['payments', 'ledger'], reached }));
  return world;
}

describe('resumeRollout', () => {
  it('lets it run again, without what was said of its stop, and counts what has failed until now as old', async () => {
    const world = await stopped();
    await resumeRollout('production', world);
    const { because: _because, ...running } = mark({ state: 'running' });
    expect((await world.configurations.catalogue()).rollouts).toEqual({ production: running });
    expect(await world.rollouts.rollout(V2)).toMatchObject({
      groupIds: ['payments', 'ledger'],
      reached: [{ groupId: 'payments', failedBefore: 2 }],
    });
  });

  it('says again that the version was published, which is what makes it go on', async () => {
    const world = await stopped();
    await resumeRollout('production', world);
    expect(world.events.published.map(({ detail }) => ConfigurationPublished.detail.parse(detail))).toMatchObject([
      { correlationId: 'c-7', data: { ...V2, previousVersion: 1 } },
    ]);
  });

  it('is resumed although that cannot be said now', async () => {
    const world = await stopped();
    const publish = () => Promise.reject(new ContentionError('the bus'));
    await resumeRollout('production', { ...world, events: { publish } });
    expect((await world.configurations.catalogue()).rollouts).toMatchObject({ production: { state: 'running' } });
  });

  it.each([
    ['is running', mark({ state: 'running' })],
    ['is of a version before the newest', mark({ version: 1, previous: [] })],
  ])('refuses to resume what %s, and changes nothing', async (_what, production) => {
    const world = await stopped(production);
    const before = await world.configurations.catalogue();
    await expect(resumeRollout('production', world)).rejects.toBeInstanceOf(RolloutNotStoppedError);
    expect(await world.configurations.catalogue()).toEqual(before);
    expect(world.events.published).toEqual([]);
  });

  it('refuses to resume what was never published', async () => {
    await expect(resumeRollout('nowhere', memoryWorld())).rejects.toMatchObject({
      code: 'configuration.rollout_not_stopped',
    });
  });

  it('counts as old what has failed, although somebody wrote the progress meanwhile', async () => {
    const world = await stopped();
    let saves = 0;
    const rollouts: MemoryWorld['rollouts'] = {
      ...world.rollouts,
      async saveRollout(progress) {
        saves += 1;
        if (saves > 1) return world.rollouts.saveRollout(progress);
        const { reached } = progress;
        await world.rollouts.saveRollout({
          ...progress,
          reached: [...reached, { groupId: 'ledger', failedBefore: 0 }],
        });
        return false;
      },
    };
    await resumeRollout('production', { ...world, rollouts });
    expect(await world.rollouts.rollout(V2)).toMatchObject({
      reached: [
        { groupId: 'payments', failedBefore: 2 },
        { groupId: 'ledger', failedBefore: 0 },
      ],
    });
  });

  it('is announced once when two resume at the same time', async () => {
    const world = await stopped();
    const both = await Promise.allSettled([resumeRollout('production', world), resumeRollout('production', world)]);
    expect(both.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(world.events.published).toHaveLength(1);
    expect((await world.configurations.catalogue()).rollouts).toMatchObject({ production: { state: 'running' } });
  });
});
