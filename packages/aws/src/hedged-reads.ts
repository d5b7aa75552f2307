import { setTimeout as wait } from 'node:timers/promises';
import type { DrsClient } from '@aws-sdk/client-drs';
import type { EC2Client } from '@aws-sdk/client-ec2';
import { aroundCalls } from './around-calls.ts';

/** A read is asked a second time when it takes so many times as long as most. */
const TIMES_THE_MEDIAN = 3;
const AFTER_MS_MIN = 400;
/** Until it is known how long reads take. */
const AFTER_MS_AT_FIRST = 1_000;
const SAMPLES_MIN = 5;
const SAMPLES_MAX = 50;

/**
 * Makes a client ask reads that take unusually long a second time and take whichever answer comes first: one call in a hundred takes
 * ten times as long as the others, and a group is only as fast as its slowest server. Writes are never asked twice: the late
 * one of the two could undo what was read back since.
 */
export function hedgeReads(client: DrsClient | EC2Client): void {
  const usual = usualDurations();
  // Outermost, so that the second try is a request of its own: counted, permitted, signed.
  aroundCalls(client, { name: 'hedgeReads', outermost: true }, (commandName, send) => {
    if (!/^(Get|Describe)/.test(commandName)) return send();
    return hedged(() => usual.timed(send), usual.afterMs());
  });
}

/** Sends, and sends again when there is no answer after so many milliseconds. A failure is the first one's, and comes at once. */
export async function hedged<Answer>(send: () => Promise<Answer>, afterMs: number): Promise<Answer> {
  const settled = new AbortController();
  const first = send().finally(() => settled.abort());
  const isLate = wait(afterMs, true, { signal: settled.signal }).catch(() => false);
  if (!(await isLate)) return first;
  return Promise.any([first, send()]).catch(() => first);
}

function usualDurations() {
  const samples: number[] = [];
  return {
    async timed<Answer>(send: () => Promise<Answer>): Promise<Answer> {
      const began = performance.now();
      const answer = await send();
      samples.push(performance.now() - began);
      if (samples.length > SAMPLES_MAX) samples.shift();
      return answer;
    },
    afterMs(): number {
      if (samples.length < SAMPLES_MIN) return AFTER_MS_AT_FIRST;
      const median = samples.toSorted((one, other) => one - other)[Math.floor(samples.length / 2)] ?? 0;
      return Math.max(AFTER_MS_MIN, TIMES_THE_MEDIAN * median);
    },
  };
}
