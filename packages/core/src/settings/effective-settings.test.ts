import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applicableSettings, tags } from '../../../../tests/support/arbitraries.ts';
import { effectiveSettings } from './effective-settings.ts';
import { normalizeSettings } from './normalize-settings.ts';

function effective(launchConfig: unknown, override?: unknown) {
  return effectiveSettings(
    { at: 'launchConfig', stated: launchConfig },
    { at: 'serverOverrides.s-1', stated: override },
  );
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
