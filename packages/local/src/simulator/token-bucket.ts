import type { RateLimit } from './rate-limits.ts';

export type TokenVerdict = { kind: 'taken' } | { kind: 'empty'; retryAfterMs: number };

/** A family of token buckets by key. A bucket is full when first used and refills continuously by the passed clock. */
export interface TokenBuckets {
  take(key: string, limit: RateLimit): TokenVerdict;
}

interface Bucket {
  tokens: number;
  refilledAt: number;
}

export function createTokenBuckets(now: () => number): TokenBuckets {
  const buckets = new Map<string, Bucket>();
  return {
    take(key, limit) {
      const bucket = refilled(buckets.get(key), limit, now());
      buckets.set(key, bucket);
      if (bucket.tokens < 1)
        return { kind: 'empty', retryAfterMs: ((1 - bucket.tokens) / limit.refillPerSecond) * 1_000 };
      bucket.tokens -= 1;
      return { kind: 'taken' };
    },
  };
}

function refilled(bucket: Bucket | undefined, limit: RateLimit, at: number): Bucket {
  if (!bucket) return { tokens: limit.burst, refilledAt: at };
  const elapsedSeconds = Math.max(0, at - bucket.refilledAt) / 1_000;
  return { tokens: Math.min(limit.burst, bucket.tokens + elapsedSeconds * limit.refillPerSecond), refilledAt: at };
}
