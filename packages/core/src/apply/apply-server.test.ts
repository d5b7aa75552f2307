import { describe, expect, it } from 'vitest';
import {
  applied,
  applyRequest,
  change,
  desired,
  group,
  launchSettings,
  readyServer,
  serverId,
  sourceServer,
  statusError,
  substance,
  TARGET,
} from '../../../../tests/support/builders.ts';
import { AT } from '../../../../tests/support/clock.ts';
import { atEachAwait, Crash, type CrashPoint, crashing } from '../../../../tests/support/crashing.ts';
import { type MemoryWorld, memoryWorld } from '../../../../tests/support/memory-world.ts';
import { type Interference, recordingAws } from '../../../../tests/support/recording.ts';
import { planChange } from '../group/plan-group.ts';
import { isReady, released, type SourceServer } from '../group/source-server.ts';
import { type ApplyDeps, applyServer } from './apply-server.ts';
import { AwsCallError, UnknownAccountError } from './ports.ts';

const LEASE_MS = 25_000;

async function worldWith(server: SourceServer = sourceServer()): Promise<MemoryWorld> {
  const world = memoryWorld();
  await world.put(server);
  return world;
}

/** The worker's dependencies, with AWS recorded and interfered with. */
function worker(world: MemoryWorld, interference: { before?: Interference; after?: Interference } = {}) {
  const aws = recordingAws(world, interference);
  return { aws, deps: { ...world, ...aws } satisfies ApplyDeps };
}

function awsError(kind: 'refused' | 'throttled' | 'unavailable', awsCode: string): AwsCallError {
  return new AwsCallError({
    kind,
    operation: 'UpdateLaunchConfiguration',
    awsCode,
    message: 'no',
    answered: true,
    retryAfterSeconds: 7,
    cause: undefined,
  });
}

function told({ events }: MemoryWorld): string[] {
  return events.published.map(({ type }) => type);
}

