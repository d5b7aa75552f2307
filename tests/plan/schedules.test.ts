import { wiring } from '@prelaunch/topology/topology';
import { describe, expect, it } from 'vitest';
import { physical } from './support/physical.ts';
import { planOf, TYPE } from './support/plan.ts';
import { STAGES } from './support/stages.ts';

describe.each(STAGES)('the schedules of stage %s', (stage) => {
  const { functionArn, name, queueArn } = physical(stage);

  it('are those of the topology, with retries and an undelivered queue', () => {
    const expected = Object.entries(wiring.schedules).map(([id, { expression, retry, undeliveredQueue, ...spec }]) => [
      name(id),
      {
        name: name(id),
        scheduleExpression: expression,
        flexibleTimeWindow: { mode: 'OFF' },
        target: {
          arn: functionArn(spec.function),
          roleArn: expect.stringContaining('role/'),
          deadLetterConfig: { arn: queueArn(undeliveredQueue) },
          retryPolicy: {
            maximumEventAgeInSeconds: retry.maximumAgeSeconds,
            maximumRetryAttempts: retry.maximumAttempts,
          },
        },
      },
    ]);
    expect(planOf(stage).inputsBy('name', TYPE.schedule)).toEqual(Object.fromEntries(expected));
  });
});
