import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyRequest, desired, serverId, sourceServer, TARGET } from '../../../../tests/support/builders.ts';
import { type MemoryWorld, memoryWorld } from '../../../../tests/support/memory-world.ts';
import { type Interference, recordingAws } from '../../../../tests/support/recording.ts';
import { isReady } from '../group/source-server.ts';
import { type ApplyDeps, applyServer } from './apply-server.ts';
import { AwsCallError, type LaunchTemplates } from './ports.ts';

const SERVER = serverId(1);
const WANTED: LaunchSettings = { instanceType: 't3.micro', tags: { tier: 'gold' } };
const BEFORE = { template: { instanceType: 'm5.large', tags: { owner: 'dr' } }, unmanaged: { kernel: 'a' } } as const;

interface Stated {
  readonly before?: (world: MemoryWorld) => Interference;
  readonly after?: (world: MemoryWorld) => Interference;
  readonly templates?: (world: MemoryWorld) => Partial<LaunchTemplates>;
  readonly settings?: LaunchSettings;
}

/** A server with a template of which Prelaunch does not manage everything, others who are in the way, and a worker. */
async function stage({ before, after, templates, settings = WANTED }: Stated = {}) {
  const world = memoryWorld({ servers: 1 });
  world.aws.addServer(SERVER, BEFORE);
  await world.put(sourceServer({ desired: desired(settings) }));
  const launchTemplates = { ...world.launchTemplates, ...templates?.(world) };
  const aws = recordingAws(
    { ...world, launchTemplates },
    { ...(before && { before: before(world) }), ...(after && { after: after(world) }) },
  );
  const paused: number[] = [];
  const pause = async (ms: number) => void paused.push(ms);
  const deps: ApplyDeps = { ...world, ...aws, pause };
  const { launchTemplateId } = await world.aws.get(TARGET, SERVER);
  return {
    world,
    aws,
    paused,
    launchTemplateId,
    work: () => applyServer(applyRequest(), deps),
    made: () => aws.calls.filter(({ name }) => name === 'createVersion').length,
    /** What a launch would use, both what Prelaunch manages and what it does not. */
    live: () => ({ ...world.aws.live(SERVER), unmanaged: world.aws.unmanaged(SERVER) }),
    async defaultVersion() {
      const { launchTemplateId: id } = await world.aws.get(TARGET, SERVER);
      return (await world.aws.getNumbers(TARGET, id)).defaultVersion;
    },
  };
}

/** Describes that show the first version while they lag. */
const behindWhile =
  (lags: () => boolean) =>
  ({ aws }: MemoryWorld): Partial<LaunchTemplates> => ({
    async getDefault(target, id) {
      const found = await aws.getDefault(target, id);
      return lags() ? { ...found, versionNumber: 1, settings: BEFORE.template } : found;
    },
    async getNumbers(target, id) {
      return lags() ? { defaultVersion: 1, latestVersion: 1 } : aws.getNumbers(target, id);
    },
  });

/** What there is when our settings are live on top of what was there. */
const OURS = { instanceType: 't3.micro', tags: { owner: 'dr', tier: 'gold' } };

const first =
  (act: () => unknown) =>
  async ({ nth }: { nth: number }) => {
    if (nth === 1) await act();
  };

const theirs = ({ aws }: MemoryWorld) => aws.edit(SERVER, { unmanaged: { theirs: 'yes' } });

function awsError(kind: 'refused' | 'throttled' | 'unavailable', awsCode: string): AwsCallError {
  return new AwsCallError({ kind, operation: 'Call', awsCode, message: 'no', answered: true, cause: undefined });
}

