import { setImmediate } from 'node:timers';
import type { ApplyRequest } from '@prelaunch/contracts/messages';
import type { Random } from './random.ts';

/** One delivery of a message, one operation or one sweep: what a Lambda invocation is. */
export interface Task {
  readonly name: string;
  readonly kind: TaskKind;
  readonly startedStep: number;
  /** Milliseconds since the epoch. */
  readonly startedMs: number;
  /** What an apply is asked for. */
  readonly request: ApplyRequest | undefined;
  alive: boolean;
}

export type TaskKind =
  | 'plan'
  | 'apply'
  | 'aggregate'
  | 'dead_letter'
  | 'reconcile'
  | 'operation'
  | 'wave'
  | 'rollout'
  | 'author'
  | 'audit'
  | 'remediate';

interface Due {
  readonly at: number;
  readonly what: string;
  readonly run: () => void | Promise<void>;
  readonly task: Task | undefined;
}

/** Runs what is due one by one, in an order that chance decides, on a clock of its own. */
export interface Scheduler {
  /** Milliseconds since the epoch. */
  now(): number;
  steps(): number;
  /** Makes something due after so many milliseconds. Answers how to call it off. */
  after(ms: number, what: string, run: Due['run'], task?: Task): () => void;
  /** The task is dead: nothing that it still wanted happens. */
  kill(task: Task): void;
  /** Runs one thing that is due, moving the clock when nothing is yet. False: nothing is left. */
  step(): Promise<boolean>;
  note(text: string): void;
  /** The last steps, oldest first. */
  trace(): string[];
}

const TRACE_MAX = 60;
/** How far the clock moves with each step, at most. */
const STEP_MS_MAX = 12;

export function schedulerOf(random: Random, startsAt: number): Scheduler {
  const due = new Set<Due>();
  const lines: string[] = [];
  let now = startsAt;
  let steps = 0;

  const note = (text: string) => {
    lines.push(`${((now - startsAt) / 1000).toFixed(3).padStart(9)} ${text}`);
  };
  return {
    now: () => now,
    steps: () => steps,
    after(ms, what, run, task) {
      const entry = { at: now + ms, what, run, task };
      due.add(entry);
      return () => void due.delete(entry);
    },
    kill(task) {
      task.alive = false;
      for (const entry of due) if (entry.task === task) due.delete(entry);
    },
    async step() {
      const entry = next(due, now, random);
      if (!entry) return false;
      due.delete(entry);
      now = Math.max(now, entry.at) + random.int(0, STEP_MS_MAX);
      steps += 1;
      note(`${entry.task?.name ?? '-'} ${entry.what}`);
      await entry.run();
      await everythingWaits();
      return true;
    },
    note,
    trace: () => lines.slice(-TRACE_MAX),
  };
}

/** Any of those that are due by now; the earliest when none is. */
function next(due: ReadonlySet<Due>, now: number, random: Random): Due | undefined {
  const ready: Due[] = [];
  let earliest: Due | undefined;
  for (const entry of due) {
    if (entry.at <= now) ready.push(entry);
    if (!earliest || entry.at < earliest.at) earliest = entry;
  }
  return ready.length > 0 ? random.pick(ready) : earliest;
}

/** Resolves once every task stands at a port call: all promise jobs run before an immediate does. */
function everythingWaits(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
