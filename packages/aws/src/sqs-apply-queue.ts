import type { SQSClient } from '@aws-sdk/client-sqs';
import { chunks } from '@prelaunch/core/chunks';
import type { ApplyQueue } from '@prelaunch/core/group/ports';
import pMap from 'p-map';
import { CALLS_AT_ONCE, MESSAGES_PER_CALL_MAX, sendMessages } from './send-messages.ts';

/** One message per server. Throws `SendFailedError` when SQS refuses some. */
export function sqsApplyQueue(client: SQSClient, queueUrl: string): ApplyQueue {
  return {
    async send(requests) {
      const batches = chunks(requests, MESSAGES_PER_CALL_MAX);
      await pMap(batches, (batch) => sendMessages(client, queueUrl, batch), { concurrency: CALLS_AT_ONCE });
    },
  };
}