describe('a worker that writes a launch template while somebody else does', () => {
  it.each<[string, Stated]>([
    ['before it reads', { before: (world) => ({ getDefault: first(() => theirs(world)) }) }],
    ['between its read and its version', { before: (world) => ({ createVersion: first(() => theirs(world)) }) }],
    ['between its version and its default', { after: (world) => ({ createVersion: first(() => theirs(world)) }) }],
    ['before it reads back', { after: (world) => ({ setDefault: first(() => theirs(world)) }) }],
  ])('keeps both what they made the default %s and what is its own', async (_when, stated) => {
    const { work, live, world } = await stage(stated);
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect(live()).toEqual({ ...OURS, unmanaged: { kernel: 'a', theirs: 'yes' } });
    expect(isReady(await world.server())).toBe(true);
  });

  const points = fc.record({
    call: fc.constantFrom('getDefault', 'createVersion', 'setDefault', 'getNumbers', 'get'),
    when: fc.constantFrom('before' as const, 'after' as const),
    nth: fc.integer({ min: 1, max: 2 }),
  });
  type Point = typeof points extends fc.Arbitrary<infer One> ? One : never;

  /** Somebody edits what Prelaunch does not manage at each of these points; answers the keys they added. */
  function editsAt(at: readonly Point[]) {
    const added: string[] = [];
    const around = (when: Point['when']) => (world: MemoryWorld) =>
      Object.fromEntries(
        at.map(({ call }) => [
          call,
          ({ nth }: { nth: number }) => {
            for (const point of at.filter((one) => one.call === call && one.when === when && one.nth === nth)) {
              const key = `theirs-${added.length}-${point.call}`;
              added.push(key);
              world.aws.edit(SERVER, { unmanaged: { [key]: 'yes' } });
            }
          },
        ]),
      );
    return { added, before: around('before'), after: around('after') };
  }

  /** Ours stands in for theirs until it is noticed: who edits on top of it just then loses theirs, not we. */
  function isTheirRace(at: readonly Point[]): boolean {
    const has = (call: Point['call'], when: Point['when'], ...nths: readonly number[]) =>
      at.some((one) => one.call === call && one.when === when && nths.includes(one.nth));
    const displaced =
      has('createVersion', 'after', 1, 2) || has('getNumbers', 'after', 1, 2) || has('setDefault', 'before', 1);
    return displaced && (has('setDefault', 'after', 1) || has('setDefault', 'before', 2));
  }

  it('loses none of their edits, wherever and however often they come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(points, { maxLength: 3, selector: (one) => JSON.stringify(one) }), async (at) => {
        fc.pre(!isTheirRace(at));
        const { added, ...edits } = editsAt(at);
        const { work, live } = await stage(edits);
        for (let attempt = 0; attempt < 3; attempt += 1) await work().catch(() => undefined);
        expect(Object.keys(live().unmanaged).sort()).toEqual(['kernel', ...added].sort());
        expect(live()).toMatchObject(OURS);
      }),
      { numRuns: 300 },
    );
  });

  it('makes no other version where theirs, which it has put out of effect, already has what is wanted', async () => {
    const both = { settings: WANTED, unmanaged: { theirs: 'yes' } };
    const { work, made, live, world } = await stage({
      after: ({ aws }) => ({ createVersion: first(() => aws.edit(SERVER, both)) }),
    });
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect([made(), (await world.server()).applied?.launchTemplateVersion]).toEqual([1, 3]);
    expect(live()).toEqual({ ...OURS, unmanaged: { kernel: 'a', theirs: 'yes' } });
  });

  it('follows them only so often, and is tried again', async () => {
    const { work, world, made } = await stage({
      before: (it) => ({ createVersion: () => void theirs(it) }),
    });
    await expect(work()).rejects.toMatchObject({ code: 'apply.stale_read', retryable: true });
    expect(made()).toBe(3);
    expect(isReady(await world.server())).toBe(false);
  });

  it('makes one version only on top of the default, and publishes no draft, where drafts leave gaps in the numbers', async () => {
    const { work, live, world, made, defaultVersion } = await stage();
    world.aws.draft(SERVER, { unmanaged: { draft: 'yes' } });
    world.aws.draft(SERVER, { settings: { subnetId: 'subnet-0d1a2f3a' }, unmanaged: { draft: 'two' } });
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect([made(), await defaultVersion()]).toEqual([1, 4]);
    expect(live()).toEqual({ ...OURS, unmanaged: { kernel: 'a' } });
    expect(await world.server()).toMatchObject({ applied: { launchTemplateVersion: 4 } });
  });

  it('never records as ready what they changed between its write and its read-back', async () => {
    const changes = fc.constantFrom<[string, (world: MemoryWorld) => unknown]>(
      ['instanceType', ({ aws }) => aws.edit(SERVER, { settings: { instanceType: 'c5.large' } })],
      ['tags', ({ aws }) => aws.edit(SERVER, { settings: { tags: { tier: 'lead' } } })],
      [
        'instanceType,tags',
        async ({ aws }) => aws.setDefault(TARGET, (await aws.get(TARGET, SERVER)).launchTemplateId, 1),
      ],
      ['copyTags', ({ aws }) => aws.update(TARGET, SERVER, { copyTags: false })],
    );
    await fc.assert(
      fc.asyncProperty(changes, async ([settings, change]) => {
        const { work, world } = await stage({
          settings: { ...WANTED, copyTags: true },
          after: (it) => ({ setDefault: first(() => change(it)) }),
        });
        await expect(work()).rejects.toMatchObject({
          code: 'apply.read_back_mismatch',
          settings: settings.split(','),
        });
        expect(await world.server()).toMatchObject({ status: 'pending', dirty: true });
        expect(await work()).toMatchObject({ kind: 'applied' });
        expect(world.aws.live(SERVER)).toMatchObject({ ...OURS, copyTags: true });
      }),
    );
  });
});

