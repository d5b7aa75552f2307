import { LOCAL_STAGE, physicalName } from '@prelaunch/topology/names';
import type { ScheduleSpec } from '@prelaunch/topology/shape';
import type { FunctionOutcome } from '../lambda/function-outcome.ts';
import type { FunctionPool } from '../lambda/function-pool.ts';
import { MissingPartError } from '../missing-part-error.ts';
import type { EmbeddedSqs } from '../queues/embedded-sqs.ts';
import { nextRunOf } from './next-run.ts';
import { fireSchedule, type LocalSchedule, runScheduled } from './run-scheduled.ts';
import { startTimer } from './start-timer.ts';

export interface SchedulesOptions {
  readonly schedules: Readonly<Record<string, ScheduleSpec>>;
  readonly pools: ReadonlyMap<string, FunctionPool>;
  readonly send: EmbeddedSqs['send'];
  readonly accountId: string;
  readonly region: string;
  readonly signal: AbortSignal;
}

export interface Schedules {
  fire(scheduleId: string): Promise<FunctionOutcome>;
  stop(): void;
}

/** Starts all schedules of the topology. */
export function startSchedules(options: SchedulesOptions): Schedules {
  const { send, signal } = options;
  const schedules = new Map(
    Object.entries(options.schedules).map(([id, spec]) => [id, localSchedule(id, spec, options)]),
  );
  const stops = [...schedules.values()].map((schedule) =>
    startTimer(nextRunOf(schedule.spec.expression), () => void runScheduled(schedule, { send, signal, now: Date.now })),
  );
  return {
    async fire(scheduleId) {
      const schedule = schedules.get(scheduleId);
      if (!schedule) throw new MissingPartError('schedule', scheduleId);
      return fireSchedule(schedule, Date.now());
    },
    stop() {
      for (const stop of stops) stop();
    },
  };
}

function localSchedule(id: string, spec: ScheduleSpec, { pools, accountId, region }: SchedulesOptions): LocalSchedule {
  const pool = pools.get(spec.function);
  if (!pool) throw new MissingPartError('function', spec.function);
  return {
    spec,
    pool,
    arn: `arn:aws:scheduler:${region}:${accountId}:schedule/default/${physicalName(LOCAL_STAGE, id)}`,
    undeliveredQueueName: physicalName(LOCAL_STAGE, spec.undeliveredQueue),
    accountId,
    region,
  };
}
