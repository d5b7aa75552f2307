import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AT } from '../../../../tests/support/clock.ts';
import { flappingOf, LOOKS_KEPT, type Look, withLook } from './flapping.ts';

const looks = fc.array(
  fc.record(
    { at: fc.constant(AT), inSync: fc.boolean(), writer: fc.constantFrom('alice', 'bob') },
    { requiredKeys: ['at', 'inSync'], noNullPrototype: true },
  ),
  { maxLength: 60 },
);

/** So many looks, of which the first ones alternate so often. */
function looksWith(changes: number): Look[] {
  return Array.from({ length: LOOKS_KEPT }, (_, index) => ({ at: AT, inSync: Math.min(index, changes) % 2 === 0 }));
}

describe('withLook', () => {
  it('keeps the newest only', () => {
    fc.assert(
      fc.property(looks, (all) => {
        const kept = all.reduce<Look[]>((some, one) => withLook(some, one), []);
        expect(kept).toEqual(all.slice(-LOOKS_KEPT));
        expect(kept.length).toBeLessThanOrEqual(21);
      }),
    );
  });
});

describe('flappingOf', () => {
  it('counts the looks that found the opposite of the one before', () => {
    fc.assert(
      fc.property(fc.nat(LOOKS_KEPT - 1), fc.boolean(), (changes, before) => {
        expect(flappingOf(looksWith(changes), before).share).toBe(changes / 20);
      }),
    );
  });

  it.each([
    [0, false, false],
    [2, true, false],
    [3, true, true],
    [3, false, false],
    [5, false, false],
    [5, true, true],
    [6, false, true],
    [20, false, true],
  ])('with %s changes, and flapping before: %s, says %s', (changes, before, flapping) => {
    expect(flappingOf(looksWith(changes), before).isFlapping).toBe(flapping);
  });

  it('stays as it was as long as the share stays between both thresholds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 5 }), fc.boolean(), fc.nat(50), (changes, before, times) => {
        let flapping = before;
        for (let time = 0; time < times; time += 1) flapping = flappingOf(looksWith(changes), flapping).isFlapping;
        expect(flapping).toBe(before);
      }),
    );
  });

  it('is never surer without having flapped before', () => {
    fc.assert(
      fc.property(looks, (all) => {
        const kept = all.slice(-LOOKS_KEPT);
        if (flappingOf(kept, false).isFlapping) expect(flappingOf(kept, true).isFlapping).toBe(true);
      }),
    );
  });

  it('ends once everything is left alone for a while', () => {
    let known = looksWith(20);
    let flapping = true;
    let quiet = 0;
    while (flapping && quiet < 100) {
      known = withLook(known, { at: AT, inSync: true });
      flapping = flappingOf(known, flapping).isFlapping;
      quiet += 1;
    }
    expect(quiet).toBe(18);
  });

  it('does not begin by one change and its repair', () => {
    const calm = looksWith(0);
    const changed = [false, true].reduce((kept, inSync) => withLook(kept, { at: AT, inSync }), calm);
    expect(flappingOf(changed, false).isFlapping).toBe(false);
  });

  it('names each of those once who moved it, and nobody who only left it as it was', () => {
    const seen: Look[] = [
      { at: AT, inSync: true, writer: 'carol' },
      { at: AT, inSync: false, writer: 'alice' },
      { at: AT, inSync: false, writer: 'dave' },
      { at: AT, inSync: true, writer: 'prelaunch' },
      { at: AT, inSync: false, writer: 'alice' },
      { at: AT, inSync: true },
    ];
    expect(flappingOf(seen, false).writers).toEqual(['alice', 'prelaunch']);
  });
});
