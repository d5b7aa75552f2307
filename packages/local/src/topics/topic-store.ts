import type { FauxqsSubscription, FauxqsTopicStore } from './fauxqs-topics.ts';

export interface NewTopic {
  readonly arn: string;
  readonly name: string;
  readonly accountId: string;
  readonly displayName: string;
}

/** Puts a topic into the store; fauxqs would make it with an account of its own. */
export function addTopic(store: FauxqsTopicStore, { arn, name, accountId, displayName }: NewTopic): void {
  const attributes = { Owner: accountId, DisplayName: displayName };
  store.topics.set(arn, { arn, name, attributes, tags: new Map(), subscriptionArns: [] });
}

/** Has the store name subscriptions by the ARN of their topic; fauxqs names them with an account of its own. */
export function nameSubscriptionsByTopic(store: FauxqsTopicStore): void {
  const subscribe = store.subscribe.bind(store);
  store.subscribe = (...args) => {
    const subscription = subscribe(...args);
    if (subscription) rename(store, subscription);
    return subscription;
  };
}

function rename(store: FauxqsTopicStore, subscription: FauxqsSubscription): void {
  const topic = store.getTopic(subscription.topicArn);
  const { arn } = subscription;
  if (!topic || arn.startsWith(`${topic.arn}:`)) return;
  subscription.arn = `${topic.arn}${arn.slice(arn.lastIndexOf(':'))}`;
  store.subscriptions.delete(arn);
  store.subscriptions.set(subscription.arn, subscription);
  topic.subscriptionArns = topic.subscriptionArns.map((one) => (one === arn ? subscription.arn : one));
}
