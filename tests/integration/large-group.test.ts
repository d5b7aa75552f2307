import type { Simulator } from '@prelaunch/local/simulator/create-simulator';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Pipeline, startPipeline } from '../support/pipeline.ts';
import { liveOf, statusOf, tagsOf } from './support/validation-servers.ts';

/** EC2 makes so many template versions at once, and so many a second after that. */
const BURST = 100;
const PER_SECOND = 5;
/** So many more have to wait for their turn, the last of them forty seconds. */
const OTHERS = 200;

/**
 * EC2 saves up no tokens while its bucket is full: what a busy machine takes longer from its first turn to the first write than later
 * is missing then. This many are five seconds; without turns, most of the others would be refused at least once.
 */
const LATE_WRITES_MAX = 25;

/** DynamoDB keeps no larger item. */
const ITEM_BYTES_MAX = 400 * 1024;

const WAIT = { timeout: 150_000, interval: 200 };

/** DRS keeps these alone. */
const IN_DRS = { launchDisposition: 'STOPPED', copyTags: true } as const;

describe('large groups', { timeout: 240_000 }, () => {
  let pipeline: Pipeline;
  let simulator: Simulator;

  beforeAll(async () => {
    pipeline = await startPipeline();
    ({ simulator } = pipeline.runtime);
    await pipeline.runtime.environments.warmUp();
  });
  afterAll(() => pipeline.stop());

  it('brings 1,200 servers to ready, and keeps within the rates where templates are written', async () => {
    const { accountId, region } = pipeline.runtime;
    const serverIds = simulator.addSourceServers({ accountId, region }, 1_200);
    const withTemplate = serverIds.slice(0, BURST + OTHERS);
    await pipeline.publish({
      groupId: 'pg-1200',
      revision: 1,
      serverIds,
      launchConfig: IN_DRS,
      serverOverrides: Object.fromEntries(withTemplate.map((id) => [id, { tags: { tier: 'gold' } }])),
    });

    const group = await vi.waitFor(async () => {
      const found = await pipeline.group('pg-1200');
      expect(found?.launchConfigStatus).toMatchObject({ status: 'ready' });
      return found;
    }, WAIT);

    const counts = { total: 1_200, ready: 1_200, pending: 0, failed: 0, notConfigured: 0 };
    expect(group?.launchConfigStatus).toMatchObject({ counts, errors: [] });
    const status = await statusOf(pipeline, 'pg-1200');
    expect(status).toMatchObject({ status: 'ready', counts });
    expect(Object.keys(status.serverConfigs)).toEqual(serverIds);
    expect(new Set(Object.values(status.serverConfigs).map((config) => config.status))).toEqual(new Set(['ready']));
    const live = serverIds.map((id) => liveOf(simulator, id));
    expect(live.every(({ launchConfiguration: { copyTags } }) => copyTags)).toBe(true);
    expect(live.filter(({ content }) => tagsOf(content).tier === 'gold')).toHaveLength(withTemplate.length);

    const { calls } = simulator;
    expect(calls.count({ region, outcome: 'throttled' })).toBeLessThanOrEqual(LATE_WRITES_MAX);
    for (const operation of ['CreateLaunchTemplateVersion', 'ModifyLaunchTemplate'])
      expect(calls.count({ region, operation, outcome: 'ok' })).toBeGreaterThanOrEqual(withTemplate.length);
    const times = withTemplate
      .flatMap((id) => simulator.launchTemplateOf(id).versions.filter(isOwn))
      .map(({ createdAt }) => createdAt)
      .sort((one, other) => one - other);
    const [first = 0, lastAtOnce = 0, last = 0] = [0, BURST - 1, BURST + OTHERS - 1].map((index) => times[index]);
    // At five a second, the first hundred would take twenty seconds.
    expect(lastAtOnce - first).toBeLessThan((BURST / PER_SECOND / 2) * 1000);
    expect(last - first).toBeGreaterThan((OTHERS / PER_SECOND - 2) * 1000);

    const items = [group, ...(await Promise.all(withTemplate.map(pipeline.server)))];
    const sizes = items.map((item) => Buffer.byteLength(JSON.stringify(item)));
    expect(Math.max(...sizes)).toBeLessThan(ITEM_BYTES_MAX);
  });

  it('writes nothing more to servers that were waiting for their turn when the group was deleted', async () => {
    // A Region of its own has rates of its own.
    const target = { accountId: pipeline.runtime.accountId, region: 'eu-west-1' };
    const serverIds = simulator.addSourceServers(target, BURST + 60);
    const change = { groupId: 'pg-deleted', ...target, serverIds, launchConfig: { tags: { owner: 'deleted' } } };
    await pipeline.publish({ ...change, revision: 1 });
    await vi.waitFor(
      async () => {
        const waiting = await Promise.all(serverIds.slice(-10).map(pipeline.server));
        expect(waiting.every((item) => item?.permit !== undefined)).toBe(true);
      },
      { ...WAIT, interval: 20 },
    );

    await pipeline.publish({ ...change, revision: 2, changeType: 'deleted' });
    await pipeline.settled('pg-deleted', 2);
    const released = await Promise.all(serverIds.map(pipeline.server));
    const untouched = serverIds.filter((id, index) => !isOwned(id) && released[index]?.lease === undefined);
    const heirs = untouched.slice(0, 5);
    const launchConfig = { tags: { heir: 'yes' } };
    await pipeline.publish({ groupId: 'pg-heir', revision: 1, ...target, serverIds: heirs, launchConfig });
    const { launchConfigStatus } = await pipeline.settled('pg-heir', 1);
    // All messages of the deleted group were due before those of its heir.
    await vi.waitFor(async () => expect(await pipeline.depth('apply')).toBe(0), WAIT);

    expect(released.map((item) => item?.groupId)).toEqual(serverIds.map(() => undefined));
    expect(released.every((item) => item?.permit === undefined)).toBe(true);
    expect(heirs).toHaveLength(5);
    expect(launchConfigStatus).toMatchObject({ status: 'ready', counts: { ready: 5 }, errors: [] });
    expect(untouched.filter(isOwned)).toEqual([]);
    expect(simulator.launchTemplateOf(untouched.at(-1) ?? '').versions.filter(isOwn)).toEqual([]);
    const written = serverIds.filter(isOwned).length + heirs.length;
    const made = { region: target.region, operation: 'CreateLaunchTemplateVersion', outcome: 'ok' } as const;
    expect(simulator.calls.count(made)).toBe(written);

    function isOwned(serverId: string): boolean {
      return tagsOf(liveOf(simulator, serverId).content).owner === 'deleted';
    }
  });
});

function isOwn({ description }: { readonly description: string | undefined }): boolean {
  return description === 'Prelaunch';
}
