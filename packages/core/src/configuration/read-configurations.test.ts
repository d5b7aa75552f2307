import { beforeEach, describe, expect, it } from 'vitest';
import { AT } from '../../../../tests/support/clock.ts';
import { configurationDraft, configurationVersion, rolloutProgress } from '../../../../tests/support/configurations.ts';
import { type MemoryWorld, memoryWorld } from '../../../../tests/support/memory-world.ts';
import { publishedAsPlanned } from '../../../../tests/support/plans.ts';
import type { ConfigurationVersion } from './configuration.ts';
import { compareVersions, getConfiguration, listConfigurations, listVersions } from './read-configurations.ts';
import { changeMark } from './rollout/change-mark.ts';

let world: MemoryWorld;
beforeEach(() => {
  world = memoryWorld();
});

async function publish(configurationId: string, stated: Partial<ConfigurationVersion> = {}): Promise<void> {
  await publishedAsPlanned({ configurationId, ...stated }, world);
}

const ofBase = { configurationId: 'base' };

describe('getConfiguration', () => {
  it('shows the newest version, with what it inherits now', async () => {
    await publish('base');
    await publish('web', { parents: [ofBase], description: 'Web', settings: { name: 'x' }, locked: ['name'] });
    await publish('base', { settings: { copyTags: true } });
    expect(await getConfiguration({ configurationId: 'web' }, world)).toEqual({
      configurationId: 'web',
      version: 1,
      author: 'alice@example.com',
      publishedAt: AT,
      message: 'because',
      hash: expect.stringMatching(/^sha256:/),
      rolledBackTo: null,
      parents: [ofBase],
      settings: { name: 'x' },
      variants: {},
      unset: [],
      locked: ['name'],
      description: 'Web',
      owner: null,
      path: [
        { configurationId: 'web', version: 1 },
        { configurationId: 'base', version: 2 },
      ],
      draft: null,
      rollout: { version: 1, state: 'running', groups: null, reached: 0, because: null },
    });
  });

  it('shows a version that is asked for with what it inherited when it was published', async () => {
    await publish('base');
    await publish('web', { parents: [ofBase] });
    await publish('base', { settings: { copyTags: true } });
    await publish('web');
    const path = [
      { configurationId: 'web', version: 1 },
      { ...ofBase, version: 1 },
    ];
    expect(await getConfiguration({ configurationId: 'web', version: 1 }, world)).toMatchObject({ version: 1, path });
    expect((await getConfiguration({ configurationId: 'web' }, world)).path).toHaveLength(1);
  });

  it('tells of a draft that waits, and how far the newest version has come', async () => {
    await publish('base');
    await publish('base', { settings: { copyTags: true } });
    await world.configurations.saveDraft(configurationDraft({ ...ofBase, savedBy: 'bob@example.com' }));
    const progress = { ...ofBase, version: 2, groupIds: ['a', 'b', 'c'] };
    await world.rollouts.saveRollout(rolloutProgress({ ...progress, reached: [{ groupId: 'a', failedBefore: 0 }] }));
    const stopped = { state: 'stopped', because: '1 of 1 servers failed' } as const;
    await changeMark({ ...ofBase, version: 2 }, (mark) => ({ ...mark, ...stopped }), world);
    const draft = { generation: 1, savedBy: 'bob@example.com', savedAt: AT };
    const rollout = { version: 2, groups: 3, reached: 1, ...stopped };
    for (const version of [undefined, 1])
      expect(await getConfiguration({ ...ofBase, version }, world)).toMatchObject({ draft, rollout });
    await changeMark({ ...ofBase, version: 2 }, () => 'none', world);
    expect(await getConfiguration(ofBase, world)).toMatchObject({ rollout: null });
  });

  it.each([
    [{ configurationId: 'ghost' }, 'configurationId', 'ghost'],
    [{ configurationId: 'constructor' }, 'configurationId', 'constructor'],
    [{ configurationId: 'ghost', version: 1 }, 'configurationId', 'ghost'],
    [{ configurationId: 'base', version: 2 }, 'version', 2],
  ])('does not know %j, and says so of the field', async (asked, path, value) => {
    await publish('base');
    await expect(getConfiguration(asked, world)).rejects.toMatchObject({
      code: 'configuration.not_found',
      problems: [{ path, value }],
    });
  });

  it('does not know a version that was written and never visible', async () => {
    await publish('base');
    await world.configurations.addVersion(configurationVersion({ ...ofBase, version: 2 }));
    await expect(getConfiguration({ ...ofBase, version: 2 }, world)).rejects.toMatchObject({
      problems: [{ value: 2 }],
    });
    await publish('base', { settings: { copyTags: true } });
    await expect(getConfiguration({ ...ofBase, version: 2 }, world)).rejects.toMatchObject({
      problems: [{ value: 2 }],
    });
    expect(await getConfiguration(ofBase, world)).toMatchObject({ version: 3 });
  });

  it('does not know a version that the catalogue names and the store has lost', async () => {
    await publish('base');
    const configurations = { ...world.configurations, versions: async () => new Map() };
    await expect(getConfiguration(ofBase, { ...world, configurations })).rejects.toMatchObject({
      code: 'configuration.not_found',
      problems: [{ path: 'version', value: 1 }],
    });
  });
});

