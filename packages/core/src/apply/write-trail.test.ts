import { describe, expect, it } from 'vitest';
import {
  applied,
  applyRequest,
  desired,
  launchSettings,
  readyServer,
  serverId,
  sourceServer,
  TARGET,
} from '../../../../tests/support/builders.ts';
import { atEachAwait, Crash, crashing } from '../../../../tests/support/crashing.ts';
import { type MemoryWorld, memoryWorld } from '../../../../tests/support/memory-world.ts';
import { type Interference, recordingAws } from '../../../../tests/support/recording.ts';
import type { SourceServer } from '../group/source-server.ts';
import { hashSettings } from '../settings/normalize-settings.ts';
import { type ApplyDeps, applyServer } from './apply-server.ts';
import { AwsCallError } from './ports.ts';

const SERVER = serverId(1);
const WRITES = ['UpdateLaunchConfiguration', 'CreateLaunchTemplateVersion', 'ModifyLaunchTemplate'];

async function worldWith(server: SourceServer = sourceServer({ requestedBy: 'ops@example.com' })) {
  const world = memoryWorld();
  await world.put(server);
  return world;
}

/** The worker's dependencies, with everything that it does in order: calls to AWS, what was recorded, what was stored. */
function followed(world: MemoryWorld, before: Interference = {}) {
  const order: string[] = [];
  const note: Interference = Object.fromEntries(
    ['get', 'update', 'getDefault', 'createVersion', 'setDefault', 'getNumbers', 'prune'].map((name) => [
      name,
      async (call: { readonly nth: number }) => {
        order.push(name);
        await before[name]?.(call);
      },
    ]),
  );
  const audit: ApplyDeps['audit'] = {
    async record(records) {
      await Promise.resolve();
      order.push(...records.map(({ kind }) => kind));
      await world.audit.record(records);
    },
  };
  return { order, deps: { ...world, ...recordingAws(world, { before: note }), audit } };
}

function awsError(kind: 'refused' | 'throttled' | 'unavailable', answered = true): AwsCallError {
  const about = { operation: 'x', awsCode: 'X', message: 'no', cause: undefined };
  return new AwsCallError({ kind, ...about, answered });
}

const fails = (error: Error) => () => Promise.reject(error);
const unrecorded = (times: number): { record: ApplyDeps['audit']['record']; tries: () => number } => {
  let tries = 0;
  return {
    tries: () => tries,
    record: async () => {
      tries += 1;
      if (tries <= times) throw awsError('unavailable');
    },
  };
};

/** What the log has of the server, without what says which record it is. */
function told({ audit }: MemoryWorld) {
  return audit.recorded.map(({ kind, action, result }) => ({ kind, action, result }));
}

describe('what the audit log has of applying', () => {
  it('is who writes what, before and after, and what came of it', async () => {
    const world = await worldWith();
    await applyServer(applyRequest(), world);
    const known = {
      at: '2026-03-01T12:00:00.000Z',
      actor: 'ops@example.com',
      groupId: 'payments',
      serverId: SERVER,
      afterHash: desired().hash,
      correlationId: 'c-1',
    };
    expect(world.audit.recorded).toEqual([
      {
        ...known,
        recordId: 'worker-1/2/0/write_begun',
        kind: 'write_begun',
        action: 'apply',
        result: 'begun',
        beforeHash: null,
      },
      {
        ...known,
        recordId: 'worker-1/2/0/write_ended',
        kind: 'write_ended',
        action: WRITES.join(' '),
        result: 'done',
        beforeHash: hashSettings({}),
      },
    ]);
  });

  it('knows what was applied before, and then what was there', async () => {
    const before = launchSettings({ copyTags: false });
    const world = await worldWith(sourceServer({ applied: applied(before), dirty: false }));
    world.aws.addServer(SERVER, { settings: { copyTags: true }, template: { subnetId: 'subnet-00000001' } });
    await applyServer(applyRequest(), world);
    const [begun, ended] = world.audit.recorded;
    expect(begun).toMatchObject({ beforeHash: hashSettings(before), actor: 'unknown' });
    expect(ended).toMatchObject({ beforeHash: hashSettings({ copyTags: true, subnetId: 'subnet-00000001' }) });
  });

  it('is there before the first write, without keeping a read waiting', async () => {
    const world = await worldWith();
    const { order, deps } = followed(world);
    await applyServer(applyRequest(), deps);
    expect(order.indexOf('get')).toBeLessThan(order.indexOf('write_begun'));
    expect(order.indexOf('write_begun')).toBeLessThan(order.indexOf('update'));
    expect(order.at(-1)).toBe('write_ended');
  });

  it('is nothing where nothing has to be written and nothing was begun', async () => {
    const world = await worldWith(readyServer({ status: 'pending' }));
    world.aws.addServer(SERVER, { settings: { copyTags: true }, template: { subnetId: 'subnet-0a1b2c3d' } });
    await applyServer(applyRequest(), world);
    expect(world.audit.recorded).toEqual([]);
    expect(await world.server()).toMatchObject({ status: 'ready' });
  });

  it('is recorded just before the write where AWS was not expected to differ', async () => {
    const world = await worldWith(readyServer({ status: 'pending' }));
    world.aws.addServer(SERVER, { settings: { copyTags: true }, template: { subnetId: 'subnet-00000001' } });
    const { order, deps } = followed(world);
    await applyServer(applyRequest(), deps);
    expect(order.slice(0, 4)).toEqual(['get', 'getDefault', 'write_begun', 'createVersion']);
    expect(world.audit.recorded[0]).toMatchObject({
      action: 'CreateLaunchTemplateVersion',
      beforeHash: hashSettings({ copyTags: true, subnetId: 'subnet-00000001' }),
    });
  });

  it('says that nothing was written where that was expected', async () => {
    const world = await worldWith();
    world.aws.addServer(SERVER, { settings: { copyTags: true }, template: { subnetId: 'subnet-0a1b2c3d' } });
    await applyServer(applyRequest(), world);
    expect(told(world)).toEqual([
      { kind: 'write_begun', action: 'apply', result: 'begun' },
      { kind: 'write_ended', action: 'none', result: 'done' },
    ]);
  });

  it('has the code of what ended it, and the calls that were tried', async () => {
    for (const [error, code] of [
      [awsError('refused'), 'aws.refused'],
      [awsError('throttled'), 'aws.throttled'],
    ] as const) {
      const world = await worldWith();
      const { deps } = followed(world, { createVersion: fails(error) });
      await applyServer(applyRequest(), deps).catch(() => undefined);
      const [drs, version] = WRITES;
      expect(told(world).at(-1)).toEqual({ kind: 'write_ended', action: `${drs} ${version}`, result: code });
    }
  });

  it('has deleted versions too', async () => {
    const world = await worldWith();
    const { launchTemplateId } = await world.aws.get(TARGET, SERVER);
    for (let n = 0; n < 9; n += 1) {
      const base = await world.aws.getDefault(TARGET, launchTemplateId);
      await world.aws.createVersion(TARGET, base, { instanceType: `t${n}.micro` }, `token-${n}`);
    }
    const { order, deps } = followed(world);
    await applyServer(applyRequest(), deps);
    expect(order.slice(-3)).toEqual(['write_begun', 'prune', 'write_ended']);
    expect(told(world).at(-1)).toEqual({ kind: 'write_ended', action: 'DeleteLaunchTemplateVersions', result: 'done' });
    expect(new Set(world.audit.recorded.map(({ recordId }) => recordId)).size).toBe(4);
  });
});

