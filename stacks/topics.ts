import { physicalName } from '@prelaunch/topology/names';
import type { Topology } from '@prelaunch/topology/shape';
import type { Home } from './home.ts';
import { resourceName } from './resource-name.ts';

export type Topics = ReadonlyMap<string, aws.sns.Topic>;

/** Every topic, encrypted. Subscriptions are made by whoever wants to be told, under IAM. */
export function createTopics(specs: Topology['topics'], stage: string, home: Home): Topics {
  const topics = Object.entries(specs);
  if (topics.length === 0) return new Map();
  const key = createTopicKey(stage, home);
  return new Map(
    topics.map(([id, { displayName }]) => [
      id,
      new aws.sns.Topic(resourceName(id, 'Topic'), {
        name: physicalName(stage, id),
        displayName,
        kmsMasterKeyId: key.arn,
      }),
    ]),
  );
}

/** A key of their own: the policy of AWS's `alias/aws/sns` cannot be changed, and does not admit EventBridge. */
function createTopicKey(stage: string, home: Home) {
  return new aws.kms.Key('TopicsKey', {
    description: `Encrypts the topics of Prelaunch, stage ${stage}`,
    enableKeyRotation: true,
    policy: aws.iam.getPolicyDocumentOutput({
      statements: [
        {
          // Without it nobody could change the key any more. In a key's policy `*` is that key.
          sid: 'LetIamDecide',
          principals: [{ type: 'AWS', identifiers: [$interpolate`arn:${home.partition}:iam::${home.accountId}:root`] }],
          actions: ['kms:*'],
          resources: ['*'],
        },
        {
          // EventBridge asks for keys without saying for which rule, so conditions on the source would drop every event. What
          // may be published is for the policies of the topics to say; nothing else is encrypted with this key.
          sid: 'EncryptEvents',
          principals: [{ type: 'Service', identifiers: ['events.amazonaws.com'] }],
          actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
          resources: ['*'],
        },
      ],
    }).json,
  });
}
