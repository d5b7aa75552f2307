import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { dynamoAuditLog } from '@prelaunch/aws/dynamo-audit-log';
import type { Context, SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { auditRecord, storedBlocks, verified } from '../../../tests/support/audit.ts';
import { type LocalAws, startLocalAws } from '../../../tests/support/local-aws.ts';

let aws: LocalAws;
let queue: ReturnType<LocalAws['queue']>;
let table: string;
let logger: typeof import('./runtime/logger.ts').logger;

beforeAll(async () => {
  aws = await startLocalAws();
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  ({ logger } = await import('./runtime/logger.ts'));
});
afterAll(() => aws.stop());

/** The function as it starts with a new table and a new queue. */
async function started() {
  vi.resetModules();
  queue = aws.queue({ VisibilityTimeout: '900' });
  table = await aws.table('chain', 'position');
  vi.stubEnv('AUDIT_QUEUE_URL', queue.url);
  vi.stubEnv('AUDIT_LOG_TABLE', table);
  const { handler } = await import('./append-audit-log.ts');
  ({ logger } = await import('./runtime/logger.ts'));
  return {
    log: dynamoAuditLog(aws.documents, table),
    deliver: async (bodies: readonly unknown[], receives = 1, firstAt = Date.now()) => {
      for (const body of bodies) {
        const MessageBody = typeof body === 'string' ? body : JSON.stringify(body);
        await aws.sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody }));
      }
      const Records = queue.queue.receive(10).map(({ receiptHandle, message }) => ({
        messageId: message.messageId,
        receiptHandle,
        body: message.body,
        attributes: {
          ApproximateReceiveCount: String(receives),
          ApproximateFirstReceiveTimestamp: String(firstAt),
          SentTimestamp: '0',
          SenderId: 'x',
        },
      })) as unknown as SQSRecord[];
      const answer = await handler({ Records }, { awsRequestId: 'r' } as Context);
      const failed = new Set(answer?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      return Records.filter(({ messageId }) => failed.has(messageId)).map(({ body }) => body);
    },
  };
}

describe('append-audit-log', () => {
  it('appends a batch as one block, and logs its hash', async () => {
    const { log, deliver } = await started();
    const logged = vi.spyOn(logger, 'info');
    expect(await deliver([auditRecord(1), auditRecord(2)])).toEqual([]);
    const report = await verified(log);
    expect(report).toMatchObject({ findings: [], blocks: 1, records: 2 });
    expect(logged.mock.calls).toEqual([['block appended', report.newest]]);
  });

  it('appends what it can read, and hurries the rest to the dead-letter queue', async () => {
    const { log, deliver } = await started();
    const odd = { ...auditRecord(2), surprise: true };
    expect(await deliver([auditRecord(1), 'no JSON', odd])).toEqual(['no JSON', JSON.stringify(odd)]);
    expect(await verified(log)).toMatchObject({ findings: [], records: 1 });
    expect(queue.queue.receive(10)).toHaveLength(2);
  });

  it('lets all come back, later, when they cannot be appended', async () => {
    const { deliver } = await started();
    vi.stubEnv('AUDIT_LOG_TABLE', 'no-such-table');
    vi.resetModules();
    const { handler } = await import('./append-audit-log.ts');
    const bodies = [auditRecord(1), auditRecord(2)].map((record) => JSON.stringify(record));
    const Records = bodies.map((body, index) => ({ messageId: `m-${index}`, body, attributes: {} }));
    const answer = await handler({ Records: Records as SQSRecord[] }, { awsRequestId: 'r' } as Context);
    expect(answer?.batchItemFailures).toHaveLength(2);
    expect(await deliver([])).toEqual([]);
  });

  it('appends what was delivered before once, also when others were appended since', async () => {
    const { log, deliver } = await started();
    const firstAt = Date.now();
    await deliver([auditRecord(1), auditRecord(2)]);
    for (let n = 3; n < 6; n += 1) await deliver([auditRecord(n)]);
    expect(await deliver([auditRecord(1), auditRecord(2), auditRecord(9)], 2, firstAt)).toEqual([]);
    expect(await verified(log)).toMatchObject({ findings: [], blocks: 5, records: 6 });
    expect(await storedBlocks(log)).toHaveLength(5);
  });
});
