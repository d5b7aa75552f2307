import { Cron, type CronOptions } from 'croner';
import { InvalidScheduleExpressionError } from './invalid-schedule-expression-error.ts';

/** The first run after a time; undefined when there is none any more. For a rate, the time is that of the run before. */
export type NextRun = (after: Date) => Date | undefined;

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** `sloppyRanges` lets `0/30` pass, which AWS takes. */
const CALENDAR: CronOptions = { mode: '7-part', alternativeWeekdays: true, sloppyRanges: true, timezone: 'UTC' };

/** Reads `rate(1 minute)` or `cron(minute hour day month weekday year)`, in UTC, as EventBridge Scheduler does. */
export function nextRunOf(expression: string): NextRun {
  const [, kind, inner] = /^(rate|cron)\((.+)\)$/.exec(expression) ?? [];
  if (kind === undefined || inner === undefined) throw new InvalidScheduleExpressionError(expression);
  return kind === 'rate' ? rate(expression, inner) : calendar(expression, inner);
}

function rate(expression: string, text: string): NextRun {
  const [, count, unit] = /^([1-9]\d*) (minute|hour|day)s?$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit ?? ''];
  if (count === undefined || unitMs === undefined) throw new InvalidScheduleExpressionError(expression);
  return (after) => new Date(after.getTime() + Number(count) * unitMs);
}

function calendar(expression: string, fields: string): NextRun {
  const [minute, hour, dayOfMonth, month, dayOfWeek, year, ...more] = fields.split(/\s+/);
  if (year === undefined || more.length > 0) throw new InvalidScheduleExpressionError(expression);
  // AWS leaves exactly one of the two day fields open with `?`, so croner never has to combine them.
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) throw new InvalidScheduleExpressionError(expression);
  const pattern = ['0', minute, hour, dayOfMonth, month, weekday(dayOfWeek ?? ''), year].join(' ').replaceAll('?', '*');
  try {
    const cron = new Cron(pattern, CALENDAR);
    return (after) => cron.nextRun(after) ?? undefined;
  } catch (cause) {
    throw new InvalidScheduleExpressionError(expression, { cause });
  }
}

/** The last weekday of a month is `6L` for AWS and `6#L` for croner; a lone `L` is Saturday, the last day of AWS's week. */
function weekday(field: string): string {
  return field === 'L' ? '7' : field.replace(/^(\w{1,3})L$/, '$1#L');
}
