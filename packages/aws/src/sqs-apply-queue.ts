import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { ApplyRequest } from '@prelaunch/contracts/messages';
import { chunks } from '@prelaunch/core/chunks';
import { DomainError } from '@prelaunch/core/errors';
import type { ApplyQueue } from '@prelaunch/core/group/ports';
import pMap from 'p-map';

export class SendFailedError extends DomainError {
  override readonly name = 'SendFailedError';
  readonly code = 'queue.send_failed';
  override readonly retryable = true;

  constructor(failed: number, of: number, reason: string) {
    super(`${failed} of ${of} messages were not taken: ${reason}`);
  }
}

const MESSAGES_PER_CALL_MAX = 10;
const CALLS_AT_ONCE = 4;

/** SendMessageBatch answers 200 even when messages are refused, so success is an empty `Failed`. */
export function sqsApplyQueue(client: SQSClient, queueUrl: string): ApplyQueue {
  async function sendBatch(requests: readonly ApplyRequest[]): Promise<void> {
    const Entries = requests.map((request, index) => ({ Id: String(index), MessageBody: JSON.stringify(request) }));
    const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    const [first] = Failed;
    if (first)
      throw new SendFailedError(Failed.length, Entries.length, first.Message ?? first.Code ?? 'no reason given');
  }

  return {
    async send(requests) {
      const batches = chunks(requests, MESSAGES_PER_CALL_MAX);
      await pMap(batches, sendBatch, { concurrency: CALLS_AT_ONCE });
    },
  };
}
