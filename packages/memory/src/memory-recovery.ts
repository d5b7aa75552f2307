import type { Recovery } from '@prelaunch/core/wave/wave';

export interface StartedJob {
  readonly jobId: string;
  readonly serverIds: readonly string[];
  readonly tag: string;
  readonly isDrill: boolean;
}

/** Recovery jobs as DRS starts them: no idempotency of its own, found again by their tag. */
export function memoryRecovery(): Recovery & { readonly started: StartedJob[] } {
  const started: StartedJob[] = [];
  return {
    started,
    async start(_target, serverIds, { isDrill, tag }) {
      const jobId = `drsjob-${String(started.length + 1).padStart(17, '0')}`;
      started.push({ jobId, serverIds: [...serverIds], tag, isDrill });
      return jobId;
    },
    async find(_target, tag) {
      return started.find((job) => job.tag === tag)?.jobId;
    },
  };
}