describe('an audit log that takes no records', () => {
  it('keeps a worker from writing: the message comes back, and then it writes', async () => {
    const world = await worldWith();
    const audit = unrecorded(1);
    await expect(applyServer(applyRequest(), { ...world, audit })).rejects.toMatchObject({ retryable: true });
    expect(world.aws.writes()).toBe(0);
    expect(await world.server()).not.toHaveProperty('lease');
    expect(await applyServer(applyRequest(), world)).toMatchObject({ kind: 'applied' });
  });

  it('does not matter where nothing is written', async () => {
    const world = await worldWith();
    world.aws.addServer(SERVER, { settings: { copyTags: true }, template: { subnetId: 'subnet-0a1b2c3d' } });
    const audit = unrecorded(1);
    expect(await applyServer(applyRequest(), { ...world, audit })).toMatchObject({ kind: 'applied' });
  });

  it('lets the message come back after the writes, and leaves what was stored', async () => {
    const world = await worldWith();
    const record = async (records: Parameters<ApplyDeps['audit']['record']>[0]) => {
      if (records.some(({ kind }) => kind === 'write_ended')) throw awsError('unavailable');
    };
    await expect(applyServer(applyRequest(), { ...world, audit: { record } })).rejects.toMatchObject({
      retryable: true,
    });
    expect(await world.server()).toMatchObject({ status: 'ready' });
    expect(await applyServer(applyRequest(), world)).toEqual({ kind: 'already_settled' });
    expect(world.events.published).toHaveLength(1);
  });

  it('is reported like old versions that were not deleted, where that alone is not recorded', async () => {
    const world = await worldWith();
    const { launchTemplateId } = await world.aws.get(TARGET, SERVER);
    for (let n = 0; n < 9; n += 1) world.aws.draft(SERVER, { unmanaged: { n: String(n) } });
    const refused = awsError('unavailable');
    let records = 0;
    const record = async () => {
      records += 1;
      if (records > 2) throw refused;
    };
    const outcome = await applyServer(applyRequest(), { ...world, audit: { record } });
    expect(outcome).toMatchObject({ kind: 'applied', pruneFailure: refused });
    expect((await world.aws.getNumbers(TARGET, launchTemplateId)).latestVersion).toBeGreaterThan(10);
  });
});

describe('a worker that stops', () => {
  it('leaves no write that was not recorded before, and the next one says what came of it', async () => {
    const calls = await atEachAwait(async (point) => {
      const world = await worldWith();
      const { servers, events, audit, launchConfigurations, launchTemplates, inventory, budgets } = world;
      const { now, newOwner, leaseMs, pause, baselines, owners } = world;
      const ports = { servers, events, audit, launchConfigurations, launchTemplates, inventory, budgets };
      const died = crashing({ ...ports, baselines, owners, now, newOwner, leaseMs, pause }, point);
      await applyServer(applyRequest(), died.deps).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
      const kinds = () => world.audit.recorded.map(({ kind }) => kind);
      if (world.aws.writes() > 0) expect(kinds()[0], JSON.stringify(point)).toBe('write_begun');
      return {
        calls: died.calls(),
        check: async () => {
          const wasSettled = (await world.server()).status === 'ready';
          world.clock.advance(25_000);
          await applyServer(applyRequest(), world);
          // Between storing the result and recording it, the stored server is all that says what came of it.
          if (!wasSettled) expect(kinds().at(-1), JSON.stringify(point)).toBe('write_ended');
        },
      };
    });
    expect(calls).toBeGreaterThan(10);
  });
});
