import { setTimeout as wait } from 'node:timers/promises';
import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE, type PrelaunchEvent } from '@prelaunch/contracts/events';
import { chunks } from '@prelaunch/core/chunks';
import { DomainError } from '@prelaunch/core/errors';
import type { EventPublisher } from '@prelaunch/core/group/ports';
import { gathered } from './gathered.ts';

export class PublishFailedError extends DomainError {
  override readonly name = 'PublishFailedError';
  readonly code = 'events.publish_failed';
  override readonly retryable = true;

  constructor(failed: number, of: number, reason: string, cause?: unknown) {
    super(`${failed} of ${of} events were not taken: ${reason}`, { cause });
  }
}

const ENTRIES_PER_CALL_MAX = 10;

/** Workers on the messages of one batch publish within some milliseconds of each other. */
const TOGETHER_MS = 5;

/**
 * PutEvents answers 200 even when entries are refused, so success is `FailedEntryCount === 0`. Events that are published side by side
 * are one call; when an entry of a call is refused, all who were in it have failed, and may publish again.
 */
export function eventBridgePublisher(client: EventBridgeClient, busName: string): EventPublisher {
  async function publishSome(events: readonly PrelaunchEvent[]): Promise<void> {
    const Entries = events.map(({ type, detail }) => ({
      EventBusName: busName,
      Source: EVENT_SOURCE,
      DetailType: type,
      Detail: JSON.stringify(detail),
    }));
    const { FailedEntryCount = 0, Entries: results = [] } = await client
      .send(new PutEventsCommand({ Entries }))
      .catch((error: Error) => {
        throw new PublishFailedError(Entries.length, Entries.length, error.message, error);
      });
    if (FailedEntryCount === 0) return;
    const failed = results.find(({ ErrorCode }) => ErrorCode !== undefined);
    throw new PublishFailedError(FailedEntryCount, Entries.length, failed?.ErrorMessage ?? 'no reason given');
  }

  const publishTogether = gathered<PrelaunchEvent, void>(
    () => wait(TOGETHER_MS),
    async (events) => {
      const calls = new Map<PrelaunchEvent, Promise<void>>();
      for (const some of chunks(events, ENTRIES_PER_CALL_MAX)) {
        const call = publishSome(some);
        for (const event of some) calls.set(event, call);
      }
      return (event) => calls.get(event);
    },
  );

  return {
    async publish(events) {
      await Promise.all(events.map(publishTogether));
    },
  };
}
