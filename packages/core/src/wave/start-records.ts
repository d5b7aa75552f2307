import type { AuditRecord } from '@prelaunch/contracts/audit';
import { hashOf } from '../audit/audit-block.ts';
import type { Wave, WaveJob } from './wave.ts';

/** Who starts a wave, or goes on with it. */
export interface Asker {
  readonly by: string;
  /** As the audit log knows them. */
  readonly requestedBy?: string | undefined;
  readonly correlationId: string;
}

interface Start {
  readonly wave: Wave;
  readonly job: WaveJob;
  readonly asker: Asker;
}

/** What the audit log has of the start of one job: a record for each group of the wave, so that it is found under each. */
export function startRecords(
  kind: 'write_begun' | 'write_ended',
  { wave, job, asker }: Start,
  at: string,
): AuditRecord[] {
  const { waveId, groupIds, isDrill, starter } = wave;
  const ended = job.error ? job.error.code : 'done';
  return groupIds.map((groupId) => ({
    // The owner tells one try from the next.
    recordId: hashOf([kind, waveId, job.key, groupId, starter.owner]),
    kind,
    at,
    actor: asker.requestedBy ?? asker.by,
    action: isDrill ? 'StartRecovery (drill)' : 'StartRecovery',
    groupId,
    waveId,
    result: kind === 'write_begun' ? 'begun' : ended,
    correlationId: asker.correlationId,
  }));
}
