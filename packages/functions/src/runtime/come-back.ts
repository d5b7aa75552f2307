import { setTimeout as wait } from 'node:timers/promises';
import { ChangeMessageVisibilityBatchCommand } from '@aws-sdk/client-sqs';
import { gathered } from '@prelaunch/aws/gathered';
import { chunks } from '@prelaunch/core/chunks';
import type { SQSRecord } from 'aws-lambda';
import { logger } from './logger.ts';
import { sqs } from './pipeline.ts';

interface Delay {
  readonly record: SQSRecord;
  readonly delaySeconds: number;
}

/** Makes a message invisible for some seconds from now. Never throws: without it, it comes back after the queue's own visibility. */
export type ComeBack = (delay: Delay) => Promise<void>;

const ENTRIES_PER_CALL_MAX = 10;
/** Messages of one batch that wait for the same time fail together; delayed by one call, they come back together. */
const TOGETHER_MS = 20;

export function comeBackTo(QueueUrl: string): ComeBack {
  return gathered<Delay, void>(
    () => wait(TOGETHER_MS),
    async (delays) => {
      await Promise.all(chunks(delays, ENTRIES_PER_CALL_MAX).map((some) => delay(QueueUrl, some)));
      return () => undefined;
    },
  );
}

async function delay(QueueUrl: string, delays: readonly Delay[]): Promise<void> {
  const Entries = delays.map(({ record, delaySeconds }, index) => ({
    Id: String(index),
    ReceiptHandle: record.receiptHandle,
    VisibilityTimeout: delaySeconds,
  }));
  const notSet = (index: number, error: unknown) =>
    logger.warn('delay not set', { messageId: delays[index]?.record.messageId, error });
  try {
    const { Failed = [] } = await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
    for (const { Id, Code, Message } of Failed) notSet(Number(Id), { code: Code, message: Message });
  } catch (error) {
    for (const index of delays.keys()) notSet(index, error);
  }
}
