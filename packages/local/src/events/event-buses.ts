import type { BusEvent } from './bus-event.ts';
import { compilePattern, type EventMatcher } from './pattern/compile-pattern.ts';

/** The bus of every account on which AWS puts the events of its own services. */
export const DEFAULT_BUS = 'default';

/** Where a rule delivers to. */
export interface Target {
  readonly kind: 'queue' | 'topic';
  readonly name: string;
  readonly arn: string;
}

/** A rule with the one target that the topology gives it. */
export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  readonly pattern: string;
  readonly target: Target;
  readonly undeliveredQueueName: string;
  readonly undeliveredArn: string;
  readonly retry: { readonly maximumAgeSeconds: number; readonly maximumAttempts: number };
}

export interface EventBuses {
  readonly names: readonly string[];
  readonly rules: readonly Rule[];
  /** Hands the event to each rule of the bus that matches. An event for a bus that does not exist meets no rule and is dropped, as on AWS. */
  publish(busName: string, event: BusEvent): void;
}

/** Buses and their rules; a malformed pattern throws here, where rules are made. */
export function createEventBuses(
  names: readonly string[],
  rules: readonly Rule[],
  deliver: (event: BusEvent, rule: Rule) => void,
): EventBuses {
  const compiled = new Map<string, { rule: Rule; matches: EventMatcher }[]>(names.map((name) => [name, []]));
  for (const rule of rules) compiled.get(rule.busName)?.push({ rule, matches: compilePattern(rule.pattern) });
  return {
    names,
    rules,
    publish(busName, event) {
      for (const { rule, matches } of compiled.get(busName) ?? []) if (matches(event)) deliver(event, rule);
    },
  };
}
