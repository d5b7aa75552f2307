import type { PrelaunchEvent } from '@prelaunch/contracts/events';
import { DomainError } from '../errors.ts';
import type { EventPublisher } from './ports.ts';

/** Says what has been saved. What cannot be announced now, the sweep announces: it is saved and is not lost. */
export async function announce(event: PrelaunchEvent, { events }: { readonly events: EventPublisher }): Promise<void> {
  try {
    await events.publish([event]);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
  }
}
