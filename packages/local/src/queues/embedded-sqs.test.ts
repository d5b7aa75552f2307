import { ChangeMessageVisibilityBatchCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from 'vitest';
import { createRequestLedger } from '../endpoint/request-ledger.ts';
import type { Service } from '../endpoint/service.ts';
import { type Endpoint, startEndpoint } from '../endpoint/start-endpoint.ts';
import { createEmbeddedSqs } from './embedded-sqs.ts';

const BATCH = 10;

let endpoint: Endpoint | undefined;
afterEach(() => endpoint?.stop());

/** A queue behind an endpoint, with messages that somebody has received. */
async function received() {
  const services = new Map<string, Service>();
  const place = { host: '127.0.0.1', port: 0, describe: () => ({}), isConnectionLost: () => false };
  endpoint = await startEndpoint({ ...place, services, ledger: createRequestLedger() });
  const { url } = endpoint;
  const sqs = await createEmbeddedSqs({ accountId: '111111111111', region: 'us-east-1', endpoint: url });
  services.set('sqs', sqs.service);
  const queue = sqs.createQueue('queue', { VisibilityTimeout: '30' });
  const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
  const client = new SQSClient({ endpoint: url, region: 'us-east-1', credentials });
  const QueueUrl = sqs.queueUrl('queue');
  const bodies = Array.from({ length: BATCH }, (_, index) => ({ Id: String(index), MessageBody: String(index) }));
  await client.send(new SendMessageBatchCommand({ QueueUrl, Entries: bodies }));
  const handles = queue.receive(BATCH).map(({ receiptHandle }) => receiptHandle);
  const delay = (VisibilityTimeout: number, receiptHandles = handles) => {
    const Entries = receiptHandles.map((ReceiptHandle, index) => ({
      Id: String(index),
      ReceiptHandle,
      VisibilityTimeout,
    }));
    return client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
  };
  return { queue, handles, delay };
}

describe('ChangeMessageVisibilityBatch', () => {
  it.each([0, 1])('lets messages be received together that come back after %i s', async (seconds) => {
    const { queue, delay } = await received();
    const woken = queue.wait(seconds + 2);

    await delay(seconds);
    if (seconds > 0) expect(queue.receive(BATCH)).toEqual([]);
    await woken;

    expect(queue.receive(BATCH)).toHaveLength(BATCH);
  });

  it('names the messages that nobody holds, and delays the others', async () => {
    const { queue, handles, delay } = await received();
    const [gone = '', ...held] = handles;
    queue.delete(gone);

    const { Successful = [], Failed = [] } = await delay(0, [gone, ...held]);

    expect(Failed).toMatchObject([{ Id: '0', Code: 'ReceiptHandleIsInvalid' }]);
    expect(Successful).toHaveLength(held.length);
    expect(queue.receive(BATCH)).toHaveLength(held.length);
  });
});
