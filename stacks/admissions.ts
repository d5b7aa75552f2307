import type { RuleSpec, Topology } from '@prelaunch/topology/shape';
import type { Queues } from './queues.ts';
import { resourceName } from './resource-name.ts';
import type { Rules } from './rules.ts';
import type { Topics } from './topics.ts';

type Arn = $util.Output<string>;

export interface Receivers {
  readonly queues: Queues;
  readonly topics: Topics;
}

/** A queue or a topic has one policy, so it is written once for each, with all the rules that deliver to it. */
export function admitRules(specs: Topology['rules'], rules: Rules, { queues, topics }: Receivers) {
  const arnsOf = (delivers: (spec: RuleSpec) => boolean) =>
    [...rules].flatMap(([id, { arn }]) => (specs[id] && delivers(specs[id]) ? [arn] : []));
  for (const [id, queue] of queues) {
    const senders = arnsOf(({ target, undeliveredQueue }) => undeliveredQueue === id || isQueue(target, id));
    if (senders.length > 0) admitToQueue(id, queue, senders);
  }
  for (const [id, topic] of topics) {
    const senders = arnsOf(({ target }) => 'topic' in target && target.topic === id);
    if (senders.length > 0) admitToTopic(id, topic, senders);
  }
}

function isQueue(target: RuleSpec['target'], queueId: string): boolean {
  return 'queue' in target && target.queue === queueId;
}

function admitToQueue(id: string, queue: sst.aws.Queue, senders: Arn[]) {
  new aws.sqs.QueuePolicy(resourceName(id, 'Policy'), {
    queueUrl: queue.url,
    policy: deliveryPolicy('sqs:SendMessage', queue.arn, 'ArnEquals', senders),
  });
}

/**
 * By AWS's documentation EventBridge does not tell topics for which rule it publishes, so asking for the rule could lose every
 * event. Where it does tell, it has to be one of these.
 */
function admitToTopic(id: string, topic: aws.sns.Topic, senders: Arn[]) {
  new aws.sns.TopicPolicy(resourceName(id, 'TopicPolicy'), {
    arn: topic.arn,
    policy: deliveryPolicy('sns:Publish', topic.arn, 'ArnEqualsIfExists', senders),
  });
}

function deliveryPolicy(action: string, receiver: Arn, test: string, ruleArns: Arn[]) {
  return aws.iam.getPolicyDocumentOutput({
    statements: [
      {
        sid: 'DeliverEvents',
        principals: [{ type: 'Service', identifiers: ['events.amazonaws.com'] }],
        actions: [action],
        resources: [receiver],
        conditions: [{ test, variable: 'aws:SourceArn', values: ruleArns }],
      },
    ],
  }).json;
}
