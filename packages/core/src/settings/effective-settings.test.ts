import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applicableSettings, tags } from '../../../../tests/support/arbitraries.ts';
import type { ConfigurationVersion } from '../configuration/configuration.ts';
import { inheritedFrom, NOTHING_INHERITED } from '../configuration/inherited-settings.ts';
import { anyPath, fewSettings, versionOf } from '../configuration/testing/arbitrary-graphs.ts';
import { effectiveSettings, type StatedLayer } from './effective-settings.ts';
import { normalizeSettings } from './normalize-settings.ts';
import { settingsOf } from './setting-keys.ts';

/** What is stated of a group and of one server. */
function layersOf(launchConfig: unknown, override?: unknown): StatedLayer[] {
  return [
    { at: 'launchConfig', by: { layer: 'launchConfig' }, stated: launchConfig },
    { at: 'serverOverrides.s-1', by: { layer: 'serverOverrides' }, stated: override },
  ];
}

function effective(launchConfig: unknown, override?: unknown) {
  return effectiveSettings(NOTHING_INHERITED, layersOf(launchConfig, override));
}

function settings(launchConfig: unknown, override?: unknown): LaunchSettings {
  const found = effective(launchConfig, override);
  if (found.problems.length > 0) throw new Error(JSON.stringify(found.problems));
  return found.settings;
}

function brokenBy(stated: LaunchSettings): string[] {
  return effective(stated).problems.map(({ path }) => path);
}

describe('effectiveSettings', () => {
  it('lets the override win setting by setting and keeps the others', () => {
    const found = settings(
      { copyTags: true, name: 'group', monitoring: { enabled: true } },
      { name: 'server', monitoring: { enabled: false } },
    );
    expect(found).toEqual({ copyTags: true, name: 'server', monitoring: { enabled: false } });
  });

  it('replaces lists instead of merging them', () => {
    const subnetId = 'subnet-0a1b2c3d';
    const found = settings(
      { subnetId, securityGroupIds: ['sg-1a1b2c3d', 'sg-2a1b2c3d'] },
      { securityGroupIds: ['sg-3a1b2c3d'] },
    );
    expect(found).toEqual({ subnetId, securityGroupIds: ['sg-3a1b2c3d'] });
  });

  it('merges tags key by key, the override winning', () => {
    fc.assert(
      fc.property(tags, tags, (group, own) => {
        const found = settings({ tags: group }, { tags: own });
        const keys = new Set([...Object.keys(group), ...Object.keys(own)]);
        expect(new Set(Object.keys(found.tags ?? {}))).toEqual(keys);
        for (const key of keys) expect(found.tags?.[key]).toBe(Object.hasOwn(own, key) ? own[key] : group[key]);
      }),
    );
  });

  it('takes from each layer what the nearer one does not state', () => {
    fc.assert(
      fc.property(applicableSettings, (stated) => {
        const found = settings(stated);
        expect(found).toEqual(normalizeSettings(stated));
        expect(settings(undefined, stated)).toEqual(found);
        expect(settings(stated, {})).toEqual(found);
        expect(settings(stated, stated)).toEqual(found);
      }),
    );
  });

  it('states nothing where no layer does', () => {
    expect(settings(undefined)).toEqual({});
    expect(settings({}, {})).toEqual({});
  });

  it('asks for right-sizing to be off when an instance type is stated alone, in whichever layer', () => {
    expect(settings({ instanceType: 't3.micro' }).targetInstanceTypeRightSizingMethod).toBe('NONE');
    expect(settings({}, { instanceType: 't3.micro' }).targetInstanceTypeRightSizingMethod).toBe('NONE');
    expect(settings({ copyTags: true }).targetInstanceTypeRightSizingMethod).toBeUndefined();
  });

  it('refuses an instance type of one layer with the right-sizing of the other', () => {
    const found = effective({ targetInstanceTypeRightSizingMethod: 'BASIC' }, { instanceType: 't3.micro' });
    expect(found).toMatchObject({
      problems: [
        {
          code: 'settings.combination',
          path: 'launchConfig.targetInstanceTypeRightSizingMethod',
          value: 'BASIC',
          allowed: expect.stringContaining('NONE'),
        },
      ],
    });
  });

  it('reports the problems of both layers at once, each under its own path', () => {
    const found = effective({ copyTags: 1 }, { unknown: 2 });
    expect(found.problems.map(({ path }) => path)).toEqual(['launchConfig.copyTags', 'serverOverrides.s-1.unknown']);
  });

  it('reports combinations beside bad values, but none with what is bad by itself', () => {
    const found = effective({
      copyTags: 1,
      securityGroupIds: ['sg-0a1b2c3d'],
      privateIpAddress: '10.0.0.9',
      subnetId: 7,
    });
    expect(found.problems.map(({ path }) => path)).toEqual(['launchConfig.copyTags', 'launchConfig.subnetId']);
    const more = effective({ copyTags: 1, privateIpAddress: '10.0.0.9' });
    expect(more.problems.map(({ path }) => path)).toEqual(['launchConfig.copyTags', 'launchConfig.privateIpAddress']);
  });

  it('never lets what the group says stand in for what the server states badly', () => {
    const found = effective({ instanceType: 't3.micro', copyTags: true }, { instanceType: 'no type' });
    expect(found.settings).toEqual({ copyTags: true });
  });

  it('takes null as asking for there being none, which is no set value in combinations', () => {
    const nothing = {
      securityGroupIds: null,
      privateIpAddress: null,
      launchIntoInstanceProperties: null,
      copyTags: true,
    };
    expect(settings(nothing)).toEqual(nothing);
    expect(settings({ tags: { a: '1', b: '2' } }, { tags: { a: null } }).tags).toEqual({ a: null, b: '2' });
  });

  it('refuses settings that are null or no object, and never takes them for none', () => {
    for (const stated of [null, 'text', 3, [], true]) expect(effective(stated).problems).toHaveLength(1);
  });

  it('keeps the number of problems small enough to be stored, however much is wrong', () => {
    const manyWrong = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`f${index}`, 1]));
    const found = effective(manyWrong);
    expect(JSON.stringify(found).length).toBeLessThan(300_000);
  });
});

