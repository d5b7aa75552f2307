import { describe, expect, it } from 'vitest';
import { InvalidScheduleExpressionError } from './invalid-schedule-expression-error.ts';
import { nextRunOf } from './next-run.ts';

const from = new Date('2026-01-01T00:00:30Z');

describe('nextRunOf', () => {
  it.each([
    ['rate(1 minute)', ['2026-01-01T00:01:30Z', '2026-01-01T00:02:30Z']],
    ['rate(5 minutes)', ['2026-01-01T00:05:30Z', '2026-01-01T00:10:30Z']],
    ['rate(2 hours)', ['2026-01-01T02:00:30Z', '2026-01-01T04:00:30Z']],
    ['rate(1 day)', ['2026-01-02T00:00:30Z', '2026-01-03T00:00:30Z']],
    ['rate(30 days)', ['2026-01-31T00:00:30Z', '2026-03-02T00:00:30Z']],
    ['cron(0 10 * * ? *)', ['2026-01-01T10:00:00Z', '2026-01-02T10:00:00Z']],
    ['cron(15 12 ? * 2 *)', ['2026-01-05T12:15:00Z', '2026-01-12T12:15:00Z']],
    ['cron(0 18 ? * MON-FRI *)', ['2026-01-01T18:00:00Z', '2026-01-02T18:00:00Z']],
    ['cron(0/30 8 1 * ? *)', ['2026-01-01T08:00:00Z', '2026-01-01T08:30:00Z']],
    ['cron(0 0 L * ? *)', ['2026-01-31T00:00:00Z', '2026-02-28T00:00:00Z']],
    ['cron(0 0 ? * 6L *)', ['2026-01-30T00:00:00Z', '2026-02-27T00:00:00Z']],
    ['cron(0 0 ? * 3#2 *)', ['2026-01-13T00:00:00Z', '2026-02-10T00:00:00Z']],
    ['cron(0 0 ? * L *)', ['2026-01-03T00:00:00Z', '2026-01-10T00:00:00Z']],
    ['cron(0 0 1 1 ? 2027-2028)', ['2027-01-01T00:00:00Z', '2028-01-01T00:00:00Z']],
  ])('reads %s as AWS does', (expression, runs) => {
    const nextRun = nextRunOf(expression);
    const first = nextRun(from);
    const second = first && nextRun(first);
    expect([first, second]).toEqual(runs.map((run) => new Date(run)));
  });

  it.each([
    'rate(0 minutes)',
    'rate(1 second)',
    'rate(1)',
    'cron(0 10 * * ?)',
    'cron(0 10 * * * *)',
    'cron(0 10 ? * ? *)',
    'cron(99 10 * * ? *)',
    'every minute',
  ])('refuses %s', (expression) => {
    expect(() => nextRunOf(expression)).toThrow(InvalidScheduleExpressionError);
  });
});
