import pMap from 'p-map';
import { AwsCallError } from '../apply/ports.ts';
import type { AuditTrail } from '../audit/ports.ts';
import { ContentionError, DomainError } from '../errors.ts';
import type { Clock } from '../group/ports.ts';
import { statusErrorOf } from '../status/status-error.ts';
import { type Asker, startRecords } from './start-records.ts';
import type { Recovery, Wave, WaveJob, WaveStore } from './wave.ts';

export interface StartJobsDeps {
  readonly waves: WaveStore;
  readonly recovery: Recovery;
  readonly audit: AuditTrail;
  readonly now: Clock;
  readonly pause: (ms: number) => Promise<void>;
  readonly newOwner: () => string;
}

/** This caller stood still until another had the right to start the wave. */
class StarterOvertakenError extends DomainError {
  override readonly name = 'StarterOvertakenError';
  readonly code = 'wave.starter_overtaken';
  override readonly retryable = true;

  constructor(waveId: string) {
    super(`another call may be starting wave ${waveId}; repeat the call to see`);
  }
}

const JOBS_AT_ONCE = 5;
/** More than a StartRecovery request may take: no start is begun with less of the right left. */
const START_MARGIN_MS = 35_000;
const STARTER_MS = 120_000;
const LOOK_AGAIN_MS = 200;

/** The right to start a wave's jobs, for whoever stores it first. Long enough for all its calls, one after the other. */
export function newStarter(
  jobs: readonly WaveJob[],
  { newOwner, now }: Pick<StartJobsDeps, 'newOwner' | 'now'>,
): Wave['starter'] {
  const rounds = Math.ceil(jobs.length / JOBS_AT_ONCE);
  return { owner: newOwner(), until: now().getTime() + STARTER_MS + rounds * START_MARGIN_MS };
}

/**
 * Starts what has not been started of a wave that this caller holds, and stores what came of it. After an unanswered start the
 * right is kept until it runs out: the job may exist before it can be found.
 */
export async function startJobs(held: Wave, asker: Asker, deps: StartJobsDeps): Promise<Wave> {
  const attempts = await pMap(held.jobs, (job) => startJob({ wave: held, job, asker }, deps), {
    concurrency: JOBS_AT_ONCE,
  });
  const starter = attempts.some(({ unanswered }) => unanswered) ? held.starter : { ...held.starter, until: 0 };
  const done: Wave = { ...held, jobs: attempts.map(({ job }) => job), starter };
  const [saved] = await Promise.all([deps.waves.save(done), recordEnds(done, attempts, asker, deps)]);
  if (!saved) throw new ContentionError(`wave ${held.waveId}`);
  return { ...done, version: done.version + 1 };
}

/**
 * Goes on with a wave that an earlier call began: waits while that call is still at it, then takes over what it left undone.
 * Undefined when the time to wait is over first.
 */
export async function resumeWave(
  waveId: string,
  asker: Asker,
  waitMs: number,
  deps: StartJobsDeps,
): Promise<Wave | undefined> {
  const end = deps.now().getTime() + waitMs;
  for (;;) {
    const wave = await deps.waves.get(waveId);
    if (!wave) throw new ContentionError(`wave ${waveId}`);
    if (wave.jobs.every(({ jobId }) => jobId !== undefined)) return wave;
    if (wave.starter.until > deps.now().getTime()) {
      if (deps.now().getTime() >= end) return undefined;
      await deps.pause(LOOK_AGAIN_MS);
      continue;
    }
    const taken = { ...wave, starter: newStarter(wave.jobs, deps) };
    if (await deps.waves.save(taken)) return startJobs({ ...taken, version: taken.version + 1 }, asker, deps);
  }
}

interface Attempt {
  readonly job: WaveJob;
  readonly unanswered: boolean;
  /** Something was asked of AWS, or the audit log says that it would be. */
  readonly begun: boolean;
}

/**
 * That a start ended is recorded when it has: whether or not that succeeds, the wave has begun, and its caller has to be told. Where
 * it failed, the log has a begun record without an end, and the stored wave what came of it.
 */
async function recordEnds(
  wave: Wave,
  attempts: readonly Attempt[],
  asker: Asker,
  { audit, now }: StartJobsDeps,
): Promise<void> {
  const at = now().toISOString();
  const ends = attempts.flatMap(({ begun, job }) =>
    begun ? startRecords('write_ended', { wave, job, asker }, at) : [],
  );
  await audit.record(ends).catch(() => undefined);
}

interface Start {
  readonly wave: Wave;
  readonly job: WaveJob;
  readonly asker: Asker;
}

/** Every failure becomes part of the answer: one job that cannot be started must not hide those that were. */
async function startJob(start: Start, deps: StartJobsDeps): Promise<Attempt> {
  const { job } = start;
  if (job.jobId !== undefined) return { job, unanswered: false, begun: false };
  const { error: _earlier, ...untried } = job;
  let begun = false;
  const beginning = () => {
    begun = true;
  };
  try {
    return { job: { ...untried, jobId: await startedJobId(start, beginning, deps) }, unanswered: false, begun };
  } catch (error) {
    const unanswered = error instanceof AwsCallError && !error.answered;
    const failure = statusErrorOf(error, 'wave.unexpected', deps.now().toISOString());
    return { job: { ...untried, error: failure }, unanswered, begun };
  }
}

async function startedJobId(start: Start, beginning: () => void, deps: StartJobsDeps): Promise<string> {
  const { wave, job } = start;
  const { recovery, audit, now } = deps;
  const tag = `${wave.waveId}/${job.key}`;
  // After the first call, an earlier caller may have started it and stopped before it could say so.
  const found = wave.version > 1 ? await recovery.find(job.target, tag, wave.startedAt) : undefined;
  if (found !== undefined) {
    beginning();
    return found;
  }
  await audit.record(startRecords('write_begun', start, now().toISOString()));
  if (now().getTime() > wave.starter.until - START_MARGIN_MS) throw new StarterOvertakenError(wave.waveId);
  beginning();
  return recovery.start(job.target, job.serverIds, { isDrill: wave.isDrill, tag });
}
