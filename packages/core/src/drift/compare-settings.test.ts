import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anySettings, anySettingsWithNulls } from '../../../../tests/support/arbitraries.ts';
import { observedAs } from '../apply/observed-settings.ts';
import { sameEffect } from '../settings/normalize-settings.ts';
import { keysOf, settingsOf } from '../settings/setting-keys.ts';
import { compareSettings, type Sides } from './compare-settings.ts';

/** Three sides that have much in common: unrelated ones would nearly always diverge. */
const anySides: fc.Arbitrary<Sides> = fc
  .record({
    desired: anySettingsWithNulls,
    others: fc.tuple(anySettings, anySettings),
    picks: fc.infiniteStream(fc.nat(3)),
  })
  .map(({ desired, others: [one, other], picks }) => {
    const sides = { desired, baseline: {} as LaunchSettings, observed: {} as LaunchSettings };
    const keys = new Set([desired, one, other].flatMap((settings) => keysOf(settings).map(([key]) => key)));
    for (const side of ['baseline', 'observed'] as const) {
      const values = [desired, one, other].map((settings) => new Map(keysOf(settings)));
      const chosen = [...keys].flatMap((key): [string, unknown][] => {
        const from = values[picks.next().value ?? 0];
        return from?.has(key) ? [[key, from.get(key)]] : [];
      });
      sides[side] = settingsOf(chosen);
    }
    return sides;
  });

/** The same settings with all keys, tags, options and groups the other way round. */
function reversed(settings: LaunchSettings): LaunchSettings {
  const turned = <T>(value: T): T => {
    if (Array.isArray(value)) return [...value].reverse() as T;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, inner]) => [key, turned(inner)]),
    ) as T;
  };
  return turned(settings);
}

function only(key: string, settings: LaunchSettings): LaunchSettings {
  return settingsOf(keysOf(settings).filter(([name]) => name === key));
}

/** Whether AWS, having this, has what is stated of one key. */
function has(stated: LaunchSettings, key: string, settings: LaunchSettings): boolean {
  return sameEffect(only(key, stated), observedAs(only(key, stated), settings));
}

/** Whether either has what the other one says. */
function amountToSame(one: LaunchSettings, other: LaunchSettings): boolean {
  return sameEffect(one, observedAs(one, other)) && sameEffect(other, observedAs(other, one));
}

