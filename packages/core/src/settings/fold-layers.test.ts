import type { KeyProvenance, StatedBy } from '@prelaunch/contracts/configuration';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fold, foldedSettings, layerOf, NOTHING_FOLDED, type SettingsLayer, withLayer } from './fold-layers.ts';
import { settingsOf } from './setting-keys.ts';

const KEYS = ['name', 'subnetId', 'copyTags', 'tags.a', 'tags.b'] as const;
const someKeys = fc.subarray([...KEYS, 'tags']);
/** Few of them, or nothing would be left. */
const fewKeys = fc.oneof({ weight: 4, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: someKeys });

/** The farthest first. What is stated says where, so that no two values are the same. */
const anyLayers: fc.Arbitrary<SettingsLayer[]> = fc
  .array(fc.record({ stated: fc.subarray([...KEYS]), noTags: fc.boolean(), unset: fewKeys, locked: fewKeys }), {
    maxLength: 9,
    size: 'max',
  })
  .map((layers) =>
    layers.map(({ stated, noTags, unset, locked }, at) => {
      const by = configuration(at);
      const keys = stated.map((key): [string, unknown] => [key, `${key} of ${at}`]);
      const bare = noTags && !stated.some((key) => key.startsWith('tags.'));
      return { by, unset, locked, keys: bare ? [...keys, ['tags', {}]] : keys };
    }),
  );

const RUNS = { numRuns: 2000 };

function configuration(at: number): StatedBy {
  return { layer: 'configuration', configurationId: `c${at}`, version: 1 };
}

function folded(layers: readonly SettingsLayer[]): Fold {
  return layers.reduce(withLayer, NOTHING_FOLDED);
}

function names(keys: readonly string[], key: string): boolean {
  return keys.includes(key) || (key.startsWith('tags.') && keys.includes('tags'));
}

/** What is to come of one key, found without folding: each statement meets the first layer that does something about it. */
function expected(layers: readonly SettingsLayer[], key: string): KeyProvenance {
  const lockedAt = layers.findIndex(({ locked }) => names(locked, key));
  const open = lockedAt < 0 ? layers : layers.slice(0, lockedAt + 1);
  const statements = layers.flatMap(({ by, keys }, at) =>
    keys.filter(([stated]) => stated === key).map(([, value]) => ({ at, by, value })),
  );
  const fates = statements.map(({ at, by, value }) => {
    const lock = at >= open.length ? layers[lockedAt] : undefined;
    const next = open.slice(at + 1).find(({ unset, keys }) => names(unset, key) || keys.some(([one]) => one === key));
    if (lock) return { by, value, reason: 'locked' as const, beatenBy: lock.by };
    if (!next) return { by, value };
    return {
      by,
      value,
      reason: names(next.unset, key) ? ('unset' as const) : ('overridden' as const),
      beatenBy: next.by,
    };
  });
  const winner = fates.find((fate) => fate.reason === undefined);
  const losers = fates.flatMap((fate) => (fate.reason === undefined ? [] : [fate])).toReversed();
  return { winner: winner ?? null, losers };
}

