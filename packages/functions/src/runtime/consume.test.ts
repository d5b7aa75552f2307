import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { ApplyRequest } from '@prelaunch/contracts/messages';
import { DomainError } from '@prelaunch/core/errors';
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { applyRequest } from '../../../../tests/support/builders.ts';
import { type LocalAws, startLocalAws } from '../../../../tests/support/local-aws.ts';
import type { MalformedMessageError } from './malformed.ts';

let aws: LocalAws;
let consume: typeof import('./consume.ts').consume;

beforeAll(async () => {
  aws = await startLocalAws();
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  // Clients are made when the module is loaded, and take the endpoint from the environment.
  ({ consume } = await import('./consume.ts'));
});
afterAll(() => aws.stop());

class Later extends DomainError {
  override readonly name = 'Later';
  readonly code = 'store.busy';
  override readonly retryable = true;
  override readonly retryAfterSeconds = 600;
}

type Handle = (message: ApplyRequest) => Promise<{ readonly kind: string }>;

interface Stated {
  readonly handle?: Handle;
  readonly malformed?: 'to_dead_letters' | 'stays';
  readonly onMalformed?: (error: MalformedMessageError) => Promise<void>;
}

/** A queue that was read once, with a consumer for what came; the messages are invisible for a long time. */
async function received(bodies: readonly string[], stated: Stated = {}) {
  const { url, queue } = aws.queue({ VisibilityTimeout: '900' });
  for (const MessageBody of bodies) await aws.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody }));
  const batch = queue.receive(10);
  let batches = 0;
  const handler = consume({
    schema: ApplyRequest,
    queueUrl: url,
    malformed: stated.malformed ?? 'to_dead_letters',
    subject: ({ correlationId }) => ({ correlationId }),
    handlerOf: () => {
      batches += 1;
      return stated.handle ?? (async () => ({ kind: 'done' }));
    },
    ...(stated.onMalformed && { onMalformed: stated.onMalformed }),
  });
  const Records = batch.map(({ receiptHandle, message }) => record(receiptHandle, message.messageId, message.body));
  const answer = await handler({ Records } satisfies SQSEvent, { awsRequestId: 'r' } as Context);
  return { answer, ids: Records.map(({ messageId }) => messageId), batches, visible: () => queue.receive(10).length };
}

function record(receiptHandle: string, messageId: string, body: string): SQSRecord {
  const attributes = {
    ApproximateReceiveCount: '1',
    SentTimestamp: '0',
    SenderId: 'x',
    ApproximateFirstReceiveTimestamp: '0',
  };
  const eventSourceARN = 'arn:aws:sqs:eu-west-1:111111111111:queue';
  return {
    messageId,
    receiptHandle,
    body,
    attributes,
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion: 'eu-west-1',
  };
}

const good = (n: number) => JSON.stringify(applyRequest({ correlationId: `c-${n}` }));

describe('consume', () => {
  it('hands each message to the use case, and reports none as failed', async () => {
    const seen: string[] = [];
    const handle: Handle = async ({ correlationId }) => {
      seen.push(correlationId);
      return { kind: 'done' };
    };
    const { answer, batches } = await received([good(1), good(2)], { handle });
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(seen.sort()).toEqual(['c-1', 'c-2']);
    expect(batches).toBe(1);
  });

  it('reports only the messages that failed, so that the others are gone', async () => {
    const handle: Handle = async ({ correlationId }) => {
      if (correlationId === 'c-2') throw new Error('odd');
      return { kind: 'done' };
    };
    const { answer, ids } = await received([good(1), good(2), good(3)], { handle });
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: ids[1] }] });
  });

  it('reports all of them, and does not fail itself, when all failed', async () => {
    const handle: Handle = () => Promise.reject(new Error('odd'));
    const { answer } = await received([good(1), good(2)], { handle });
    expect(answer?.batchItemFailures).toHaveLength(2);
  });

  it('keeps a failed message away for as long as the other side asked', async () => {
    const { answer, visible } = await received([good(1)], { handle: () => Promise.reject(new Later('later')) });
    expect(answer?.batchItemFailures).toHaveLength(1);
    expect(visible()).toBe(0);
  });

  it('hurries a message that nobody can read to the dead-letter queue, and tells whoever wants to know', async () => {
    const told: MalformedMessageError[] = [];
    const onMalformed = async (error: MalformedMessageError) => void told.push(error);
    const { answer, ids, visible } = await received([good(1), '{"version":"2"}'], { onMalformed });
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: ids[1] }] });
    expect(told).toMatchObject([{ code: 'message.malformed', body: { version: '2' } }]);
    expect(visible()).toBe(1);
  });

  it('leaves a message that nobody can read where it is, on a dead-letter queue', async () => {
    const { answer, visible } = await received(['nonsense'], { malformed: 'stays' });
    expect(answer?.batchItemFailures).toHaveLength(1);
    expect(visible()).toBe(0);
  });
});