describe('a worker that fails while it follows somebody else’s edit', () => {
  // The call that makes theirs the default again is the one that must not fail.
  it.each(['getDefault', 'createVersion', 'getNumbers', 'get'])(
    'has not lost it when it is tried again, though %s failed',
    async (call) => {
      let displaced = false;
      let failures = 0;
      const { work, live } = await stage({
        before: () => ({
          [call]() {
            if (!displaced || failures > 0) return;
            failures += 1;
            throw awsError('throttled', 'RequestLimitExceeded');
          },
        }),
        after: (world) => ({
          createVersion: first(() => theirs(world)),
          setDefault: first(() => {
            displaced = true;
          }),
        }),
      });
      for (let attempt = 0; attempt < 3; attempt += 1) await work().catch(() => undefined);
      expect(failures).toBe(1);
      expect(live()).toEqual({ ...OURS, unmanaged: { kernel: 'a', theirs: 'yes' } });
    },
  );
});

describe('a worker to whom EC2 shows what was before', () => {
  const STEPS = [150, 300, 600];

  /** The numbers as they were before the worker's first write, so many times after it. */
  const lagging =
    (times: number) =>
    ({ aws }: MemoryWorld): Partial<LaunchTemplates> => {
      let left = times;
      return {
        async getNumbers(...args) {
          left -= 1;
          return left >= 0 ? { defaultVersion: 1, latestVersion: 1 } : aws.getNumbers(...args);
        },
      };
    };

  it('waits for it, within bounds, makes no second version, and reads the version itself in the end', async () => {
    for (let times = 0; times <= 6; times += 1) {
      const { work, paused, made, world } = await stage({ templates: lagging(times) });
      expect(await work()).toMatchObject({ kind: 'applied' });
      expect(paused).toEqual(STEPS.slice(0, times));
      expect(made()).toBe(1);
      expect(isReady(await world.server())).toBe(true);
    }
  });

  it('puts the server back when neither numbers nor versions show its write, and makes no second version then', async () => {
    let lags = true;
    const { work, made, world } = await stage({
      templates: ({ aws }) => {
        const wasBefore = async (target: typeof TARGET, id: string) => {
          const { launchTemplateId } = await aws.get(target, SERVER);
          return { launchTemplateId, versionNumber: 1, settings: BEFORE.template, content: id };
        };
        return {
          ...lagging(Number.POSITIVE_INFINITY)({ aws } as MemoryWorld),
          getDefault: (_target, id) => (lags ? wasBefore(TARGET, id) : aws.getDefault(TARGET, id)),
        };
      },
    });
    await expect(work()).rejects.toMatchObject({
      code: 'apply.read_back_mismatch',
      settings: ['instanceType', 'tags'],
    });
    expect(await world.server()).toMatchObject({ status: 'pending', dirty: true });
    lags = false;
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect(made()).toBe(1);
  });

  it('waits for a version that somebody made in between, bases nothing on less, and is tried again without a new default', async () => {
    const { work, paused, defaultVersion, live, world } = await stage({
      before: (it) => ({ createVersion: first(() => theirs(it)) }),
      templates: lagging(4),
    });
    await expect(work()).rejects.toMatchObject({ code: 'apply.stale_read', retryable: true });
    expect(paused).toEqual(STEPS);
    expect(await defaultVersion()).toBe(2);
    expect(isReady(await world.server())).toBe(false);
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect(live()).toEqual({ ...OURS, unmanaged: { kernel: 'a', theirs: 'yes' } });
  });

  it('bases nothing on a default that is older than the one it has just set again', async () => {
    const { work, live, paused } = await stage({
      after: (world) => ({ createVersion: first(() => theirs(world)) }),
      templates: ({ aws }) => {
        let reads = 0;
        return {
          async getDefault(target, id) {
            reads += 1;
            const found = await aws.getDefault(target, id);
            return reads === 2
              ? { ...found, versionNumber: 1, settings: BEFORE.template, content: { ...BEFORE } }
              : found;
          },
        };
      },
    });
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect(paused).toEqual([STEPS[0]]);
    expect(live()).toEqual({ ...OURS, unmanaged: { kernel: 'a', theirs: 'yes' } });
  });

  it('records nothing from a version that is not the default by the numbers it has just seen', async () => {
    const { work, world } = await stage({
      after: ({ aws }) => ({ setDefault: first(() => aws.edit(SERVER, { settings: { instanceType: 'c5.large' } })) }),
      templates: ({ aws }) => {
        let reads = 0;
        return {
          async getDefault(target, id) {
            reads += 1;
            if (reads === 1) return aws.getDefault(target, id);
            // The read lags behind the numbers: it shows the worker's own version.
            return { ...(await aws.getDefault(target, id)), versionNumber: 2, settings: OURS };
          },
        };
      },
    });
    await work().catch(() => undefined);
    expect(isReady(await world.server())).toBe(false);
  });
});

