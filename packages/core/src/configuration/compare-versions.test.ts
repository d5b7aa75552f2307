import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configurationVersion } from '../../../../tests/support/configurations.ts';
import { versionDifferences } from './compare-versions.ts';
import { contentHash } from './configuration.ts';
import { anyContent } from './testing/arbitrary-graphs.ts';

const anyVersion = fc
  .record({ content: anyContent, parents: fc.uniqueArray(fc.constantFrom('one', 'other'), { maxLength: 2 }) })
  .map(({ content, parents }) =>
    configurationVersion({ ...content, parents: parents.map((configurationId) => ({ configurationId })) }),
  );

/** Two of which the other says some things as the one does. */
const anyTwo = fc
  .record({
    one: anyVersion,
    other: anyVersion,
    same: fc.subarray(['parents', 'settings', 'variants', 'unset', 'locked'] as const),
  })
  .map(({ one, other, same }) => ({
    one,
    other: { ...other, ...Object.fromEntries(same.map((field) => [field, one[field]])) },
  }));

describe('versionDifferences', () => {
  it('names each place, with what is stated there: settings and tags one by one, all else whole', () => {
    const from = configurationVersion({
      parents: [{ configurationId: 'base' }],
      settings: { name: 'one', copyTags: true, tags: { a: 'x', b: 'x' }, securityGroupIds: null },
      variants: { 'm7i.*': { tenancy: 'host', tags: { a: 'x' } }, 't3.*': { copyTags: true } },
      unset: ['tenancy', 'name'],
      locked: ['copyTags'],
      description: 'first',
    });
    const to = configurationVersion({
      parents: [{ configurationId: 'base', version: 2 }],
      settings: { name: 'other', copyTags: true, tags: { a: 'x', b: null } },
      variants: { 'm7i.*': { tenancy: 'default', tags: { a: 'x' } }, '*': { copyTags: true } },
      unset: ['name', 'tenancy'],
      locked: ['copyTags', 'name'],
      owner: 'platform',
    });
    expect(versionDifferences(from, to)).toEqual([
      { path: 'parents', from: from.parents, to: to.parents },
      { path: 'settings.name', from: 'one', to: 'other' },
      { path: 'settings.tags.b', from: 'x', to: null },
      { path: 'settings.securityGroupIds', from: null },
      { path: 'variants.m7i.*.tenancy', from: 'host', to: 'default' },
      { path: 'variants.t3.*.copyTags', from: true },
      { path: 'variants.*.copyTags', to: true },
      { path: 'locked', from: ['copyTags'], to: ['copyTags', 'name'] },
      { path: 'description', from: 'first' },
      { path: 'owner', to: 'platform' },
    ]);
  });

  it('names a variant that says nothing and is only there once', () => {
    const empty = configurationVersion({ variants: { constructor: {} } });
    expect(versionDifferences(empty, configurationVersion())).toEqual([{ path: 'variants.constructor', from: {} }]);
    expect(versionDifferences(configurationVersion(), empty)).toEqual([{ path: 'variants.constructor', to: {} }]);
  });

  it('finds none exactly where the hashes are the same', () => {
    fc.assert(
      fc.property(anyTwo, ({ one, other }) => {
        expect(versionDifferences(one, one)).toEqual([]);
        expect(versionDifferences(one, other).length === 0).toBe(contentHash(one) === contentHash(other));
      }),
    );
  });

  it('finds the same places the other way round', () => {
    fc.assert(
      fc.property(anyTwo, ({ one, other }) => {
        const turned = versionDifferences(other, one).map(({ path, ...values }) => ({
          path,
          ...('to' in values && { from: values.to }),
          ...('from' in values && { to: values.from }),
        }));
        const sorted = (all: readonly object[]) => all.map((each) => JSON.stringify(each)).sort();
        const inOrder = versionDifferences(one, other).map(({ path, ...values }) => ({
          path,
          ...('from' in values && { from: values.from }),
          ...('to' in values && { to: values.to }),
        }));
        expect(sorted(turned)).toEqual(sorted(inOrder));
      }),
    );
  });
});
