import type { FunctionPool } from '../lambda/function-pool.ts';
import type { EmbeddedQueue, ReceivedMessage } from '../queues/embedded-sqs.ts';
import { failedMessages } from './failed-messages.ts';
import { type SqsEventPlace, sqsEvent } from './sqs-event.ts';

/** The most seconds that SQS lets a receive call wait. */
const WAIT_SECONDS_MAX = 20;
/** The most messages that SQS gives at once; larger batches take several receives. */
const RECEIVE_COUNT_MAX = 10;

export interface MappingOptions extends SqsEventPlace {
  readonly queue: EmbeddedQueue;
  readonly pool: Pick<FunctionPool, 'invoke'>;
  readonly batchSize: number;
  readonly batchingWindowSeconds: number;
  readonly maximumConcurrency: number;
  /** Ends the polling; the queue must then be woken. */
  readonly signal: AbortSignal;
}

export interface Mapping {
  /** Resolves when the poller has stopped and no batch is in flight any more. */
  readonly finished: Promise<void>;
}

/**
 * Polls a queue for a function, as an event source mapping does. Messages that did not fail are deleted; the others come back
 * when their visibility timeout ends, and go to the dead-letter queue by the queue's redrive policy.
 */
export function startMapping(options: MappingOptions): Mapping {
  const inFlight = new Set<Promise<void>>();
  const poll = async (): Promise<void> => {
    while (!options.signal.aborted) {
      // Nothing is received for which there is no room: waiting in flight would use up the visibility timeout.
      if (inFlight.size >= options.maximumConcurrency) {
        await Promise.race(inFlight);
        continue;
      }
      const batch = await receiveBatch(options);
      if (batch.length === 0) continue;
      const running = runBatch(batch, options).finally(() => inFlight.delete(running));
      inFlight.add(running);
    }
    await Promise.all(inFlight);
  };
  return { finished: poll() };
}

async function receiveBatch(options: MappingOptions): Promise<ReceivedMessage[]> {
  const { queue, batchSize, batchingWindowSeconds, signal } = options;
  const batch = take(queue, batchSize);
  if (batch.length === 0) {
    await queue.wait(WAIT_SECONDS_MAX);
    if (signal.aborted) return [];
    batch.push(...take(queue, batchSize));
  }
  if (batch.length === 0 || batchingWindowSeconds === 0) return batch;
  const until = Date.now() + batchingWindowSeconds * 1000;
  while (batch.length < batchSize && Date.now() < until && !signal.aborted) {
    await queue.wait((until - Date.now()) / 1000);
    batch.push(...take(queue, batchSize - batch.length));
  }
  return batch;
}

function take(queue: EmbeddedQueue, count: number): ReceivedMessage[] {
  const taken: ReceivedMessage[] = [];
  while (taken.length < count) {
    const received = queue.receive(Math.min(count - taken.length, RECEIVE_COUNT_MAX));
    if (received.length === 0) break;
    taken.push(...received);
  }
  return taken;
}

async function runBatch(batch: readonly ReceivedMessage[], options: MappingOptions): Promise<void> {
  const outcome = await options.pool.invoke(JSON.stringify(sqsEvent(batch, options.queue, options)));
  const failed = failedMessages(
    outcome,
    batch.map(({ message }) => message.messageId),
  );
  for (const { receiptHandle, message } of batch) {
    if (!failed.has(message.messageId)) options.queue.delete(receiptHandle);
  }
}