describe('a worker that finds a server as it should be', () => {
  // Its one read may be older than what the worker before it read back, which it could know by the version number.
  it('does not believe a version older than the one that was read back a moment ago', async () => {
    let lags = false;
    const { work, world } = await stage({
      templates: behindWhile(() => lags),
    });
    await work();
    await world.put({
      ...(await world.server()),
      desired: desired({ instanceType: BEFORE.template.instanceType }),
      status: 'pending',
    });
    lags = true;
    await work().catch(() => undefined);
    expect(isReady(await world.server())).toBe(false);
  });

  it('does not believe one older than what a worker wrote that had no result, although that was never read back', async () => {
    let lags = false;
    const fail = () => Promise.reject(awsError('unavailable', 'InternalError'));
    const { work, world } = await stage({
      before: () => ({ get: ({ nth }) => (nth === 2 ? fail() : Promise.resolve()) }),
      templates: behindWhile(() => lags),
    });
    await expect(work()).rejects.toMatchObject({ code: 'aws.unavailable' });
    const back = desired({ instanceType: BEFORE.template.instanceType });
    await world.put({ ...(await world.server()), desired: back });
    lags = true;
    await work().catch(() => undefined);
    expect(isReady(await world.server())).toBe(false);
    lags = false;
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect(world.aws.live(SERVER).instanceType).toBe(BEFORE.template.instanceType);
    expect(await world.server()).not.toHaveProperty('written');
  });
});

