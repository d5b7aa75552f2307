import type { StatusError } from '@prelaunch/contracts/status';
import pMap from 'p-map';
import { AwsCallError } from '../apply/ports.ts';
import { ContentionError } from '../errors.ts';
import type { Clock } from '../group/ports.ts';
import type { Recovery, Wave, WaveJob, WaveStore } from './wave.ts';

export interface StartJobsDeps {
  readonly waves: WaveStore;
  readonly recovery: Recovery;
  readonly now: Clock;
  readonly pause: (ms: number) => Promise<void>;
  readonly newOwner: () => string;
}

/** Longer than all StartRecovery calls of a wave take together. */
const STARTER_MS = 120_000;
const LOOK_AGAIN_MS = 200;
const JOBS_AT_ONCE = 5;

/** The right to start a wave's jobs, for whoever stores it first. */
export function newStarter({ newOwner, now }: Pick<StartJobsDeps, 'newOwner' | 'now'>): Wave['starter'] {
  return { owner: newOwner(), until: now().getTime() + STARTER_MS };
}

/** Starts what has not been started of a wave that this caller holds, and stores what came of it. */
export async function startJobs(held: Wave, deps: StartJobsDeps): Promise<Wave> {
  const resumed = held.version > 1;
  const jobs = await pMap(held.jobs, (job) => startJob(held, job, resumed, deps), { concurrency: JOBS_AT_ONCE });
  const done: Wave = { ...held, jobs, starter: { ...held.starter, until: 0 } };
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
    if (wave.jobs.every(({ state }) => state === 'started')) return wave;
    if (wave.starter.until > deps.now().getTime()) {
      await deps.pause(LOOK_AGAIN_MS);
      continue;
    }
    const taken = { ...wave, starter: newStarter(deps) };
    if (await deps.waves.save(taken)) return startJobs({ ...taken, version: taken.version + 1 }, deps);
  }
}

async function startJob(wave: Wave, job: WaveJob, resumed: boolean, deps: StartJobsDeps): Promise<WaveJob> {
  if (job.state === 'started') return job;
  const { error: _earlier, ...untried } = job;
  const tag = `${wave.waveId}/${job.key}`;
  // An earlier caller may have started it and stopped before it could say so.
  let looking = resumed && job.state === 'intended';
  try {
    const found = looking ? await deps.recovery.find(job.target, tag, wave.startedAt) : undefined;
    looking = false;
    const jobId = found ?? (await deps.recovery.start(job.target, job.serverIds, { isDrill: wave.isDrill, tag }));
    return { ...untried, state: 'started', jobId };
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error;
    // Only a clear answer to the start says that there is no job; otherwise it is looked for next time.
    const noJob = error.outcomeKnown && !looking;
    return { ...untried, state: noJob ? 'refused' : 'intended', error: errorOf(error, deps.now()) };
  }
}

function errorOf({ code, message, awsCode }: AwsCallError, now: Date): StatusError {
  return { code, message, awsCode, at: now.toISOString() };
}
