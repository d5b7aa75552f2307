import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { AuditRecord } from '@prelaunch/contracts/audit';
import { appendRecords } from '@prelaunch/core/audit/append-records';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { auditLog } from './runtime/audit.ts';
import { backoffSeconds } from './runtime/backoff.ts';
import { comeBackTo } from './runtime/come-back.ts';
import { environment } from './runtime/environment.ts';
import { loggedError } from './runtime/logged-error.ts';
import { logger } from './runtime/logger.ts';
import { MalformedMessageError, parseMessage } from './runtime/malformed.ts';
import { now } from './runtime/pipeline.ts';

/** SQS's clock and ours may differ. */
const CLOCK_DIFFERENCE_MS = 60_000;

const comeBack = comeBackTo(environment('AUDIT_QUEUE_URL').AUDIT_QUEUE_URL);
const deps = { blocks: auditLog(), now };

/**
 * Appends a batch of records to the log as one block. Either all of them are there afterwards or all come back; what cannot be read
 * is hurried to the dead-letter queue and keeps nobody else from the log.
 */
export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(injectLambdaContext(logger))
  .handler(async ({ Records }) => {
    const messages = Records.map(read);
    const malformed = messages.flatMap(({ message, record }) => (record ? [] : [message]));
    const readable = messages.flatMap(({ message, record }) => (record ? [{ message, record }] : []));
    const [failed] = await Promise.all([
      append(readable),
      ...malformed.map((record) => comeBack({ record, delaySeconds: 0 })),
    ]);
    return { batchItemFailures: [...malformed, ...failed].map(({ messageId }) => ({ itemIdentifier: messageId })) };
  });

interface Message {
  readonly message: SQSRecord;
  readonly record: AuditRecord;
}

/** Answers the messages that have to come back: none, or all. */
async function append(messages: readonly Message[]): Promise<readonly SQSRecord[]> {
  const delivered = messages.map(({ message }) => message);
  try {
    const records = messages.map(({ record }) => record);
    const appended = await appendRecords({ records, since: earliestDelivery(delivered) }, deps);
    // A witness outside of the table: whoever rewrites the chain cannot rewrite the log group with it.
    for (const { day, block, hash } of appended) logger.info('block appended', { day, block, hash });
    return [];
  } catch (error) {
    logger.warn('records to be appended again', { records: messages.length, ...loggedError(error) });
    const delayOf = ({ attributes }: SQSRecord) =>
      backoffSeconds(error, Number(attributes.ApproximateReceiveCount), Math.random);
    await Promise.all(delivered.map((record) => comeBack({ record, delaySeconds: delayOf(record) })));
    return delivered;
  }
}

/** From when on an earlier delivery may have appended some of these. Undefined when none was delivered before. */
function earliestDelivery(messages: readonly SQSRecord[]): string | undefined {
  const times = messages
    .filter(({ attributes }) => Number(attributes.ApproximateReceiveCount) > 1)
    .map(({ attributes }) => Number(attributes.ApproximateFirstReceiveTimestamp));
  return times.length === 0 ? undefined : new Date(Math.min(...times) - CLOCK_DIFFERENCE_MS).toISOString();
}

function read(message: SQSRecord): { readonly message: SQSRecord; readonly record?: AuditRecord } {
  try {
    return { message, record: parseMessage(AuditRecord, message.body) };
  } catch (error) {
    if (!(error instanceof MalformedMessageError)) throw error;
    const { code, correlationId } = error;
    const problems = error.problems.map(({ path, allowed }) => ({ path, allowed }));
    logger.error('message cannot be read', { messageId: message.messageId, correlationId, code, problems });
    return { message };
  }
}