describe('a describe that lags behind', () => {
  /** A stage on which describes show what was when they were stopped, for as long as that is kept. */
  async function staleStage(stated: Stated) {
    let kept: ReturnType<MemoryWorld['aws']['described']>;
    const it = await stage({
      ...stated,
      templates: ({ aws }) => ({
        getDefault: async (target, id) => kept?.defaultVersion ?? aws.getDefault(target, id),
        getNumbers: async (target, id) => kept?.numbers ?? aws.getNumbers(target, id),
      }),
    });
    return { ...it, show: (described: typeof kept) => (kept = described) };
  }

  it('is no proof of a newer version where a worker has made its older one the default long after its lease', async () => {
    const newest = { instanceType: 'm7i.large' };
    let before: ReturnType<MemoryWorld['aws']['described']>;
    const { work, show, live, world } = await staleStage({
      before: (it) => ({
        setDefault: first(async () => {
          it.clock.advance(10 * 60_000);
          await it.put({ ...(await it.server()), desired: desired(newest) });
          await applyServer(applyRequest(), it);
          const { launchTemplateId } = await it.aws.get(TARGET, SERVER);
          before = it.aws.described(launchTemplateId);
          // What was read back may be long ago by the time the late write lands.
          it.clock.advance(10 * 60_000);
        }),
      }),
    });
    await expect(work()).rejects.toMatchObject({ code: 'apply.lease_lost' });
    expect(live()).toMatchObject(WANTED);
    show(before);
    await expect(work()).rejects.toMatchObject({ code: 'apply.stale_read' });
    expect(isReady(await world.server())).toBe(false);
    show(undefined);
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect(live()).toMatchObject(newest);
  });

  it('is no proof where it shows that a version was made and not yet that it became the default', async () => {
    let before: ReturnType<MemoryWorld['aws']['described']>;
    const { work, show, world } = await staleStage({
      before: ({ aws }) => ({
        setDefault: first(async () => {
          before = aws.described((await aws.get(TARGET, SERVER)).launchTemplateId);
        }),
      }),
    });
    await work();
    const back = desired({ instanceType: BEFORE.template.instanceType });
    await world.put({ ...(await world.server()), desired: back, status: 'pending' });
    show(before);
    await expect(work()).rejects.toMatchObject({ code: 'apply.stale_read' });
    expect(isReady(await world.server())).toBe(false);
    world.clock.advance(60_000);
    show(undefined);
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect(world.aws.live(SERVER)).toMatchObject(back.settings);
  });
});

describe('a draft that somebody made after an earlier try', () => {
  it('is not published when that try is repeated and finds its version again', async () => {
    const fail = ({ nth }: { nth: number }) =>
      nth === 1 ? Promise.reject(awsError('throttled', 'RequestLimitExceeded')) : Promise.resolve();
    const { work, live, world } = await stage({ before: () => ({ setDefault: fail }) });
    await expect(work()).rejects.toMatchObject({ code: 'aws.throttled' });
    world.aws.draft(SERVER, { unmanaged: { draft: 'yes' } });
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect(live()).toEqual({ ...OURS, unmanaged: { kernel: 'a' } });
  });

  it('is not published when the same change is asked for anew', async () => {
    const { work, live, world, launchTemplateId } = await stage();
    await work();
    world.aws.draft(SERVER, { unmanaged: { draft: 'yes' } });
    await world.aws.setDefault(TARGET, launchTemplateId, 1);
    world.clock.advance(3_600_000);
    await world.put({ ...(await world.server()), status: 'pending' });
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect(live()).toEqual({ ...OURS, unmanaged: { kernel: 'a' } });
  });
});

describe('a template that was deleted and made anew while a worker wrote it', () => {
  it.each(['getDefault', 'createVersion', 'setDefault'])('before %s: the new one is written', async (call) => {
    const { work, live, world, launchTemplateId } = await stage({
      before: ({ aws }) => ({ [call]: first(() => aws.replaceTemplate(SERVER)) }),
    });
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect(live()).toEqual({ ...WANTED, unmanaged: {} });
    const { applied } = await world.server();
    expect(applied?.launchTemplateId).not.toBe(launchTemplateId);
    expect(applied?.launchTemplateId).toBe((await world.aws.get(TARGET, SERVER)).launchTemplateId);
  });

  it('before it reads back: the server is tried again, and the new one is written then', async () => {
    const { work, live } = await stage({
      after: ({ aws }) => ({ setDefault: first(() => aws.replaceTemplate(SERVER)) }),
    });
    await expect(work()).rejects.toMatchObject({ retryable: true });
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect(live()).toMatchObject(WANTED);
  });
});

