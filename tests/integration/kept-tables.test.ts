import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Pipeline, SETTINGS, startPipeline } from '../support/pipeline.ts';

describe('tables kept in a directory', () => {
  let pipeline: Pipeline | undefined;
  afterEach(() => pipeline?.stop());

  it('hold groups over a restart: an older event changes nothing, and a forced apply reads everything back again', async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'prelaunch-data-'));
    const first = await startPipeline({ dataDirectory });
    pipeline = first;
    const where = { accountId: first.runtime.accountId, region: first.runtime.region };
    const serverIds = first.runtime.simulator.addSourceServers(where, 2);
    await first.publish({ groupId: 'pg-kept', revision: 3, serverIds, launchConfig: SETTINGS });
    await first.settled('pg-kept', 3);
    await first.stop();

    const second = await startPipeline({ dataDirectory });
    pipeline = second;
    expect(second.runtime.simulator.addSourceServers(where, 2)).toEqual(serverIds);
    await second.publish({ groupId: 'pg-kept', revision: 2, serverIds: [], launchConfig: {} });
    await vi.waitFor(async () => expect(await second.depth('plan')).toBe(0), { timeout: 30_000, interval: 50 });
    const forced = await second.invoke({ operation: 'apply_launch_configs', groupId: 'pg-kept', force: true });

    expect(forced).toMatchObject({ status: 'ready', appliedServers: 2 });
    expect(await second.group('pg-kept')).toMatchObject({ revision: 3, serverIds });
    const [server = ''] = serverIds;
    expect(second.runtime.simulator.launchTemplateOf(server).launchConfiguration.copyTags).toBe(true);
  });
});
