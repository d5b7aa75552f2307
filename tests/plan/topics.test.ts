import { describe, expect, it } from 'vitest';
import { physical } from './support/physical.ts';
import { planOf, TYPE } from './support/plan.ts';
import { statementsOf } from './support/policy.ts';
import { ACCOUNT } from './support/provider-stub.ts';
import { RENDERED, SAMPLE } from './support/stages.ts';

describe.each(RENDERED)('the topics of stage %s', (stage, topology) => {
  const plan = planOf(stage);
  const { arn, name, ruleArn, topicArn } = physical(stage);
  const topics = Object.entries(topology.topics);

  it('are those of the topology, encrypted with a key of their own', () => {
    const kmsMasterKeyId = arn('kms', 'key/TopicsKey');
    const expected = topics.map(([id, { displayName }]) => [name(id), { name: name(id), displayName, kmsMasterKeyId }]);
    expect(plan.inputsBy('name', TYPE.topic)).toEqual(Object.fromEntries(expected));
    expect(plan.all(TYPE.key)).toHaveLength(topics.length > 0 ? 1 : 0);
  });

  it('take events from their rules, and from nobody else outside', () => {
    const expected = topics.flatMap(([id]) => {
      const senders = Object.entries(topology.rules).filter(
        ([, { target }]) => 'topic' in target && target.topic === id,
      );
      if (senders.length === 0) return [];
      const statement = {
        Sid: 'DeliverEvents',
        Effect: 'Allow',
        Principal: { Service: ['events.amazonaws.com'] },
        Action: ['sns:Publish'],
        Resource: [topicArn(id)],
        Condition: {
          ArnEqualsIfExists: { 'aws:SourceArn': senders.map(([ruleId, { bus }]) => ruleArn(ruleId, bus)) },
        },
      };
      return [[topicArn(id), [statement]]];
    });
    const rendered = Object.entries(plan.inputsBy('arn', TYPE.topicPolicy)).map(([topic, { policy }]) => [
      topic,
      statementsOf(policy),
    ]);
    expect(Object.fromEntries(rendered)).toEqual(Object.fromEntries(expected));
  });
});

describe('the key of the topics', () => {
  it('turns over, obeys the account, and may be used by EventBridge, which names no source when it asks', () => {
    const [key] = planOf(SAMPLE).all(TYPE.key);
    expect(key?.inputs.enableKeyRotation).toBe(true);
    expect(statementsOf(key?.inputs.policy)).toEqual([
      {
        Sid: 'LetIamDecide',
        Effect: 'Allow',
        Principal: { AWS: [`arn:aws:iam::${ACCOUNT}:root`] },
        Action: ['kms:*'],
        Resource: ['*'],
      },
      {
        Sid: 'EncryptEvents',
        Effect: 'Allow',
        Principal: { Service: ['events.amazonaws.com'] },
        Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
        Resource: ['*'],
      },
    ]);
  });
});