describe('a draft that somebody made meanwhile', () => {
  it('is not published when the numbers were asked for, which a gap in them gives occasion for', async () => {
    const { work, live, world } = await stage({
      after: ({ aws }) => ({
        createVersion: first(() => {
          aws.draft(SERVER, { unmanaged: { draft: 'yes' } });
          throw awsError('throttled', 'TimeoutError');
        }),
      }),
    });
    world.aws.draft(SERVER, { unmanaged: { older: 'yes' } });
    for (let attempt = 0; attempt < 2; attempt += 1) await work().catch(() => undefined);
    expect(live()).toEqual({ ...OURS, unmanaged: { kernel: 'a' } });
  });
});

describe('a version that its maker cannot make the default', () => {
  it('because it was deleted: another one is made under another token', async () => {
    const { work, aws, live, made } = await stage({
      after: (world) => ({
        createVersion: first(async () =>
          world.aws.prune(TARGET, (await world.aws.get(TARGET, SERVER)).launchTemplateId, 0),
        ),
      }),
    });
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect(made()).toBe(2);
    const tokens = aws.calls.flatMap(({ name, args }) => (name === 'createVersion' ? [args[3]] : []));
    expect(new Set(tokens).size).toBe(2);
    expect(live()).toEqual({ ...OURS, unmanaged: { kernel: 'a' } });
  });

  it('and an edit that comes before the other one is made is not lost', async () => {
    const { work, live } = await stage({
      before: (world) => ({ createVersion: ({ nth }) => void (nth === 2 && theirs(world)) }),
      after: (world) => ({
        createVersion: first(async () =>
          world.aws.prune(TARGET, (await world.aws.get(TARGET, SERVER)).launchTemplateId, 0),
        ),
      }),
    });
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect(live()).toEqual({ ...OURS, unmanaged: { kernel: 'a', theirs: 'yes' } });
  });
});

describe('a template that is full', () => {
  const full = awsError('refused', 'VersionLimitExceeded');

  /** Prelaunch has made and left versions of the template before. */
  async function withOldVersions(times: number) {
    const one = await stage({
      before: () => ({ createVersion: ({ nth }) => (nth <= times ? Promise.reject(full) : Promise.resolve()) }),
    });
    for (let version = 0; version < 4; version += 1) {
      const base = await one.world.aws.getDefault(TARGET, one.launchTemplateId);
      await one.world.aws.createVersion(TARGET, base, { instanceType: `r${version}.large` }, `old-${version}`);
    }
    return one;
  }

  it('gets room from Prelaunch’s own old versions, and the version is made', async () => {
    const { work, aws, live, world } = await withOldVersions(1);
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect(aws.writes()).toEqual(['createVersion', 'prune', 'createVersion', 'setDefault']);
    expect(aws.calls.find(({ name }) => name === 'prune')?.args[2]).toBe(1);
    expect(world.aws.versions(SERVER).own).toHaveLength(2);
    expect(live()).toEqual({ ...OURS, unmanaged: { kernel: 'a' } });
  });

  it('is tried once more only', async () => {
    const { work, made } = await withOldVersions(2);
    expect(await work()).toMatchObject({ kind: 'failed', errors: [{ awsCode: 'VersionLimitExceeded' }] });
    expect(made()).toBe(2);
  });

  it('fails with AWS’s code and what to do where all versions are other people’s', async () => {
    const { work, made, world } = await stage({ before: () => ({ createVersion: () => Promise.reject(full) }) });
    world.aws.draft(SERVER, {});
    expect(await work()).toMatchObject({
      kind: 'failed',
      errors: [
        {
          code: 'aws.refused',
          awsCode: 'VersionLimitExceeded',
          path: 'instanceType, tags',
          remedy: expect.stringContaining('delete versions'),
        },
      ],
    });
    expect(made()).toBe(1);
    expect(world.aws.versions(SERVER).all).toEqual([1, 2]);
  });
});
