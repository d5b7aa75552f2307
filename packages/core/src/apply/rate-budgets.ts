import { DomainError } from '../errors.ts';
import type { Target } from './ports.ts';

/** Requests that share one token bucket per account and Region. */
export type RateClass =
  | 'CreateLaunchTemplateVersion'
  | 'ModifyLaunchTemplate'
  | 'describe'
  | 'mutating'
  | 'GetLaunchConfiguration';

/** A token bucket: how many requests at once, and how many a second thereafter (EC2 user guide, API throttling). */
export interface RateLimit {
  readonly burst: number;
  readonly perSecond: number;
}

export const RATE_LIMITS: Readonly<Record<RateClass, RateLimit>> = {
  CreateLaunchTemplateVersion: { burst: 100, perSecond: 5 },
  ModifyLaunchTemplate: { burst: 100, perSecond: 5 },
  describe: { burst: 100, perSecond: 20 },
  mutating: { burst: 50, perSecond: 5 },
  // DRS publishes no rate. This one is ours, for audits alone: what a wave asks of DRS meanwhile is not to be throttled by them.
  GetLaunchConfiguration: { burst: 100, perSecond: 50 },
};

/** The token buckets that all workers share. */
export interface RateBudgets {
  /**
   * Takes `count` tokens, those of the future too, so that nobody else gets them. Answers from when on all of them may be used,
   * in epoch milliseconds: not after `now` when they were there.
   */
  take(target: Target, rateClass: RateClass, count: number): Promise<number>;
}

/** The tokens are there from a later time on: the message has to come back then. */
export class RateBudgetError extends DomainError {
  override readonly name = 'RateBudgetError';
  readonly code = 'rate.waiting';
  override readonly retryable = true;
  override readonly retryAfterSeconds: number;
  readonly rateClass: RateClass;
  /** Epoch milliseconds. */
  readonly until: number;

  constructor(rateClass: RateClass, until: number, now: Date) {
    super(`the account's rate of ${rateClass} is used up until ${new Date(until).toISOString()}`);
    this.rateClass = rateClass;
    this.until = until;
    this.retryAfterSeconds = Math.max(1, Math.ceil((until - now.getTime()) / 1000));
  }
}
