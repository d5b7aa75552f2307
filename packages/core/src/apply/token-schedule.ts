import type { RateLimit } from './rate-budgets.ts';

/**
 * How a bucket of tokens is kept as one time (virtual scheduling, as in GCRA): the time at which the last token that somebody
 * took comes. A bucket that nobody used for long is full, however long ago that time is. All times are whole epoch milliseconds.
 */
export interface TokenTimes {
  /** A bucket whose last token came by then is full: what would have come earlier has run over. */
  readonly full: number;
  /** How much later the last token comes after these were taken. */
  readonly cost: number;
}

/** What taking `count` tokens at `now` goes by. Rounded so that a bucket never gives more than its rate. */
export function tokenTimes({ burst, perSecond }: RateLimit, count: number, now: Date): TokenTimes {
  const interval = 1000 / perSecond;
  return { full: now.getTime() - Math.floor(burst * interval), cost: Math.ceil(count * interval) };
}

/** When the last of the tokens comes that are taken after `lastTaken`: all of them may be used from then on. */
export function tokensFrom(lastTaken: number | undefined, { full, cost }: TokenTimes): number {
  return Math.max(lastTaken ?? full, full) + cost;
}
