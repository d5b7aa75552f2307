import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { DomainError } from '@prelaunch/core/errors';

export class SendFailedError extends DomainError {
  override readonly name = 'SendFailedError';
  readonly code = 'queue.send_failed';
  override readonly retryable = true;

  constructor(failed: number, of: number, reason: string) {
    super(`${failed} of ${of} messages were not taken: ${reason}`);
  }
}

/** What one call takes, and how many calls are made side by side. */
export const MESSAGES_PER_CALL_MAX = 10;
export const CALLS_AT_ONCE = 4;

/** Sends what fits one call as JSON. SendMessageBatch answers 200 even when messages are refused, so success is an empty `Failed`. */
export async function sendMessages(client: SQSClient, queueUrl: string, messages: readonly unknown[]): Promise<void> {
  const Entries = messages.map((message, index) => ({ Id: String(index), MessageBody: JSON.stringify(message) }));
  const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  const [first] = Failed;
  if (first) throw new SendFailedError(Failed.length, Entries.length, first.Message ?? first.Code ?? 'no reason given');
}
