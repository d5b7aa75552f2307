import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as z from 'zod';

/** A message as fauxqs keeps it. */
export interface StoredMessage {
  readonly messageId: string;
  readonly body: string;
  readonly md5OfBody: string;
  readonly messageAttributes: Readonly<Record<string, MessageAttribute>>;
  readonly sentTimestamp: number;
  readonly approximateReceiveCount: number;
  readonly approximateFirstReceiveTimestamp?: number;
  readonly messageGroupId?: string;
}

export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

export interface FauxqsQueue {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  readonly attributes: Record<string, string>;
  readonly inflightMessages: ReadonlyMap<string, { readonly message: StoredMessage }>;
  enqueue(message: StoredMessage): void;
  dequeue(
    count: number,
    visibilitySeconds: number | undefined,
    deadLetterQueue: (arn: string) => FauxqsQueue | undefined,
  ): { readonly ReceiptHandle: string }[];
  deleteMessage(receiptHandle: string): boolean;
  waitForMessages(seconds: number): Promise<void>;
  getAttribute(name: string): string | undefined;
}

export interface FauxqsStore {
  createQueue(name: string, url: string, arn: string, attributes?: Record<string, string>): FauxqsQueue;
  getQueueByName(name: string): FauxqsQueue | undefined;
  getQueueByArn(arn: string): FauxqsQueue | undefined;
  buildQueueUrl(name: string): string;
  shutdown(): void;
}

export interface FauxqsStoreClass {
  new (): FauxqsStore;
  createMessage(body: string, attributes: Record<string, MessageAttribute>): StoredMessage;
}

export type FauxqsAction = (
  input: unknown,
  store: FauxqsStore,
  request: { readonly headers: Readonly<Record<string, string | undefined>> },
) => unknown;

/** What fauxqs throws for a request that SQS would refuse. */
export const FauxqsRefusal = z.object({
  name: z.literal('SqsError'),
  code: z.string(),
  message: z.string(),
  statusCode: z.number(),
  queryErrorHeader: z.string(),
});

const ACTIONS = [
  'CreateQueue',
  'DeleteQueue',
  'GetQueueUrl',
  'ListQueues',
  'GetQueueAttributes',
  'SetQueueAttributes',
  'PurgeQueue',
  'SendMessage',
  'ReceiveMessage',
  'DeleteMessage',
  'SendMessageBatch',
  'DeleteMessageBatch',
  'ChangeMessageVisibility',
  'ChangeMessageVisibilityBatch',
  'TagQueue',
  'UntagQueue',
  'ListQueueTags',
] as const;

/**
 * Loads the queue engine and the SQS actions of fauxqs (pinned to one version) without its web server. That server listens on
 * every interface, offers services that are not wanted here, and cannot hand out this endpoint's queue URLs.
 */
export async function loadFauxqs(): Promise<{
  Store: FauxqsStoreClass;
  actions: ReadonlyMap<string, FauxqsAction>;
}> {
  const directory = join(dirname(fileURLToPath(import.meta.resolve('fauxqs'))), 'sqs');
  const load = (file: string) => import(pathToFileURL(join(directory, file)).href);
  const { SqsStore } = await load('sqsStore.js');
  const actions = await Promise.all(
    ACTIONS.map(async (action): Promise<[string, FauxqsAction]> => {
      const name = action.charAt(0).toLowerCase() + action.slice(1);
      const loaded = await load(`actions/${name}.js`);
      return [action, loaded[name]];
    }),
  );
  return { Store: SqsStore, actions: new Map(actions) };
}
