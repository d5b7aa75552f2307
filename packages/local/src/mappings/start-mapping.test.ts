import { describe, expect, it, vi } from 'vitest';
import type { FunctionOutcome } from '../lambda/function-outcome.ts';
import { createEmbeddedSqs } from '../queues/embedded-sqs.ts';
import { type MappingOptions, startMapping } from './start-mapping.ts';

interface Call {
  readonly bodies: string[];
  readonly settle: (outcome?: Partial<FunctionOutcome>) => void;
}

/** A queue with a poller whose function answers only when the test says so. */
async function mapped(options: Partial<MappingOptions> = {}) {
  const place = { accountId: '1', region: 'r' };
  const sqs = await createEmbeddedSqs({ ...place, endpoint: 'http://local' });
  const redrive = JSON.stringify({ deadLetterTargetArn: sqs.queueArn('dlq'), maxReceiveCount: 1 });
  const queue = sqs.createQueue('queue', { VisibilityTimeout: '1', RedrivePolicy: redrive });
  const dlq = sqs.createQueue('dlq', {});
  const calls: Call[] = [];
  const invoke = (payload: string) =>
    new Promise<FunctionOutcome>((resolve) => {
      const bodies = JSON.parse(payload).Records.map(({ body }: { body: string }) => body);
      const answered: FunctionOutcome = { kind: 'answered', requestId: 'r', payload: 'null' };
      calls.push({ bodies, settle: (outcome) => resolve({ ...answered, ...outcome } as FunctionOutcome) });
    });
  const stopping = new AbortController();
  const limits = { batchSize: 10, batchingWindowSeconds: 0, maximumConcurrency: 2 };
  const mapping = startMapping({ ...place, ...limits, queue, pool: { invoke }, signal: stopping.signal, ...options });
  return {
    calls,
    dlq,
    send: (...bodies: string[]) => bodies.forEach((body) => void sqs.send('queue', body)),
    async stop() {
      stopping.abort();
      sqs.wakeAll();
      await mapping.finished;
    },
  };
}

describe('startMapping', () => {
  it('hands over waiting messages in batches', async () => {
    const { calls, send, stop } = await mapped({ batchSize: 2 });
    send('1', '2', '3');
    await vi.waitUntil(() => calls.length === 2);
    expect(calls.map(({ bodies }) => bodies)).toEqual([['1', '2'], ['3']]);
    for (const { settle } of calls) settle();
    await stop();
  });

  it('takes batches larger than SQS gives at once', async () => {
    const { calls, send, stop } = await mapped({ batchSize: 25 });
    send(...Array.from({ length: 30 }, String));
    await vi.waitUntil(() => calls.length === 2);
    expect(calls.map(({ bodies }) => bodies.length)).toEqual([25, 5]);
    for (const { settle } of calls) settle();
    await stop();
  });

  it('runs no more batches at once than it may', async () => {
    const { calls, send, stop } = await mapped({ batchSize: 1, maximumConcurrency: 2 });
    send('1', '2', '3');
    await vi.waitUntil(() => calls.length === 2);
    calls[1]?.settle();
    await vi.waitUntil(() => calls.length === 3);
    expect(calls.map(({ bodies }) => bodies)).toEqual([['1'], ['2'], ['3']]);
    calls[0]?.settle();
    calls[2]?.settle();
    await stop();
  });

  it('gathers messages for as long as its window is open', async () => {
    const { calls, send, stop } = await mapped({ batchSize: 3, batchingWindowSeconds: 60 });
    send('1');
    setImmediate(() => setImmediate(() => send('2', '3')));
    await vi.waitUntil(() => calls.length === 1);
    expect(calls.map(({ bodies }) => bodies)).toEqual([['1', '2', '3']]);
    calls[0]?.settle();
    await stop();
  });

  it('leaves the messages of a failed function on the queue, which moves them on', async () => {
    const { calls, dlq, send, stop } = await mapped();
    send('1', '2');
    await vi.waitUntil(() => calls.length === 1);
    calls[0]?.settle({ kind: 'failed', error: { errorType: 'Runtime.ExitError', errorMessage: 'x' } });
    await dlq.wait(10);
    expect(dlq.receive(10).map(({ message }) => message.body)).toEqual(['1', '2']);
    expect(calls).toHaveLength(1);
    await stop();
  });
});
