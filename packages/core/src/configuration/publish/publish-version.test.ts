import { PublishFailedError } from '@prelaunch/aws/eventbridge-publisher';
import { beforeEach, describe, expect, it } from 'vitest';
import { atEachAwait, Crash, type CrashPoint, crashing } from '../../../../../tests/support/crashing.ts';
import { type MemoryWorld, memoryWorld } from '../../../../../tests/support/memory-world.ts';
import { ANNOUNCEMENT, planned, publishedAsPlanned } from '../../../../../tests/support/plans.ts';
import { type Catalogue, type ConfigurationVersion, isPublished } from '../configuration.ts';
import { deleteConfiguration } from '../delete-configuration.ts';
import { listVersions } from '../read-configurations.ts';
import { changeMark } from '../rollout/change-mark.ts';
import { type PublishVersionDeps, publishVersion } from './publish-version.ts';

const production = { configurationId: 'production' };

let world: MemoryWorld;
beforeEach(() => {
  world = memoryWorld();
});

/** What is to be published, and the graph for which it was planned. */
async function prepared(stated: Partial<ConfigurationVersion>) {
  return { next: (await planned(stated, world)).next, catalogue: await world.configurations.catalogue() };
}

function publishing(
  { next, catalogue }: { next: ConfigurationVersion; catalogue: Catalogue },
  deps: PublishVersionDeps = world,
) {
  return publishVersion(next, ANNOUNCEMENT, catalogue, deps);
}

/** Numbers that the history shows, newest first. */
async function shown(configurationId = 'production'): Promise<number[]> {
  const { versions } = await listVersions({ configurationId, limit: 100 }, world);
  return versions.map(({ version }) => version);
}

/** So many publishers of the configuration who write their version and are overtaken before it is visible. */
async function overtaken(times: number): Promise<void> {
  for (let time = 1; time <= times; time += 1) {
    const { revision } = await world.configurations.catalogue();
    const late = await prepared({ ...production, settings: { name: `late ${revision}` } });
    await publishedAsPlanned({ configurationId: 'other', settings: { name: `other ${revision}` } }, world);
    expect(await publishing(late)).toBeUndefined();
  }
}

