import type { Reached } from './reach-targets.ts';

/**
 * The same ports, loaded when they are first asked. The clients of EC2, DRS and IAM are most of what a function would load when it
 * starts, and most requests need none of them.
 */
export function reachedLater(load: () => Promise<Reached>): Reached {
  let loaded: Promise<Reached> | undefined;
  const reached = () => {
    loaded ??= load();
    return loaded;
  };
  return {
    inventory: { lookUp: async (...asked) => (await reached()).inventory.lookUp(...asked) },
    recovery: {
      start: async (...asked) => (await reached()).recovery.start(...asked),
      find: async (...asked) => (await reached()).recovery.find(...asked),
    },
    running: {
      describe: async (...asked) => (await reached()).running.describe(...asked),
      launches: async (...asked) => (await reached()).running.launches(...asked),
      change: async (...asked) => (await reached()).running.change(...asked),
    },
  };
}
