import { eventBridgePublisher } from '@prelaunch/aws/eventbridge-publisher';
import { sqsApplyQueue } from '@prelaunch/aws/sqs-apply-queue';
import { LaunchConfigApplied, type PrelaunchEvent } from '@prelaunch/contracts/events';
import { ApplyRequest } from '@prelaunch/contracts/messages';
import type { ApplyQueue, EventPublisher } from '@prelaunch/core/group/ports';
import { memoryApplyQueue, memoryPublisher } from '@prelaunch/memory/memory-pipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyRequest, serverIds } from '../support/builders.ts';
import { type LocalAws, startLocalAws } from '../support/local-aws.ts';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

/** A queue, and what has been sent to it. */
type QueueUnderTest = () => { queue: ApplyQueue; sent: () => ApplyRequest[] };

const memoryQueue: QueueUnderTest = () => {
  const queue = memoryApplyQueue();
  return { queue, sent: () => queue.waiting };
};
const sqsQueue: QueueUnderTest = () => {
  const { url, queue } = aws.queue();
  const sent: ApplyRequest[] = [];
  return {
    queue: sqsApplyQueue(aws.sqs, url),
    sent: () => {
      for (let received = queue.receive(10); received.length > 0; received = queue.receive(10))
        sent.push(...received.map(({ message }) => ApplyRequest.parse(JSON.parse(message.body))));
      return sent;
    },
  };
};

describe.each([
  ['in memory', memoryQueue],
  ['on SQS', sqsQueue],
])('ApplyQueue %s', (_where, make) => {
  it.each([0, 1, 10, 11, 95])('takes %i messages, each once', async (count) => {
    const { queue, sent } = make();
    const requests = serverIds(count).map((serverId) => applyRequest({ serverId }));
    await queue.send(requests);
    const received = sent().sort((one, other) => one.serverId.localeCompare(other.serverId));
    expect(received).toEqual(requests);
  });
});

describe('ApplyQueue on SQS', () => {
  it('fails when messages are refused, which SQS answers with success', async () => {
    const { url } = aws.queue({ MaximumMessageSize: '1024' });
    const tooLong = applyRequest({ correlationId: 'c'.repeat(2_000) });
    await expect(sqsApplyQueue(aws.sqs, url).send([applyRequest(), tooLong])).rejects.toThrow();
  });

  it('fails when there is no such queue', async () => {
    const queue = sqsApplyQueue(aws.sqs, `${aws.endpoint}/111111111111/none`);
    await expect(queue.send([applyRequest()])).rejects.toThrow();
  });
});

function events(count: number, correlationId: string): PrelaunchEvent[] {
  return serverIds(count).map((serverId) => ({
    type: LaunchConfigApplied.type,
    detail: { version: '1', correlationId, data: { groupId: 'payments', serverId, configHash: 'sha256:0' } },
  }));
}

type BusUnderTest = () => { publisher: EventPublisher; delivered: (count: number) => Promise<unknown[]> };

const memoryBus: BusUnderTest = () => {
  const publisher = memoryPublisher();
  return { publisher, delivered: async () => publisher.published.map(({ detail }) => detail) };
};
const eventBridge: BusUnderTest = () => ({
  publisher: eventBridgePublisher(aws.events, 'prelaunch'),
  async delivered(count) {
    const found: unknown[] = [];
    while (found.length < count) {
      await aws.delivered.wait(1);
      const received = aws.delivered.receive(100);
      for (const { receiptHandle, message } of received) {
        aws.delivered.delete(receiptHandle);
        found.push(LaunchConfigApplied.envelope.parse(JSON.parse(message.body)).detail);
      }
    }
    return found;
  },
});

describe.each([
  ['in memory', memoryBus],
  ['on EventBridge', eventBridge],
])('EventPublisher %s', (where, make) => {
  it.each([0, 1, 10, 23])('publishes %i events, each once', async (count) => {
    const { publisher, delivered } = make();
    const published = events(count, `${where} ${count}`);
    await publisher.publish(published);
    const found = await delivered(count);
    expect(found).toHaveLength(count);
    for (const { detail } of published) expect(found).toContainEqual(detail);
  });
});

describe('EventPublisher on EventBridge', () => {
  it('publishes in the name of Prelaunch, under the detail-type of the definition', async () => {
    await eventBridgePublisher(aws.events, 'prelaunch').publish(events(1, 'c-named'));
    await aws.delivered.wait(5);
    const [received] = aws.delivered.receive(1);
    expect(JSON.parse(received?.message.body ?? '{}')).toMatchObject({
      source: 'prelaunch',
      'detail-type': 'Launch Config Applied',
    });
    aws.delivered.delete(received?.receiptHandle ?? '');
  });

  it('fails when an entry is refused, which EventBridge answers with success', async () => {
    const nameless = { ...events(1, 'c')[0], type: '' } as unknown as PrelaunchEvent;
    const publish = eventBridgePublisher(aws.events, 'prelaunch').publish([nameless]);
    await expect(publish).rejects.toMatchObject({ code: 'events.publish_failed', retryable: true });
  });
});
