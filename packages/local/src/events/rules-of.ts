import { physicalName } from '@prelaunch/topology/names';
import type { RuleSpec, RuleTarget } from '@prelaunch/topology/shape';
import { DEFAULT_BUS, type Rule, type Target } from './event-buses.ts';

export interface RulePlace {
  readonly stage: string;
  /** The bus that is Prelaunch's own. */
  readonly ownBus: string;
  readonly accountId: string;
  readonly region: string;
  readonly queueArn: (name: string) => string;
  readonly topicArn: (name: string) => string;
}

/** The topology's rules under their physical names. */
export function rulesOf(rules: Readonly<Record<string, RuleSpec>>, place: RulePlace): Rule[] {
  return Object.entries(rules).map(([id, spec]) => {
    const name = physicalName(place.stage, id);
    const undeliveredQueueName = physicalName(place.stage, spec.undeliveredQueue);
    return {
      name,
      arn: `arn:aws:events:${place.region}:${place.accountId}:rule/${rulePath(name, spec, place)}`,
      busName: spec.bus === 'own' ? place.ownBus : DEFAULT_BUS,
      pattern: JSON.stringify(spec.pattern),
      target: targetOf(spec.target, place),
      undeliveredQueueName,
      undeliveredArn: place.queueArn(undeliveredQueueName),
      retry: spec.retry,
    };
  });
}

/** ARNs of rules on the default bus do not name it. */
function rulePath(name: string, { bus }: RuleSpec, { ownBus }: RulePlace): string {
  return bus === 'own' ? `${ownBus}/${name}` : name;
}

function targetOf(target: RuleTarget, { stage, queueArn, topicArn }: RulePlace): Target {
  if ('queue' in target) {
    const name = physicalName(stage, target.queue);
    return { kind: 'queue', name, arn: queueArn(name) };
  }
  const name = physicalName(stage, target.topic);
  return { kind: 'topic', name, arn: topicArn(name) };
}
