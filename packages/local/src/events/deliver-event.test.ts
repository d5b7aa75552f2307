import { describe, expect, it } from 'vitest';
import { QueueDoesNotExistError } from '../queues/queue-does-not-exist-error.ts';
import { TopicDoesNotExistError } from '../topics/topic-does-not-exist-error.ts';
import type { BusEvent } from './bus-event.ts';
import { deliverEvent } from './deliver-event.ts';
import { createEventBuses, type Rule } from './event-buses.ts';
import { InvalidEventPatternError } from './pattern/invalid-event-pattern-error.ts';

const rule: Rule = {
  name: 'rule',
  arn: 'arn:rule',
  busName: 'bus',
  pattern: '{"source":["test"]}',
  target: { kind: 'queue', name: 'target', arn: 'arn:target' },
  undeliveredQueueName: 'undelivered',
  undeliveredArn: 'arn:undelivered',
  retry: { maximumAgeSeconds: 60, maximumAttempts: 2 },
};

const toTopic: Rule = { ...rule, target: { kind: 'topic', name: 'target', arn: 'arn:topic' } };

const event: BusEvent = {
  version: '0',
  id: 'e',
  'detail-type': 'x',
  source: 'test',
  account: '1',
  time: '2026-01-01T00:00:00Z',
  region: 'r',
  resources: [],
  detail: {},
};

/** Queues and topics whose target fails, as it is told to, before it works. */
function sending(failures: readonly Error[]) {
  const left = [...failures];
  const sent: { queue: string; body: string; attributes: unknown }[] = [];
  const published: { topic: string; message: string }[] = [];
  const failFirst = (name: string) => {
    const failure = name === 'target' ? left.shift() : undefined;
    if (failure) throw failure;
  };
  const send = (queue: string, body: string, attributes?: unknown): string => {
    failFirst(queue);
    sent.push({ queue, body, attributes });
    return 'id';
  };
  const publish = (topic: string, message: string) => {
    failFirst(topic);
    published.push({ topic, message });
  };
  const { signal } = new AbortController();
  return { sent, published, deps: { send, publish, signal, wait: async () => undefined } };
}

describe('deliverEvent', () => {
  it('sends the whole envelope', async () => {
    const { sent, deps } = sending([]);
    await deliverEvent(event, rule, deps);
    expect(sent).toEqual([{ queue: 'target', body: JSON.stringify(event), attributes: undefined }]);
  });

  it('tries again after a failure', async () => {
    const { sent, deps } = sending([new Error('busy'), new Error('busy')]);
    await deliverEvent(event, rule, deps);
    expect(sent.map(({ queue }) => queue)).toEqual(['target']);
  });

  it('keeps what it cannot deliver in the undelivered queue, and says why', async () => {
    const { sent, deps } = sending([new Error('busy'), new Error('busy'), new Error('busy')]);
    await deliverEvent(event, rule, deps);
    expect(sent).toMatchObject([
      {
        queue: 'undelivered',
        body: JSON.stringify(event),
        attributes: {
          RULE_ARN: { DataType: 'String', StringValue: 'arn:rule' },
          TARGET_ARN: { StringValue: 'arn:target' },
          ERROR_MESSAGE: { StringValue: 'busy' },
          RETRY_ATTEMPTS: { StringValue: '2' },
          EXHAUSTED_RETRY_CONDITION: { StringValue: 'MaximumRetryAttempts' },
        },
      },
    ]);
  });

  it('publishes to a topic, after a failure too', async () => {
    const { sent, published, deps } = sending([new Error('busy')]);
    await deliverEvent(event, toTopic, deps);
    expect(published).toEqual([{ topic: 'target', message: JSON.stringify(event) }]);
    expect(sent).toEqual([]);
  });

  it('does not retry when the target topic is gone', async () => {
    const { sent, published, deps } = sending([new TopicDoesNotExistError('target')]);
    await deliverEvent(event, toTopic, deps);
    expect(published).toEqual([]);
    expect(sent).toMatchObject([
      {
        queue: 'undelivered',
        attributes: { RETRY_ATTEMPTS: { StringValue: '0' }, TARGET_ARN: { StringValue: 'arn:topic' } },
      },
    ]);
  });

  it('does not retry when the target queue is gone', async () => {
    const { sent, deps } = sending([new QueueDoesNotExistError('target')]);
    await deliverEvent(event, rule, deps);
    expect(sent).toMatchObject([{ queue: 'undelivered', attributes: { RETRY_ATTEMPTS: { StringValue: '0' } } }]);
  });
});

describe('createEventBuses', () => {
  it('refuses a rule with a malformed pattern', () => {
    const malformed = { ...rule, pattern: '{"source":"test"}' };
    expect(() => createEventBuses(['bus'], [malformed], () => undefined)).toThrow(InvalidEventPatternError);
  });

  it('hands an event to each rule that matches, on its own bus only', () => {
    const delivered: string[] = [];
    const rules = [rule, { ...rule, name: 'same' }, { ...rule, name: 'other', pattern: '{"source":["else"]}' }];
    const buses = createEventBuses(['bus', 'default'], rules, (_event, { name }) => delivered.push(name));
    buses.publish('default', event);
    buses.publish('missing', event);
    expect(delivered).toEqual([]);
    buses.publish('bus', event);
    expect(delivered).toEqual(['rule', 'same']);
  });
});
