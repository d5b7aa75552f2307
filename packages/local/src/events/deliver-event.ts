import type { EmbeddedSqs } from '../queues/embedded-sqs.ts';
import { QueueDoesNotExistError } from '../queues/queue-does-not-exist-error.ts';
import { type RetryOptions, retry, undeliveredAttributes } from '../retry.ts';
import type { EmbeddedSns } from '../topics/embedded-sns.ts';
import { TopicDoesNotExistError } from '../topics/topic-does-not-exist-error.ts';
import type { BusEvent } from './bus-event.ts';
import type { Rule } from './event-buses.ts';

export interface DeliverDeps extends Pick<RetryOptions, 'signal' | 'wait' | 'random' | 'now'> {
  readonly send: EmbeddedSqs['send'];
  readonly publish: EmbeddedSns['publish'];
}

/** Gives the event to the rule's queue or topic; what cannot be delivered within the retry policy goes to the undelivered queue. */
export async function deliverEvent(
  event: BusEvent,
  rule: Rule,
  { send, publish, ...options }: DeliverDeps,
): Promise<void> {
  const { target } = rule;
  const body = JSON.stringify(event);
  const deliver = target.kind === 'queue' ? send : publish;
  const outcome = await retry(() => deliver(target.name, body), {
    ...options,
    policy: rule.retry,
    isRetryable: (error) => !(error instanceof QueueDoesNotExistError || error instanceof TopicDoesNotExistError),
  });
  if (outcome.kind !== 'exhausted') return;
  const arns = { RULE_ARN: rule.arn, TARGET_ARN: target.arn };
  send(rule.undeliveredQueueName, body, undeliveredAttributes(outcome, arns));
}
