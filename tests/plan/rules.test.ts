import type { RuleSpec } from '@prelaunch/topology/shape';
import { describe, expect, it } from 'vitest';
import { physical } from './support/physical.ts';
import { planOf, TYPE } from './support/plan.ts';
import { statementsOf } from './support/policy.ts';
import { RENDERED } from './support/stages.ts';

describe.each(RENDERED)('the rules of stage %s', (stage, topology) => {
  const plan = planOf(stage);
  const { bus, name, queueArn, queueUrl, ruleArn, topicArn } = physical(stage);
  const busOf = (rule: RuleSpec) => (rule.bus === 'own' ? bus : 'default');
  const rules = Object.entries(topology.rules);

  it('listen on the one bus, or on that of the account, which is there already', () => {
    expect(plan.all(TYPE.bus).map(({ inputs }) => inputs)).toEqual([{ name: bus }]);
  });

  it('are those of the topology, each with its bus and its pattern', () => {
    const expected = rules.map(([id, rule]) => [
      name(id),
      { name: name(id), eventBusName: busOf(rule), eventPattern: rule.pattern },
    ]);
    const rendered = Object.entries(plan.inputsBy('name', TYPE.rule)).map(([key, inputs]) => [
      key,
      { ...inputs, eventPattern: JSON.parse(String(inputs.eventPattern)) },
    ]);
    expect(Object.fromEntries(rendered)).toEqual(Object.fromEntries(expected));
  });

  it('deliver each to its queue or topic, with retries and an undelivered queue', () => {
    const expected = rules.map(([id, rule]) => [
      name(id),
      {
        rule: name(id),
        eventBusName: busOf(rule),
        ...('queue' in rule.target
          ? { targetId: rule.target.queue, arn: queueArn(rule.target.queue) }
          : { targetId: rule.target.topic, arn: topicArn(rule.target.topic) }),
        deadLetterConfig: { arn: queueArn(rule.undeliveredQueue) },
        retryPolicy: {
          maximumEventAgeInSeconds: rule.retry.maximumAgeSeconds,
          maximumRetryAttempts: rule.retry.maximumAttempts,
        },
      },
    ]);
    expect(plan.inputsBy('rule', TYPE.target)).toEqual(Object.fromEntries(expected));
  });

  it('are the only ones that may send to their queues from outside', () => {
    const expected = Object.keys(topology.queues).flatMap((id) => {
      const senders = rules.filter(([, { target, undeliveredQueue }]) =>
        [undeliveredQueue, 'queue' in target && target.queue].includes(id),
      );
      if (senders.length === 0) return [];
      const statement = {
        Sid: 'DeliverEvents',
        Effect: 'Allow',
        Principal: { Service: ['events.amazonaws.com'] },
        Action: ['sqs:SendMessage'],
        Resource: [queueArn(id)],
        Condition: { ArnEquals: { 'aws:SourceArn': senders.map(([ruleId, { bus }]) => ruleArn(ruleId, bus)) } },
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
