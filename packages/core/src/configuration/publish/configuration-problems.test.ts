import type { ConfigurationRef } from '@prelaunch/contracts/configuration';
import { CONFIGURATION_LIMITS } from '@prelaunch/contracts/configuration';
import { beforeEach, describe, expect, it } from 'vitest';
import { catalogueOf } from '../../../../../tests/support/configurations.ts';
import { type MemoryWorld, memoryWorld } from '../../../../../tests/support/memory-world.ts';
import { planned, publishedAsPlanned } from '../../../../../tests/support/plans.ts';
import type { ConfigurationVersion } from '../configuration.ts';

let world: MemoryWorld;
beforeEach(() => {
  world = memoryWorld();
});

/** `base` followed, `base@2` pinned. */
function parents(...names: readonly string[]): ConfigurationRef[] {
  return names.map((name) => {
    const [configurationId = '', version] = name.split('@');
    return version === undefined ? { configurationId } : { configurationId, version: Number(version) };
  });
}

type Said = Partial<Omit<ConfigurationVersion, 'configurationId' | 'parents'>>;

function said(configurationId: string, from: string, stated: Said = {}): Partial<ConfigurationVersion> {
  return { configurationId, parents: parents(...from.split(' ').filter(Boolean)), ...stated };
}

async function publish(configurationId: string, from = '', stated: Said = {}): Promise<void> {
  await publishedAsPlanned(said(configurationId, from, stated), world);
}

async function problemsOf(configurationId: string, from = '', stated: Said = {}) {
  const { problems, publishable } = await planned(said(configurationId, from, stated), world);
  expect(publishable).toBe(problems.length === 0);
  for (const problem of problems)
    expect(problem).toMatchObject({ path: expect.stringMatching(/./), allowed: expect.stringMatching(/./) });
  return problems;
}

const SG = { subnetId: 'subnet-0a1b2c3d', securityGroupIds: ['sg-0a1b2c3d'] };

