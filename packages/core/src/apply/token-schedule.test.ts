import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { after } from '../../../../tests/support/clock.ts';
import { tokensFrom, tokenTimes } from './token-schedule.ts';

const limit = { burst: 100, perSecond: 5 };
const start = after(0).getTime();

/** Takes tokens one after another, each at so many milliseconds after the start; answers from when on they may be used. */
function taken(takes: readonly { readonly at: number; readonly count: number }[], of = limit): number[] {
  let last: number | undefined;
  return takes.map(({ at, count }) => {
    last = tokensFrom(last, tokenTimes(of, count, after(at)));
    return last - start;
  });
}

describe('tokensFrom', () => {
  it('gives a whole burst at once, and one token more a fifth of a second later', () => {
    expect(taken([{ at: 0, count: 100 }])).toEqual([0]);
    expect(taken([{ at: 0, count: 101 }])).toEqual([200]);
  });

  it('gives tokens of the future in turn', () => {
    const takes = [100, 1, 1, 5].map((count) => ({ at: 0, count }));
    expect(taken(takes)).toEqual([0, 200, 400, 1400]);
  });

  it('fills the bucket again with time, and not beyond its brim', () => {
    expect(taken([100, 5].map((count, index) => ({ at: index * 1000, count })))).toEqual([0, 1000]);
    expect(taken([100, 101].map((count, index) => ({ at: index * 3_600_000, count })))).toEqual([0, 3_600_200]);
  });

  it('never gives more tokens for use by any time than a burst and its rate, and loses none', () => {
    const anyLimit = fc.record({ burst: fc.integer({ min: 1, max: 100 }), perSecond: fc.integer({ min: 1, max: 30 }) });
    const pauses = fc.array(fc.record({ pause: fc.nat(5_000), count: fc.integer({ min: 1, max: 30 }) }), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(anyLimit, pauses, (of, steps) => {
        let at = 0;
        const takes = steps.map(({ pause, count }) => {
          at += pause;
          return { at, count };
        });
        const usableFrom = taken(takes, of);
        const interval = 1000 / of.perSecond;
        for (const [index, from] of usableFrom.entries()) {
          const byThen = takes.filter((_, other) => (usableFrom[other] ?? 0) <= from);
          const used = byThen.reduce((sum, { count }) => sum + count, 0);
          expect(used).toBeLessThanOrEqual(of.burst + Math.max(0, from) / interval + 1e-6);
          // Every take costs at most its own tokens, and less than a millisecond of rounding.
          const before = Math.max(
            usableFrom[index - 1] ?? Number.NEGATIVE_INFINITY,
            (takes[index]?.at ?? 0) - of.burst * interval,
          );
          expect(from - before).toBeLessThanOrEqual((takes[index]?.count ?? 0) * interval + 2);
        }
      }),
    );
  });
});
