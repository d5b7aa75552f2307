import { describe, expect, it } from 'vitest';
import { type RetryOptions, retry } from './retry.ts';

function options(more: Partial<RetryOptions> = {}): RetryOptions & { waits: number[] } {
  const waits: number[] = [];
  let clock = 0;
  return {
    policy: { maximumAgeSeconds: 3600, maximumAttempts: 3 },
    isRetryable: () => true,
    signal: new AbortController().signal,
    random: () => 1,
    now: () => clock,
    wait: async (ms) => {
      waits.push(ms);
      clock += ms;
    },
    waits,
    ...more,
  };
}

function failingTimes(times: number): () => string {
  let left = times;
  return () => {
    if (left === 0) return 'done';
    left -= 1;
    throw new Error('not yet');
  };
}

describe('retry', () => {
  it('waits longer each time until the attempt succeeds', async () => {
    const given = options();
    expect(await retry(failingTimes(3), given)).toEqual({ kind: 'done', value: 'done' });
    expect(given.waits).toEqual([200, 400, 800]);
  });

  it('gives up after the last retry', async () => {
    const outcome = await retry(failingTimes(4), options());
    expect(outcome).toMatchObject({ kind: 'exhausted', condition: 'MaximumRetryAttempts', retries: 3 });
  });

  it('begins no attempt beyond the age', async () => {
    const policy = { maximumAgeSeconds: 1, maximumAttempts: 100 };
    const outcome = await retry(failingTimes(100), options({ policy }));
    expect(outcome).toMatchObject({ kind: 'exhausted', condition: 'MaximumEventAgeInSeconds', retries: 2 });
  });

  it('does not repeat what cannot succeed', async () => {
    const outcome = await retry(failingTimes(1), options({ isRetryable: () => false }));
    expect(outcome).toMatchObject({ kind: 'exhausted', condition: 'NotRetryable', retries: 0 });
  });

  it('stops waiting when the signal ends it', async () => {
    const stopping = new AbortController();
    const { wait: _wait, ...given } = options({ signal: stopping.signal, random: () => 0.99 });
    const running = retry(failingTimes(1), given);
    stopping.abort();
    expect(await running).toEqual({ kind: 'stopped' });
  });
});
