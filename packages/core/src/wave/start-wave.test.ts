import { StartWaveRecoveryResponse } from '@prelaunch/contracts/operations/waves';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  change,
  launchSettings,
  serverId,
  serverIds,
  sourceServer,
  TARGET,
  wave,
} from '../../../../tests/support/builders.ts';
import { HOUR_MS } from '../../../../tests/support/clock.ts';
import { atEachAwait, Crash, crashing } from '../../../../tests/support/crashing.ts';
import { type MemoryWorld, memoryWorld } from '../../../../tests/support/memory-world.ts';
import { published } from '../../../../tests/support/published-versions.ts';
import { AwsCallError, UnknownAccountError } from '../apply/ports.ts';
import { advanceRollout } from '../configuration/rollout/advance-rollout.ts';
import { changeMark } from '../configuration/rollout/change-mark.ts';
import { ContentionError } from '../errors.ts';
import { planChange } from '../group/plan-group.ts';
import type { GroupStore } from '../group/ports.ts';
import { type StartWaveDeps, startWaveRecovery, type WaveCall } from './start-wave.ts';
import type { Recovery } from './wave.ts';

const STARTER_MS = 120_000;

function call(stated: Partial<WaveCall['request']> = {}): WaveCall {
  const request: WaveCall['request'] = {
    operation: 'start_wave_recovery',
    executionId: 'execution',
    waveNumber: 1,
    groupIds: ['payments'],
    isDrill: false,
    onNotReady: 'block',
    applyWaitSeconds: 300,
    ...stated,
  };
  return { request, by: 'orchestrator', correlationId: 'c-1' };
}

/** A world with one ready group of so many servers, all in one target. */
async function readyWorld(count = 2, stated: Parameters<typeof change>[0] = {}): Promise<MemoryWorld> {
  const world = memoryWorld({ servers: count });
  await planChange(change({ serverIds: serverIds(count), ...stated }), world);
  await world.settle();
  return world;
}

/** How often each server was started. */
function starts({ recovery }: MemoryWorld): Map<string, number> {
  const all = recovery.started.flatMap((job) => job.serverIds);
  return new Map([...new Set(all)].map((id) => [id, all.filter((other) => other === id).length]));
}

function startedOnce(world: MemoryWorld, ids: readonly string[]): void {
  expect([...starts(world)].sort()).toEqual(ids.map((id) => [id, 1]).sort());
}

function refusal(kind: 'refused' | 'unavailable' | 'throttled', awsCode: string, answered: boolean): AwsCallError {
  return new AwsCallError({ kind, operation: 'StartRecovery', awsCode, message: 'no', answered, cause: undefined });
}

/** Recovery that fails its first starts: before the job is there, or after. */
function failing(
  world: MemoryWorld,
  when: 'before' | 'after',
  error: Error,
  times = 1,
): Recovery & { finds: () => number } {
  let left = times;
  let finds = 0;
  return {
    finds: () => finds,
    async start(...args) {
      const fails = left > 0;
      left -= 1;
      if (fails && when === 'before') throw error;
      const jobId = await world.recovery.start(...args);
      if (fails) throw error;
      return jobId;
    },
    find: (...args) => {
      finds += 1;
      return world.recovery.find(...args);
    },
  };
}

