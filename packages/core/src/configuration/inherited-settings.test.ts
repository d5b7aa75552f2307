import type { StatedBy } from '@prelaunch/contracts/configuration';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fold, foldedSettings, layerOf, withLayer } from '../settings/fold-layers.ts';
import { normalizeSettings } from '../settings/normalize-settings.ts';
import { keysOf, settingsOf } from '../settings/setting-keys.ts';
import type { ConfigurationVersion } from './configuration.ts';
import { inheritedFrom, NOTHING_INHERITED } from './inherited-settings.ts';
import { anyPath, fewSettings, versionOf } from './testing/arbitrary-graphs.ts';

const TYPES = ['m7i.large', 'm7i-flex.large', 't3.micro', 'u-6tb1.metal'] as const;
const anyType = fc.option(fc.constantFrom(...TYPES), { nil: undefined });
const RUNS = { numRuns: 2000 };

/** Whether a pattern matches, one character after the other. */
function matches(pattern: string, text: string): boolean {
  const [first, ...others] = pattern;
  const rest = others.join('');
  if (first === undefined) return text === '';
  if (first === '*') return matches(rest, text) || (text !== '' && matches(pattern, text.slice(1)));
  return text !== '' && (first === '?' || first === text[0]) && matches(rest, text.slice(1));
}

interface Statement {
  readonly by: StatedBy;
  readonly value: unknown;
}

/** What one version states of a key, nearest first. */
function statements(version: ConfigurationVersion, key: string, type: string | undefined): Statement[] {
  const { configurationId, settings, variants } = version;
  const by = { layer: 'configuration', configurationId, version: version.version } as const;
  const literals = (pattern: string) => [...pattern].filter((one) => one !== '*' && one !== '?').length;
  const patterns = Object.keys(variants).filter((pattern) => type !== undefined && matches(pattern, type));
  const nearest = patterns.sort((one, other) => literals(other) - literals(one) || (one < other ? 1 : -1));
  const places: [StatedBy, LaunchSettings][] = [
    ...nearest.map((variant): [StatedBy, LaunchSettings] => [{ ...by, variant }, variants[variant] ?? {}]),
    [by, settings],
  ];
  return places.flatMap(([by, stated]) =>
    keysOf(normalizeSettings(stated))
      .filter(([one]) => one === key)
      .map(([, value]) => ({ by, value })),
  );
}

function names(keys: readonly string[], key: string): boolean {
  return keys.includes(key) || (key.startsWith('tags.') && keys.includes('tags'));
}

/** Who wins a key, nearest first: from the farthest lock on, the first who states it, unless somebody nearer took it away. */
function winnerOf(path: readonly ConfigurationVersion[], key: string, type: string | undefined): Statement | null {
  const lockedAt = path.findLastIndex(({ locked }) => names(locked, key));
  for (const version of path.slice(Math.max(0, lockedAt))) {
    const [nearest] = statements(version, key, type);
    if (nearest) return nearest;
    if (names(version.unset, key)) return null;
  }
  return null;
}

function keysIn(path: readonly ConfigurationVersion[]): string[] {
  const all = path.flatMap(({ settings, variants }) => [settings, ...Object.values(variants)]);
  return [...new Set(all.flatMap((settings) => keysOf(settings).map(([key]) => key)))];
}

function plainly({ states, locks }: Fold): unknown {
  return { states: Object.fromEntries(states), locks };
}

