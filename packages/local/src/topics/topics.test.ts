import {
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestRuntime, type TestRuntime } from '../testing/start-test-runtime.ts';

const TopicArn = 'arn:aws:sns:us-east-1:111111111111:prelaunch-local-failures';
const MISSING = `${TopicArn}-missing`;

let test: TestRuntime;
let sns: SNSClient;
let sqs: SQSClient;

beforeAll(async () => {
  test = await startTestRuntime();
  sns = new SNSClient(test.client);
  sqs = new SQSClient(test.client);
});

afterAll(() => test.stop());

/** A queue of its own that subscribes to the topic. */
async function subscribed(QueueName: string, Attributes?: Record<string, string>) {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName }));
  const Endpoint = `arn:aws:sqs:us-east-1:111111111111:${QueueName}`;
  const subscribe = new SubscribeCommand({
    TopicArn,
    Protocol: 'sqs',
    Endpoint,
    Attributes,
    ReturnSubscriptionArn: true,
  });
  const { SubscriptionArn = '' } = await sns.send(subscribe);
  const again = await sns.send(subscribe);
  expect(again.SubscriptionArn).toBe(SubscriptionArn);
  return {
    SubscriptionArn,
    Endpoint,
    /** The text of the next message, or of none that comes within that time. */
    async next(WaitTimeSeconds = 5): Promise<string | undefined> {
      const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds }));
      if (message) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      return message?.Body;
    },
  };
}

function launchResult(state: string, drill: 'TRUE' | 'FALSE' = 'FALSE') {
  return { source: 'aws.drs', 'detail-type': 'DRS Source Server Launch Result', detail: { state, 'is-drill': drill } };
}

describe('SNS', () => {
  it('shows the topics of the topology, under this account', async () => {
    expect((await sns.send(new ListTopicsCommand({}))).Topics).toEqual([{ TopicArn }]);
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
    expect(Attributes).toMatchObject({ TopicArn, Owner: '111111111111', DisplayName: 'Failures' });
  });

  it('gives subscribers what is published, in its envelope or raw, until they leave', async () => {
    const wrapped = await subscribed('wrapped');
    const raw = await subscribed('raw', { RawMessageDelivery: 'true' });
    const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    const expected = [wrapped, raw].map(({ SubscriptionArn, Endpoint }) => ({
      ...{ SubscriptionArn, Endpoint, TopicArn },
      ...{ Protocol: 'sqs', Owner: '111111111111' },
    }));
    expect(new Set(Subscriptions)).toEqual(new Set(expected));
    expect(wrapped.SubscriptionArn).toMatch(new RegExp(`^${TopicArn}:[0-9a-f-]{36}$`));
    const confirmation = new ConfirmSubscriptionCommand({ TopicArn, Token: wrapped.SubscriptionArn });
    expect((await sns.send(confirmation)).SubscriptionArn).toBe(wrapped.SubscriptionArn);

    const { MessageId } = await sns.send(new PublishCommand({ TopicArn, Message: 'a & b = ü', Subject: 'c' }));
    const envelope = { Type: 'Notification', MessageId, TopicArn, Subject: 'c', Message: 'a & b = ü' };
    expect(JSON.parse((await wrapped.next()) ?? '')).toMatchObject(envelope);
    expect(await raw.next()).toBe('a & b = ü');

    for (const { SubscriptionArn } of [wrapped, raw]) await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    await sns.send(new PublishCommand({ TopicArn, Message: 'nobody is there' }));
    expect(await wrapped.next(0)).toBeUndefined();
    expect((await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions ?? []).toEqual([]);
  });

  it('refuses what it cannot do, as SNS refuses', async () => {
    const sqsArn = (account: string) => `arn:aws:sqs:us-east-1:${account}:prelaunch-local-plain`;
    const subscribe = (Protocol: string, Endpoint: string) => new SubscribeCommand({ TopicArn, Protocol, Endpoint });
    const named = (name: string) => expect.objectContaining({ name });
    await expect(sns.send(new PublishCommand({ TopicArn: MISSING, Message: 'x' }))).rejects.toThrow(
      named('NotFoundException'),
    );
    for (const refused of [
      subscribe('email', sqsArn('111111111111')),
      subscribe('sqs', sqsArn('222222222222')),
      subscribe('sqs', `${sqsArn('111111111111')}-missing`),
    ])
      await expect(sns.send(refused)).rejects.toThrow(named('InvalidParameterException'));
    await expect(sns.send(new CreateTopicCommand({ Name: 'x' }))).rejects.toThrow(named('InvalidAction'));
  });
});

describe('a rule on the default bus', () => {
  it('gives its topic the events of AWS that match all of its pattern', async () => {
    const { next } = await subscribed('events', { RawMessageDelivery: 'true' });
    test.runtime.publish('prelaunch', launchResult('RECOVERY_LAUNCH_FAILED'));
    test.runtime.publish('default', launchResult('RECOVERY_LAUNCH_SUCCEEDED'));
    test.runtime.publish('default', launchResult('RECOVERY_LAUNCH_FAILED', 'TRUE'));
    test.runtime.publish('default', launchResult('RECOVERY_LAUNCH_FAILED'));

    expect(JSON.parse((await next()) ?? '')).toMatchObject({
      account: '111111111111',
      ...launchResult('RECOVERY_LAUNCH_FAILED'),
    });
    expect(await next(0)).toBeUndefined();
  });
});