describe('listConfigurations', () => {
  const everything = { limit: 100, isVisible: () => true };

  it('lists those that exist in the order of their ids, each in its newest version', async () => {
    for (const id of ['b', 'a.1', 'B', 'a-1']) await publish(id);
    await publish('b', { owner: 'platform' });
    const { configurations, catalogueRevision, after } = await listConfigurations(everything, world);
    expect(configurations.map(({ configurationId, version }) => [configurationId, version])).toEqual([
      ['B', 1],
      ['a-1', 1],
      ['a.1', 1],
      ['b', 2],
    ]);
    expect(configurations.at(-1)).toMatchObject({ owner: 'platform', description: null, author: 'alice@example.com' });
    expect(configurations.at(-1)).not.toHaveProperty('settings');
    expect([catalogueRevision, after]).toEqual([5, undefined]);
  });

  it('goes on after each page, to the last and no further, with only what may be seen', async () => {
    const ids = Array.from({ length: 9 }, (_, index) => `c${index}`);
    for (const id of ids.toReversed()) await publish(id);
    const seen: string[] = [];
    let [after, pages] = [undefined as string | undefined, 0];
    do {
      const isVisible = (id: string) => id !== 'c4' && id !== 'c8';
      const page = await listConfigurations({ limit: 2, after, isVisible }, world);
      seen.push(...page.configurations.map(({ configurationId }) => configurationId));
      after = page.after;
      pages += 1;
    } while (after !== undefined);
    expect(seen).toEqual(['c0', 'c1', 'c2', 'c3', 'c5', 'c6', 'c7']);
    expect(pages).toBe(4);
    expect(await listConfigurations({ ...everything, limit: 9 }, world)).not.toHaveProperty('after');
  });
});

describe('listVersions', () => {
  /** All pages of its history, by their numbers. */
  async function pagesOf(limit: number): Promise<number[][]> {
    const pages: number[][] = [];
    let before: number | undefined;
    do {
      const page = await listVersions({ ...ofBase, limit, before }, world);
      pages.push(page.versions.map(({ version }) => version));
      before = page.before;
    } while (before !== undefined);
    return pages;
  }

  it('shows them newest first, with who published them and why', async () => {
    await publish('base', { message: 'first' });
    await publish('base', { message: 'second', settings: { name: 'x' }, rolledBackTo: 1, publishedBy: 'bob' });
    const { versions } = await listVersions({ ...ofBase, limit: 10 }, world);
    expect(versions).toMatchObject([
      { version: 2, message: 'second', author: 'bob', rolledBackTo: 1 },
      { version: 1, message: 'first', author: 'alice@example.com', rolledBackTo: null },
    ]);
  });

  it('goes on after each page, past any number of versions that were never visible', async () => {
    const skipped = Array.from({ length: 250 }, (_, index) => index + 3);
    for (let version = 1; version <= 260; version += 1)
      await world.configurations.addVersion(configurationVersion({ ...ofBase, version }));
    const catalogue = await world.configurations.catalogue();
    const heads = { base: { version: 255, skipped } };
    await world.configurations.saveCatalogue({ ...catalogue, heads });
    expect(await pagesOf(2)).toEqual([[255, 254], [253, 2], [1]]);
    expect(await pagesOf(5)).toEqual([[255, 254, 253, 2, 1]]);
  });

  it('begins where it is told, and nowhere beyond the newest', async () => {
    for (const name of ['1', '2', '3']) await publish('base', { settings: { name } });
    const numbers = async (before: number) =>
      (await listVersions({ ...ofBase, limit: 10, before }, world)).versions.map(({ version }) => version);
    expect(await numbers(3)).toEqual([2, 1]);
    expect(await numbers(999)).toEqual([3, 2, 1]);
    expect(await numbers(1)).toEqual([]);
  });

  it('ends where the store has no more', async () => {
    await publish('base');
    const configurations = { ...world.configurations, history: async () => [] };
    expect(await listVersions({ ...ofBase, limit: 10 }, { configurations })).toEqual({ versions: [] });
  });

  it('knows only what exists', async () => {
    await expect(listVersions({ ...ofBase, limit: 10 }, world)).rejects.toMatchObject({
      code: 'configuration.not_found',
      problems: [{ path: 'configurationId', value: 'base' }],
    });
  });
});

describe('compareVersions', () => {
  it('says what differs, and where nothing does', async () => {
    await publish('base', { settings: { name: 'x' } });
    await publish('base', { settings: { name: 'y' } });
    await publish('base', { settings: { name: 'x' } });
    const asked = { ...ofBase, fromVersion: 1, toVersion: 2 };
    expect(await compareVersions(asked, world)).toEqual({
      ...asked,
      same: false,
      differences: [{ path: 'settings.name', from: 'x', to: 'y' }],
    });
    expect(await compareVersions({ ...asked, toVersion: 3 }, world)).toMatchObject({ same: true, differences: [] });
  });

  it.each([
    [{ ...ofBase, fromVersion: 9, toVersion: 1 }, 'fromVersion'],
    [{ ...ofBase, fromVersion: 1, toVersion: 9 }, 'toVersion'],
    [{ configurationId: 'ghost', fromVersion: 1, toVersion: 2 }, 'configurationId'],
  ])('refuses %j, naming the field', async (asked, path) => {
    await publish('base');
    await expect(compareVersions(asked, world)).rejects.toMatchObject({
      code: 'configuration.not_found',
      problems: [{ path }],
    });
  });
});
