import { wiring } from '@prelaunch/topology/topology';
import { describe, expect, it } from 'vitest';
import { physical } from './support/physical.ts';
import { planOf, TYPE } from './support/plan.ts';
import { statementsOf } from './support/policy.ts';
import { STAGES } from './support/stages.ts';

const RULES = Object.entries(wiring.rules);

describe.each(STAGES)('the rules of stage %s', (stage) => {
  const plan = planOf(stage);
  const { bus, name, queueArn, queueUrl, ruleArn } = physical(stage);

  it('listen on the one bus', () => {
    expect(plan.all(TYPE.bus).map(({ inputs }) => inputs)).toEqual([{ name: bus }]);
  });

  it('are those of the topology, each with its pattern', () => {
    const expected = RULES.map(([id, { pattern }]) => [
      name(id),
      { name: name(id), eventBusName: bus, eventPattern: pattern },
    ]);
    const rendered = Object.entries(plan.inputsBy('name', TYPE.rule)).map(([key, inputs]) => [
      key,
      { ...inputs, eventPattern: JSON.parse(String(inputs.eventPattern)) },
    ]);
    expect(Object.fromEntries(rendered)).toEqual(Object.fromEntries(expected));
  });

  it('deliver each to its queue, with retries and an undelivered queue', () => {
    const expected = RULES.map(([id, { targetQueue, undeliveredQueue, retry }]) => [
      name(id),
      {
        rule: name(id),
        eventBusName: bus,
        targetId: targetQueue,
        arn: queueArn(targetQueue),
        deadLetterConfig: { arn: queueArn(undeliveredQueue) },
        retryPolicy: {
          maximumEventAgeInSeconds: retry.maximumAgeSeconds,
          maximumRetryAttempts: retry.maximumAttempts,
        },
      },
    ]);
    expect(plan.inputsBy('rule', TYPE.target)).toEqual(Object.fromEntries(expected));
  });

  it('are the only ones that may send to their queues from outside', () => {
    const expected = Object.keys(wiring.queues).flatMap((id) => {
      const senders = RULES.filter(([, rule]) => [rule.targetQueue, rule.undeliveredQueue].includes(id));
      if (senders.length === 0) return [];
      const statement = {
        Sid: 'DeliverEvents',
        Effect: 'Allow',
        Principal: { Service: ['events.amazonaws.com'] },
        Action: ['sqs:SendMessage'],
        Resource: [queueArn(id)],
        Condition: { ArnEquals: { 'aws:SourceArn': senders.map(([ruleId]) => ruleArn(ruleId)) } },
      };
      return [[queueUrl(id), [statement]]];
    });
    const rendered = Object.entries(plan.inputsBy('queueUrl', TYPE.queuePolicy)).map(([url, { policy }]) => [
      url,
      statementsOf(policy),
    ]);
    expect(Object.fromEntries(rendered)).toEqual(Object.fromEntries(expected));
  });
});