describe('what cannot be published', () => {
  it('says nothing new', async () => {
    await publish('base', '', { settings: { name: 'one' }, unset: ['tags'], locked: ['name', 'copyTags'] });
    const same = { settings: { name: 'one' }, unset: ['tags'], locked: ['copyTags', 'name'] };
    expect(await problemsOf('base', '', same)).toMatchObject([
      { code: 'configuration.unchanged', path: 'configurationId', value: 'base', message: expect.stringMatching('@1') },
    ]);
    expect(await problemsOf('base', '', { ...same, owner: 'platform' })).toEqual([]);
  });

  it.each([
    ['ghost', 'ghost'],
    ['base@2', 'base@2'],
    ['base@2 ghost', 'base@2'],
  ])('inherits from %s, which nobody published', async (from, value) => {
    await publish('base');
    expect(await problemsOf('web', from)).toMatchObject([
      { code: 'configuration.unknown_parent', path: 'configurations.web.parents', value },
    ]);
  });

  it.each([
    ['web', 'web -> web'],
    ['web@1', 'web -> web@1'],
    ['web@2', 'web -> web@2'],
    ['app', 'web -> app -> web'],
    ['old', 'web -> old -> web@1'],
    ['old@1', 'web -> old@1 -> web@1'],
  ])('inherits from %s, and thereby from itself', async (from, circle) => {
    await publish('web');
    await publish('app', 'web');
    await publish('old', 'web@1');
    const [first] = await problemsOf('web', from);
    expect(first).toMatchObject({
      code: 'configuration.cycle',
      path: 'configurations.web.parents',
      value: circle,
      message: `configurations inherit in a circle: ${circle}`,
    });
  });

  it('may inherit from what once inherited from it', async () => {
    await publish('web');
    await publish('app', 'web');
    await publish('app');
    expect(await problemsOf('web', 'app')).toEqual([]);
    expect(await problemsOf('web', 'app@1')).toMatchObject([{ code: 'configuration.cycle' }]);
  });

  it('has parents that ask for two orders', async () => {
    for (const [id, from] of [
      ['a', ''],
      ['b', ''],
      ['one', 'a b'],
      ['other', 'b a'],
    ] as const)
      await publish(id, from);
    expect(await problemsOf('web', 'one other')).toMatchObject([
      { code: 'configuration.inconsistent_order', path: 'configurations.web.parents' },
    ]);
    expect(await problemsOf('web', 'a one')).toMatchObject([{ code: 'configuration.inconsistent_order' }]);
    expect(await problemsOf('web', 'one a')).toEqual([]);
  });

  it('takes the order away from a descendant, which is named', async () => {
    await publish('a');
    await publish('b');
    await publish('one', 'a b');
    await publish('other');
    await publish('web', 'one other');
    await publish('app', 'web');
    expect(await problemsOf('other', 'b a')).toMatchObject([
      { code: 'configuration.inconsistent_order', path: 'configurations.web.parents' },
    ]);
  });

  it('has more above each other than is allowed, or gives that to a descendant, which is named', async () => {
    const { depth } = CONFIGURATION_LIMITS;
    await publish('c1');
    for (let n = 2; n <= depth; n += 1) await publish(`c${n}`, `c${n - 1}`);
    expect(await problemsOf('more', `c${depth}`)).toMatchObject([
      { code: 'configuration.too_deep', path: 'configurations.more.parents', value: depth + 1 },
    ]);
    expect(await problemsOf('more', `c${depth}@1`)).toMatchObject([{ code: 'configuration.too_deep' }]);
    await publish('root');
    expect(await problemsOf('c1', 'root')).toMatchObject([
      { code: 'configuration.too_deep', path: `configurations.c${depth}.parents`, value: depth + 1 },
    ]);
  });

  it('is one configuration more than there may be; a new version of those that are is not', async () => {
    await publish('base');
    const { configurations: most } = CONFIGURATION_LIMITS;
    const many = Object.fromEntries(Array.from({ length: most - 2 }, (_, index) => [`c${index}`, 1]));
    const { version } = await world.configurations.catalogue();
    await world.configurations.saveCatalogue({ ...catalogueOf({ base: 1, ...many }), version });
    expect(await problemsOf('more')).toEqual([]);
    await publish('more');
    expect(await problemsOf('another')).toMatchObject([{ code: 'configuration.too_many', value: 'another' }]);
    expect(await problemsOf('more', '', { settings: { name: 'new' } })).toEqual([]);
  });

  it.each<[Said, string]>([
    [{ settings: { tenancy: 'host' } }, 'settings.tenancy'],
    [{ settings: { tenancy: 'default' } }, 'settings.tenancy'],
    [{ variants: { 'm7i.*': { tenancy: 'host' } } }, 'variants.m7i.*.tenancy'],
    [{ unset: ['name', 'tenancy'] }, 'unset.1'],
    [{ settings: { tags: { cost: 'x' } } }, 'settings.tags.cost'],
    [{ unset: ['tags.cost'] }, 'unset.0'],
    [{ settings: { copyTags: true } }, 'settings.copyTags'],
  ])('states %j, which something above it has locked', async (stated, at) => {
    await publish('far', '', { locked: ['copyTags'] });
    await publish('base', 'far', { settings: { tenancy: 'default' }, locked: ['tenancy', 'tags.cost'] });
    await publish('middle', 'base');
    const problems = await problemsOf('web', 'middle', stated);
    expect(problems).toMatchObject([{ code: 'configuration.locked', path: `configurations.web.${at}` }]);
    const owner = at.includes('copyTags') ? 'far' : 'base';
    expect(problems[0]).toMatchObject({
      message: expect.stringContaining(`which ${owner}@1 has locked`),
      allowed: expect.stringContaining(owner),
    });
  });

  it('may state what it locks itself, what is locked further down, and tags beside one that is locked', async () => {
    await publish('base', '', { locked: ['tags.cost'] });
    await publish('app', 'base', { locked: ['name'] });
    const free: Said = { settings: { name: 'x', tags: { 'cost.center': 'y' } }, unset: ['tags'], locked: ['name'] };
    expect(await problemsOf('web', 'base', free)).toEqual([]);
    await publish('web', 'base', { settings: { name: 'base' } });
    await publish('app', 'web', { locked: ['name'] });
    expect(await problemsOf('web', 'base', { settings: { name: 'other' } })).toEqual([]);
  });

  it('is locked for what it says of any tag where all tags are', async () => {
    await publish('base', '', { locked: ['tags'] });
    expect(await problemsOf('web', 'base', { settings: { tags: { a: 'x', b: 'y' } } })).toMatchObject([
      { path: 'configurations.web.settings.tags.a' },
      { path: 'configurations.web.settings.tags.b' },
    ]);
  });

  it('may lock what a descendant states: that is told, and not refused', async () => {
    await publish('base');
    await publish('web', 'base', { settings: { name: 'web' } });
    expect(await problemsOf('base', '', { settings: { name: 'base' }, locked: ['name'] })).toEqual([]);
  });
});

