import type { Simulator } from '@prelaunch/local/simulator/create-simulator';
import { topology } from '@prelaunch/topology/topology';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Pipeline, SETTINGS, startPipeline } from '../support/pipeline.ts';
import { liveOf, statusOf, tagsOf } from './support/validation-servers.ts';

/** The real wiring with a shorter lease and visibility, and a queue that soon gives up. */
const impatient = {
  ...topology,
  applyLeaseSeconds: 10,
  queues: {
    ...topology.queues,
    apply: {
      ...topology.queues.apply,
      visibilitySeconds: 13,
      redrive: { ...topology.queues.apply.redrive, maxReceiveCount: 4 },
    },
  },
};

const WAIT = { timeout: 90_000, interval: 100 };

describe.concurrent('an outage of AWS', { timeout: 200_000 }, () => {
  let pipeline: Pipeline;
  let simulator: Simulator;

  beforeAll(async () => {
    pipeline = await startPipeline({ topology: impatient });
    ({ simulator } = pipeline.runtime);
  });
  afterAll(() => pipeline.stop());

  it.each([
    ['UpdateLaunchConfiguration', 'pg-update-hangs'],
    ['GetLaunchConfiguration', 'pg-read-hangs'],
  ])(
    'leaves all servers of a group pending while %s times out, and they become ready by themselves',
    async (operation, groupId) => {
      const serverIds = add(20);
      const { end } = hang(operation, serverIds);
      await pipeline.publish({ groupId, revision: 1, serverIds, launchConfig: SETTINGS });
      await everyServer(serverIds, { lastError: expect.objectContaining({ code: 'aws.unavailable' }) });
      const during = await statusOf(pipeline, groupId);

      end();
      const { launchConfigStatus } = await settled(groupId, 1);

      expect(during).toMatchObject({ status: 'pending', counts: { total: 20, pending: 20, failed: 0 } });
      expect(launchConfigStatus).toMatchObject({ status: 'ready', counts: { ready: 20 }, errors: [] });
      expect(serverIds.map(isLive)).not.toContain(false);
      await everyServer(serverIds, { status: 'ready', dirty: false, errors: [] });
    },
  );

  it('leaves servers pending that the queue has given up on, says so, and the sweep brings them to ready', async () => {
    const groupId = 'pg-long-outage';
    const serverIds = add(5);
    const { end } = hang('UpdateLaunchConfiguration', serverIds);
    await pipeline.publish({ groupId, revision: 1, serverIds, launchConfig: SETTINGS });
    const exhausted = expect.objectContaining({
      code: 'apply.exhausted',
      message: expect.stringContaining('UpdateLaunchConfiguration'),
    });
    await everyServer(serverIds, { errors: [exhausted] });
    const during = await vi.waitFor(async () => {
      const status = await statusOf(pipeline, groupId);
      expect(status.errors.map(({ code }) => code)).toEqual(serverIds.map(() => 'apply.exhausted'));
      return status;
    }, WAIT);

    end();
    await vi.waitFor(async () => {
      // Servers whose last worker may still be at work are left alone until its lease is over.
      await pipeline.runtime.fireSchedule('reconcile');
      expect((await pipeline.group(groupId))?.launchConfigStatus.status).toBe('ready');
    }, WAIT);

    expect(during).toMatchObject({ status: 'pending', counts: { total: 5, pending: 5, failed: 0 } });
    expect(Object.values(during.serverConfigs).map(({ status }) => status)).toEqual(serverIds.map(() => 'pending'));
    expect(serverIds.map(isLive)).not.toContain(false);
    await everyServer(serverIds, { status: 'ready', errors: [] });
    expect((await statusOf(pipeline, groupId)).errors).toEqual([]);
  });

  it.each([
    ['deleted', 'GetLaunchConfiguration'],
    ['updated', 'UpdateLaunchConfiguration'],
  ])(
    'writes nothing of a group to servers that it lost meanwhile (%s), and another group can have them',
    async (changeType, operation) => {
      const [groupId, heirId] = [`pg-${changeType}`, `pg-${changeType}-heir`];
      const [lost = '', kept = ''] = add(2);
      const { end } = hang(operation, [lost]);
      const launchConfig = { launchDisposition: 'STOPPED', tags: { owner: groupId } };
      await pipeline.publish({ groupId, revision: 1, serverIds: [lost, kept], launchConfig });
      await everyServer([lost], { lastError: expect.objectContaining({ code: 'aws.unavailable' }) });
      const before = simulator.launchTemplateOf(lost);

      await pipeline.publish({ groupId, revision: 2, serverIds: [kept], launchConfig, changeType });
      await settled(groupId, 2);
      const released = await pipeline.server(lost);
      end();
      // Until the old group's message has come back.
      await vi.waitFor(async () => expect(await pipeline.depth('apply')).toBe(0), WAIT);
      const afterwards = simulator.launchTemplateOf(lost);
      await pipeline.publish({
        groupId: heirId,
        revision: 1,
        serverIds: [lost],
        launchConfig: { tags: { heir: 'yes' } },
      });
      const { launchConfigStatus } = await settled(heirId, 1);

      expect(released?.groupId).toBeUndefined();
      expect(afterwards).toEqual(before);
      expect(launchConfigStatus).toMatchObject({ status: 'ready', errors: [] });
      const { launchConfiguration, content } = liveOf(simulator, lost);
      expect(launchConfiguration).toEqual(before.launchConfiguration);
      expect(tagsOf(content)).toMatchObject({ heir: 'yes' });
      expect(tagsOf(content)).not.toHaveProperty('owner');
    },
  );

  function add(count: number): string[] {
    const { accountId, region } = pipeline.runtime;
    return simulator.addSourceServers({ accountId, region }, count);
  }

  /** From now on the operation answers nothing for these servers, until the outage ends. Other outages are not touched. */
  function hang(operation: string, serverIds: readonly string[]): { readonly end: () => void } {
    const { faults } = simulator;
    for (const serverId of serverIds) faults.add({ operation, serverId, times: 1000, fault: { kind: 'hang' } });
    const end = () => {
      const others = faults.pending().filter(({ serverId = '' }) => !serverIds.includes(serverId));
      faults.clear();
      for (const fault of others) faults.add(fault);
    };
    return { end };
  }

  /** With time for leases to run out, and for a sweep should the queue have given up. */
  async function settled(groupId: string, revision: number) {
    return vi.waitFor(async () => {
      const found = await pipeline.group(groupId);
      expect(found?.revision).toBe(revision);
      expect(found?.launchConfigStatus.status).not.toBe('pending');
      return found as NonNullable<typeof found>;
    }, WAIT);
  }

  async function everyServer(serverIds: readonly string[], state: object): Promise<void> {
    await vi.waitFor(async () => {
      const items = await Promise.all(serverIds.map(pipeline.server));
      expect(items).toEqual(serverIds.map(() => expect.objectContaining(state)));
    }, WAIT);
  }

  function isLive(serverId: string): boolean {
    const { launchConfiguration, content } = liveOf(simulator, serverId);
    return launchConfiguration.launchDisposition === 'STOPPED' && content.InstanceType === SETTINGS.instanceType;
  }
});
