import { randomUUID } from 'node:crypto';
import {
  BatchGetItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeLaunchTemplatesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestRuntime, type TestRuntime } from './testing/start-test-runtime.ts';

let test: TestRuntime;
let dynamoDb: DynamoDBClient;
let sqs: SQSClient;
let events: EventBridgeClient;

beforeAll(async () => {
  test = await startTestRuntime();
  dynamoDb = new DynamoDBClient(test.client);
  sqs = new SQSClient(test.client);
  events = new EventBridgeClient(test.client);
});

afterAll(() => test.stop());

const THINGS = 'prelaunch-local-Things';
const OTHERS = 'prelaunch-local-Others';

async function queueUrl(id: string): Promise<string> {
  const { QueueUrl = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName: `prelaunch-local-${id}` }));
  return QueueUrl;
}

async function thing(id: string) {
  const { Item } = await dynamoDb.send(new GetItemCommand({ TableName: THINGS, Key: { id: { S: id } } }));
  return Item && { envelope: JSON.parse(Item.envelope?.S ?? ''), record: JSON.parse(Item.record?.S ?? '') };
}

function work(id: string, more: Record<string, unknown> = {}) {
  return {
    EventBusName: 'prelaunch',
    Source: 'test',
    DetailType: 'Work Asked',
    Detail: JSON.stringify({ id, ...more }),
  };
}

describe('the endpoint', () => {
  it('serves DynamoDB, and counts requests by table', async () => {
    const before = test.runtime.requests.snapshot();
    await dynamoDb.send(new PutItemCommand({ TableName: THINGS, Item: { id: { S: 'a' }, n: { N: '1' } } }));
    const { Item } = await dynamoDb.send(new GetItemCommand({ TableName: THINGS, Key: { id: { S: 'a' } } }));
    const Keys = [{ id: { S: 'a' } }];
    const RequestItems = { [THINGS]: { Keys }, [OTHERS]: { Keys: [{ id: { S: 'a' }, at: { S: 'b' } }] } };
    await dynamoDb.send(new BatchGetItemCommand({ RequestItems }));

    expect(Item).toEqual({ id: { S: 'a' }, n: { N: '1' } });
    expect(test.runtime.requests.since(before).counts()).toEqual([
      { service: 'dynamodb', action: 'PutItem', targets: [THINGS], count: 1 },
      { service: 'dynamodb', action: 'GetItem', targets: [THINGS], count: 1 },
      { service: 'dynamodb', action: 'BatchGetItem', targets: [OTHERS, THINGS], count: 1 },
    ]);
    expect(test.runtime.requests.since(before).count({ service: 'dynamodb', target: OTHERS })).toBe(1);
  });

  it('answers refusals of DynamoDB with its own errors', async () => {
    const put = { TableName: THINGS, Item: { id: { S: 'once' } }, ConditionExpression: 'attribute_not_exists(id)' };
    await dynamoDb.send(new PutItemCommand(put));
    await expect(dynamoDb.send(new PutItemCommand(put))).rejects.toThrow(
      expect.objectContaining({ name: 'ConditionalCheckFailedException' }),
    );
    await expect(dynamoDb.send(new DescribeTableCommand({ TableName: 'missing' }))).rejects.toThrow(
      expect.objectContaining({ name: 'ResourceNotFoundException' }),
    );
    await expect(dynamoDb.send(new CreateTableCommand({ TableName: 'x' } as never))).rejects.toThrow(
      expect.objectContaining({ name: 'ValidationException' }),
    );
  });

  it('serves SQS with queue URLs of its own', async () => {
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    expect(QueueUrls).toContain(`${test.runtime.endpoint}/111111111111/prelaunch-local-plain`);
    const QueueUrl = await queueUrl('plain');
    const MessageAttributes = { kind: { DataType: 'String', StringValue: 'x' } };
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello', MessageAttributes }));
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] }),
    );
    expect(Messages).toMatchObject([
      { Body: 'hello', MessageAttributes, Attributes: { ApproximateReceiveCount: '1' } },
    ]);
    const [{ ReceiptHandle } = {}] = Messages ?? [];
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    const again = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['All'] }));
    expect(again.Messages).toMatchObject([{ Attributes: { ApproximateReceiveCount: '2' } }]);
  });

  it('wakes a receiver that waits for messages', async () => {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'extra' }));
    expect(QueueUrl).toBe(`${test.runtime.endpoint}/111111111111/extra`);
    const receiving = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    const Entries = [{ Id: '1', MessageBody: 'late' }];
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect((await receiving).Messages).toMatchObject([{ Body: 'late' }]);
  });

  it('answers refusals of SQS with its own errors', async () => {
    await expect(sqs.send(new GetQueueUrlCommand({ QueueName: 'missing' }))).rejects.toThrow(
      expect.objectContaining({ name: 'QueueDoesNotExist' }),
    );
  });

  it('serves the simulated services', async () => {
    const identity = await new STSClient(test.client).send(new GetCallerIdentityCommand({}));
    expect(identity.Account).toBe('111111111111');
    const { LaunchTemplates } = await new EC2Client(test.client).send(new DescribeLaunchTemplatesCommand({}));
    expect(LaunchTemplates ?? []).toEqual([]);
  });

  it('says what it is to somebody who looks', async () => {
    const described = await (await fetch(test.runtime.endpoint)).json();
    expect(described).toMatchObject({
      endpoint: test.runtime.endpoint,
      bus: 'prelaunch',
      tables: { Things: THINGS },
      services: expect.arrayContaining(['dynamodb', 'drs', 'lambda']),
    });
  });

  it('refuses requests without a credential scope', async () => {
    const response = await fetch(test.runtime.endpoint, { method: 'POST', body: '{}' });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ __type: 'MissingAuthenticationToken' });
  });

  it('names the services it has to somebody who asks for another one', async () => {
    const authorization = 'AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request, Signature=x';
    const response = await fetch(`${test.runtime.endpoint}/bucket`, { headers: { authorization } });
    expect(response.status).toBe(501);
    expect(await response.json()).toMatchObject({ message: expect.stringContaining('dynamodb, ec2, events') });
  });

  it('reads the credential scope of a presigned URL', async () => {
    const credential = encodeURIComponent('A/20260101/us-east-1/nothing/aws4_request');
    const response = await fetch(`${test.runtime.endpoint}/?X-Amz-Credential=${credential}`);
    expect(await response.json()).toMatchObject({ message: expect.stringContaining('"nothing"') });
  });
});

