import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { z } from 'zod';
import { backoffSeconds } from './backoff.ts';
import { type ComeBack, comeBackTo } from './come-back.ts';
import { loggedError } from './logged-error.ts';
import { logger } from './logger.ts';
import { MalformedMessageError, parseMessage } from './malformed.ts';

/** What a log line about a message carries, besides the outcome. */
interface Subject {
  readonly groupId?: string;
  readonly serverId?: string;
  readonly correlationId: string;
}

interface Consumer<Schema extends z.ZodType> {
  readonly schema: Schema;
  readonly queueUrl: string;
  readonly subject: (message: z.output<Schema>) => Subject;
  /** Called once per batch, so that messages of one batch may share work. */
  readonly handlerOf: () => (message: z.output<Schema>) => Promise<{ readonly kind: string }>;
  /** Called for each delivery of a message that cannot be read, before it goes to the dead-letter queue. */
  readonly onMalformed?: (error: MalformedMessageError) => Promise<void>;
  /** Dead-letter queues have nowhere further: what cannot be read stays. */
  readonly malformed: 'to_dead_letters' | 'stays';
}

/**
 * Builds the handler of a queue: parse, run the use case per message, report only the failed ones. A failed message comes back
 * after a growing delay, kept by the queue; one that nobody can read is hurried to the dead-letter queue.
 */
export function consume<Schema extends z.ZodType>(consumer: Consumer<Schema>) {
  const processor = new BatchProcessor(EventType.SQS);
  const comeBack = comeBackTo(consumer.queueUrl);
  return middy<SQSEvent, SQSBatchResponse>()
    .use(injectLambdaContext(logger))
    .handler((batch, context) => {
      const handle = consumer.handlerOf();
      const handleOne = (record: SQSRecord) => handleRecord(record, { ...consumer, handle, comeBack });
      return processPartialResponse(batch, handleOne, processor, {
        context,
        // Safe because the mapping has partial batch responses; without them the batch would be deleted.
        throwOnFullBatchFailure: false,
      });
    });
}

interface Running<Schema extends z.ZodType> extends Consumer<Schema> {
  readonly handle: ReturnType<Consumer<Schema>['handlerOf']>;
  readonly comeBack: ComeBack;
}

async function handleRecord<Schema extends z.ZodType>(record: SQSRecord, consumer: Running<Schema>): Promise<void> {
  const message = await parsed(record, consumer);
  const subject = consumer.subject(message);
  try {
    const { kind } = await consumer.handle(message);
    logger.info('handled', { ...subject, outcome: kind });
  } catch (error) {
    const delaySeconds = backoffSeconds(error, Number(record.attributes.ApproximateReceiveCount), Math.random);
    logger.warn('to be tried again', { ...subject, delaySeconds, ...loggedError(error) });
    await consumer.comeBack({ record, delaySeconds });
    throw error;
  }
}

async function parsed<Schema extends z.ZodType>(
  record: SQSRecord,
  consumer: Running<Schema>,
): Promise<z.output<Schema>> {
  try {
    return parseMessage(consumer.schema, record.body);
  } catch (error) {
    if (!(error instanceof MalformedMessageError)) throw error;
    const problems = error.problems.map(({ code, path, allowed }) => ({ code, path, allowed }));
    logger.error('message cannot be read', {
      messageId: record.messageId,
      correlationId: error.correlationId,
      code: error.code,
      problems,
    });
    try {
      await consumer.onMalformed?.(error);
    } finally {
      if (consumer.malformed === 'to_dead_letters') await consumer.comeBack({ record, delaySeconds: 0 });
    }
    throw error;
  }
}
