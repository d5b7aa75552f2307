import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { DrsClient } from '@aws-sdk/client-drs';
import type { EC2Client } from '@aws-sdk/client-ec2';
import { aroundCalls } from './around-calls.ts';

/** Resolves when none of the counted requests is under way, or after so many milliseconds. */
export type Quiet = (withinMs: number) => Promise<void>;

/** How often it is looked again whether requests are still under way, in milliseconds. */
const LOOK_MS = 10;

/** Counts a client's requests, so that a read can wait for those who will ask for the same when theirs are answered. */
export function requestsUnderWay(client: EC2Client | DrsClient, isCounted: (commandName: string) => boolean): Quiet {
  let underWay = 0;
  aroundCalls(client, { name: 'requestsUnderWay' }, async (commandName, send) => {
    if (!isCounted(commandName)) return send();
    underWay += 1;
    try {
      return await send();
    } finally {
      underWay -= 1;
    }
  });
  return async (withinMs) => {
    const until = performance.now() + withinMs;
    // Who was just answered may be about to send the next request.
    await nextTurn();
    while (underWay > 0 && performance.now() < until) await wait(LOOK_MS);
  };
}
