import type { SourceServer } from '../group/source-server.ts';
import type { DriftDeps } from './audit-deps.ts';
import { withEnded } from './brakes.ts';
import { changeInstance } from './change-instance.ts';
import { type InstanceDrift, isDrifting } from './instance-drift.ts';
import { changeLedger } from './ledger.ts';

/** What came of putting a source server right, as an audit after it finds: in sync, or refused once more. */
export async function closeRemediation(
  before: InstanceDrift,
  after: InstanceDrift,
  server: SourceServer | undefined,
  deps: DriftDeps,
): Promise<InstanceDrift> {
  const { remediation, groupId } = before;
  if (remediation.status !== 'in_progress') return after;
  if (!isDrifting(after) && after.verdict === 'in_sync') {
    await changeLedger(groupId, (ledger) => withEnded(ledger, true, deps.now()), deps.ledgers);
    return after;
  }
  if (server?.status !== 'failed' || server.changedAt <= (remediation.at ?? '')) return after;
  const reason = server.errors[0]?.message ?? null;
  let closes = false;
  const closed = await changeInstance(
    after,
    (found) => {
      // Another audit may have closed it first.
      closes = found.remediation.status === 'in_progress' && found.remediation.at === remediation.at;
      const keys = found.remediation.keys.map((one) => ({ ...one, result: 'failed' as const }));
      return closes ? { ...found, remediation: { ...remediation, status: 'failed', keys, reason } } : undefined;
    },
    deps,
  );
  if (closes) await changeLedger(groupId, (ledger) => withEnded(ledger, false, deps.now()), deps.ledgers);
  return closed;
}
