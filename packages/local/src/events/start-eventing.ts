import { randomUUID } from 'node:crypto';
import { busName, LOCAL_STAGE } from '@prelaunch/topology/names';
import type { RuleSpec } from '@prelaunch/topology/shape';
import type { Service } from '../endpoint/service.ts';
import type { EmbeddedSqs } from '../queues/embedded-sqs.ts';
import type { EmbeddedSns } from '../topics/embedded-sns.ts';
import { type BusEvent, eventTime } from './bus-event.ts';
import { deliverEvent } from './deliver-event.ts';
import { createEventBuses, DEFAULT_BUS } from './event-buses.ts';
import { createEventsService } from './events-service.ts';
import { rulesOf } from './rules-of.ts';

export interface EventingOptions {
  readonly accountId: string;
  readonly region: string;
  readonly rules: Readonly<Record<string, RuleSpec>>;
  readonly sqs: EmbeddedSqs;
  readonly sns: EmbeddedSns;
  readonly signal: AbortSignal;
}

/** What a publisher must say of an event; the rest has defaults. */
export type PublishedEvent = Pick<BusEvent, 'source' | 'detail-type' | 'detail'> & Partial<BusEvent>;

export interface Eventing {
  readonly service: Service;
  publish(busName: string, event: PublishedEvent): void;
}

/** The product's bus and the account's default bus, with the topology's rules. */
export function startEventing({ accountId, region, rules, sqs, sns, signal }: EventingOptions): Eventing {
  const ownBus = busName(LOCAL_STAGE);
  const arns = { queueArn: sqs.queueArn, topicArn: sns.topicArn };
  const place = { stage: LOCAL_STAGE, ownBus, accountId, region, ...arns };
  const buses = createEventBuses([ownBus, DEFAULT_BUS], rulesOf(rules, place), (event, rule) => {
    // Publishers get their answer before anything is delivered, as on AWS.
    setImmediate(() => {
      if (!signal.aborted) void deliverEvent(event, rule, { send: sqs.send, publish: sns.publish, signal });
    });
  });
  return {
    service: createEventsService({ buses, accountId, region, now: Date.now }),
    publish(name, event) {
      const time = eventTime(Date.now());
      const standard = { version: '0', id: randomUUID(), account: accountId, time, region, resources: [] } as const;
      buses.publish(name, { ...standard, ...event });
    },
  };
}
