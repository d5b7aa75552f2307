import type { EmbeddedSqs } from '../queues/embedded-sqs.ts';
import { QueueDoesNotExistError } from '../queues/queue-does-not-exist-error.ts';
import { type RetryOptions, retry, undeliveredAttributes } from '../retry.ts';
import type { BusEvent } from './bus-event.ts';
import type { Rule } from './event-buses.ts';

export interface DeliverDeps extends Pick<RetryOptions, 'signal' | 'wait' | 'random' | 'now'> {
  readonly send: EmbeddedSqs['send'];
}

/** Sends the event to the rule's queue; what cannot be delivered within the retry policy goes to the undelivered queue. */
export async function deliverEvent(event: BusEvent, rule: Rule, { send, ...options }: DeliverDeps): Promise<void> {
  const body = JSON.stringify(event);
  const outcome = await retry(() => send(rule.targetQueueName, body), {
    ...options,
    policy: rule.retry,
    isRetryable: (error) => !(error instanceof QueueDoesNotExistError),
  });
  if (outcome.kind !== 'exhausted') return;
  const arns = { RULE_ARN: rule.arn, TARGET_ARN: rule.targetArn };
  send(rule.undeliveredQueueName, body, undeliveredAttributes(outcome, arns));
}
