import { physicalName } from '@prelaunch/topology/names';
import type { RuleSpec, Topology } from '@prelaunch/topology/shape';
import { lookup } from './lookup.ts';
import type { Queues } from './queues.ts';
import { resourceName } from './resource-name.ts';

export interface RuleInputs {
  readonly stage: string;
  readonly bus: sst.aws.Bus;
  readonly queues: Queues;
}

/** Written out rather than with `bus.subscribeQueue`, which leaves out the SourceArn, the dead-letter queue and the retry policy. */
export function createRules(specs: Topology['rules'], inputs: RuleInputs) {
  const rules = new Map(Object.entries(specs).map(([id, spec]) => [id, createRule(id, spec, inputs)]));
  admitRules(specs, rules, inputs.queues);
}

function createRule(id: string, spec: RuleSpec, { stage, bus, queues }: RuleInputs) {
  const rule = new aws.cloudwatch.EventRule(resourceName(id, 'Rule'), {
    name: physicalName(stage, id),
    eventBusName: bus.name,
    eventPattern: JSON.stringify(spec.pattern),
  });
  new aws.cloudwatch.EventTarget(resourceName(id, 'Target'), {
    rule: rule.name,
    eventBusName: bus.name,
    targetId: spec.targetQueue,
    arn: lookup(queues, 'queue', spec.targetQueue).arn,
    deadLetterConfig: { arn: lookup(queues, 'queue', spec.undeliveredQueue).arn },
    retryPolicy: {
      maximumEventAgeInSeconds: spec.retry.maximumAgeSeconds,
      maximumRetryAttempts: spec.retry.maximumAttempts,
    },
  });
  return rule;
}

/** A queue has one policy, so it is written once per queue, with all the rules that deliver to it. */
function admitRules(specs: Topology['rules'], rules: ReadonlyMap<string, aws.cloudwatch.EventRule>, queues: Queues) {
  for (const [queueId, queue] of queues) {
    const senders = [...rules].filter(([ruleId]) => deliversTo(queueId, specs[ruleId])).map(([, rule]) => rule.arn);
    if (senders.length === 0) continue;
    new aws.sqs.QueuePolicy(resourceName(queueId, 'Policy'), {
      queueUrl: queue.url,
      policy: deliveryPolicy(queue.arn, senders),
    });
  }
}

function deliversTo(queueId: string, rule: RuleSpec | undefined): boolean {
  return rule?.targetQueue === queueId || rule?.undeliveredQueue === queueId;
}

function deliveryPolicy(queueArn: $util.Output<string>, ruleArns: $util.Output<string>[]) {
  return aws.iam.getPolicyDocumentOutput({
    statements: [
      {
        sid: 'DeliverEvents',
        principals: [{ type: 'Service', identifiers: ['events.amazonaws.com'] }],
        actions: ['sqs:SendMessage'],
        resources: [queueArn],
        conditions: [{ test: 'ArnEquals', variable: 'aws:SourceArn', values: ruleArns }],
      },
    ],
  }).json;
}