describe('publishVersion', () => {
  it('makes a version visible with its lineage, and says so', async () => {
    await publishedAsPlanned({ configurationId: 'base' }, world);
    const done = await publishing(await prepared({ ...production, parents: [{ configurationId: 'base' }] }));
    expect(done).toMatchObject({
      version: { version: 1, lineage: [{ configurationId: 'production' }, { configurationId: 'base', version: 1 }] },
      catalogue: { revision: 2, heads: { production: { version: 1 } } },
    });
    expect(await world.configurations.catalogue()).toEqual(done?.catalogue);
    expect(world.events.published.at(-1)).toEqual({
      type: 'Configuration Published',
      detail: {
        version: '1',
        correlationId: 'c-1',
        data: { ...production, version: 1, previousVersion: null, catalogueRevision: 2 },
      },
    });
  });

  it('begins a rollout that knows every version that groups may still have', async () => {
    for (const name of ['one', 'two', 'three']) await publishedAsPlanned({ ...production, settings: { name } }, world);
    const { rollouts } = await world.configurations.catalogue();
    expect(rollouts).toEqual({ production: { ...ANNOUNCEMENT, version: 3, previous: [1, 2], state: 'running' } });
    await changeMark({ ...production, version: 3 }, () => 'none', world);
    await publishedAsPlanned({ ...production, settings: { name: 'four' } }, world);
    expect((await world.configurations.catalogue()).rollouts).toMatchObject({ production: { previous: [3] } });
  });

  it('publishes nothing when somebody else has published anything since', async () => {
    const late = await prepared(production);
    await publishedAsPlanned({ configurationId: 'other' }, world);
    const before = await world.configurations.catalogue();
    expect(await publishing(late)).toBeUndefined();
    expect(await world.configurations.catalogue()).toEqual(before);
  });

  it('publishes nothing when a rollout has stopped since, or goes on: groups see other versions then', async () => {
    await publishedAsPlanned({ configurationId: 'base', settings: { name: 'one' } }, world);
    await publishedAsPlanned({ configurationId: 'base', settings: { name: 'two' } }, world);
    for (const state of ['stopped', 'running'] as const) {
      const late = await prepared(production);
      await changeMark({ configurationId: 'base', version: 2 }, (mark) => ({ ...mark, state }), world);
      expect(await publishing(late), state).toBeUndefined();
    }
  });

  it('publishes though a rollout has come to its end since', async () => {
    await publishedAsPlanned({ configurationId: 'base' }, world);
    const late = await prepared(production);
    await changeMark({ configurationId: 'base', version: 1 }, () => 'none', world);
    expect(await publishing(late)).toMatchObject({ catalogue: { rollouts: { production: { state: 'running' } } } });
    expect((await world.configurations.catalogue()).rollouts).not.toHaveProperty('base');
  });

  it('gives up when the catalogue keeps changing', async () => {
    const { next, catalogue } = await prepared(production);
    const configurations = { ...world.configurations, saveCatalogue: async () => false };
    await expect(publishing({ next, catalogue }, { ...world, configurations })).rejects.toMatchObject({
      code: 'store.contention',
      retryable: true,
    });
  });

  it('gives up when each number is taken just before it is written', async () => {
    const configurations = {
      ...world.configurations,
      addVersion: async (version: ConfigurationVersion) => {
        await world.configurations.addVersion({ ...version, author: 'user:bob' });
        return false;
      },
    };
    await expect(publishing(await prepared(production), { ...world, configurations })).rejects.toMatchObject({
      code: 'store.contention',
    });
    expect((await world.configurations.catalogue()).heads).toEqual({});
  });

  it('leaves out numbers that were written and never visible, in histories and for pins, however many', async () => {
    await publishedAsPlanned(production, world);
    await overtaken(12);
    expect(await shown()).toEqual([1]);
    await publishedAsPlanned({ ...production, settings: { name: 'in time' } }, world);
    expect(await shown()).toEqual([14, 1]);
    const catalogue = await world.configurations.catalogue();
    expect(catalogue.heads.production).toEqual({ version: 14, skipped: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13] });
    for (let version = 2; version <= 13; version += 1)
      expect(isPublished(catalogue, { ...production, version }), String(version)).toBe(false);
    const pinning = { configurationId: 'app', parents: [{ ...production, version: 7 }] };
    expect((await planned(pinning, world)).problems).toMatchObject([
      { code: 'configuration.unknown_parent', value: 'production@7' },
    ]);
  });

  it('still knows them when more are left out later, and when the configuration was deleted and made again', async () => {
    await overtaken(1);
    await publishedAsPlanned({ ...production, settings: { name: 'first' } }, world);
    await overtaken(1);
    await deleteConfiguration('production', world);
    await overtaken(1);
    await publishedAsPlanned({ ...production, settings: { name: 'again' } }, world);
    const { heads, retired } = await world.configurations.catalogue();
    expect({ heads, retired }).toMatchObject({
      heads: { production: { version: 5, skipped: [1, 3, 4] } },
      retired: {},
    });
    expect(await shown()).toEqual([5, 2]);
  });

  it('is not held up by an announcement that fails, since the sweep makes it again', async () => {
    const events = { publish: () => Promise.reject(new PublishFailedError(1, 1, 'no answer')) };
    expect(await publishing(await prepared(production), { ...world, events })).toBeDefined();
    expect((await world.configurations.catalogue()).rollouts).toHaveProperty('production');
  });

  it('tells failures that nobody foresaw', async () => {
    const events = { publish: () => Promise.reject(new TypeError('ours')) };
    const done = publishing(await prepared(production), { ...world, events });
    await expect(done).rejects.toThrow('ours');
  });

  it('may stop at each await and be repeated, and makes the version visible once', async () => {
    const calls = await atEachAwait(async (point: CrashPoint) => {
      world = memoryWorld();
      await overtaken(1);
      const { next, catalogue } = await prepared({ ...production, settings: { name: 'new' } });
      const { configurations, events } = world;
      const died = crashing({ configurations, events }, point);
      const first = await publishVersion(next, ANNOUNCEMENT, catalogue, died.deps).catch((error: unknown) => {
        expect(error).toBeInstanceOf(Crash);
      });
      return {
        calls: died.calls(),
        check: async () => {
          const isVisible = async () => (await world.configurations.catalogue()).heads.production !== undefined;
          if (!(await isVisible())) expect(await publishing({ next, catalogue })).toBeDefined();
          else if (!first) expect(await publishing({ next, catalogue })).toBeUndefined();
          const [newest = 0, ...older] = await shown();
          expect(older).toEqual([]);
          const [version] = await world.configurations.history('production', { before: newest + 1, limit: 1 });
          expect(version).toMatchObject({ settings: { name: 'new' }, lineage: [{ version: newest }] });
        },
      };
    });
    expect(calls).toBe(5);
  });

  it('takes up the version that an earlier attempt of it wrote, and none of somebody else', async () => {
    const { next, catalogue } = await prepared({ ...production, settings: { name: 'new' } });
    await world.configurations.addVersion({ ...next, publishedAt: '2020-01-01T00:00:00.000Z' });
    expect(await publishing({ next, catalogue })).toMatchObject({
      version: { version: 1, publishedAt: '2020-01-01T00:00:00.000Z' },
    });
    const other = await prepared({ ...production, settings: { name: 'other' } });
    await world.configurations.addVersion({ ...other.next, author: 'user:bob' });
    expect(await publishing(other)).toMatchObject({ version: { version: 3, author: 'user:alice' } });
  });

  it('knows nothing of what objects have by themselves', async () => {
    const done = await publishing(await prepared({ configurationId: 'constructor' }));
    expect(done?.catalogue).toMatchObject({
      heads: { constructor: { version: 1 } },
      retired: {},
      rollouts: { constructor: { previous: [] } },
    });
    expect(done?.catalogue.heads.constructor).not.toHaveProperty('skipped');
  });
});
