import type { RateBudgets } from '@prelaunch/core/apply/rate-budgets';
import { memoryRateBudgets } from '@prelaunch/memory/memory-rate-budgets';
import { describe, expect, it } from 'vitest';
import { TARGET } from '../../../tests/support/builders.ts';
import { fixedClock } from '../../../tests/support/clock.ts';
import { ratePermit } from './rate-permits.ts';

function underTest({ used = 0 } = {}) {
  const clock = fixedClock();
  const budgets = memoryRateBudgets(clock.now);
  const takes: number[] = [];
  const counted: RateBudgets = {
    take(target, rateClass, count) {
      takes.push(count);
      return budgets.take(target, rateClass, count);
    },
  };
  const deps = { budgets: counted, now: clock.now };
  return {
    clock,
    takes,
    ready: budgets.take(TARGET, 'describe', used),
    permit: ratePermit(TARGET, 'describe', 10, deps),
  };
}

describe('ratePermit', () => {
  it('takes one block for ten requests', async () => {
    const { permit, takes } = underTest();
    for (let n = 0; n < 10; n += 1) await permit();
    expect(takes).toEqual([10]);
    await permit();
    expect(takes).toEqual([10, 10]);
  });

  it('takes as few blocks as needed for requests that come at once', async () => {
    const { permit, takes } = underTest();
    await Promise.all(Array.from({ length: 25 }, () => permit()));
    expect(takes).toEqual([10, 10, 10]);
  });

  it('does not keep tokens for long', async () => {
    const { permit, takes, clock } = underTest();
    await permit();
    clock.advance(9_999);
    await permit();
    clock.advance(1);
    await permit();
    expect(takes).toEqual([10, 10]);
  });

  it('says when to come back when the tokens are still to come, and keeps them until then', async () => {
    const { permit, takes, clock, ready } = underTest({ used: 130 });
    await ready;
    const refused = {
      code: 'rate.waiting',
      retryable: true,
      retryAfterSeconds: 2,
      until: clock.now().getTime() + 2_000,
    };
    await expect(permit()).rejects.toMatchObject(refused);
    await expect(permit()).rejects.toMatchObject(refused);
    expect(takes).toEqual([10]);
    clock.advance(2_000);
    for (let n = 0; n < 10; n += 1) await permit();
    expect(takes).toEqual([10]);
  });

  it('tries again after the budget could not be asked', async () => {
    let broken = true;
    const clock = fixedClock();
    const budgets: RateBudgets = {
      take: async () => {
        if (broken) throw new Error('no table');
        return 0;
      },
    };
    const permit = ratePermit(TARGET, 'describe', 10, { budgets, now: clock.now });
    await expect(Promise.all([permit(), permit()])).rejects.toThrow('no table');
    broken = false;
    await permit();
  });
});