describe('startWaveRecovery', () => {
  describe('when all is ready', () => {
    it('starts at once, on one read of the groups and none of the servers', async () => {
      const world = await readyWorld();
      const reads: string[][] = [];
      const groups: GroupStore = {
        ...world.groups,
        getMany: (ids) => {
          reads.push([...ids]);
          return world.groups.getMany(ids);
        },
      };
      const servers = { ...world.servers, getMany: () => Promise.reject(new Error('servers were read')) };

      const answer = await startWaveRecovery(call(), { ...world, groups, servers });

      expect(reads).toEqual([['payments']]);
      expect(answer).toMatchObject({ status: 'started', path: 'fast', notReady: [], failedJobs: [] });
      expect(answer.jobs).toEqual([{ jobId: world.recovery.started[0]?.jobId, ...TARGET, serverIds: serverIds(2) }]);
      expect(StartWaveRecoveryResponse.parse(answer)).toEqual(answer);
    });

    it('says whether it is a drill', async () => {
      for (const isDrill of [true, false]) {
        const world = await readyWorld();
        await startWaveRecovery(call({ isDrill }), world);
        expect(world.recovery.started).toMatchObject([{ isDrill }]);
      }
    });

    it('puts at most 100 servers into a job', async () => {
      const world = await readyWorld(250);
      const answer = await startWaveRecovery(call(), world);
      expect(answer.jobs.map(({ serverIds: ids }) => ids.length)).toEqual([100, 100, 50]);
      startedOnce(world, serverIds(250));
    });

    it('puts servers of different accounts and Regions into different jobs', async () => {
      const world = await readyWorld(4, { serverIds: serverIds(2) });
      const elsewhere = { groupId: 'ledger', accountId: '222222222222', serverIds: serverIds(2, 3) };
      await planChange(change(elsewhere), world);
      await world.settle();
      const answer = await startWaveRecovery(call({ groupIds: ['payments', 'ledger'] }), world);
      expect(answer.jobs).toMatchObject([
        { accountId: TARGET.accountId, serverIds: serverIds(2) },
        { accountId: '222222222222', serverIds: serverIds(2, 3) },
      ]);
    });

    it('takes a group with nothing to apply as it is', async () => {
      const world = await readyWorld(2, { launchConfig: {} });
      expect(await startWaveRecovery(call(), world)).toMatchObject({ status: 'started', path: 'fast' });
    });

    it('says how long each step took', async () => {
      const world = await readyWorld();
      const start: Recovery['start'] = async (...args) => {
        world.clock.advance(700);
        return world.recovery.start(...args);
      };
      const answer = await startWaveRecovery(call(), { ...world, recovery: { ...world.recovery, start } });
      expect(answer.timings).toEqual({ statusReadMs: 0, applyMs: 0, startMs: 700, totalMs: 700 });
    });
  });

  describe('when a status is older than 24 hours', () => {
    it('verifies first, correcting what somebody changed, and starts', async () => {
      const world = await readyWorld();
      await world.aws.update(TARGET, serverId(1), { copyTags: false });
      world.clock.advance(25 * HOUR_MS);
      const answer = await startWaveRecovery(call(), world);
      expect(answer).toMatchObject({ status: 'started', path: 'verify', notReady: [] });
      expect(world.aws.live(serverId(1))).toMatchObject({ copyTags: true });
      startedOnce(world, serverIds(2));
    });

    it('writes nothing to AWS where nothing differs', async () => {
      const world = await readyWorld();
      const writes = world.aws.writes();
      world.clock.advance(25 * HOUR_MS);
      await startWaveRecovery(call(), world);
      expect(world.aws.writes()).toBe(writes);
    });
  });

  describe('when something is not ready', () => {
    it('applies what needs it, and only that, and starts', async () => {
      const world = await readyWorld(3);
      await world.put(sourceServer({ serverId: serverId(2), dirty: true }));
      await world.put({
        ...(await world.group()),
        launchConfigStatus: { ...(await world.group()).launchConfigStatus, status: 'pending' },
      });
      const { version: _version, planned: _planned, ...untouched } = await world.server(serverId(1));
      const answer = await startWaveRecovery(call(), world);
      expect(answer).toMatchObject({ status: 'started', path: 'apply', notReady: [] });
      expect(await world.server(serverId(1))).toMatchObject(untouched);
      startedOnce(world, serverIds(3));
    });

    it('plans a change first that nobody has planned yet', async () => {
      const world = await readyWorld();
      const launchConfig = launchSettings({ name: 'new' });
      const crashed = { ...world, queue: { send: () => Promise.reject(new Crash()) } };
      await planChange(change({ revision: 2, launchConfig }), crashed).catch(() => undefined);
      expect(await startWaveRecovery(call(), world)).toMatchObject({ status: 'started', path: 'apply' });
      expect(world.aws.live(serverId(1))).toMatchObject({ name: 'new' });
    });

    it.each([
      ['block', 'blocked', []],
      ['skip', 'blocked', []],
      ['proceed', 'started', serverIds(2)],
    ] as const)(
      'does not take servers for ready by what was planned before, asked to %s',
      async (onNotReady, status, started) => {
        const world = await readyWorld();
        const inventory = { lookUp: () => Promise.reject(new ContentionError('AWS')) };
        const unplanned = { ...world, inventory };
        const launchConfig = launchSettings({ name: 'new' });
        await planChange(change({ revision: 2, launchConfig }), unplanned).catch(() => undefined);
        const answer = await startWaveRecovery(call({ onNotReady, applyWaitSeconds: 5 }), unplanned);
        expect(answer).toMatchObject({ status, path: 'apply' });
        expect(answer.notReady.map(({ serverId: id }) => id)).toEqual(serverIds(2));
        startedOnce(world, started);
      },
    );

    /** Server 2 is not known to AWS, so that it cannot be applied. */
    async function oneFailing(): Promise<MemoryWorld> {
      const world = memoryWorld({ servers: 1 });
      await planChange(change(), world);
      await world.settle();
      return world;
    }

    it('starts nothing when asked to block, and names who is not ready and why', async () => {
      const world = await oneFailing();
      const answer = await startWaveRecovery(call({ onNotReady: 'block' }), world);
      expect(answer).toMatchObject({
        status: 'blocked',
        path: 'apply',
        jobs: [],
        notReady: [{ groupId: 'payments', serverId: serverId(2), errors: [{ awsCode: 'ResourceNotFoundException' }] }],
      });
      expect(world.recovery.started).toEqual([]);
    });

    it('can be called again after it was blocked, and starts then', async () => {
      const world = await oneFailing();
      await startWaveRecovery(call(), world);
      world.aws.addServer(serverId(2));
      expect(await startWaveRecovery(call(), world)).toMatchObject({ status: 'started' });
      startedOnce(world, serverIds(2));
    });

    it('leaves out who is not ready when asked to skip', async () => {
      const world = await oneFailing();
      const answer = await startWaveRecovery(call({ onNotReady: 'skip' }), world);
      expect(answer).toMatchObject({ status: 'partially_started', notReady: [{ serverId: serverId(2) }] });
      startedOnce(world, serverIds(1));
    });

    it('starts all of them when asked to proceed, and names them all the same', async () => {
      const world = await oneFailing();
      const answer = await startWaveRecovery(call({ onNotReady: 'proceed' }), world);
      expect(answer).toMatchObject({ status: 'started', notReady: [{ serverId: serverId(2) }] });
      startedOnce(world, serverIds(2));
    });

    it.each(['block', 'skip', 'proceed'] as const)(
      'starts nothing of groups that do not exist, asked to %s',
      async (onNotReady) => {
        const world = memoryWorld();
        await planChange(change({ groupId: 'gone', serverIds: [] }, 'deleted'), world);
        const answer = await startWaveRecovery(call({ groupIds: ['nowhere', 'gone'], onNotReady }), world);
        expect(answer).toMatchObject({
          status: 'blocked',
          notReady: [
            { groupId: 'nowhere', errors: [{ code: 'group.not_found' }] },
            { groupId: 'gone', errors: [{ code: 'group.not_found' }] },
          ],
        });
        expect(world.recovery.started).toEqual([]);
      },
    );

    it('is only partly started when a group of it does not exist', async () => {
      const world = await readyWorld();
      const answer = await startWaveRecovery(call({ groupIds: ['payments', 'nowhere'], onNotReady: 'skip' }), world);
      expect(answer).toMatchObject({ status: 'partially_started', notReady: [{ groupId: 'nowhere' }] });
      startedOnce(world, serverIds(2));
    });

    it('waits no longer than it may, and names what was still pending', async () => {
      const world = await readyWorld();
      await planChange(change({ revision: 2, launchConfig: launchSettings({ name: 'new' }) }), world);
      world.queue.waiting.length = 0;
      const before = world.now().getTime();
      const queue = { send: async () => undefined };
      const answer = await startWaveRecovery(call({ applyWaitSeconds: 10 }), { ...world, queue });
      expect(world.now().getTime() - before).toBe(10_000);
      expect(answer).toMatchObject({
        status: 'blocked',
        notReady: [{ serverId: serverId(1) }, { serverId: serverId(2) }],
      });
      expect(answer.timings).toMatchObject({ applyMs: 10_000, totalMs: 10_000 });
    });

    it('starts a server with nothing to apply, also when another one of the group failed', async () => {
      const world = memoryWorld({ servers: 2 });
      const serverOverrides = { [serverId(2)]: { unknown: 1 } };
      await planChange(change({ launchConfig: undefined, serverOverrides }), world);
      const answer = await startWaveRecovery(call({ onNotReady: 'skip' }), world);
      expect(answer.notReady.map(({ serverId: id }) => id)).toEqual([serverId(2)]);
      startedOnce(world, serverIds(1));
    });

    it('starts a server with nothing to apply although a worker once died on it', async () => {
      const world = await readyWorld(2, { launchConfig: {}, serverOverrides: { [serverId(2)]: { unknown: 1 } } });
      await world.put({ ...(await world.server(serverId(1))), dirty: true });
      const answer = await startWaveRecovery(call({ onNotReady: 'skip' }), world);
      expect(answer.notReady.map(({ serverId: id }) => id)).toEqual([serverId(2)]);
    });
  });

  describe('of groups that follow a configuration', () => {
    const configuration = { configurationId: 'production' };

    async function followingWorld(stated: Parameters<typeof change>[0] = {}): Promise<MemoryWorld> {
      const world = memoryWorld({ servers: 4 });
      const first = await published({ settings: { name: 'one' } }, world);
      await advanceRollout(first, world);
      await planChange(change({ configuration, ...stated }), world);
      await world.settle();
      return world;
    }

    it('brings them to what was published since, and starts only then', async () => {
      const world = await followingWorld();
      await published({ settings: { name: 'two' } }, world);
      const start: Recovery['start'] = async (...args) => {
        for (const id of serverIds(2)) expect(world.aws.live(id)).toMatchObject({ name: 'two' });
        return world.recovery.start(...args);
      };
      const answer = await startWaveRecovery(call(), { ...world, recovery: { ...world.recovery, start } });
      expect(answer).toMatchObject({ status: 'started', path: 'apply', notReady: [] });
      expect(await world.group()).toMatchObject({ generation: 2, changedBy: 'orchestrator' });
      startedOnce(world, serverIds(2));
    });

    it('touches no group of the wave that has the newest', async () => {
      const world = await followingWorld();
      await published({ settings: { name: 'two' } }, world);
      await planChange(change({ groupId: 'ledger', configuration, serverIds: serverIds(2, 3) }), world);
      await world.settle();
      const ledger = await world.group('ledger');
      const answer = await startWaveRecovery(call({ groupIds: ['payments', 'ledger'] }), world);
      expect(answer).toMatchObject({ status: 'started', path: 'apply' });
      expect(await world.group('ledger')).toEqual(ledger);
      startedOnce(world, serverIds(4));
    });

    it('starts at once who has the newest, is pinned, or was not reached before a rollout was stopped', async () => {
      const world = await followingWorld();
      await planChange(
        change({ groupId: 'pinned', configuration: { ...configuration, version: 1 }, serverIds: [serverId(3)] }),
        world,
      );
      const second = await published({ settings: { name: 'two' } }, world);
      await changeMark(second, (mark) => ({ ...mark, state: 'stopped' }), world);
      await planChange(change({ groupId: 'newest', configuration, serverIds: [serverId(4)] }), world);
      await world.settle();
      const groupIds = ['payments', 'pinned', 'newest'];
      const before = await world.groups.getMany(groupIds);

      const answer = await startWaveRecovery(call({ groupIds }), world);

      expect(answer).toMatchObject({ status: 'started', path: 'fast' });
      expect(await world.groups.getMany(groupIds)).toEqual(before);
      expect(serverIds(4).map((id) => world.aws.live(id).name)).toEqual(['one', 'one', 'one', 'two']);
      startedOnce(world, serverIds(4));
    });

    it('starts nobody for whom something was published while it waited, and says so', async () => {
      const world = await followingWorld();
      world.clock.advance(25 * HOUR_MS);
      let pauses = 0;
      const pause = async (ms: number) => {
        await world.pause(ms);
        pauses += 1;
        if (pauses === 1) await published({ settings: { name: 'two' } }, world);
      };
      const answer = await startWaveRecovery(call(), { ...world, pause });
      expect(pauses).toBeGreaterThan(0);
      expect(answer).toMatchObject({ status: 'blocked', path: 'verify' });
      const codes = answer.notReady.map(({ errors }) => errors.map(({ code }) => code));
      expect(codes).toEqual([['configuration.behind'], ['configuration.behind']]);
      expect(world.recovery.started).toEqual([]);
    });

    it('starts nothing while one of them cannot be brought forward', async () => {
      const world = await followingWorld();
      await published({ settings: { name: 'two' } }, world);
      const inventory = { lookUp: () => Promise.reject(new ContentionError('AWS')) };
      const answer = await startWaveRecovery(call({ applyWaitSeconds: 5 }), { ...world, inventory });
      expect(answer).toMatchObject({ status: 'blocked', path: 'apply' });
      expect(world.recovery.started).toEqual([]);
    });
  });

  describe('at most once', () => {
    it('answers the same jobs, and starts none, however often it is repeated', async () => {
      const world = await readyWorld();
      const first = await startWaveRecovery(call(), world);
      for (let repeat = 0; repeat < 4; repeat += 1) {
        const again = await startWaveRecovery(call(), world);
        expect(again).toMatchObject({ status: 'started', jobs: first.jobs });
      }
      startedOnce(world, serverIds(2));
    });

    it('answers the jobs of the wave that was started, although its group is not ready by now', async () => {
      const world = await readyWorld();
      const first = await startWaveRecovery(call(), world);
      await planChange(change({ revision: 2, launchConfig: launchSettings({ name: 'new' }) }), world);
      const again = await startWaveRecovery(call(), world);
      expect(again).toMatchObject({ status: 'started', jobs: first.jobs, path: 'fast' });
      expect((await world.group()).generation).toBe(2);
      startedOnce(world, serverIds(2));
    });

    it('starts another wave, and another execution, of the same servers anew', async () => {
      const world = await readyWorld();
      await startWaveRecovery(call(), world);
      await startWaveRecovery(call({ waveNumber: 2 }), world);
      await startWaveRecovery(call({ executionId: 'other' }), world);
      expect(world.recovery.started).toHaveLength(3);
    });

    it('starts each server once under two and more calls at the same time', async () => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 4 }), async (scheduler, callers) => {
          const world = await readyWorld(3);
          const deps: StartWaveDeps = {
            ...world,
            waves: {
              get: scheduler.scheduleFunction(world.waves.get),
              save: scheduler.scheduleFunction(world.waves.save),
            },
            recovery: {
              start: scheduler.scheduleFunction(world.recovery.start),
              find: scheduler.scheduleFunction(world.recovery.find),
            },
            pause: scheduler.scheduleFunction(async (ms: number) => world.clock.advance(ms)),
          };
          const answers = Promise.all(Array.from({ length: callers }, () => startWaveRecovery(call(), deps)));
          await scheduler.waitFor(answers);
          const [first, ...others] = await answers;
          for (const other of others) expect(other.jobs).toEqual(first?.jobs);
          startedOnce(world, serverIds(3));
        }),
        { numRuns: 60 },
      );
    });

    it('starts each server once, wherever the first caller dies, when the call is repeated', async () => {
      const calls = await atEachAwait(async (point) => {
        const world = await readyWorld(2);
        const { clock: _clock, aws: _aws, group: _group, server: _server, put: _put, settle: _settle, ...deps } = world;
        const died = crashing<StartWaveDeps>(deps, point);
        await startWaveRecovery(call(), died.deps).catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
        });
        return {
          calls: died.calls(),
          check: async () => {
            const answer = await startWaveRecovery(call(), { ...world, pause: async (ms) => world.clock.advance(ms) });
            expect(answer).toMatchObject({ status: 'started', jobs: [{ serverIds: serverIds(2) }] });
            startedOnce(world, serverIds(2));
          },
        };
      });
      expect(calls).toBe(7);
    });

    it('starts each server once although the first caller goes on after another has taken over', async () => {
      const world = memoryWorld({ servers: 20 });
      const groupIds = Array.from({ length: 20 }, (_, index) => `group-${index}`);
      for (const [index, groupId] of groupIds.entries()) {
        const accountId = String(300_000_000_000 + index);
        await planChange(change({ groupId, accountId, serverIds: [serverId(index + 1)] }), world);
      }
      await world.settle();
      // The first call stands still for longer than it may hold the wave, between its first jobs and the others.
      let repeated: Promise<unknown> | undefined;
      const standingStill: Recovery = {
        ...world.recovery,
        async start(...args) {
          const jobId = await world.recovery.start(...args);
          if (!repeated) {
            world.clock.advance(STARTER_MS + 1);
            repeated = startWaveRecovery(call({ groupIds }), world);
            await repeated;
          }
          return jobId;
        },
      };

      await startWaveRecovery(call({ groupIds }), { ...world, recovery: standingStill }).catch(() => undefined);

      startedOnce(world, serverIds(20));
    });

    it('is to be tried again when another call has taken over before the outcome was stored', async () => {
      const world = await readyWorld();
      let saves = 0;
      const waves: StartWaveDeps['waves'] = {
        get: world.waves.get,
        save: async (saved) => {
          saves += 1;
          return saves === 1 ? world.waves.save(saved) : false;
        },
      };
      const overtaken = startWaveRecovery(call(), { ...world, waves });
      await expect(overtaken).rejects.toMatchObject({ code: 'store.contention', retryable: true });
      world.clock.advance(STARTER_MS);
      expect(await startWaveRecovery(call(), world)).toMatchObject({ status: 'started' });
      startedOnce(world, serverIds(2));
    });

    it('waits for a call that is still at it, and answers with it', async () => {
      const world = await readyWorld();
      const gate = Promise.withResolvers<void>();
      const recovery: Recovery = {
        ...world.recovery,
        start: async (...args) => {
          await gate.promise;
          return world.recovery.start(...args);
        },
      };
      const first = startWaveRecovery(call(), { ...world, recovery });
      let pauses = 0;
      const pause = async (ms: number) => {
        pauses += 1;
        world.clock.advance(ms);
        if (pauses === 3) gate.resolve();
        if (pauses >= 3) await first;
      };
      const second = startWaveRecovery(call(), { ...world, pause });
      expect((await second).jobs).toEqual((await first).jobs);
      expect(pauses).toBe(3);
      startedOnce(world, serverIds(2));
    });
  });

  describe('when a job cannot be started', () => {
    it('answers which, with what AWS said, and tries it again when repeated', async () => {
      const world = await readyWorld(101);
      const recovery = failing(world, 'before', refusal('refused', 'ConflictException', true));
      const answer = await startWaveRecovery(call(), { ...world, recovery });
      expect(answer).toMatchObject({
        status: 'partially_started',
        jobs: [{ serverIds: [serverId(101)] }],
        failedJobs: [
          { ...TARGET, serverIds: serverIds(100), error: { code: 'aws.refused', awsCode: 'ConflictException' } },
        ],
      });

      const again = await startWaveRecovery(call(), { ...world, recovery });

      expect(again).toMatchObject({ status: 'started', failedJobs: [] });
      startedOnce(world, serverIds(101));
    });

    it('says failed when none was started', async () => {
      const world = await readyWorld();
      const recovery = failing(world, 'before', refusal('throttled', 'ThrottlingException', true));
      expect(await startWaveRecovery(call(), { ...world, recovery })).toMatchObject({ status: 'failed', jobs: [] });
    });

    it('looks for the job by its tag, and starts none, when it is not known whether the first start took effect', async () => {
      const world = await readyWorld();
      const recovery = failing(world, 'after', refusal('unavailable', 'TimeoutError', false));
      const answer = await startWaveRecovery(call(), { ...world, recovery });
      expect(answer).toMatchObject({ status: 'failed', failedJobs: [{ error: { awsCode: 'TimeoutError' } }] });

      const again = await startWaveRecovery(call(), { ...world, recovery });

      expect(again).toMatchObject({
        status: 'started',
        jobs: [{ jobId: world.recovery.started[0]?.jobId }],
        failedJobs: [],
      });
      expect(recovery.finds()).toBe(1);
      startedOnce(world, serverIds(2));
    });

    it('starts it after all when the lost call had taken no effect', async () => {
      const world = await readyWorld();
      const recovery = failing(world, 'before', refusal('unavailable', 'TimeoutError', false));
      await startWaveRecovery(call(), { ...world, recovery });
      expect(await startWaveRecovery(call(), { ...world, recovery })).toMatchObject({ status: 'started' });
      startedOnce(world, serverIds(2));
    });

    it('starts nothing while it cannot be looked whether there is a job already', async () => {
      const world = await readyWorld();
      await world.waves.save(wave({ starter: { owner: 'dead', until: 0 } }));
      const recovery: Recovery = {
        ...world.recovery,
        find: () => Promise.reject(refusal('refused', 'AccessDeniedException', true)),
      };
      for (let repeat = 0; repeat < 2; repeat += 1) {
        const answer = await startWaveRecovery(call(), { ...world, recovery });
        expect(answer).toMatchObject({
          status: 'failed',
          failedJobs: [{ error: { awsCode: 'AccessDeniedException' } }],
        });
      }
      expect(world.recovery.started).toEqual([]);
      expect(await startWaveRecovery(call(), world)).toMatchObject({ status: 'started' });
    });

    it('tells apart jobs of one wave, and waves, by their tags', async () => {
      const world = await readyWorld(101);
      await startWaveRecovery(call(), world);
      await startWaveRecovery(call({ waveNumber: 2 }), world);
      const tags = world.recovery.started.map(({ tag }) => tag);
      expect(new Set(tags).size).toBe(4);
      for (const tag of tags) expect(tag.length).toBeLessThanOrEqual(256);
    });

    it('answers what was started although one target cannot be reached at all', async () => {
      const world = await readyWorld(3, { serverIds: serverIds(2) });
      await planChange(change({ groupId: 'lost', accountId: '999999999999', serverIds: [serverId(3)] }), world);
      await world.settle();
      const recovery: Recovery = {
        ...world.recovery,
        start: async (target, ...others) => {
          if (target.accountId === '999999999999') throw new UnknownAccountError(target.accountId);
          return world.recovery.start(target, ...others);
        },
      };
      const answer = await startWaveRecovery(call({ groupIds: ['payments', 'lost'] }), { ...world, recovery });
      expect(answer).toMatchObject({
        status: 'partially_started',
        jobs: [{ serverIds: serverIds(2) }],
        failedJobs: [{ accountId: '999999999999', serverIds: [serverId(3)], error: { code: 'account.unknown' } }],
      });
    });
  });
});
