import { topology } from '@prelaunch/topology/topology';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Pipeline, SETTINGS, startPipeline } from '../support/pipeline.ts';

/** The real wiring with a shorter lease and visibility, so that a vanished worker is noticed sooner. */
const impatient = {
  ...topology,
  applyLeaseSeconds: 9,
  queues: { ...topology.queues, apply: { ...topology.queues.apply, visibilitySeconds: 12 } },
};

describe('a worker that is killed in the middle of an apply', () => {
  let pipeline: Pipeline;

  beforeAll(async () => {
    pipeline = await startPipeline({ profile: 'typical', topology: impatient });
  });
  afterAll(() => pipeline.stop());

  it('leaves nothing ready that is not, and the group still becomes ready', async () => {
    const { simulator, environments, accountId, region } = pipeline.runtime;
    const servers = simulator.addSourceServers({ accountId, region }, 20);
    await pipeline.publish({ groupId: 'pg-killed', revision: 1, serverIds: servers, launchConfig: SETTINGS });
    await vi.waitFor(
      () => expect(simulator.calls.count({ operation: 'CreateLaunchTemplateVersion' })).toBeGreaterThan(0),
      {
        timeout: 60_000,
        interval: 5,
      },
    );

    const killed = environments.list().filter(({ functionId, state }) => functionId === 'apply' && state === 'busy');
    for (const { pid } of killed) environments.kill(pid);

    expect(killed.length).toBeGreaterThan(0);
    const items = await Promise.all(servers.map(pipeline.server));
    expect(items.some((item) => item?.dirty === true)).toBe(true);
    for (const serverId of await readyServers()) expect(isLive(serverId)).toBe(true);
    expect((await pipeline.group('pg-killed'))?.launchConfigStatus.status).not.toBe('ready');

    const { launchConfigStatus } = await pipeline.settled('pg-killed', 1);
    expect(launchConfigStatus).toMatchObject({ status: 'ready', counts: { ready: 20 } });
    for (const serverId of servers) expect(isLive(serverId)).toBe(true);

    async function readyServers(): Promise<string[]> {
      const read = await Promise.all(servers.map(async (id) => ({ id, item: await pipeline.server(id) })));
      return read.filter(({ item }) => item?.status === 'ready' && !item.dirty).map(({ id }) => id);
    }
  });

  function isLive(serverId: string): boolean {
    const { versions, defaultVersion, launchConfiguration } = pipeline.runtime.simulator.launchTemplateOf(serverId);
    const content = versions.find(({ versionNumber }) => versionNumber === defaultVersion)?.data;
    return launchConfiguration.launchDisposition === 'STOPPED' && content?.InstanceType === SETTINGS.instanceType;
  }
});