describe('the pipeline', () => {
  it('brings an event over rule, queue and mapping to its function, in the shapes of AWS', async () => {
    const id = randomUUID();
    const sent = await events.send(new PutEventsCommand({ Entries: [{ ...work(id), Resources: ['r'] }] }));
    const { envelope, record } = await vi.waitUntil(() => thing(id), { timeout: 10_000 });
    expect(envelope).toEqual({
      version: '0',
      id: sent.Entries?.[0]?.EventId,
      'detail-type': 'Work Asked',
      source: 'test',
      account: '111111111111',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      region: 'us-east-1',
      resources: ['r'],
    });
    expect(record).toEqual({
      messageId: expect.any(String),
      receiptHandle: expect.any(String),
      body: expect.any(String),
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        SenderId: '111111111111',
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      messageAttributes: {},
      md5OfBody: expect.any(String),
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:111111111111:prelaunch-local-work',
      awsRegion: 'us-east-1',
    });
  });

  it('retries only the failed records of a batch, then moves them to the dead-letter queue', async () => {
    const [good, bad] = [randomUUID(), randomUUID()];
    await events.send(new PutEventsCommand({ Entries: [work(good), work(bad, { fail: true })] }));
    const QueueUrl = await queueUrl('work-dlq');
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    expect(Messages.map(({ Body = '' }) => JSON.parse(Body).detail)).toEqual([{ id: bad, fail: true }]);
    expect((await thing(good))?.record.attributes.ApproximateReceiveCount).toBe('1');
    expect((await thing(bad))?.record.attributes.ApproximateReceiveCount).toBe('2');
  });

  it('keeps events of AWS itself on the default bus away from the rules of the other', async () => {
    const before = test.runtime.requests.snapshot();
    const event = { source: 'test', 'detail-type': 'Work Asked', detail: { id: randomUUID() } };
    test.runtime.publish('default', event);
    const id = randomUUID();
    test.runtime.publish('prelaunch', { ...event, detail: { id } });
    await vi.waitUntil(() => thing(id), { timeout: 10_000 });
    expect(test.runtime.requests.since(before).count({ action: 'PutItem', target: THINGS })).toBe(1);
  });
});
