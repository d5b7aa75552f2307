import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { jsonAnswer, type Service, type ServiceAnswer } from '../endpoint/service.ts';
import { acceptEntry, entryBytes, PutEventsEntry } from './accept-entry.ts';
import { DEFAULT_BUS, type EventBuses, type Rule } from './event-buses.ts';
import { EventsRefusalError } from './events-refusal-error.ts';
import { compilePattern } from './pattern/compile-pattern.ts';
import { InvalidEventPatternError } from './pattern/invalid-event-pattern-error.ts';

const CONTENT_TYPE = 'application/x-amz-json-1.1';
const ENTRIES_PER_CALL_MAX = 10;
const REQUEST_BYTES_MAX = 1024 * 1024;

const PutEvents = z.object({ Entries: z.array(PutEventsEntry) });
const Bus = z.object({ EventBusName: z.string().optional(), Name: z.string().optional(), Rule: z.string().optional() });
const TestEventPattern = z.object({ EventPattern: z.string(), Event: z.string() });

export interface EventsServiceDeps {
  readonly buses: EventBuses;
  readonly accountId: string;
  readonly region: string;
  readonly now: () => number;
}

type Action = (input: unknown, deps: EventsServiceDeps) => unknown;

const actions: Readonly<Record<string, Action>> = {
  PutEvents: putEvents,
  ListEventBuses: (_input, deps) => ({ EventBuses: deps.buses.names.map((name) => describeBus(name, deps)) }),
  DescribeEventBus: (input, deps) => describeBus(busNameOf(Bus.parse(input).Name), deps),
  ListRules: (input, deps) => ({
    Rules: rulesOn(busNameOf(Bus.parse(input).EventBusName), deps).map(describeRule),
  }),
  DescribeRule: (input, deps) => {
    const { Name, EventBusName } = Bus.parse(input);
    return describeRule(ruleNamed(Name, EventBusName, deps));
  },
  ListTargetsByRule: (input, deps) => {
    const { Rule: name, EventBusName } = Bus.parse(input);
    return { Targets: [describeTarget(ruleNamed(name, EventBusName, deps))] };
  },
  TestEventPattern: (input) => {
    const { EventPattern, Event } = TestEventPattern.parse(input);
    return { Result: compilePattern(EventPattern)(JSON.parse(Event)) };
  },
};

/** EventBridge's API: publishing, and looking at what the topology wired. */
export function createEventsService(deps: EventsServiceDeps): Service {
  return async (request, record) => {
    const name = /^AWSEvents\.(\w+)$/.exec(request.headers['x-amz-target']?.toString() ?? '')?.[1] ?? '';
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (!action) return refusal('UnknownOperationException', `Not available here: ${name}`);
    try {
      const input: unknown = JSON.parse(request.body);
      record(name, busesOf(input));
      return jsonAnswer(CONTENT_TYPE, 200, action(input, deps));
    } catch (error) {
      return refusalOf(error);
    }
  };
}

function putEvents(input: unknown, { buses, accountId, region, now }: EventsServiceDeps): unknown {
  const { Entries: entries } = PutEvents.parse(input);
  if (entries.length === 0 || entries.length > ENTRIES_PER_CALL_MAX) {
    const bound = entries.length === 0 ? 'greater than or equal to 1' : `less than or equal to ${ENTRIES_PER_CALL_MAX}`;
    throw new EventsRefusalError(
      'ValidationException',
      `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length ${bound}`,
    );
  }
  if (entries.reduce((bytes, entry) => bytes + entryBytes(entry), 0) > REQUEST_BYTES_MAX) {
    throw new EventsRefusalError('ValidationException', 'Total size of the entries in the request is over the limit.');
  }
  const results = entries.map((entry) => {
    const outcome = acceptEntry(entry, { id: randomUUID(), account: accountId, region, now: now() });
    if (outcome.kind === 'refused') return { ErrorCode: outcome.code, ErrorMessage: outcome.message };
    buses.publish(busNameOf(entry.EventBusName), outcome.event);
    return { EventId: outcome.event.id };
  });
  return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
}

/** A bus may be named by its ARN. */
function busNameOf(name: string | null | undefined): string {
  return name ? name.slice(name.lastIndexOf('/') + 1) : DEFAULT_BUS;
}

function describeBus(Name: string, { buses, accountId, region }: EventsServiceDeps) {
  if (!buses.names.includes(Name)) throw notFound(`Event bus ${Name} does not exist.`);
  return { Name, Arn: `arn:aws:events:${region}:${accountId}:event-bus/${Name}` };
}

function rulesOn(busName: string, deps: EventsServiceDeps): Rule[] {
  describeBus(busName, deps);
  return deps.buses.rules.filter((rule) => rule.busName === busName);
}

function ruleNamed(name: string | undefined, busName: string | undefined, deps: EventsServiceDeps): Rule {
  const rule = rulesOn(busNameOf(busName), deps).find((one) => one.name === name);
  if (!rule) throw notFound(`Rule ${name} does not exist on EventBus ${busNameOf(busName)}.`);
  return rule;
}

function describeRule({ name, arn, busName, pattern }: Rule) {
  return { Name: name, Arn: arn, EventBusName: busName, EventPattern: pattern, State: 'ENABLED' };
}

function describeTarget({ target, undeliveredArn, retry }: Rule) {
  return {
    Id: target.name,
    Arn: target.arn,
    DeadLetterConfig: { Arn: undeliveredArn },
    RetryPolicy: {
      MaximumEventAgeInSeconds: retry.maximumAgeSeconds,
      MaximumRetryAttempts: retry.maximumAttempts,
    },
  };
}

function busesOf(input: unknown): string[] {
  const entries = PutEvents.safeParse(input);
  if (entries.success) return [...new Set(entries.data.Entries.map((entry) => busNameOf(entry.EventBusName)))].sort();
  const bus = Bus.safeParse(input);
  return bus.success && bus.data.EventBusName !== undefined ? [busNameOf(bus.data.EventBusName)] : [];
}

function notFound(message: string): EventsRefusalError {
  return new EventsRefusalError('ResourceNotFoundException', message);
}

function refusalOf(error: unknown): ServiceAnswer {
  if (error instanceof EventsRefusalError) return refusal(error.exception, error.message);
  if (error instanceof InvalidEventPatternError) return refusal('InvalidEventPatternException', error.message);
  if (error instanceof SyntaxError) return refusal('SerializationException', error.message);
  if (error instanceof z.ZodError) return refusal('ValidationException', z.prettifyError(error));
  throw error;
}

function refusal(type: string, message: string): ServiceAnswer {
  return jsonAnswer(CONTENT_TYPE, 400, { __type: type, message });
}