describe('withLayer', () => {
  it('decides each key as an oracle does that looks at one key at a time', () => {
    fc.assert(
      fc.property(anyLayers, (layers) => {
        const { states } = folded(layers);
        const stated = new Set(layers.flatMap(({ keys }) => keys.map(([key]) => key)));
        expect(new Set(states.keys())).toEqual(stated);
        for (const [key, state] of states) expect(state, key).toEqual(expected(layers, key));
      }),
      RUNS,
    );
  });

  it('keeps every statement of every layer exactly once, as a winner or as a loser', () => {
    fc.assert(
      fc.property(anyLayers, (layers) => {
        const said = layers.flatMap(({ by, keys }) => keys.map(([key, value]) => JSON.stringify([key, by, value])));
        const kept = [...folded(layers).states].flatMap(([key, { winner, losers }]) =>
          [...(winner ? [winner] : []), ...losers].map(({ by, value }) => JSON.stringify([key, by, value])),
        );
        expect(kept.sort()).toEqual(said.sort());
      }),
      RUNS,
    );
  });

  it('keeps losers nearest first', () => {
    fc.assert(
      fc.property(anyLayers, (layers) => {
        const places = new Map(layers.map(({ by }, at) => [by, at]));
        for (const { losers } of folded(layers).states.values()) {
          const order = losers.map(({ by }) => places.get(by) ?? Number.NaN);
          expect(order).toEqual(order.toSorted((one, other) => other - one));
        }
      }),
      RUNS,
    );
  });

  it('leaves as it was what others may go on from', () => {
    fc.assert(
      fc.property(anyLayers, anyLayers, (layers, more) => {
        const fold = folded(layers);
        const before = structuredClone(fold);
        more.reduce(withLayer, fold);
        expect(fold).toEqual(before);
      }),
    );
  });

  it('lets nothing nearer change what is locked, and never lets go of a lock', () => {
    fc.assert(
      fc.property(anyLayers, anyLayers, fc.constantFrom(...KEYS), (layers, nearer, key) => {
        const lock: SettingsLayer = { by: configuration(99), unset: [], keys: [], locked: [key] };
        const before = folded([...layers, lock]);
        const after = nearer.reduce(withLayer, before);
        expect(after.states.get(key)?.winner ?? null).toEqual(before.states.get(key)?.winner ?? null);
        expect(after.locks.slice(0, before.locks.length)).toEqual(before.locks);
      }),
      RUNS,
    );
  });
});

describe('layers', () => {
  const base = configuration(0);
  const web = configuration(1);
  const app = configuration(2);
  const overrides: StatedBy = { layer: 'overrides' };

  function layer(by: StatedBy, stated: Partial<Omit<SettingsLayer, 'by'>>): SettingsLayer {
    return { by, unset: [], keys: [], locked: [], ...stated };
  }

  it('that take a key away do so through any number of layers, and say which they beat', () => {
    const { states } = folded([
      layerOf(base, { name: 'base', tags: { a: 'x', b: 'y' } }),
      layerOf(web, { name: 'web', copyTags: true }),
      layerOf(configuration(3), {}),
      layer(app, { unset: ['name', 'tags', 'subnetId'], keys: [['tags.a', 'z']] }),
    ]);
    expect(foldedSettings({ states, locks: [] })).toEqual({ copyTags: true, tags: { a: 'z' } });
    expect(states.get('name')).toEqual({
      winner: null,
      losers: [
        { by: web, value: 'web', reason: 'unset', beatenBy: app },
        { by: base, value: 'base', reason: 'overridden', beatenBy: web },
      ],
    });
    expect(states.has('subnetId')).toBe(false);
  });

  it('that lock keep a key as it is, even where it is stated nowhere, against all that is nearer', () => {
    const { states } = folded([
      layer(base, { keys: [['name', 'base']], locked: ['name', 'subnetId'] }),
      layer(web, { unset: ['name'], keys: [['subnetId', 'subnet-1a1b2c3d']], locked: ['name'] }),
      layerOf(overrides, { name: 'own' }),
    ]);
    expect(states.get('name')).toEqual({
      winner: { by: base, value: 'base' },
      losers: [{ by: overrides, value: 'own', reason: 'locked', beatenBy: base }],
    });
    expect(states.get('subnetId')).toEqual({
      winner: null,
      losers: [{ by: web, value: 'subnet-1a1b2c3d', reason: 'locked', beatenBy: base }],
    });
  });

  it('that lock all tags leave one that was locked before to whoever locked it', () => {
    const tags = { tags: { a: 'own', b: 'own' } };
    const { states } = folded([
      layer(base, { locked: ['tags.a'] }),
      layer(web, { locked: ['tags'] }),
      layerOf(app, tags),
    ]);
    const beatenBy = (key: string) => states.get(key)?.losers.map((loser) => loser.beatenBy);
    expect([beatenBy('tags.a'), beatenBy('tags.b')]).toEqual([[base], [web]]);
  });
});

describe('foldedSettings', () => {
  it('is what the winners make', () => {
    fc.assert(
      fc.property(anyLayers, (layers) => {
        const keys = [...KEYS, 'tags'].map((key) => [key, expected(layers, key).winner] as const);
        const won = keys.flatMap(([key, winner]) => (winner ? [[key, winner.value] as const] : []));
        expect(foldedSettings(folded(layers))).toEqual(settingsOf(won));
      }),
      RUNS,
    );
  });
});