describe('effectiveSettings with what is inherited', () => {
  const RUNS = { numRuns: 2000 };
  const subnetId = 'subnet-0a1b2c3d';
  const securityGroupIds = ['sg-0a1b2c3d'];
  const basic = { targetInstanceTypeRightSizingMethod: 'BASIC' } as const;
  const into = { launchIntoEC2InstanceID: 'i-0a1b2c3d' };
  /** Those that imply others, too. */
  const anyStated = fc.option(
    fc
      .tuple(fewSettings, fc.constantFrom({}, { launchIntoInstanceProperties: into }))
      .map(([few, more]) => ({ ...few, ...more })),
    { nil: undefined },
  );
  const anyMember = fc.record({ path: anyPath, launchConfig: anyStated, override: anyStated });

  interface Member {
    readonly path: readonly ConfigurationVersion[];
    readonly launchConfig?: unknown;
    readonly override?: unknown;
  }

  function resolved({ path, launchConfig, override }: Member, instanceType?: string) {
    return effectiveSettings(inheritedFrom(path), layersOf(launchConfig, override), instanceType);
  }

  const m7i = { instanceType: 'm7i.large' };
  const t3 = { instanceType: 't3.micro' };
  function variants(settings: LaunchSettings, ...locked: string[]): ConfigurationVersion {
    const byType = { 'm7i.*': { name: 'm7i' }, 't3.*': { name: 't3' } };
    return versionOf({ settings: { name: 'any', ...settings }, variants: byType, locked });
  }

  it('gives the same again where the result is stated nearest of all', () => {
    fc.assert(
      fc.property(anyMember, ({ path, launchConfig, override }) => {
        const once = resolved({ path, launchConfig, override });
        const by = { layer: 'overrides' } as const;
        const layers = [...layersOf(launchConfig, override), { at: 'overrides', by, stated: once.settings }];
        expect(effectiveSettings(inheritedFrom(path), layers).settings).toEqual(once.settings);
      }),
      RUNS,
    );
  });

  it('says for each key who won, what is implied included, which makes the settings again', () => {
    fc.assert(
      fc.property(anyMember, (member) => {
        const { settings, provenance, lockHits } = resolved(member);
        const keys = Object.entries(provenance());
        const won = keys.flatMap(([key, { winner }]) => (winner ? [[key, winner.value] as const] : []));
        expect(settingsOf(won)).toEqual(settings);
        const lost = keys.flatMap(([key, { losers }]) => losers.map((loser) => ({ key, ...loser })));
        const locked = lost.filter(({ reason }) => reason === 'locked');
        expect(lockHits()).toEqual(locked.map(({ key, by, beatenBy }) => ({ key, lockedBy: beatenBy, beaten: by })));
      }),
      RUNS,
    );
  });

  it('says by what a setting is implied, and which statements lost before', () => {
    const base = versionOf({ configurationId: 'base', settings: { copyTags: true } });
    const web = versionOf({ configurationId: 'web', unset: ['copyTags'] });
    const found = resolved({ path: [web, base], override: { launchIntoInstanceProperties: into } });
    expect(found.settings).toEqual({ launchIntoInstanceProperties: into, copyPrivateIp: false, copyTags: false });
    const by = { layer: 'configuration', configurationId: 'base', version: 1 };
    expect(found.provenance().copyTags).toEqual({
      winner: { by: { layer: 'implied', setting: 'launchIntoInstanceProperties' }, value: false },
      losers: [{ by, value: true, reason: 'unset', beatenBy: { ...by, configurationId: 'web' } }],
    });
  });

  it.each([
    ['the server states', { override: m7i, launchConfig: t3 }, undefined, 'm7i'],
    ['the group states', { path: [variants(t3)], launchConfig: m7i }, undefined, 'm7i'],
    ['the configuration states', { path: [variants(m7i)] }, undefined, 'm7i'],
    [
      'the configuration locks',
      { path: [variants(m7i, 'instanceType')], launchConfig: t3, override: t3 },
      undefined,
      'm7i',
    ],
    ['is asked for', { launchConfig: t3 }, 'm7i.large', 'm7i'],
    ['nobody states', { launchConfig: { copyTags: true } }, undefined, 'any'],
  ])('takes the variants for the instance type that %s', (_which, member, given, name) => {
    expect(resolved({ path: [variants({})], ...member }, given).settings.name).toBe(name);
  });

  it('says where a setting was stated, in which version of which configuration too', () => {
    const base = versionOf({ configurationId: 'base', version: 3, settings: { subnetId, name: 'base' } });
    const member = { path: [base], launchConfig: { name: 'group' }, override: { monitoring: { enabled: true } } };
    const { statedAt } = resolved(member);
    expect((['subnetId', 'name', 'monitoring', 'tenancy'] as const).map(statedAt)).toEqual([
      'configurations.base@3',
      'launchConfig',
      'serverOverrides.s-1',
      'launchConfig',
    ]);
  });

  it.each<[LaunchSettings, LaunchSettings, string[]]>([
    [{ securityGroupIds }, {}, ['configurations.base@3.securityGroupIds']],
    [{}, { securityGroupIds }, ['launchConfig.securityGroupIds']],
    [{ subnetId }, { securityGroupIds }, []],
    [{ securityGroupIds }, { subnetId }, []],
    [basic, t3, ['configurations.base@3.targetInstanceTypeRightSizingMethod']],
    [t3, basic, ['launchConfig.targetInstanceTypeRightSizingMethod']],
    [{ copyTags: true }, { launchIntoInstanceProperties: into }, ['configurations.base@3.copyTags']],
  ])('judges combinations across layers: %j inherited with %j is refused at %j', (inherited, launchConfig, paths) => {
    const base = versionOf({ configurationId: 'base', version: 3, settings: inherited });
    expect(resolved({ path: [base], launchConfig }).problems.map(({ path }) => path)).toEqual(paths);
  });

  it('never lets what is inherited stand in for what is stated badly', () => {
    const base = versionOf({ settings: { copyTags: true, name: 'base', tags: { a: 'x' } }, locked: ['name'] });
    const found = resolved({ path: [base], override: { copyTags: 'yes', name: 7, tags: { b: 8 }, tenancy: 'host' } });
    expect(found.settings).toEqual({ tenancy: 'host' });
    expect(Object.keys(found.provenance())).toEqual(['tenancy']);
    expect(found.problems.map(({ path }) => path).sort()).toEqual([
      'serverOverrides.s-1.copyTags',
      'serverOverrides.s-1.name',
      'serverOverrides.s-1.tags.b',
    ]);
  });
});

