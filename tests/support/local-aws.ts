import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type TargetSessions, targetSessions } from '@prelaunch/aws/target-sessions';
import { createRequestLedger } from '@prelaunch/local/endpoint/request-ledger';
import type { Service } from '@prelaunch/local/endpoint/service';
import { startEndpoint } from '@prelaunch/local/endpoint/start-endpoint';
import { startEventing } from '@prelaunch/local/events/start-eventing';
import { createEmbeddedSqs, type EmbeddedQueue } from '@prelaunch/local/queues/embedded-sqs';
import { createSimulator, type Simulator } from '@prelaunch/local/simulator/create-simulator';
import { ConnectionLost } from '@prelaunch/local/simulator/errors';
import { SIMULATED_SERVICES, simulatedService } from '@prelaunch/local/simulator-services';
import { createEmbeddedDynamoDb } from '@prelaunch/local/tables/embedded-dynamodb';
import { createEmbeddedSns } from '@prelaunch/local/topics/embedded-sns';
import { memoryRateBudgets } from '@prelaunch/memory/memory-rate-budgets';
import { vi } from 'vitest';
import { ACCOUNT, REGION } from './builders.ts';

/** Real SDK clients of the embedded services, on loopback at a free port. One per test file: it is in the environment. */
export interface LocalAws {
  readonly endpoint: string;
  readonly simulator: Simulator;
  readonly dynamo: DynamoDBClient;
  readonly documents: DynamoDBDocumentClient;
  readonly sqs: SQSClient;
  readonly events: EventBridgeClient;
  readonly sts: STSClient;
  /** Home account and Region only. */
  readonly sessions: TargetSessions;
  /** A new table with this string key, and this one to sort by; answers its name. */
  table(key: string, sortKey?: string): Promise<string>;
  /** A new queue; answers its URL. */
  queue(attributes?: Record<string, string>): { readonly url: string; readonly queue: EmbeddedQueue };
  /** What reached the queue behind a rule that takes every event of the bus. */
  readonly delivered: EmbeddedQueue;
  stop(): Promise<void>;
}

const BUS_QUEUE = 'prelaunch-local-delivered';

export async function startLocalAws(): Promise<LocalAws> {
  const place = { accountId: ACCOUNT, region: REGION };
  const services = new Map<string, Service>();
  const endpoint = await startEndpoint({
    host: '127.0.0.1',
    port: 0,
    services,
    ledger: createRequestLedger(),
    describe: () => ({}),
    isConnectionLost: (error) => error instanceof ConnectionLost,
  });
  const stopping = new AbortController();
  const tables = createEmbeddedDynamoDb();
  const queues = await createEmbeddedSqs({ ...place, endpoint: endpoint.url });
  const delivered = queues.createQueue(BUS_QUEUE, {});
  const sns = await createEmbeddedSns({ ...place, sqs: queues });
  const retry = { maximumAgeSeconds: 60, maximumAttempts: 0 };
  const everything = {
    bus: 'own' as const,
    pattern: { 'detail-type': typesOfEvents },
    target: { queue: 'delivered' },
    undeliveredQueue: 'delivered',
    retry,
  };
  const eventing = startEventing({ ...place, rules: { everything }, sqs: queues, sns, signal: stopping.signal });
  const simulator = createSimulator({ seed: 7, profile: 'instant', homeAccountId: ACCOUNT, emit: () => undefined });
  services.set('dynamodb', tables.service).set('sqs', queues.service).set('events', eventing.service);
  for (const name of SIMULATED_SERVICES) services.set(name, simulatedService(name, simulator));

  const credentials = { accessKeyId: 'AKIALOCAL', secretAccessKey: 'local' };
  const client = { endpoint: endpoint.url, region: REGION, credentials, maxAttempts: 1 };
  const dynamo = new DynamoDBClient(client);
  const sts = new STSClient(client);
  const now = () => new Date();
  const accounts = { get: async () => undefined };
  // Clients that the product makes itself find the endpoint and the credentials in the environment.
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint.url);
  vi.stubEnv('AWS_REGION', REGION);
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
  let made = 0;
  return {
    endpoint: endpoint.url,
    simulator,
    dynamo,
    documents: DynamoDBDocumentClient.from(dynamo, { marshallOptions: { removeUndefinedValues: true } }),
    sqs: new SQSClient(client),
    events: new EventBridgeClient(client),
    sts,
    sessions: targetSessions(
      { accountId: ACCOUNT, sessionName: 'test' },
      { sts, accounts, budgets: memoryRateBudgets(now), now },
    ),
    delivered,
    async table(key, sortKey) {
      made += 1;
      const TableName = `table-${made}`;
      const keys = [key, ...(sortKey === undefined ? [] : [sortKey])];
      await dynamo.send(
        new CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
          KeySchema: keys.map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
        }),
      );
      for (let status: string | undefined; status !== 'ACTIVE'; )
        status = (await dynamo.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus;
      return TableName;
    },
    queue(attributes = {}) {
      made += 1;
      const name = `queue-${made}`;
      return { url: queues.queueUrl(name), queue: queues.createQueue(name, attributes) };
    },
    async stop() {
      vi.unstubAllEnvs();
      stopping.abort();
      queues.wakeAll();
      await endpoint.stop();
      await tables.close();
    },
  };
}

const typesOfEvents = [
  'Protection Group Changed',
  'Launch Config Applied',
  'Launch Config Apply Failed',
  'Launch Config Status Changed',
];