describe('compareSettings', () => {
  it('finds nothing where AWS has what is desired, whatever it had before', () => {
    fc.assert(
      fc.property(anySettingsWithNulls, anySettings, (desired, baseline) => {
        expect(compareSettings({ desired, baseline, observed: desired }).findings).toEqual([]);
      }),
    );
  });

  it('finds something exactly where AWS does not have what is desired', () => {
    fc.assert(
      fc.property(anySides, ({ desired, baseline, observed }) => {
        const found = compareSettings({ desired, baseline, observed }).findings.map(({ key }) => key);
        const missing = keysOf(desired).flatMap(([key]) => (has(desired, key, observed) ? [] : [key]));
        expect(found).toEqual(missing.sort());
      }),
    );
  });

  it('calls each key what it is by its three sides', () => {
    fc.assert(
      fc.property(anySides, ({ desired, baseline, observed }) => {
        for (const { key, verdict } of compareSettings({ desired, baseline, observed }).findings) {
          const stated = only(key, desired);
          const moved = !amountToSame(observedAs(stated, baseline), observedAs(stated, observed));
          const movedAway = has(desired, key, baseline) ? 'drifted' : 'diverged';
          expect(verdict).toBe(moved ? movedAway : 'stale');
        }
      }),
    );
  });

  it('finds only what is stated, with the values of all sides', () => {
    fc.assert(
      fc.property(anySides, (sides) => {
        const stated = new Map(keysOf(sides.desired));
        for (const { key, desired } of compareSettings(sides).findings) {
          expect(stated.has(key)).toBe(true);
          if (key !== 'securityGroupIds') expect(desired).toEqual(stated.get(key));
        }
      }),
    );
  });

  it('notes only what nobody states, and all of that which moved since the baseline', () => {
    fc.assert(
      fc.property(anySides, ({ desired, baseline, observed }) => {
        const { notes } = compareSettings({ desired, baseline, observed });
        // Of metadata options, single ones may be stated.
        const noted = notes.map(({ key }) => key).filter((key) => key !== 'metadataOptions');
        const stated = new Set([...keysOf(desired).map(([key]) => key), 'metadataOptions']);
        const known = new Set([baseline, observed].flatMap((side) => keysOf(side).map(([key]) => key)));
        const moved = [...known].filter((key) => !amountToSame(only(key, baseline), only(key, observed)));
        expect(noted).toEqual(moved.filter((key) => !stated.has(key)).sort());
      }),
    );
  });

  it('does not depend on any order, and answers in one', () => {
    fc.assert(
      fc.property(anySides, ({ desired, baseline, observed }) => {
        const once = compareSettings({ desired, baseline, observed });
        const turned = { desired: reversed(desired), baseline: reversed(baseline), observed: reversed(observed) };
        expect(compareSettings(turned)).toStrictEqual(once);
        for (const keys of [once.findings, once.notes].map((found) => found.map(({ key }) => key)))
          expect(keys).toEqual([...keys].sort());
      }),
    );
  });

  it('leaves what it is given as it is', () => {
    fc.assert(
      fc.property(anySides, (sides) => {
        const before = structuredClone(sides);
        compareSettings(sides);
        expect(sides).toStrictEqual(before);
      }),
    );
  });

  it('takes an absence that amounts to what is stated for having been right', () => {
    const observed = { monitoring: { enabled: true }, tags: { Old: 'x' }, iamInstanceProfile: 'Administrator' };
    const desired = { monitoring: { enabled: false }, tags: { Old: null }, iamInstanceProfile: null };
    const { findings } = compareSettings({ desired, baseline: {}, observed });
    expect(findings.map(({ verdict }) => verdict)).toEqual(['drifted', 'drifted', 'drifted']);
  });

  it('shows only the metadata options that are stated, and notes the others', () => {
    const found = compareSettings({
      desired: { metadataOptions: { httpTokens: 'required' } },
      baseline: { metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 2 } },
      observed: { metadataOptions: { httpTokens: 'optional', httpPutResponseHopLimit: 5 } },
    });
    expect(found).toEqual({
      findings: [
        {
          key: 'metadataOptions',
          verdict: 'drifted',
          desired: { httpTokens: 'required' },
          baseline: { httpTokens: 'required' },
          observed: { httpTokens: 'optional' },
        },
      ],
      notes: [
        {
          key: 'metadataOptions',
          policy: 'compatible',
          reason: 'nobody states it',
          observed: { httpPutResponseHopLimit: 5 },
        },
      ],
    });
  });

  it.each([
    [{ targetInstanceTypeRightSizingMethod: 'BASIC' }, { instanceType: 'm5.large' }, 'right-sizing'],
    [{ targetInstanceTypeRightSizingMethod: 'IN_AWS' }, { instanceType: 'm5.large' }, 'right-sizing'],
    [{ copyPrivateIp: true }, { privateIpAddress: '10.0.0.4' }, 'copies the address'],
  ] as const)('notes what DRS does by itself with %j', (switched, done, reason) => {
    const { notes } = compareSettings({ desired: switched, baseline: switched, observed: { ...switched, ...done } });
    expect(notes).toEqual([
      expect.objectContaining({ policy: 'behavioural', reason: expect.stringContaining(reason) }),
    ]);
    const off = compareSettings({ desired: {}, baseline: {}, observed: done });
    expect(off.notes).toEqual([expect.objectContaining({ policy: 'compatible', reason: 'nobody states it' })]);
  });

  it('notes what AWS has no more', () => {
    const { notes } = compareSettings({ desired: {}, baseline: { subnetId: 'subnet-0a1b2c3d' }, observed: {} });
    expect(notes).toEqual([{ key: 'subnetId', policy: 'compatible', reason: 'nobody states it', observed: undefined }]);
  });
});
