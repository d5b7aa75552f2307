import type { NextRun } from './next-run.ts';

/** Timers cannot wait longer than some 24 days; longer waits are cut into pieces. */
const TIMER_MS_MAX = 24 * 3600 * 1000;

/** Calls `run` whenever it is due, until the returned function stops it. Runs missed while the machine slept are skipped. */
export function startTimer(nextRun: NextRun, run: () => void): () => void {
  let due = nextRun(new Date());
  let timer: NodeJS.Timeout | undefined;
  const arm = (): void => {
    if (due) timer = setTimeout(tick, Math.min(TIMER_MS_MAX, due.getTime() - Date.now()));
  };
  const tick = (): void => {
    const now = new Date();
    if (due && due <= now) {
      run();
      due = nextRun(due);
      if (due && due < now) due = nextRun(now);
    }
    arm();
  };
  arm();
  return () => clearTimeout(timer);
}
