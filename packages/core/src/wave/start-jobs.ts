import pMap from 'p-map';
import { AwsCallError } from '../apply/ports.ts';
import { ContentionError, DomainError } from '../errors.ts';
import type { Clock } from '../group/ports.ts';
import { statusErrorOf } from '../status/status-error.ts';
import type { Recovery, Wave, WaveJob, WaveStore } from './wave.ts';

export interface StartJobsDeps {
  readonly waves: WaveStore;
  readonly recovery: Recovery;
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
export async function startJobs(held: Wave, deps: StartJobsDeps): Promise<Wave> {
  const attempts = await pMap(held.jobs, (job) => startJob(held, job, deps), { concurrency: JOBS_AT_ONCE });
  const starter = attempts.some(({ unanswered }) => unanswered) ? held.starter : { ...held.starter, until: 0 };
  const done: Wave = { ...held, jobs: attempts.map(({ job }) => job), starter };
  if (!(await deps.waves.save(done))) throw new ContentionError(`wave ${held.waveId}`);
  return { ...done, version: done.version + 1 };
}

/**
 * Goes on with a wave that an earlier call began: waits while that call is still at it, then takes over what it left undone.
 */
export async function resumeWave(waveId: string, deps: StartJobsDeps): Promise<Wave> {
  for (;;) {
    const wave = await deps.waves.get(waveId);
    if (!wave) throw new ContentionError(`wave ${waveId}`);
    if (wave.jobs.every(({ jobId }) => jobId !== undefined)) return wave;
    if (wave.starter.until > deps.now().getTime()) {
      await deps.pause(LOOK_AGAIN_MS);
      continue;
    }
    const taken = { ...wave, starter: newStarter(wave.jobs, deps) };
    if (await deps.waves.save(taken)) return startJobs({ ...taken, version: taken.version + 1 }, deps);
  }
}

interface Attempt {
  readonly job: WaveJob;
  readonly unanswered: boolean;
}

/** Every failure becomes part of the answer: one job that cannot be started must not hide those that were. */
async function startJob(wave: Wave, job: WaveJob, deps: StartJobsDeps): Promise<Attempt> {
  if (job.jobId !== undefined) return { job, unanswered: false };
  const { error: _earlier, ...untried } = job;
  try {
    return { job: { ...untried, jobId: await startedJobId(wave, job, deps) }, unanswered: false };
  } catch (error) {
    const unanswered = error instanceof AwsCallError && !error.answered;
    return {
      job: { ...untried, error: statusErrorOf(error, 'wave.unexpected', deps.now().toISOString()) },
      unanswered,
    };
  }
}

async function startedJobId(wave: Wave, job: WaveJob, { recovery, now }: StartJobsDeps): Promise<string> {
  const tag = `${wave.waveId}/${job.key}`;
  // After the first call, an earlier caller may have started it and stopped before it could say so.
  const found = wave.version > 1 ? await recovery.find(job.target, tag, wave.startedAt) : undefined;
  if (found !== undefined) return found;
  if (now().getTime() > wave.starter.until - START_MARGIN_MS) throw new StarterOvertakenError(wave.waveId);
  return recovery.start(job.target, job.serverIds, { isDrill: wave.isDrill, tag });
}
