import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as z from 'zod';
import type { FauxqsStore } from '../queues/fauxqs-parts.ts';

export interface FauxqsTopic {
  readonly arn: string;
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly tags: Map<string, string>;
  subscriptionArns: string[];
}

export interface FauxqsSubscription {
  arn: string;
  readonly topicArn: string;
}

export interface FauxqsTopicStore {
  readonly topics: Map<string, FauxqsTopic>;
  readonly subscriptions: Map<string, FauxqsSubscription>;
  getTopic(arn: string): FauxqsTopic | undefined;
  subscribe(
    topicArn: string,
    protocol: string,
    endpoint: string,
    attributes?: Record<string, string>,
  ): FauxqsSubscription | undefined;
}

/** Takes the form of a request as its fields, and answers XML. */
export type FauxqsTopicAction = (
  form: Readonly<Record<string, string>>,
  topics: FauxqsTopicStore,
  queues: FauxqsStore,
) => string;

/** What fauxqs throws for a request that SNS would refuse. */
export const FauxqsTopicRefusal = z.object({
  name: z.literal('SnsError'),
  code: z.string(),
  message: z.string(),
  statusCode: z.number(),
});

/** Topics are made by the topology only, so what makes, changes and deletes them is not here. */
const FILES = {
  ListTopics: 'listTopics',
  GetTopicAttributes: 'getTopicAttributes',
  Subscribe: 'subscribe',
  ConfirmSubscription: 'confirmSubscription',
  Unsubscribe: 'unsubscribe',
  ListSubscriptionsByTopic: 'listSubscriptions',
  Publish: 'publish',
} as const;

/** Loads the topics and the SNS actions of fauxqs without its web server, as `loadFauxqs` does its queues. */
export async function loadFauxqsTopics(): Promise<{
  Store: new () => FauxqsTopicStore;
  actions: ReadonlyMap<string, FauxqsTopicAction>;
}> {
  const directory = join(dirname(fileURLToPath(import.meta.resolve('fauxqs'))), 'sns');
  const load = (file: string) => import(pathToFileURL(join(directory, file)).href);
  const { SnsStore } = await load('snsStore.js');
  const actions = await Promise.all(
    Object.entries(FILES).map(async ([action, file]): Promise<[string, FauxqsTopicAction]> => {
      const loaded = await load(`actions/${file}.js`);
      return [action, loaded[action.charAt(0).toLowerCase() + action.slice(1)]];
    }),
  );
  return { Store: SnsStore, actions: new Map(actions) };
}
