import { RateBudgetError } from '@prelaunch/core/apply/rate-budgets';
import { LeaseHeldError } from '@prelaunch/core/apply/server-lease';
import { ContentionError, DomainError } from '@prelaunch/core/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffSeconds } from './backoff.ts';

class AskedToWait extends DomainError {
  override readonly name = 'AskedToWait';
  readonly code = 'store.busy';
  override readonly retryAfterSeconds: number;

  constructor(seconds: number) {
    super('wait');
    this.retryAfterSeconds = seconds;
  }
}

/** In [0, 1), as Math.random. */
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const receiveCount = fc.integer({ min: 1, max: 10_000 });

describe('backoffSeconds', () => {
  it('is a whole number of 1 to 30 seconds, however often a message failed', () => {
    fc.assert(
      fc.property(receiveCount, random, (count, draw) => {
        const seconds = backoffSeconds(new Error('odd'), count, () => draw);
        expect(Number.isInteger(seconds)).toBe(true);
        expect(seconds).toBeGreaterThanOrEqual(1);
        expect(seconds).toBeLessThanOrEqual(30);
      }),
    );
  });

  it('doubles its ceiling with each delivery, up to 30 seconds', () => {
    const almostOne = () => 0.999999;
    const ceilings = [1, 2, 3, 4, 5, 6, 7].map((count) => backoffSeconds(undefined, count, almostOne));
    expect(ceilings).toEqual([1, 2, 4, 8, 16, 30, 30]);
  });

  it('spreads over the whole range', () => {
    fc.assert(
      fc.property(random, random, receiveCount, (one, other, count) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        const at = (draw: number) => backoffSeconds(undefined, count, () => draw);
        expect(at(low)).toBeLessThanOrEqual(at(high));
      }),
    );
    expect(backoffSeconds(undefined, 10, () => 0)).toBe(1);
  });

  it('is never shorter than the other side asked for', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 900, noNaN: true }), receiveCount, random, (asked, count, draw) => {
        const seconds = backoffSeconds(new AskedToWait(asked), count, () => draw);
        expect(seconds).toBeGreaterThanOrEqual(asked);
        expect(seconds).toBeLessThanOrEqual(Math.max(30, Math.ceil(asked)));
      }),
    );
    const held = new LeaseHeldError('s-1', 20_000, new Date(0));
    expect(backoffSeconds(held, 1, () => 0)).toBe(20);
    expect(backoffSeconds(new ContentionError('x'), 1, () => 0)).toBe(1);
  });

  it('is just as long as a message has to wait for its turn, however often it came and whatever is drawn', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600_000 }), receiveCount, random, (ms, count, draw) => {
        const error = new RateBudgetError('CreateLaunchTemplateVersion', ms, new Date(0));
        expect(backoffSeconds(error, count, () => draw)).toBe(Math.ceil(ms / 1000));
      }),
    );
  });

  it('is a time that SQS takes, 12 hours at most, whatever the other side asks for', () => {
    const never = new RateBudgetError('mutating', 1e12, new Date(0));
    expect(backoffSeconds(never, 1, () => 0)).toBe(43_200);
    expect(backoffSeconds(new AskedToWait(1e9), 1, () => 0)).toBeLessThanOrEqual(43_200);
  });
});
