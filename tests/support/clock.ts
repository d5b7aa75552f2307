import type { Clock } from '@prelaunch/core/group/ports';

/** When tests begin. */
export const AT = '2026-03-01T12:00:00.000Z';

/** A clock that only moves when it is told to. */
export interface FixedClock {
  readonly now: Clock;
  advance(ms: number): void;
}

export function fixedClock(at: string = AT): FixedClock {
  let time = Date.parse(at);
  return {
    now: () => new Date(time),
    advance(ms) {
      time += ms;
    },
  };
}

/** The start of all tests, so many milliseconds later. */
export function after(ms: number): Date {
  return new Date(Date.parse(AT) + ms);
}

export const HOUR_MS = 3_600_000;
