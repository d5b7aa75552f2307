import { physicalName } from '@prelaunch/topology/names';
import type { RuleSpec } from '@prelaunch/topology/shape';
import type { Rule } from './event-buses.ts';

export interface RulePlace {
  readonly stage: string;
  readonly busName: string;
  readonly accountId: string;
  readonly region: string;
  readonly queueArn: (name: string) => string;
}

/** The topology's rules under their physical names. */
export function rulesOf(rules: Readonly<Record<string, RuleSpec>>, place: RulePlace): Rule[] {
  return Object.entries(rules).map(([id, spec]) => {
    const name = physicalName(place.stage, id);
    const targetQueueName = physicalName(place.stage, spec.targetQueue);
    const undeliveredQueueName = physicalName(place.stage, spec.undeliveredQueue);
    return {
      name,
      arn: `arn:aws:events:${place.region}:${place.accountId}:rule/${place.busName}/${name}`,
      busName: place.busName,
      pattern: JSON.stringify(spec.pattern),
      targetQueueName,
      targetArn: place.queueArn(targetQueueName),
      undeliveredQueueName,
      undeliveredArn: place.queueArn(undeliveredQueueName),
      retry: spec.retry,
    };
  });
}
