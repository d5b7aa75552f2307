import { describe, expect, it } from 'vitest';
import { createTokenBuckets } from './token-bucket.ts';

const LIMIT = { burst: 2, refillPerSecond: 0.5 };

describe('token buckets', () => {
  it('give their burst, then refill by the clock up to the burst', () => {
    let at = 0;
    const buckets = createTokenBuckets(() => at);
    const take = () => buckets.take('a', LIMIT).kind;
    expect([take(), take(), take()]).toEqual(['taken', 'taken', 'empty']);
    at = 2_000;
    expect([take(), take()]).toEqual(['taken', 'empty']);
    at = 1_000_000;
    expect([take(), take(), take()]).toEqual(['taken', 'taken', 'empty']);
  });

  it('say when the next token comes, and are apart by key', () => {
    const buckets = createTokenBuckets(() => 0);
    buckets.take('a', LIMIT);
    buckets.take('a', LIMIT);
    expect(buckets.take('a', LIMIT)).toEqual({ kind: 'empty', retryAfterMs: 2_000 });
    expect(buckets.take('b', LIMIT)).toEqual({ kind: 'taken' });
  });
});
