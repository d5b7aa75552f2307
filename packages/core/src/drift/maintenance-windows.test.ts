import { type MaintenanceWindow, WEEKDAYS } from '@prelaunch/contracts/drift';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOpen, nextOpening } from './maintenance-windows.ts';

const MINUTE_MS = 60_000;
const WEEK_MINUTES = 7 * 24 * 60;
/** A Sunday, at midnight UTC, as are all weeks that begin a whole number of weeks from it. */
const SUNDAY = Date.parse('2026-03-01T00:00:00Z');

const anyTime = fc
  .tuple(fc.nat(23), fc.nat(59))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
const anyWindow: fc.Arbitrary<MaintenanceWindow> = fc.record({
  days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
  from: anyTime,
  until: anyTime,
});
const someWindows = fc.array(anyWindow, { minLength: 1, maxLength: 4 });
/** Around the change of the year, of a leap day and of daylight saving, which UTC has not. */
const anyWeek = fc.constantFrom(0, 1, 3, 4, 34, 43, 44, -9, -8, -105);

/** Which minutes of a week are open: walks from the beginning of each window on until its end. */
function openMinutes(windows: readonly MaintenanceWindow[]): boolean[] {
  const open = Array.from({ length: WEEK_MINUTES }, () => false);
  const ofDay = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  for (const { days, from, until } of windows) {
    for (const day of days) {
      let minute = WEEKDAYS.indexOf(day) * 24 * 60 + ofDay(from);
      do {
        open[minute % WEEK_MINUTES] = true;
        minute += 1;
      } while (minute % (24 * 60) !== ofDay(until));
    }
  }
  return open;
}

describe('isOpen', () => {
  it('agrees with a week that is walked through minute by minute', () => {
    fc.assert(
      fc.property(someWindows, anyWeek, fc.nat(MINUTE_MS - 1), (windows, week, within) => {
        const expected = openMinutes(windows);
        const found = expected.map((_, minute) =>
          isOpen(windows, new Date(SUNDAY + (week * WEEK_MINUTES + minute) * MINUTE_MS + within)),
        );
        expect(found.indexOf(true)).toBe(expected.indexOf(true));
        expect(found).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  it('always is without windows', () => {
    expect(isOpen([], new Date(SUNDAY))).toBe(true);
  });

  it.each([
    ['sat', '22:00', '02:00', '2026-03-07T21:59:59.999Z', false],
    ['sat', '22:00', '02:00', '2026-03-07T22:00:00.000Z', true],
    ['sat', '22:00', '02:00', '2026-03-08T00:00:00.000Z', true],
    ['sat', '22:00', '02:00', '2026-03-08T01:59:59.999Z', true],
    ['sat', '22:00', '02:00', '2026-03-08T02:00:00.000Z', false],
    ['sat', '22:00', '02:00', '2026-03-07T01:00:00.000Z', false],
    ['thu', '23:30', '00:00', '2026-12-31T23:59:59.999Z', true],
    ['thu', '23:30', '00:30', '2027-01-01T00:29:59.999Z', true],
    ['wed', '09:00', '09:00', '2026-03-05T08:59:59.999Z', true],
    ['wed', '09:00', '09:00', '2026-03-05T09:00:00.000Z', false],
    // Clocks in Europe are put forward at 01:00 UTC of this night.
    ['sun', '01:00', '01:30', '2026-03-29T01:29:00.000Z', true],
  ] as const)('on %s from %s until %s, at %s: %s', (day, from, until, at, open) => {
    expect(isOpen([{ days: [day], from, until }], new Date(at))).toBe(open);
  });
});

describe('nextOpening', () => {
  it('is the first open minute, while all is closed', () => {
    fc.assert(
      fc.property(someWindows, anyWeek, fc.nat(WEEK_MINUTES * MINUTE_MS - 1), (windows, week, ms) => {
        const now = new Date(SUNDAY + week * WEEK_MINUTES * MINUTE_MS + ms);
        fc.pre(!isOpen(windows, now));
        const open = openMinutes(windows);
        const current = Math.floor(ms / MINUTE_MS);
        let minute = current + 1;
        while (!open[minute % WEEK_MINUTES]) minute += 1;
        const expected = SUNDAY + (week * WEEK_MINUTES + minute) * MINUTE_MS;
        expect(nextOpening(windows, now)?.getTime()).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('is a beginning that is ahead, within a week, whatever is open now', () => {
    fc.assert(
      fc.property(someWindows, fc.nat(WEEK_MINUTES), (windows, minute) => {
        const now = SUNDAY + minute * MINUTE_MS;
        const next = nextOpening(windows, new Date(now))?.getTime() ?? 0;
        expect(next).toBeGreaterThan(now);
        expect(next).toBeLessThanOrEqual(now + WEEK_MINUTES * MINUTE_MS);
        expect(isOpen(windows, new Date(next))).toBe(true);
        expect(nextOpening(windows, new Date(next))?.getTime()).toBeGreaterThan(next);
      }),
    );
  });

  it('is none without windows', () => {
    expect(nextOpening([], new Date(SUNDAY))).toBeUndefined();
  });
});