describe('inheritedFrom', () => {
  it('has the winner of each key that an oracle finds, which walks from the nearest version to the farthest', () => {
    fc.assert(
      fc.property(anyPath, anyType, (path, type) => {
        const { states } = inheritedFrom(path).foldFor(type);
        for (const key of keysIn(path)) expect(states.get(key)?.winner ?? null, key).toEqual(winnerOf(path, key, type));
      }),
      RUNS,
    );
  });

  it('keeps every statement that applies exactly once, and makes the settings of those that win', () => {
    fc.assert(
      fc.property(anyPath, anyType, (path, type) => {
        const fold = inheritedFrom(path).foldFor(type);
        const said = keysIn(path).flatMap((key) =>
          path.flatMap((version) => statements(version, key, type).map((one) => ({ key, ...one }))),
        );
        const kept = [...fold.states].flatMap(([key, { winner, losers }]) =>
          [...(winner ? [winner] : []), ...losers].map(({ by, value }) => ({ key, by, value })),
        );
        const text = (all: readonly object[]) => all.map((one) => JSON.stringify(one)).sort();
        expect(text(kept)).toEqual(text(said));
        const winners = [...fold.states].flatMap(([key, { winner }]) => (winner ? [[key, winner.value] as const] : []));
        expect(foldedSettings(fold)).toEqual(settingsOf(winners));
      }),
      RUNS,
    );
  });

  it('keeps what is locked as it was at whoever locked it, the farthest first, whatever nearer ones say', () => {
    fc.assert(
      fc.property(anyPath, fewSettings, anyType, (path, settings, type) => {
        const fold = withLayer(inheritedFrom(path).foldFor(type), layerOf({ layer: 'overrides' }, settings));
        for (const key of keysIn(path)) {
          const lockedAt = path.findLastIndex(({ locked }) => names(locked, key));
          if (lockedAt < 0) continue;
          const { states } = inheritedFrom(path.slice(lockedAt)).foldFor(type);
          expect(fold.states.get(key)?.winner ?? null, key).toEqual(states.get(key)?.winner ?? null);
          const hits = fold.states.get(key)?.losers.filter(({ reason }) => reason === 'locked') ?? [];
          for (const { beatenBy } of hits) expect(beatenBy).toMatchObject({ configurationId: `c${lockedAt}` });
        }
      }),
      RUNS,
    );
  });

  it('depends neither on the order of variants nor on what was asked before', () => {
    fc.assert(
      fc.property(anyPath, fc.shuffledSubarray([...TYPES, undefined], { minLength: 5 }), (path, asked) => {
        const reversed = path.map((version) => ({
          ...version,
          variants: Object.fromEntries(Object.entries(version.variants).toReversed()),
        }));
        const inherited = inheritedFrom(path);
        for (const type of asked)
          expect(plainly(inherited.foldFor(type))).toEqual(plainly(inheritedFrom(reversed).foldFor(type)));
        expect(inherited.hasVariants).toBe(path.some(({ variants }) => Object.keys(variants).length > 0));
      }),
    );
  });

  it('takes * for any characters, ? for one, and all others for themselves', () => {
    const pattern = fc
      .string({ unit: fc.constantFrom(...'am.-7?*'), minLength: 1, maxLength: 8 })
      .filter((text) => text.split('*').length <= 4);
    const type = fc.string({ unit: fc.constantFrom(...'am.-7'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, type, (text, name) => {
        const path = [versionOf({ variants: { [text]: { copyTags: true } } })];
        const { states } = inheritedFrom(path).foldFor(name);
        expect(states.has('copyTags')).toBe(matches(text, name));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['m7i.large', ['m7i.large', '*.large', 'm7i.*', 'm7i*', '*']],
    ['m7i-flex.large', ['*.large', 'm7i*', '*']],
    ['m7i2xlarge', ['m7i*', '*']],
    ['t3.micro', ['*']],
  ])('puts first for %s, of several variants that match, the one that says more of the name', (type, nearest) => {
    const variants = Object.fromEntries(
      ['m7i*', '*', 'm7i.large', '*.large', 'm7i.*'].map((pattern) => [pattern, { name: pattern }]),
    );
    const { states } = inheritedFrom([versionOf({ settings: { name: 'none' }, variants })]).foldFor(type);
    const { winner, losers } = states.get('name') ?? { winner: null, losers: [] };
    expect([winner, ...losers].map((one) => one?.value)).toEqual([...nearest, 'none']);
  });

  it('tells patterns that say as much apart by their text', () => {
    const variants = { 'm7i.*': { name: 'family' }, '*arge': { name: 'size' } };
    const path = [versionOf({ variants })];
    expect(foldedSettings(inheritedFrom(path).foldFor('m7i.large'))).toEqual({ name: 'family' });
  });

  it('lets a variant of its own, but none of a nearer version, be locked with the settings', () => {
    const base = versionOf({
      configurationId: 'base',
      settings: { tenancy: 'default' },
      variants: { 'm7i.*': { tenancy: 'host' } },
      locked: ['tenancy'],
    });
    const web = versionOf({ configurationId: 'web', variants: { 'm7i.large': { tenancy: 'dedicated' } } });
    const { states } = inheritedFrom([web, base]).foldFor('m7i.large');
    const by = { layer: 'configuration', configurationId: 'base', version: 1 };
    expect(states.get('tenancy')).toEqual({
      winner: { by: { ...by, variant: 'm7i.*' }, value: 'host' },
      losers: [
        {
          by: { ...by, configurationId: 'web', variant: 'm7i.large' },
          value: 'dedicated',
          reason: 'locked',
          beatenBy: by,
        },
        { by, value: 'default', reason: 'overridden', beatenBy: { ...by, variant: 'm7i.*' } },
      ],
    });
    expect(foldedSettings(inheritedFrom([web, base]).foldFor(undefined))).toEqual({ tenancy: 'default' });
  });

  it('takes away what variants of farther versions state too, and nothing of its own', () => {
    const base = versionOf({ configurationId: 'base', variants: { '*': { name: 'base', copyTags: true } } });
    const middle = versionOf({ configurationId: 'middle', settings: { subnetId: 'subnet-0a1b2c3d' } });
    const app = versionOf({
      configurationId: 'app',
      unset: ['name', 'subnetId', 'copyTags'],
      settings: { subnetId: 'subnet-1a1b2c3d' },
      variants: { 't3.*': { copyTags: false } },
    });
    expect(foldedSettings(inheritedFrom([app, middle, base]).foldFor('t3.micro'))).toEqual({
      subnetId: 'subnet-1a1b2c3d',
      copyTags: false,
    });
  });

  it('is nothing where nothing is inherited', () => {
    fc.assert(
      fc.property(anyType, (type) => {
        expect(plainly(inheritedFrom([]).foldFor(type))).toEqual(plainly(NOTHING_INHERITED.foldFor(type)));
        expect(foldedSettings(NOTHING_INHERITED.foldFor(type))).toEqual({});
      }),
    );
  });
});