describe('applyServer', () => {
  it('brings AWS to the desired settings, records what was read back, and tells', async () => {
    const world = await worldWith();

    const outcome = await applyServer(applyRequest(), world);

    expect(outcome).toEqual({ kind: 'applied', hash: desired().hash });
    expect(world.aws.live(serverId(1))).toMatchObject(launchSettings());
    const server = await world.server();
    expect(server).toMatchObject({
      status: 'ready',
      dirty: false,
      errors: [],
      applied: { hash: desired().hash, launchTemplateVersion: 3, verifiedAt: AT },
    });
    expect(server).not.toHaveProperty('lease');
    expect(world.events.published).toEqual([
      {
        type: 'Launch Config Applied',
        detail: {
          version: '1',
          correlationId: 'c-1',
          data: { groupId: 'payments', serverId: serverId(1), configHash: desired().hash },
        },
      },
    ]);
  });

  it('writes DRS first, then reads the default version again, makes a version of it and makes that the default', async () => {
    const world = await worldWith();
    const { aws, deps } = worker(world);
    await applyServer(applyRequest(), deps);
    expect(aws.calls.map(({ name }) => name)).toEqual([
      'get',
      'update',
      'getDefault',
      'createVersion',
      'setDefault',
      'get',
      'getNumbers',
    ]);
    const [, update, , create, setDefault] = aws.calls;
    expect(update?.args).toEqual([TARGET, serverId(1), { copyTags: true }]);
    expect(create?.args.slice(1, 3)).toMatchObject([{ versionNumber: 2 }, { subnetId: 'subnet-0a1b2c3d' }]);
    expect(setDefault?.args.at(-1)).toBe(3);
  });

  it('writes nothing when nothing differs, and still verifies and records', async () => {
    const world = await worldWith();
    world.aws.addServer(serverId(1), { settings: { copyTags: true }, template: { subnetId: 'subnet-0a1b2c3d' } });
    const { aws, deps } = worker(world);
    await applyServer(applyRequest(), deps);
    expect(aws.calls.map(({ name }) => name)).toEqual(['get', 'getDefault']);
    expect(isReady(await world.server())).toBe(true);
  });

  it('writes only the side that differs, and of it only what differs', async () => {
    const settings = launchSettings({
      name: 'n',
      instanceType: 't3.micro',
      targetInstanceTypeRightSizingMethod: 'NONE',
    });
    const world = await worldWith(sourceServer({ desired: desired(settings) }));
    const { name: _name, ...drs } = { name: 'n', copyTags: true, targetInstanceTypeRightSizingMethod: 'NONE' } as const;
    world.aws.addServer(serverId(1), {
      settings: { ...drs, name: 'n' },
      template: { subnetId: 'subnet-0a1b2c3d', instanceType: 'm5.large' },
    });
    const { aws, deps } = worker(world);
    await applyServer(applyRequest(), deps);
    expect(aws.writes()).toEqual(['createVersion', 'setDefault']);
    expect(aws.calls.find((call) => call.name === 'createVersion')?.args[2]).toEqual({ instanceType: 't3.micro' });
  });

  it('leaves settings, tags and metadata options alone that are not stated', async () => {
    const settings = { tags: { Stage: 'prod' }, metadataOptions: { httpTokens: 'required' } } as const;
    const world = await worldWith(sourceServer({ desired: desired(settings) }));
    const elsewhere = {
      tags: { Owner: 'ops' },
      metadataOptions: { httpPutResponseHopLimit: 3 },
      instanceType: 'm5.large',
    };
    world.aws.addServer(serverId(1), { settings: { name: 'theirs' }, template: elsewhere });
    await applyServer(applyRequest(), world);
    expect(world.aws.live(serverId(1))).toEqual({
      name: 'theirs',
      instanceType: 'm5.large',
      tags: { Owner: 'ops', Stage: 'prod' },
      metadataOptions: { httpPutResponseHopLimit: 3, httpTokens: 'required' },
    });
  });

  it('holds the lease and the dirty mark before the first write and until the result is recorded', async () => {
    const world = await worldWith();
    const seen: SourceServer[] = [];
    const look = async () => void seen.push(await world.server());
    const { deps } = worker(world, { before: { get: look, update: look, createVersion: look, setDefault: look } });
    await applyServer(applyRequest(), deps);
    expect(seen).toHaveLength(5);
    for (const server of seen) {
      expect(server).toMatchObject({ dirty: true, lease: { owner: 'worker-1', until: Date.parse(AT) + LEASE_MS } });
      expect(isReady(server)).toBe(false);
    }
  });

  it('is never ready when AWS shows something else after the writes, and keeps the dirty mark', async () => {
    const world = await worldWith();
    const undo = () => world.aws.update(TARGET, serverId(1), { copyTags: false });
    const { deps } = worker(world, { after: { setDefault: async () => void (await undo()) } });

    await expect(applyServer(applyRequest(), deps)).rejects.toMatchObject({
      code: 'apply.read_back_mismatch',
      retryable: true,
      settings: ['copyTags'],
    });

    const server = await world.server();
    expect(server).toMatchObject({ status: 'pending', dirty: true, lastError: { code: 'apply.read_back_mismatch' } });
    expect(server).not.toHaveProperty('applied');
    expect(told(world)).toEqual([]);
  });

  it('reads back the template that DRS names after the writes, which may be another by then', async () => {
    const world = await worldWith();
    // DRS made the template anew meanwhile, without the settings: that of server 2 stands for it.
    const { launchTemplateId } = await world.aws.get(TARGET, serverId(2));
    let reads = 0;
    const launchConfigurations: ApplyDeps['launchConfigurations'] = {
      update: world.aws.update,
      async get(...args) {
        reads += 1;
        const found = await world.aws.get(...args);
        return reads === 1 ? found : { ...found, launchTemplateId };
      },
    };
    await expect(applyServer(applyRequest(), { ...world, launchConfigurations })).rejects.toMatchObject({
      code: 'apply.read_back_mismatch',
      settings: ['subnetId'],
    });
    expect(await world.server()).toMatchObject({ status: 'pending', dirty: true });
  });

  it('records a refusal for good, with what AWS said, and tells', async () => {
    const world = await worldWith();
    const refuse = () => Promise.reject(awsError('refused', 'ValidationException'));
    const { deps } = worker(world, { before: { update: refuse } });

    const outcome = await applyServer(applyRequest(), deps);

    const error = { code: 'aws.refused', awsCode: 'ValidationException', serverId: serverId(1), at: AT };
    expect(outcome).toMatchObject({ kind: 'failed', errors: [error] });
    const server = await world.server();
    expect(server).toMatchObject({ status: 'failed', errors: [error], dirty: true });
    expect(server).not.toHaveProperty('lease');
    expect(world.events.published).toMatchObject([
      { type: 'Launch Config Apply Failed', detail: { data: { errors: [error] } } },
    ]);
  });

  it('records an account that nobody told it how to reach', async () => {
    const world = await worldWith();
    const { deps } = worker(world, { before: { get: () => Promise.reject(new UnknownAccountError('999999999999')) } });
    expect(await applyServer(applyRequest(), deps)).toMatchObject({
      kind: 'failed',
      errors: [{ code: 'account.unknown' }],
    });
  });

  it.each([
    ['throttled', awsError('throttled', 'ThrottlingException'), 'aws.throttled'],
    ['unavailable', awsError('unavailable', 'InternalServerException'), 'aws.unavailable'],
    ['broken in a way nobody thought of', new TypeError('x is undefined'), 'apply.unexpected'],
  ])('gives the lease back when AWS is %s, notes why, stays dirty, and is tried again', async (_what, error, code) => {
    const world = await worldWith();
    const { deps } = worker(world, { before: { update: () => Promise.reject(error) } });

    await expect(applyServer(applyRequest(), deps)).rejects.toThrow(error.message);

    const server = await world.server();
    expect(server).toMatchObject({
      status: 'pending',
      dirty: true,
      lastError: { code, serverId: serverId(1) },
      errors: [],
    });
    expect(server).not.toHaveProperty('lease');
    expect(await applyServer(applyRequest(), world)).toMatchObject({ kind: 'applied' });
    expect(await world.server()).not.toHaveProperty('lastError');
  });

  it('leaves a server alone that another worker holds, and says when to come back', async () => {
    const lease = { owner: 'another', until: Date.parse(AT) + 12_400 };
    const world = await worldWith(sourceServer({ lease, dirty: true }));
    const { aws, deps } = worker(world);
    const before = await world.server();
    await expect(applyServer(applyRequest(), deps)).rejects.toMatchObject({
      code: 'apply.lease_held',
      retryable: true,
      retryAfterSeconds: 13,
    });
    expect(aws.calls).toEqual([]);
    expect(await world.server()).toEqual(before);
  });

  it('takes over from a worker that vanished, as soon as its lease is over, and verifies', async () => {
    const lease = { owner: 'vanished', until: Date.parse(AT) };
    const world = await worldWith(sourceServer({ lease, dirty: true }));
    expect(await applyServer(applyRequest(), world)).toMatchObject({ kind: 'applied' });
    expect(isReady(await world.server())).toBe(true);
  });

  it('goes round again when the settings moved meanwhile, and ends with the newest', async () => {
    const world = await worldWith();
    const newest = launchSettings({ name: 'newest' });
    const move = async ({ nth }: { nth: number }) => {
      if (nth === 1) await world.put({ ...(await world.server()), desired: desired(newest) });
    };
    const { aws, deps } = worker(world, { after: { setDefault: move } });
    const outcome = await applyServer(applyRequest(), deps);
    expect(outcome).toEqual({ kind: 'applied', hash: desired(newest).hash });
    expect(aws.calls.filter(({ name }) => name === 'update')).toHaveLength(2);
    expect(world.aws.live(serverId(1))).toMatchObject(newest);
    expect(await world.server()).toMatchObject({ status: 'ready', applied: { hash: desired(newest).hash } });
    expect(told(world)).toEqual(['Launch Config Applied']);
  });

  it('puts a server back whose settings never stand still, without calling it ready', async () => {
    const world = await worldWith();
    let moves = 0;
    const move = async () => {
      moves += 1;
      const settings = launchSettings({ name: `name ${moves}` });
      await world.put({ ...(await world.server()), desired: desired(settings) });
    };
    const { deps } = worker(world, { after: { getDefault: move } });
    await expect(applyServer(applyRequest(), deps)).rejects.toMatchObject({
      code: 'apply.lease_lost',
      retryable: true,
    });
    const server = await world.server();
    expect(server).toMatchObject({ status: 'pending', dirty: true });
    expect(server).not.toHaveProperty('lease');
  });

  it('does nothing for a group that the server has left, or that wants nothing of it', async () => {
    for (const server of [
      undefined,
      sourceServer({ groupId: 'other' }),
      released(sourceServer(), { groupId: 'payments', generation: 2 }, AT),
      sourceServer({ desired: desired({}), status: 'not_configured' }),
    ]) {
      const world = memoryWorld();
      if (server) await world.put(server);
      const { aws, deps } = worker(world);
      expect(await applyServer(applyRequest(), deps)).toEqual({ kind: 'not_wanted' });
      expect([aws.calls, told(world)]).toEqual([[], []]);
    }
  });

  it('records nothing when the server is released while it works, and lets the next worker begin at once', async () => {
    const world = await worldWith();
    const release = async () => world.put(released(await world.server(), { groupId: 'payments', generation: 2 }, AT));
    const { deps } = worker(world, { after: { setDefault: release } });

    expect(await applyServer(applyRequest(), deps)).toEqual({ kind: 'not_wanted' });

    const server = await world.server();
    expect(server).toMatchObject({ status: 'not_configured', dirty: true });
    expect(server).not.toHaveProperty('applied');
    expect(told(world)).toEqual([]);
    expect(server).not.toHaveProperty('lease');
  });

  it('tells again, without a call to AWS, when the message of a ready server is delivered again', async () => {
    const world = await worldWith();
    await applyServer(applyRequest(), world);
    const before = await world.server();
    const { aws, deps } = worker(world);
    expect(await applyServer(applyRequest(), deps)).toEqual({ kind: 'already_settled' });
    expect(aws.calls).toEqual([]);
    expect(await world.server()).toEqual(before);
    expect(world.events.published[1]).toEqual(world.events.published[0]);
  });

  it('begins no write with less of the lease left than a request may take', async () => {
    const world = await worldWith();
    const { aws, deps } = worker(world, { after: { getDefault: () => world.clock.advance(LEASE_MS - 6_000 + 1) } });
    await expect(applyServer(applyRequest(), deps)).rejects.toMatchObject({ code: 'apply.lease_lost' });
    expect(aws.writes()).toEqual(['update']);
    expect(await world.server()).toMatchObject({ dirty: true, lastError: { code: 'apply.lease_lost' } });
  });

  it('checks the lease again between making a version and making it the default', async () => {
    const world = await worldWith();
    const { aws, deps } = worker(world, { after: { createVersion: () => world.clock.advance(LEASE_MS) } });
    await expect(applyServer(applyRequest(), deps)).rejects.toMatchObject({ code: 'apply.lease_lost' });
    expect(aws.writes()).toEqual(['update', 'createVersion']);
  });

  it('takes `ready` back when it wrote after another worker had taken over, so that it is looked at again', async () => {
    const world = await worldWith();
    const takeOver = async () => {
      world.clock.advance(LEASE_MS);
      expect(await applyServer(applyRequest(), world)).toMatchObject({ kind: 'applied' });
      expect(isReady(await world.server())).toBe(true);
    };
    // The write was begun in time and lands late.
    const { deps } = worker(world, { before: { setDefault: takeOver } });

    await expect(applyServer(applyRequest(), deps)).rejects.toMatchObject({
      code: 'apply.lease_lost',
      retryable: true,
    });

    expect(await world.server()).toMatchObject({ status: 'pending', dirty: true });
    expect(told(world)).toEqual(['Launch Config Applied', 'Launch Config Apply Failed']);
    expect(await applyServer(applyRequest(), world)).toMatchObject({ kind: 'applied' });
  });

  it('takes `ready` back although the audit log takes nothing of what came of its late write', async () => {
    const world = await worldWith();
    const takeOver = async () => {
      world.clock.advance(LEASE_MS);
      await applyServer(applyRequest(), world);
    };
    const { deps } = worker(world, { before: { setDefault: takeOver } });
    const audit: ApplyDeps['audit'] = {
      record: (records) =>
        records.some(({ kind }) => kind === 'write_ended')
          ? Promise.reject(new Error('no records'))
          : world.audit.record(records),
    };
    await expect(applyServer(applyRequest(), { ...deps, audit })).rejects.toThrow('no records');
    expect(await world.server()).toMatchObject({ status: 'pending', dirty: true });
    expect(told(world)).toEqual(['Launch Config Applied', 'Launch Config Apply Failed']);
  });

  it('notes what it has made the default when the settings are refused that it goes round again for', async () => {
    const world = await worldWith();
    const move = async ({ nth }: { nth: number }) => {
      const moved = desired(launchSettings({ instanceType: 'm7i.large' }));
      if (nth === 1) await world.put({ ...(await world.server()), desired: moved });
    };
    const refuse = ({ nth }: { nth: number }) =>
      nth === 2 ? Promise.reject(awsError('refused', 'InvalidParameterValue')) : Promise.resolve();
    const { deps } = worker(world, { before: { createVersion: refuse }, after: { setDefault: move } });
    expect(await applyServer(applyRequest(), deps)).toMatchObject({ kind: 'failed' });
    expect(await world.server()).toMatchObject({ written: { launchTemplateVersion: 3, at: AT } });
  });

  it('notes what it has made the default when it may not go round again', async () => {
    const world = await worldWith();
    const lease = { owner: 'another', until: Date.parse(AT) + 2 * LEASE_MS };
    let reads = 0;
    const servers: ApplyDeps['servers'] = {
      ...world.servers,
      async getMany(ids) {
        reads += 1;
        const found = await world.servers.getMany(ids);
        // Another worker takes over between the look and the leap.
        if (reads === 2) await world.put({ ...(await world.server()), lease });
        return found;
      },
    };
    const move = async () => world.put({ ...(await world.server()), desired: desired(launchSettings({ name: 'n' })) });
    const { deps } = worker(world, { after: { setDefault: move } });
    await expect(applyServer(applyRequest(), { ...deps, servers })).rejects.toMatchObject({ code: 'apply.lease_held' });
    expect(await world.server()).toMatchObject({ lease, written: { launchTemplateVersion: 3, doubt: 'late' } });
  });

  it('keeps a worker that took over from recording what this one may have undone', async () => {
    const world = await worldWith();
    const slow = Promise.withResolvers<void>();
    const readingBack = Promise.withResolvers<void>();
    const second = worker(world, {
      before: {
        get: async ({ nth }) => {
          if (nth !== 2) return;
          readingBack.resolve();
          await slow.promise;
        },
      },
    });
    let takenOver: Promise<unknown> = Promise.resolve();
    const first = worker(world, {
      before: {
        setDefault: async () => {
          world.clock.advance(LEASE_MS);
          takenOver = applyServer(applyRequest(), second.deps);
          await Promise.race([readingBack.promise, takenOver]);
        },
      },
    });
    await expect(applyServer(applyRequest(), first.deps)).rejects.toMatchObject({ code: 'apply.lease_lost' });
    const recordedBefore = await world.server();
    slow.resolve();
    expect(await takenOver).toMatchObject({ kind: 'applied' });
    expect(isReady(recordedBefore)).toBe(false);
    expect(isReady(await world.server())).toBe(true);
    expect(second.aws.calls.filter(({ name }) => name === 'get').length).toBeGreaterThan(2);
  });

  it('ends as if nothing had happened, wherever its worker dies, once the message is delivered again', async () => {
    const calls = await atEachAwait(async (point) => {
      const world = memoryWorld();
      await planChange(change(), world);
      const { servers, events, audit, launchConfigurations, launchTemplates, inventory, budgets } = world;
      const { now, newOwner, leaseMs, pause, baselines, owners } = world;
      const aws = { launchConfigurations, launchTemplates, inventory, budgets };
      const kept = { baselines, owners };
      const died = crashing({ servers, events, audit, ...aws, ...kept, now, newOwner, leaseMs, pause }, point);
      await applyServer(applyRequest(), died.deps).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
      return { calls: died.calls(), check: () => endsReady(world, point) };
    });
    expect(calls).toBeGreaterThan(8);

    async function endsReady(world: MemoryWorld, point: CrashPoint) {
      const context = JSON.stringify(point);
      if (isReady(await world.server())) expect(world.aws.live(serverId(1)), context).toMatchObject(launchSettings());
      world.clock.advance(LEASE_MS);
      await applyServer(applyRequest(), world);
      expect(world.aws.live(serverId(1)), context).toMatchObject(launchSettings());
      const { changedAt: _changed, applied: proof, ...server } = substance(await world.server()) as SourceServer;
      expect(proof?.hash, context).toBe(desired().hash);
      expect(server, context).toMatchObject({ status: 'ready', dirty: false, errors: [] });
      expect(server, context).not.toHaveProperty('lease');
      expect(server, context).not.toHaveProperty('lastError');
      expect(told(world), context).toContain('Launch Config Applied');
    }
  });

  it('makes one template version only, although the answer to the first call was lost', async () => {
    const world = await worldWith();
    const lose = ({ nth }: { nth: number }) =>
      nth === 1 ? Promise.reject(awsError('unavailable', 'TimeoutError')) : Promise.resolve();
    const { deps } = worker(world, { after: { createVersion: lose } });
    await expect(applyServer(applyRequest(), deps)).rejects.toMatchObject({ awsCode: 'TimeoutError' });
    const writes = world.aws.writes();
    await applyServer(applyRequest(), deps);
    // Only the version was missing its place as the default.
    expect(world.aws.writes() - writes).toBe(1);
    expect(world.aws.live(serverId(1))).toMatchObject(launchSettings());
  });

  it('gives another token to another change of the same version, also where both have one hash', async () => {
    const tokens: unknown[] = [];
    for (const stated of [{}, { monitoring: { enabled: false } }]) {
      const world = await worldWith(sourceServer({ desired: desired(launchSettings(stated)) }));
      world.aws.addServer(serverId(1), { settings: { copyTags: true }, template: { monitoring: { enabled: true } } });
      const { aws, deps } = worker(world);
      await applyServer(applyRequest(), deps);
      const create = aws.calls.find(({ name }) => name === 'createVersion');
      tokens.push(create?.args[3]);
    }
    expect(tokens[0]).not.toBe(tokens[1]);
  });

  it('keeps old errors and the last proof out of a new verdict', async () => {
    const older = launchSettings({ name: 'older' });
    const world = await worldWith(
      sourceServer({ errors: [statusError()], lastError: statusError(), applied: applied(older) }),
    );
    await applyServer(applyRequest(), world);
    expect(await world.server()).toMatchObject({ errors: [], applied: { hash: desired().hash } });
  });

  it('tells of a ready server whose proof it finds, and of no other', async () => {
    const world = await worldWith(readyServer());
    await world.put(group());
    expect(await applyServer(applyRequest(), world)).toEqual({ kind: 'already_settled' });
    expect(world.events.published).toMatchObject([{ detail: { data: { configHash: desired().hash } } }]);
  });
});
