import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogueOf, configurationDraft, configurationVersion } from '../../../../tests/support/configurations.ts';
import { contentHash, contentOf, headOf, isPublished } from './configuration.ts';
import { anyContent } from './testing/arbitrary-graphs.ts';

/** What objects have by themselves. */
const NAMES = ['ghost', 'constructor', 'toString', '__proto__'];

describe('headOf', () => {
  it.each(NAMES)('is 0 for %s, which nobody published', (configurationId) => {
    expect(headOf(catalogueOf({ base: 3 }), configurationId)).toBe(0);
  });
});

describe('isPublished', () => {
  const catalogue = { ...catalogueOf({ base: 5 }), heads: { base: { version: 5, skipped: [2, 4] } } };

  it.each([
    [1, true],
    [2, false],
    [3, true],
    [4, false],
    [5, true],
    [6, false],
    [0, false],
    [-1, false],
  ])('takes version %d, of five without the second and the fourth, as %s', (version, expected) => {
    expect(isPublished(catalogue, { configurationId: 'base', version })).toBe(expected);
  });

  it.each(NAMES)('takes no version of %s', (configurationId) => {
    expect(isPublished(catalogue, { configurationId, version: 1 })).toBe(false);
  });
});

describe('contentHash', () => {
  const parents = [{ configurationId: 'one' }, { configurationId: 'other', version: 2 }];
  const shuffled = anyContent.chain((content) =>
    fc.record({
      content: fc.constant(content),
      unset: fc.shuffledSubarray(content.unset, { minLength: content.unset.length }),
      locked: fc.shuffledSubarray(content.locked, { minLength: content.locked.length }),
    }),
  );

  it('depends neither on the order of keys, nor on what was recorded', () => {
    fc.assert(
      fc.property(shuffled, ({ content, unset, locked }) => {
        const turned = Object.fromEntries(Object.entries({ ...content, unset, locked }).toReversed());
        const settings = Object.fromEntries(Object.entries(content.settings).toReversed());
        const other = { version: 9, message: 'other', author: 'user:bob', planHash: '', rolledBackTo: 1, hash: '' };
        const recorded = configurationVersion({ ...content, ...turned, ...other, settings, parents });
        expect(contentHash(recorded)).toBe(contentHash({ ...content, parents }));
      }),
    );
  });

  it.each([
    { parents: parents.toReversed() },
    { parents: [{ configurationId: 'one' }, { configurationId: 'other', version: 3 }] },
    { parents: [{ configurationId: 'one' }, { configurationId: 'other' }] },
    { settings: { name: 'x' } },
    { variants: { '*': {} } },
    { unset: ['name'] },
    { locked: ['name'] },
    { description: '' },
    { owner: 'platform' },
  ])('is another one with %j', (stated) => {
    const plain = configurationVersion({ parents });
    expect(contentHash({ ...plain, ...stated })).not.toBe(contentHash(plain));
    expect(contentHash({ ...plain, ...stated })).toMatch(/^sha256:[0-9a-f]{64}$/);
  });
});

describe('contentOf', () => {
  it('leaves what a draft says, and nothing of who saved it when', () => {
    const said = { parents: [], settings: { name: 'x' }, variants: {}, unset: [], locked: ['name'], owner: 'platform' };
    expect(contentOf(configurationDraft(said))).toEqual(said);
    expect(Object.keys(contentOf({ ...said, description: undefined } as typeof said))).not.toContain('description');
  });
});
