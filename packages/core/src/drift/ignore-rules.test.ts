import { IgnoreRule } from '@prelaunch/contracts/drift';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AT, after } from '../../../../tests/support/clock.ts';
import { ignoredBy, pointerOf } from './ignore-rules.ts';

const LATER = '2027-01-31T00:00:00Z';
const now = new Date(AT);

function rule(path: string, expiresAt: string = LATER): IgnoreRule {
  return { path, reason: 'known', owner: 'network', expiresAt };
}

const isIgnored = (key: string, path: string) => ignoredBy(key, [rule(path)], now) !== undefined;

/** Texts in which stars, slashes and what regular expressions are made of are frequent. */
const text = (units: string) => fc.string({ unit: fc.constantFrom(...units), maxLength: 8 });

/** An independent statement of what a pattern means. */
function modelOf(path: string): RegExp {
  const source = path
    .split('*')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&'))
    .join('[^/]*');
  return new RegExp(`^${source}(/.*)?$`, 's');
}

describe('pointerOf', () => {
  it.each([
    ['subnetId', '/subnetId'],
    ['tags', '/tags'],
    ['tags.Owner', '/tags/Owner'],
    ['tags.a.b', '/tags/a.b'],
    ['tags.team/owner', '/tags/team~1owner'],
    ['tags.~1', '/tags/~01'],
  ])('of %s is %s', (key, pointer) => {
    expect(pointerOf(key)).toBe(pointer);
  });

  it('tells all keys from each other, and names a tag in one token', () => {
    fc.assert(
      fc.property(text('a/~1.'), text('a/~1.'), (one, other) => {
        expect(pointerOf(`tags.${one}`) === pointerOf(`tags.${other}`)).toBe(one === other);
        expect(pointerOf(`tags.${one}`).split('/')).toHaveLength(3);
      }),
    );
  });
});

describe('ignoredBy', () => {
  it('agrees with a model of the patterns', () => {
    const glob = text('ab**.').filter((pattern) => pattern !== '' && pattern.split('*').length <= 4);
    fc.assert(
      fc.property(glob, fc.array(text('ab.'), { maxLength: 4 }), fc.boolean(), (pattern, fills, isLoose) => {
        // Nearly what the pattern says: with its stars filled in, and sometimes one letter less.
        const filled = pattern.split('*').map((part, index) => part + (fills[index] ?? ''));
        const key = filled.join('').slice(isLoose ? 1 : 0);
        const path = `/tags/${pattern}`;
        expect(isIgnored(`tags.${key}`, path)).toBe(modelOf(path).test(pointerOf(`tags.${key}`)));
      }),
      { numRuns: 3000 },
    );
  });

  it('agrees with the model for settings as well', () => {
    const name = fc.constantFrom('subnetId', 'securityGroupIds', 'tags', 'tags.Owner', 'tags.tags');
    const path = fc.constantFrom(
      '/subnetId',
      '/subnet',
      '/s*',
      '/*',
      '/*Id*',
      '/tags',
      '/tags/',
      '/tags/*',
      '/t*/O*r',
      '/*s/t*',
    );
    fc.assert(
      fc.property(name, path, (key, pattern) => {
        expect(isIgnored(key, pattern)).toBe(modelOf(pattern).test(pointerOf(key)));
      }),
    );
  });

  it.each([
    ['tags.aba', '/tags/aba*aba', false],
    ['tags.abaaba', '/tags/aba*aba', true],
    ['tags.abcd', '/tags/a*c*cd', false],
    ['tags.acbccd', '/tags/a*c*cd', true],
    ['tags.abc', '/tags/ab*b*c', false],
    ['tags.abbc', '/tags/ab*b*c', true],
    ['tags.a', '/tags/a*', true],
    ['tags.a', '/tags/*a*', true],
    ['tags.team/owner', '/tags/team~1*', true],
    ['tags.Owner', '/tags/owner', false],
  ] as const)('for %s by %s: %s', (key, path, ignored) => {
    expect(isIgnored(key, path)).toBe(ignored);
  });

  it('takes no long time for a pattern that is made to take long', () => {
    // Whoever tried each star at every place would take 2 ** 30 steps and more.
    const hostile = `/tags/${'*a'.repeat(31)}*b`;
    const begun = performance.now();
    expect(isIgnored(`tags.${'a'.repeat(100_000)}`, hostile)).toBe(false);
    expect(isIgnored(`tags.${'a'.repeat(100_000)}b`, hostile)).toBe(true);
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  it('ends with the rule', () => {
    const ends = after(1).toISOString();
    expect(ignoredBy('subnetId', [rule('/subnetId', ends)], now)).toBeDefined();
    expect(ignoredBy('subnetId', [rule('/subnetId', ends)], after(1))).toBeUndefined();
    expect(ignoredBy('subnetId', [rule('/subnetId', ends)], after(2))).toBeUndefined();
  });

  it('answers the first rule that holds, past those that have expired', () => {
    const rules = [rule('/subnetId', AT), rule('/tags'), rule('/subnetId'), rule('/*')];
    expect(ignoredBy('subnetId', rules, now)).toBe(rules[2]);
    expect(ignoredBy('instanceType', rules, now)).toBe(rules[3]);
    expect(ignoredBy('instanceType', rules.slice(0, 3), now)).toBeUndefined();
  });

  it.each(['/subnetId', '/tags/Backup*', '/*', '/tags/a~1b', '/tags/*a*b*'])('knows %s as a path', (path) => {
    expect(IgnoreRule.safeParse(rule(path)).success).toBe(true);
  });

  it.each(['subnetId', '', '/', '/tags/a/b', '/tags/****', '/tags/a\n/b'])('knows no path %j', (path) => {
    expect(IgnoreRule.safeParse(rule(path)).success).toBe(false);
  });
});
