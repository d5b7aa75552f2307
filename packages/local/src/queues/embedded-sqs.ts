import * as z from 'zod';
import { jsonAnswer, type Service, type ServiceAnswer } from '../endpoint/service.ts';
import {
  type FauxqsAction,
  type FauxqsQueue,
  FauxqsRefusal,
  type FauxqsStore,
  type FauxqsStoreClass,
  loadFauxqs,
  type MessageAttribute,
  type StoredMessage,
} from './fauxqs-parts.ts';
import { QueueDoesNotExistError } from './queue-does-not-exist-error.ts';

const CONTENT_TYPE = 'application/x-amz-json-1.0';

const Input = z.record(z.string(), z.unknown());

export interface ReceivedMessage {
  readonly receiptHandle: string;
  readonly message: StoredMessage;
}

/** One queue, used in process by the bus and by event source mappings. */
export interface EmbeddedQueue {
  readonly name: string;
  readonly arn: string;
  /** Takes up to `count` messages; each stays invisible for the queue's visibility timeout. */
  receive(count: number): ReceivedMessage[];
  /** Resolves when messages may be there, at the latest after `seconds`. */
  wait(seconds: number): Promise<void>;
  delete(receiptHandle: string): void;
}

export interface EmbeddedSqs {
  readonly service: Service;
  /** The queues themselves, for SNS, which puts messages into them. */
  readonly store: FauxqsStore;
  createQueue(name: string, attributes: Record<string, string>): EmbeddedQueue;
  queueUrl(name: string): string;
  queueArn(name: string): string;
  /** Sends to a queue; throws QueueDoesNotExistError. Returns the message id. */
  send(queueName: string, body: string, attributes?: Record<string, MessageAttribute>): string;
  /** Ends all waiting, so that pollers come to see that they must stop. */
  wakeAll(): void;
}

export interface EmbeddedSqsOptions {
  readonly accountId: string;
  readonly region: string;
  /** The endpoint that queue URLs point to. */
  readonly endpoint: string;
}

/** SQS in process and in memory. Queue URLs and ARNs carry this endpoint and account. */
export async function createEmbeddedSqs(options: EmbeddedSqsOptions): Promise<EmbeddedSqs> {
  const { Store, actions } = await loadFauxqs();
  const queueArn = (name: string) => `arn:aws:sqs:${options.region}:${options.accountId}:${name}`;
  const queueUrl = (name: string) => `${options.endpoint}/${options.accountId}/${name}`;
  const store = storeWithOurNames(Store, queueUrl, queueArn);

  return {
    service: (request, record) => {
      const action = /^AmazonSQS\.(\w+)$/.exec(request.headers['x-amz-target']?.toString() ?? '')?.[1] ?? '';
      const run = actions.get(action);
      const input = parseInput(request.body);
      if (!run)
        return Promise.resolve(refuse('InvalidAction', `Not available here: ${action || 'the query protocol'}`));
      if (!input) return Promise.resolve(refuse('SerializationException', 'The body is not a JSON object'));
      record(action, queuesOf(input));
      return answer(run, input, store, request.headers.authorization);
    },
    store,
    createQueue: (name, attributes) =>
      embeddedQueue(store.createQueue(name, queueUrl(name), queueArn(name), attributes), store),
    queueUrl,
    queueArn,
    send(queueName, body, attributes = {}) {
      const queue = store.getQueueByName(queueName);
      if (!queue) throw new QueueDoesNotExistError(queueName);
      const message = Store.createMessage(body, attributes);
      queue.enqueue(message);
      return message.messageId;
    },
    wakeAll: () => store.shutdown(),
  };
}

/** fauxqs builds URLs and ARNs with an account of its own; queue names are unique here, so the name alone finds a queue. */
function storeWithOurNames(
  Store: FauxqsStoreClass,
  queueUrl: (name: string) => string,
  queueArn: (name: string) => string,
): FauxqsStore {
  const store = new Store();
  const create = store.createQueue.bind(store);
  return Object.assign(store, {
    createQueue: (name: string, _url: string, _arn: string, attributes?: Record<string, string>) =>
      create(name, queueUrl(name), queueArn(name), attributes),
    getQueueByArn: (arn: string) => store.getQueueByName(arn.slice(arn.lastIndexOf(':') + 1)),
    buildQueueUrl: queueUrl,
  });
}

function embeddedQueue(queue: FauxqsQueue, store: FauxqsStore): EmbeddedQueue {
  const deadLetterQueue = (arn: string) => store.getQueueByArn(arn);
  return {
    name: queue.name,
    arn: queue.arn,
    receive: (count) =>
      queue.dequeue(count, undefined, deadLetterQueue).flatMap(({ ReceiptHandle }) => {
        const message = queue.inflightMessages.get(ReceiptHandle)?.message;
        return message ? [{ receiptHandle: ReceiptHandle, message }] : [];
      }),
    wait: (seconds) => queue.waitForMessages(seconds),
    delete(receiptHandle) {
      queue.deleteMessage(receiptHandle);
    },
  };
}

async function answer(
  run: FauxqsAction,
  input: unknown,
  store: FauxqsStore,
  authorization: string | undefined,
): Promise<ServiceAnswer> {
  try {
    return jsonAnswer(CONTENT_TYPE, 200, (await run(input, store, { headers: { authorization } })) ?? {});
  } catch (error) {
    const refusal = FauxqsRefusal.safeParse(error);
    if (!refusal.success) throw error;
    const { code, message, statusCode, queryErrorHeader } = refusal.data;
    const answered = jsonAnswer(CONTENT_TYPE, statusCode, { __type: `com.amazonaws.sqs#${code}`, message });
    return { ...answered, headers: { ...answered.headers, 'x-amzn-query-error': queryErrorHeader } };
  }
}

function refuse(code: string, message: string): ServiceAnswer {
  return jsonAnswer(CONTENT_TYPE, 400, { __type: `com.amazonaws.sqs#${code}`, message });
}

function parseInput(body: string): Record<string, unknown> | undefined {
  try {
    return Input.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}

function queuesOf({ QueueUrl, QueueName }: Record<string, unknown>): string[] {
  if (typeof QueueName === 'string') return [QueueName];
  return typeof QueueUrl === 'string' ? [QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1)] : [];
}
