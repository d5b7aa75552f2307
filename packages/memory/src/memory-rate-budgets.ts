import { RATE_LIMITS, type RateBudgets } from '@prelaunch/core/apply/rate-budgets';
import { tokensFrom, tokenTimes } from '@prelaunch/core/apply/token-schedule';
import type { Clock } from '@prelaunch/core/group/ports';

/** Token buckets of one process. */
export function memoryRateBudgets(now: Clock): RateBudgets {
  const lastTaken = new Map<string, number>();
  return {
    async take({ accountId, region }, rateClass, count) {
      const bucket = `${accountId}/${region}/${rateClass}`;
      const from = tokensFrom(lastTaken.get(bucket), tokenTimes(RATE_LIMITS[rateClass], count, now()));
      lastTaken.set(bucket, from);
      return from;
    },
  };
}
