import type { StartWaveRecoveryResponse } from '@prelaunch/contracts/operations/waves';
import type { StatusError } from '@prelaunch/contracts/status';
import type { Target } from '../apply/ports.ts';
import { chunks } from '../chunks.ts';

/** One StartRecovery call: at most as many servers as DRS takes in a job, all of one target. */
export interface WaveJob {
  readonly key: string;
  readonly target: Target;
  readonly serverIds: readonly string[];
  /** Stored after the call. Without it the job may exist all the same: its starter may have stopped in between. */
  readonly jobId?: string;
  /** Why it was not started, or why that is not known. */
  readonly error?: StatusError;
}

/** What is known of a wave that was started, so that starting it again starts nothing twice. */
export interface Wave {
  readonly waveId: string;
  readonly groupIds: readonly string[];
  readonly isDrill: boolean;
  readonly jobs: readonly WaveJob[];
  /** Who is starting it now, and until when nobody else may. */
  readonly starter: { readonly owner: string; readonly until: number };
  readonly path: StartWaveRecoveryResponse['path'];
  readonly notReady: StartWaveRecoveryResponse['notReady'];
  readonly startedAt: string;
  readonly version: number;
}

/** Compare-and-set on `version`, as the other stores; 0 means it must not exist. */
export interface WaveStore {
  get(waveId: string): Promise<Wave | undefined>;
  save(wave: Wave): Promise<boolean>;
}

export interface Recovery {
  /** Starts one job. Not idempotent on AWS: never retried blindly. `tag` marks the job so that it can be found again. */
  start(target: Target, serverIds: readonly string[], options: { isDrill: boolean; tag: string }): Promise<string>;
  /** The id of the job that was started with this tag, if there is one. */
  find(target: Target, tag: string, since: string): Promise<string | undefined>;
}

export function waveIdOf(executionId: string, waveNumber: number): string {
  return `${executionId}/${waveNumber}`;
}

/** DRS's quota of source servers in one job. */
const SERVERS_PER_JOB_MAX = 100;

/** Splits servers into jobs, one target each. Those that are not ready get jobs of their own: DRS may refuse a whole job for one. */
export function jobsFor(
  members: readonly { readonly target: Target; readonly serverId: string }[],
  unready: ReadonlySet<string> = new Set(),
): WaveJob[] {
  const kind = (serverId: string) => (unready.has(serverId) ? 'not-ready' : 'ready');
  const byTarget = Map.groupBy(
    members,
    ({ target, serverId }) => `${target.accountId}/${target.region}/${kind(serverId)}`,
  );
  return [...byTarget].flatMap(([key, servers]) => {
    const ids = [...new Set(servers.map(({ serverId }) => serverId))];
    const target = servers[0]?.target;
    if (!target) return [];
    return chunks(ids, SERVERS_PER_JOB_MAX).map((serverIds, index) => ({
      key: `${key}/${index}`,
      target,
      serverIds,
    }));
  });
}
