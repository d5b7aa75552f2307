import { afterEach, describe, expect, it, vi } from 'vitest';
import { nextRunOf } from './next-run.ts';
import { startTimer } from './start-timer.ts';

afterEach(() => void vi.useRealTimers());

describe('startTimer', () => {
  it.each([
    ['rate(1 minute)', 60, 3],
    ['rate(30 days)', 30 * 24 * 3600, 2],
    ['cron(* * * * ? *)', 60, 3],
  ])('runs and stops %s', (expression, periodSeconds, count) => {
    vi.useFakeTimers({ now: new Date('2026-01-01T00:00:30.400Z') });
    let runs = 0;
    const stop = startTimer(nextRunOf(expression), () => {
      runs += 1;
    });
    vi.advanceTimersByTime(20_000);
    expect(runs).toBe(0);
    vi.advanceTimersByTime(count * periodSeconds * 1000 - 20_000);
    expect(runs).toBe(count);
    stop();
    vi.advanceTimersByTime(periodSeconds * 1000);
    expect(runs).toBe(count);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('skips what it slept through', () => {
    vi.useFakeTimers({ now: new Date('2026-01-01T00:00:00Z') });
    let runs = 0;
    const stop = startTimer(nextRunOf('rate(1 minute)'), () => {
      runs += 1;
    });
    vi.setSystemTime(new Date('2026-01-01T05:00:00Z'));
    vi.advanceTimersByTime(61_000);
    expect(runs).toBe(1);
    stop();
  });

  it('ends when no run is left', () => {
    vi.useFakeTimers({ now: new Date('2026-12-31T23:59:30Z') });
    startTimer(nextRunOf('cron(59 23 31 12 ? 2026)'), () => undefined);
    expect(vi.getTimerCount()).toBe(0);
  });
});