describe('a lock conflict', () => {
  const conflict = { code: 'configuration.lock_conflict', path: 'configurations.one.locked' };

  it('is between two that lock a key with different values, of which neither inherits from the other', async () => {
    await publish('one', '', { settings: { tenancy: 'host' }, locked: ['tenancy'] });
    await publish('other', '', { settings: { tenancy: 'default' }, locked: ['tenancy'] });
    const problems = await problemsOf('web', 'one other');
    expect(problems).toMatchObject([{ ...conflict, value: 'tenancy' }]);
    expect(problems[0]?.message).toContain('one@1 and other@1 lock tenancy with different values');
    expect(problems[0]?.allowed).toContain('take it out of one or other');
  });

  it('is none where one inherits from the other, or both mean the same', async () => {
    await publish('one', '', { settings: { tenancy: 'host' }, locked: ['tenancy'] });
    await publish('same', '', { settings: { tenancy: 'host' }, locked: ['tenancy'] });
    await publish('below', 'one', { locked: ['tenancy'] });
    expect(await problemsOf('web', 'one same')).toEqual([]);
    expect(await problemsOf('web', 'below one')).toEqual([]);
    expect(await problemsOf('web', 'same below')).toEqual([]);
  });

  it('is told to whoever makes it: also where it is made for a descendant', async () => {
    await publish('one', '', { settings: { tenancy: 'host' }, locked: ['tenancy'] });
    await publish('other', '', { settings: { tenancy: 'host' }, locked: ['tenancy'] });
    await publish('web', 'one other');
    await publish('app', 'web');
    const dedicated: Said = { settings: { tenancy: 'dedicated' }, locked: ['tenancy'] };
    expect(await problemsOf('other', '', dedicated)).toMatchObject([
      { ...conflict, value: 'tenancy', message: expect.stringMatching(/^web: one@1 and other@2 /) },
    ]);
  });

  it('counts what the value is that each has by itself, stated or inherited, locked further up or not at all', async () => {
    await publish('base', '', { settings: { tenancy: 'host' } });
    await publish('one', 'base', { locked: ['tenancy'] });
    await publish('other', '', { locked: ['tenancy'] });
    expect(await problemsOf('web', 'one other')).toMatchObject([{ ...conflict, value: 'tenancy' }]);
    await publish('other', '', { settings: { tenancy: 'host' }, locked: ['tenancy'] });
    expect(await problemsOf('web', 'one other')).toEqual([]);
    expect(await problemsOf('web', 'one other@1')).toMatchObject([conflict]);
  });

  it('is in one tag, and not in another whose name goes on', async () => {
    await publish('one', '', { settings: { tags: { a: 'x', 'a.b': 'x' } }, locked: ['tags.a'] });
    await publish('other', '', { settings: { tags: { a: 'x', 'a.b': 'y' } }, locked: ['tags.a'] });
    expect(await problemsOf('web', 'one other')).toEqual([]);
    await publish('other', '', { settings: { tags: { a: 'y' } }, locked: ['tags.a'] });
    expect(await problemsOf('web', 'one other')).toMatchObject([{ ...conflict, value: 'tags.a' }]);
  });

  it('is also between one that locks all tags and one that locks a single one', async () => {
    await publish('one', '', { settings: { tags: { a: 'x', b: 'x' } }, locked: ['tags'] });
    await publish('other', '', { settings: { tags: { a: 'y' } }, locked: ['tags.a'] });
    expect(await problemsOf('web', 'one other')).toMatchObject([{ ...conflict, value: 'tags.a' }]);
    expect(await problemsOf('web', 'other one')).toMatchObject([{ ...conflict, path: expect.any(String) }]);
    await publish('other', '', { settings: { tags: { a: 'x' } }, locked: ['tags.a'] });
    expect(await problemsOf('web', 'one other')).toEqual([]);
    await publish('other', '', { settings: { tags: { a: 'x' } }, locked: ['tags'] });
    expect(await problemsOf('web', 'one other')).toMatchObject([{ ...conflict, value: 'tags' }]);
  });
});

