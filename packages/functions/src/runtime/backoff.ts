import { RateBudgetError } from '@prelaunch/core/apply/rate-budgets';
import { DomainError } from '@prelaunch/core/errors';

const BASE_SECONDS = 1;
const CAP_SECONDS = 30;
/** SQS's own limit on how long a message may be invisible. */
const VISIBILITY_SECONDS_MAX = 12 * 3600;

/**
 * How long a message stays away before it is tried again: exponential with full jitter by the number of deliveries, and never
 * shorter than the other side asked for. One that waits for its turn comes back just then. `random` is in [0, 1).
 */
export function backoffSeconds(error: unknown, receiveCount: number, random: () => number): number {
  if (error instanceof RateBudgetError) return Math.min(VISIBILITY_SECONDS_MAX, error.retryAfterSeconds);
  const ceiling = Math.min(CAP_SECONDS, BASE_SECONDS * 2 ** Math.max(0, receiveCount - 1));
  const asked = error instanceof DomainError ? (error.retryAfterSeconds ?? 0) : 0;
  return Math.min(VISIBILITY_SECONDS_MAX, Math.max(1, Math.ceil(asked), Math.ceil(random() * ceiling)));
}
