import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { AccessConfiguration } from '@prelaunch/contracts/access';
import { LaunchConfigStatus, type StatusError } from '@prelaunch/contracts/status';
import type { Runtime } from '@prelaunch/local/runtime';
import type { Simulator, Where } from '@prelaunch/local/simulator/create-simulator';
import type { LatencyProfileName } from '@prelaunch/local/simulator/latency-profiles';
import { startRuntime } from '@prelaunch/local/start-runtime';
import type { Topology } from '@prelaunch/topology/shape';
import { expect, vi } from 'vitest';
import { z } from 'zod';

/** The whole pipeline as a program outside sees it: one endpoint, real clients, real HTTP. */
export type Pipeline = Awaited<ReturnType<typeof startPipeline>>;

interface GroupChange {
  readonly groupId: string;
  readonly revision: number;
  readonly serverIds: readonly unknown[];
  readonly changeType?: string;
  readonly accountId?: string;
  readonly region?: string;
  readonly launchConfig?: unknown;
  readonly serverOverrides?: Readonly<Record<string, unknown>>;
}

const GroupItem = z.looseObject({
  groupId: z.string(),
  revision: z.number(),
  generation: z.number(),
  plannedGeneration: z.number(),
  launchConfigStatus: LaunchConfigStatus,
});

const SETTLE_MS = 60_000;

export interface PipelineOptions {
  readonly dataDirectory?: string;
  readonly profile?: LatencyProfileName;
  readonly topology?: Topology;
  readonly access?: AccessConfiguration;
}

/** Starts a pipeline of its own on free ports, with nothing in it but what SETTINGS refer to. */
export async function startPipeline({ profile = 'instant', ...options }: PipelineOptions = {}) {
  const logDirectory = await mkdtemp(join(tmpdir(), 'prelaunch-test-'));
  const runtime = await startRuntime({
    port: 0,
    profile,
    seed: 7,
    logDirectory,
    issuerDirectory: logDirectory,
    ...options,
  });
  addSettingsNetwork(runtime.simulator, runtime);
  return { runtime, stop: () => runtime.stop(), ...programOf(runtime) };
}

/** As `startPipeline`, with source servers in the home account. `take` gives so many that no other test of the file has. */
export async function startPipelineWithServers(count: number) {
  const pipeline = await startPipeline();
  const { accountId, region, simulator } = pipeline.runtime;
  const free = simulator.addSourceServers({ accountId, region }, count);
  return { pipeline, take: (some: number) => free.splice(0, some) };
}

/** What a program of somebody else's can do: it knows the endpoint, credentials and names, nothing of Prelaunch's code. */
function programOf(runtime: Pick<Runtime, 'endpoint' | 'region' | 'credentials' | 'accountId'>) {
  const settings = { endpoint: runtime.endpoint, region: runtime.region, credentials: runtime.credentials };
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(settings));
  const events = new EventBridgeClient(settings);
  const lambda = new LambdaClient(settings);
  const sqs = new SQSClient(settings);

  const read = async (table: string, key: Record<string, unknown>) =>
    (await documents.send(new GetCommand({ TableName: `prelaunch-local-${table}`, Key: key, ConsistentRead: true })))
      .Item;
  const queueUrl = async (queue: string) =>
    (await sqs.send(new GetQueueUrlCommand({ QueueName: `prelaunch-local-${queue}` }))).QueueUrl ?? '';

  async function publishDetail(detail: unknown): Promise<void> {
    const Detail = typeof detail === 'string' ? detail : JSON.stringify(detail);
    const entry = {
      EventBusName: 'prelaunch',
      Source: 'test.inventory',
      DetailType: 'Protection Group Changed',
      Detail,
    };
    const { FailedEntryCount } = await events.send(new PutEventsCommand({ Entries: [entry] }));
    expect(FailedEntryCount).toBe(0);
  }

  async function group(groupId: string) {
    const item = await read('ProtectionGroups', { groupId });
    return item === undefined ? undefined : GroupItem.parse(item);
  }

  return {
    documents,
    sqs,
    publishDetail,
    group,
    queueUrl,
    publish: (change: GroupChange) => publishDetail(detailOf(change, runtime)),
    detailOf: (change: GroupChange) => detailOf(change, runtime),
    read,
    server: (serverId: string) => read('SourceServers', { serverId }),
    put: (table: string, Item: Record<string, unknown>) =>
      documents.send(new PutCommand({ TableName: `prelaunch-local-${table}`, Item })),

    async settled(groupId: string, revision: number) {
      return vi.waitFor(
        async () => {
          const found = await group(groupId);
          expect(found?.revision ?? -1).toBeGreaterThanOrEqual(revision);
          expect(found?.launchConfigStatus.status).not.toBe('pending');
          return found as NonNullable<typeof found>;
        },
        { timeout: SETTLE_MS, interval: 50 },
      );
    },

    async invoke(request: unknown): Promise<Record<string, unknown>> {
      const FunctionName = 'prelaunch-local-operations';
      const { Payload, FunctionError } = await lambda.send(
        new InvokeCommand({ FunctionName, Payload: JSON.stringify(request) }),
      );
      expect(FunctionError).toBeUndefined();
      return JSON.parse(Payload?.transformToString() ?? 'null') as Record<string, unknown>;
    },

    async send(queue: string, body: unknown): Promise<void> {
      const MessageBody = typeof body === 'string' ? body : JSON.stringify(body);
      await sqs.send(new SendMessageCommand({ QueueUrl: await queueUrl(queue), MessageBody }));
    },

    /** Messages in a queue, those in somebody's hands included. */
    async depth(queue: string): Promise<number> {
      const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
      const input = { QueueUrl: await queueUrl(queue), AttributeNames: [...AttributeNames] };
      const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand(input));
      return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
    },
  };
}

function detailOf({ changeType = 'updated', ...change }: GroupChange, runtime: Pick<Runtime, 'accountId' | 'region'>) {
  const { accountId, region } = runtime;
  return {
    version: '1',
    correlationId: randomUUID(),
    data: { changeType, group: { name: change.groupId, accountId, region, ...change } },
  };
}

/** The code, path and server of errors, in an order of their own. */
export function brief(errors: readonly StatusError[]) {
  return errors
    .map(({ code, path, serverId }) => ({ code, path, serverId }))
    .sort((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)));
}

/** Settings that no new server has. */
export const SETTINGS = {
  launchDisposition: 'STOPPED',
  targetInstanceTypeRightSizingMethod: 'NONE',
  copyTags: true,
  instanceType: 'm7i-flex.large',
  subnetId: 'subnet-0aaaaaaaaaaaaaaa1',
  securityGroupIds: ['sg-0bbbbbbbbbbbbbbb2', 'sg-0aaaaaaaaaaaaaaa1'],
  tags: { tier: 'gold' },
} as const;

/** Adds the subnet and the security groups that SETTINGS refer to. The block holds every server's address. */
export function addSettingsNetwork(simulator: Simulator, { accountId, region }: Where): void {
  const { subnetId, securityGroupIds } = SETTINGS;
  const subnets = [{ subnetId, cidrBlock: '10.0.0.0/16' }];
  simulator.addNetwork({ accountId, region }, { vpcId: 'vpc-0aaaaaaaaaaaaaaa1', subnets, securityGroupIds });
}
