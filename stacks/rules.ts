import { physicalName } from '@prelaunch/topology/names';
import type { RuleSpec, RuleTarget, Topology } from '@prelaunch/topology/shape';
import { admitRules } from './admissions.ts';
import { lookup } from './lookup.ts';
import type { Queues } from './queues.ts';
import { resourceName } from './resource-name.ts';
import type { Topics } from './topics.ts';

export type Rules = ReadonlyMap<string, aws.cloudwatch.EventRule>;

export interface RuleInputs {
  readonly stage: string;
  readonly bus: sst.aws.Bus;
  readonly queues: Queues;
  readonly topics: Topics;
}

/** Written out rather than with `bus.subscribeQueue`, which leaves out the SourceArn, the dead-letter queue and the retry policy. */
export function createRules(specs: Topology['rules'], inputs: RuleInputs) {
  const rules = new Map(Object.entries(specs).map(([id, spec]) => [id, createRule(id, spec, inputs)]));
  admitRules(specs, rules, inputs);
}

function createRule(id: string, spec: RuleSpec, inputs: RuleInputs) {
  const eventBusName = spec.bus === 'own' ? inputs.bus.name : 'default';
  const rule = new aws.cloudwatch.EventRule(resourceName(id, 'Rule'), {
    name: physicalName(inputs.stage, id),
    eventBusName,
    eventPattern: JSON.stringify(spec.pattern),
  });
  new aws.cloudwatch.EventTarget(resourceName(id, 'Target'), {
    rule: rule.name,
    eventBusName,
    ...targetOf(spec.target, inputs),
    deadLetterConfig: { arn: lookup(inputs.queues, 'queue', spec.undeliveredQueue).arn },
    retryPolicy: {
      maximumEventAgeInSeconds: spec.retry.maximumAgeSeconds,
      maximumRetryAttempts: spec.retry.maximumAttempts,
    },
  });
  return rule;
}

function targetOf(target: RuleTarget, { queues, topics }: RuleInputs) {
  return 'queue' in target
    ? { targetId: target.queue, arn: lookup(queues, 'queue', target.queue).arn }
    : { targetId: target.topic, arn: lookup(topics, 'topic', target.topic).arn };
}