describe('combination rules', () => {
  const subnetId = 'subnet-0a1b2c3d';
  const into = { launchIntoEC2InstanceID: 'i-0a1b2c3d' };

  it.each<[string, LaunchSettings, LaunchSettings]>([
    [
      'targetInstanceTypeRightSizingMethod',
      { instanceType: 't3.micro', targetInstanceTypeRightSizingMethod: 'IN_AWS' },
      { instanceType: 't3.micro', targetInstanceTypeRightSizingMethod: 'NONE' },
    ],
    ['securityGroupIds', { securityGroupIds: ['sg-0a1b2c3d'] }, { securityGroupIds: ['sg-0a1b2c3d'], subnetId }],
    ['privateIpAddress', { privateIpAddress: '10.0.0.9' }, { privateIpAddress: '10.0.0.9', subnetId }],
    [
      'privateIpAddress',
      { privateIpAddress: '10.0.0.9', subnetId, copyPrivateIp: true },
      { privateIpAddress: '10.0.0.9', subnetId, copyPrivateIp: false },
    ],
    [
      'copyPrivateIp',
      { launchIntoInstanceProperties: into, copyPrivateIp: true },
      { launchIntoInstanceProperties: into, copyPrivateIp: false },
    ],
    ['copyTags', { launchIntoInstanceProperties: into, copyTags: true }, { launchIntoInstanceProperties: into }],
  ])('refuse %s in %j and allow %j', (path, refused, allowed) => {
    expect(brokenBy(refused)).toEqual([`launchConfig.${path}`]);
    expect(brokenBy(allowed)).toEqual([]);
  });

  it('report everything that does not go together, all at once', () => {
    const stated: LaunchSettings = {
      securityGroupIds: ['sg-0a1b2c3d'],
      privateIpAddress: '10.0.0.9',
      copyPrivateIp: true,
      copyTags: true,
      launchIntoInstanceProperties: into,
    };
    expect(brokenBy(stated)).toEqual([
      'launchConfig.securityGroupIds',
      'launchConfig.privateIpAddress',
      'launchConfig.privateIpAddress',
      'launchConfig.copyPrivateIp',
      'launchConfig.copyTags',
    ]);
  });
});