describe('an invalid combination', () => {
  const contradiction = { instanceType: 'm7i.large', targetInstanceTypeRightSizingMethod: 'BASIC' } as const;
  const problem = { code: 'settings.combination', value: 'BASIC' };

  it('keeps a configuration from being published that nobody could use, and names where it is stated', async () => {
    expect(await problemsOf('base', '', { settings: contradiction })).toMatchObject([
      { ...problem, path: 'configurations.base@1.targetInstanceTypeRightSizingMethod' },
    ]);
  });

  it('is told of the descendant in which it comes about', async () => {
    await publish('base', '', { settings: { targetInstanceTypeRightSizingMethod: 'NONE' } });
    await publish('web', 'base', { settings: { instanceType: 'm7i.large' } });
    const basic: Said = { settings: { targetInstanceTypeRightSizingMethod: 'BASIC' } };
    await publish('app', 'web');
    expect(await problemsOf('base', '', basic)).toMatchObject([
      {
        ...problem,
        path: 'configurations.base@2.targetInstanceTypeRightSizingMethod',
        message: expect.stringMatching(/^web: /),
      },
    ]);
  });

  it('is told of each configuration in which another one comes about', async () => {
    await publish('base');
    await publish('typed', 'base', { settings: { instanceType: 'm7i.large' } });
    await publish('addressed', 'base', { settings: { privateIpAddress: '10.0.0.1', subnetId: SG.subnetId } });
    const both: Said = { settings: { targetInstanceTypeRightSizingMethod: 'BASIC', copyPrivateIp: true } };
    expect(await problemsOf('base', '', both)).toMatchObject([
      { ...problem, value: '10.0.0.1', message: expect.stringMatching(/^addressed: /) },
      { ...problem, message: expect.stringMatching(/^typed: /) },
    ]);
  });

  it('is none while something is only missing that may be stated nearer', async () => {
    expect(await problemsOf('base', '', { settings: { securityGroupIds: SG.securityGroupIds } })).toEqual([]);
    expect(await problemsOf('base', '', { settings: { instanceType: 'm7i.large' } })).toEqual([]);
  });

  it('that was there before keeps nobody from publishing something else', async () => {
    const configurations = world.configurations;
    await publish('base', '', { settings: { targetInstanceTypeRightSizingMethod: 'BASIC' } });
    await publish('web', 'base');
    const web = (await configurations.versions([{ configurationId: 'web', version: 1 }])).get('web@1');
    const broken = web && { ...web, version: 2, settings: { instanceType: 'm7i.large' }, lineage: [] };
    if (broken) await configurations.addVersion(broken);
    const catalogue = await configurations.catalogue();
    const heads = { ...catalogue.heads, web: { version: 2 } };
    await configurations.saveCatalogue({ ...catalogue, heads });
    const others: Said = { settings: { targetInstanceTypeRightSizingMethod: 'BASIC', name: 'new' } };
    expect(await problemsOf('base', '', others)).toEqual([]);
  });
});
