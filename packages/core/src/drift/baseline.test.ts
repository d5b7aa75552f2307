import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anySettings } from '../../../../tests/support/arbitraries.ts';
import { baseline } from '../../../../tests/support/drift.ts';
import { HASH_VERSION, hashSettings } from '../settings/normalize-settings.ts';
import { baselineOf, isOfThisRecipe } from './baseline.ts';

describe('baselineOf', () => {
  it('keeps all that was captured, with the fingerprint of its settings', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        const { hash: _hash, hashVersion: _version, ...captured } = baseline({ settings });
        const made = baselineOf(captured);
        expect(made).toEqual({ ...captured, hash: hashSettings(settings), hashVersion: HASH_VERSION });
      }),
    );
  });

  it('fingerprints a baseline anew that an earlier recipe did', () => {
    const old = { ...baseline(), hash: 'sha256:old', hashVersion: HASH_VERSION - 1 };
    expect(baselineOf({ ...old, version: 2 })).toEqual(baseline({ version: 2 }));
  });
});

describe('isOfThisRecipe', () => {
  it.each([
    [HASH_VERSION, true],
    [HASH_VERSION - 1, false],
    [HASH_VERSION + 1, false],
  ])('of recipe %s: %s', (hashVersion, isThis) => {
    expect(isOfThisRecipe({ ...baseline(), hashVersion })).toBe(isThis);
  });
});
