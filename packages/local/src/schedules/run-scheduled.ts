import { randomUUID } from 'node:crypto';
import type { ScheduleSpec } from '@prelaunch/topology/shape';
import { eventTime } from '../events/bus-event.ts';
import type { FunctionOutcome } from '../lambda/function-outcome.ts';
import type { FunctionPool } from '../lambda/function-pool.ts';
import type { EmbeddedSqs } from '../queues/embedded-sqs.ts';
import { type RetryOptions, retry, undeliveredAttributes } from '../retry.ts';

export interface LocalSchedule {
  readonly spec: ScheduleSpec;
  readonly arn: string;
  readonly pool: Pick<FunctionPool, 'invoke' | 'spec'>;
  readonly undeliveredQueueName: string;
  readonly accountId: string;
  readonly region: string;
}

/** Invokes the schedule's function once with what EventBridge Scheduler sends when no input is given. */
export function fireSchedule(schedule: LocalSchedule, now: number): Promise<FunctionOutcome> {
  return schedule.pool.invoke(scheduledEvent(schedule, now));
}

/** One due run: a failing function is retried by the schedule's policy, then the event goes to the undelivered queue. */
export async function runScheduled(
  schedule: LocalSchedule,
  deps: Pick<RetryOptions, 'signal' | 'wait' | 'random'> & { send: EmbeddedSqs['send']; now: () => number },
): Promise<void> {
  const payload = scheduledEvent(schedule, deps.now());
  const attempt = async (): Promise<void> => {
    const outcome = await schedule.pool.invoke(payload);
    if (outcome.kind === 'failed') throw new Error(outcome.error.errorMessage);
  };
  const outcome = await retry(attempt, { ...deps, policy: schedule.spec.retry, isRetryable: () => true });
  if (outcome.kind !== 'exhausted') return;
  const arns = { SCHEDULE_ARN: schedule.arn, TARGET_ARN: schedule.pool.spec.arn };
  deps.send(schedule.undeliveredQueueName, payload, undeliveredAttributes(outcome, arns));
}

function scheduledEvent({ arn, accountId, region }: LocalSchedule, now: number): string {
  return JSON.stringify({
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: accountId,
    time: eventTime(now),
    region,
    resources: [arn],
    detail: '{}',
  });
}
