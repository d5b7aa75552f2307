import type { PrelaunchEvent } from '@prelaunch/contracts/events';
import type { ApplyRequest } from '@prelaunch/contracts/messages';
import type { ApplyQueue, EventPublisher } from '@prelaunch/core/group/ports';

/** A queue that keeps what was sent, oldest first, until somebody takes it. */
export function memoryApplyQueue(): ApplyQueue & { readonly waiting: ApplyRequest[] } {
  const waiting: ApplyRequest[] = [];
  return {
    waiting,
    send: async (requests) => {
      waiting.push(...structuredClone(requests));
    },
  };
}

/** A bus that keeps what was published. */
export function memoryPublisher(): EventPublisher & { readonly published: PrelaunchEvent[] } {
  const published: PrelaunchEvent[] = [];
  return {
    published,
    publish: async (events) => {
      published.push(...structuredClone(events));
    },
  };
}
