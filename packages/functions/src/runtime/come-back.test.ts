import { setTimeout as wait } from 'node:timers/promises';
import { type ChangeMessageVisibilityBatchCommandInput, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LocalAws, startLocalAws } from '../../../../tests/support/local-aws.ts';

let aws: LocalAws;
let comeBackTo: typeof import('./come-back.ts').comeBackTo;
let logger: typeof import('./logger.ts').logger;

beforeAll(async () => {
  aws = await startLocalAws();
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  // Clients are made when the module is loaded, and take the endpoint from the environment.
  ({ comeBackTo } = await import('./come-back.ts'));
  ({ logger } = await import('./logger.ts'));
});
afterAll(() => aws.stop());
afterEach(() => vi.restoreAllMocks());

/** A queue with messages in somebody's hands, invisible for a long time, and the calls that are made about them. */
async function inHand(count: number) {
  const { url, queue } = aws.queue({ VisibilityTimeout: '900' });
  for (let n = 0; n < count; n += 1)
    await aws.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: String(n) }));
  const records: SQSRecord[] = [];
  while (records.length < count)
    records.push(...queue.receive(10).map(({ receiptHandle, message }) => recordOf(receiptHandle, message.messageId)));
  const sent = vi.spyOn(SQSClient.prototype, 'send');
  const warned = vi.spyOn(logger, 'warn');
  return {
    url,
    records,
    sizes: () =>
      sent.mock.calls.map(([command]) => (command.input as ChangeMessageVisibilityBatchCommandInput).Entries?.length),
    warnings: () => warned.mock.calls.map(([, extra]) => (extra as { messageId?: string }).messageId),
    visible: () => queue.receive(10).length,
  };
}

function recordOf(receiptHandle: string, messageId: string): SQSRecord {
  return { receiptHandle, messageId } as SQSRecord;
}

describe('comeBackTo', () => {
  it('makes messages that fail together visible again together, by one call', async () => {
    const { url, records, sizes, warnings, visible } = await inHand(10);
    const comeBack = comeBackTo(url);
    await Promise.all(records.map((record) => comeBack({ record, delaySeconds: 1 })));
    expect([sizes(), warnings(), visible()]).toEqual([[10], [], 0]);
    await wait(1_100);
    expect(visible()).toBe(10);
  });

  it('delays each for as long as it is to stay away', async () => {
    const { url, records, visible } = await inHand(3);
    const comeBack = comeBackTo(url);
    await Promise.all(records.map((record, index) => comeBack({ record, delaySeconds: index === 0 ? 0 : 600 })));
    expect(visible()).toBe(1);
  });

  it('makes calls of ten messages at most, and a call of its own for those that fail later', async () => {
    const { url, records, sizes } = await inHand(13);
    const comeBack = comeBackTo(url);
    const [late, ...together] = records as [SQSRecord, ...SQSRecord[]];
    await Promise.all(together.map((record) => comeBack({ record, delaySeconds: 60 })));
    await comeBack({ record: late, delaySeconds: 60 });
    expect(sizes()).toEqual([10, 2, 1]);
  });

  it('only logs the messages whose delay was refused, and delays the others', async () => {
    const { url, records, warnings, visible } = await inHand(2);
    const comeBack = comeBackTo(url);
    const stranger = recordOf('no receipt handle', 'stranger');
    await Promise.all([...records, stranger].map((record) => comeBack({ record, delaySeconds: 0 })));
    expect([warnings(), visible()]).toEqual([['stranger'], 2]);
  });

  it('only logs when the queue does not answer, for each message', async () => {
    const { url, records, warnings } = await inHand(2);
    const comeBack = comeBackTo(`${url}-that-is-not-there`);
    await Promise.all(records.map((record) => comeBack({ record, delaySeconds: 1 })));
    expect(warnings()).toEqual(records.map(({ messageId }) => messageId));
  });
});
