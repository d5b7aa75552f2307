import { describe, expect, it } from 'vitest';
import type { FunctionOutcome } from '../lambda/function-outcome.ts';
import type { LocalFunction } from '../lambda/local-function.ts';
import { type LocalSchedule, runScheduled } from './run-scheduled.ts';

function scheduled(outcomes: readonly FunctionOutcome['kind'][]) {
  const left = [...outcomes];
  const payloads: string[] = [];
  const invoke = async (payload: string): Promise<FunctionOutcome> => {
    payloads.push(payload);
    const error = { errorType: 'Error', errorMessage: 'not now' };
    return left.shift() === 'answered'
      ? { kind: 'answered', requestId: 'r', payload: 'null' }
      : { kind: 'failed', requestId: 'r', error };
  };
  const spec = { arn: 'arn:function' } as LocalFunction;
  const retry = { maximumAgeSeconds: 300, maximumAttempts: 2 };
  const schedule: LocalSchedule = {
    spec: { expression: 'rate(1 minute)', function: 'f', retry, undeliveredQueue: 'undelivered' },
    arn: 'arn:schedule',
    pool: { invoke, spec },
    undeliveredQueueName: 'undelivered',
    accountId: '1',
    region: 'r',
  };
  const sent: unknown[][] = [];
  const send = (...message: unknown[]): string => {
    sent.push(message);
    return 'id';
  };
  const deps = { send, now: () => 0, signal: new AbortController().signal, wait: async () => undefined };
  return { payloads, sent, run: () => runScheduled(schedule, deps) };
}

describe('runScheduled', () => {
  it('invokes once when that succeeds', async () => {
    const { payloads, sent, run } = scheduled(['answered']);
    await run();
    expect([payloads.length, sent.length]).toEqual([1, 0]);
  });

  it('repeats the same event after a failure', async () => {
    const { payloads, sent, run } = scheduled(['failed', 'failed', 'answered']);
    await run();
    expect(payloads).toHaveLength(3);
    expect(new Set(payloads).size).toBe(1);
    expect(sent).toEqual([]);
  });

  it('keeps an event that failed too often in the undelivered queue', async () => {
    const { payloads, sent, run } = scheduled(['failed', 'failed', 'failed']);
    await run();
    expect(sent).toMatchObject([
      ['undelivered', payloads[0], { ERROR_MESSAGE: { StringValue: 'not now' }, RETRY_ATTEMPTS: { StringValue: '2' } }],
    ]);
  });
});
