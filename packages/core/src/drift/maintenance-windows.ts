import { type MaintenanceWindow, WEEKDAYS } from '@prelaunch/contracts/drift';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

interface Span {
  readonly from: number;
  readonly until: number;
}

/** Whether anything may be done now. Without windows, it always may. */
export function isOpen(windows: readonly MaintenanceWindow[], now: Date): boolean {
  if (windows.length === 0) return true;
  return spansAround(windows, now).some(({ from, until }) => from <= now.getTime() && now.getTime() < until);
}

/** When the next window begins. Undefined where there is none. */
export function nextOpening(windows: readonly MaintenanceWindow[], now: Date): Date | undefined {
  const ahead = spansAround(windows, now)
    .map(({ from }) => from)
    .filter((from) => from > now.getTime());
  return ahead.length === 0 ? undefined : new Date(Math.min(...ahead));
}

/** From yesterday, whose windows may reach into today, to a week from now. In UTC. */
function spansAround(windows: readonly MaintenanceWindow[], now: Date): Span[] {
  const today = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
  const days = Array.from({ length: 9 }, (_, index) => today + (index - 1) * DAY_MS);
  return days.flatMap((day) => windows.flatMap((window) => spanOn(day, window)));
}

/** One that ends before it begins ends on the next day; one that ends when it begins lasts a day. */
function spanOn(day: number, { days, from, until }: MaintenanceWindow): Span[] {
  const weekday = WEEKDAYS[new Date(day).getUTCDay()];
  if (weekday === undefined || !days.includes(weekday)) return [];
  const begins = day + minutesOf(from) * MINUTE_MS;
  const ends = day + minutesOf(until) * MINUTE_MS;
  return [{ from: begins, until: ends > begins ? ends : ends + DAY_MS }];
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
