import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { AuditRecord } from '@prelaunch/contracts/audit';
import type { AuditTrail } from '@prelaunch/core/audit/ports';
import { chunks } from '@prelaunch/core/chunks';
import pMap from 'p-map';
import { gathered } from './gathered.ts';
import { CALLS_AT_ONCE, MESSAGES_PER_CALL_MAX, SendFailedError, sendMessages } from './send-messages.ts';

/**
 * Records as messages of the audit queue, which keeps them for longer than an outage of the appender lasts. What is recorded in the
 * same turn, or until `closes`, is sent together. Throws a retryable error unless all were taken.
 */
export function sqsAuditTrail(
  client: SQSClient,
  queueUrl: string,
  closes: () => Promise<unknown> = () => nextTurn(),
): AuditTrail {
  const sendBatch = (records: readonly AuditRecord[]) =>
    sendMessages(client, queueUrl, records).catch((error: unknown) => {
      if (error instanceof SendFailedError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new SendFailedError(records.length, records.length, reason);
    });

  /** Answers by record, so that nobody fails because of a batch that they have nothing in. */
  const send = gathered<AuditRecord, void>(closes, async (records) => {
    const batches = chunks(records, MESSAGES_PER_CALL_MAX);
    const sent = new Map<AuditRecord, Promise<void>>();
    await pMap(
      batches,
      (batch) => {
        const outcome = sendBatch(batch);
        for (const record of batch) sent.set(record, outcome);
        return outcome.catch(() => undefined);
      },
      { concurrency: CALLS_AT_ONCE },
    );
    return (record) => sent.get(record);
  });

  return {
    async record(records) {
      await Promise.all(records.map(send));
    },
  };
}
