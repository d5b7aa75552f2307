import type { AuditRecord } from '@prelaunch/contracts/audit';
import type { Remediation } from '@prelaunch/contracts/drift';
import { observedAs } from '../apply/observed-settings.ts';
import type { Group } from '../group/group.ts';
import { sameEffect } from '../settings/normalize-settings.ts';
import { settingsOf } from '../settings/setting-keys.ts';
import { statusErrorOf } from '../status/status-error.ts';
import { applyAgain } from './apply-again.ts';
import { auditRecoveryInstances } from './audit-recovery-instances.ts';
import { withEnded } from './brakes.ts';
import { historyEntry, type InstanceDrift, isSameFinding } from './instance-drift.ts';
import { changeLedger } from './ledger.ts';
import { noted, type RemediateDeps } from './note-remediation.ts';
import { changeOf, type PlannedKey } from './plan-remediation.ts';

export interface Task {
  readonly drift: InstanceDrift;
  readonly group: Group;
  readonly action: 'rollback' | 'sync';
  readonly keys: readonly PlannedKey[];
  /** The id of who asked. */
  readonly requestedBy: string;
  readonly correlationId: string;
}

export type CarriedOut = 'in_progress' | 'done' | 'failed' | 'changed_meanwhile';

/** EC2 shows what was changed after a while. */
const CATCH_UP_MS: readonly number[] = [0, 250, 500, 1_000, 2_000];

/**
 * Puts right what can be. A source server is applied again, by the workers that apply everything else; what came of it is found by the
 * audit that follows. A running instance is looked at once more, changed in place and read back here. Nothing is begun beside somebody
 * who is at it, or about what is not so any more.
 */
export async function carryOut(task: Task, deps: RemediateDeps): Promise<CarriedOut> {
  const { drift, group, action, keys, requestedBy, correlationId } = task;
  const { kind } = await noted(drift, { status: 'in_progress', action, keys: [...keys], requestedBy }, deps);
  if (kind === 'changed_meanwhile') return kind;
  if (drift.kind === 'recovery_instance') return changedInPlace(task, deps);
  if (await applyAgain(drift.serverId, group, { requestedBy, correlationId }, deps)) return 'in_progress';
  const reason = 'its group has nothing sound to apply to it, or it was applied meanwhile';
  await noted(drift, { status: 'failed', action, keys: [...keys], requestedBy, reason }, deps);
  return 'failed';
}

async function changedInPlace(task: Task, deps: RemediateDeps): Promise<'done' | 'failed' | 'changed_meanwhile'> {
  const { drift, group, action, requestedBy } = task;
  const fresh = await audited(task, deps);
  if (!fresh || fresh.verdict === 'unknown' || !isSameFinding(fresh, drift)) return 'changed_meanwhile';
  const failure = await changed(task, deps).then(
    () => undefined,
    (error: unknown) => statusErrorOf(error, 'drift.unexpected', deps.now().toISOString()),
  );
  // Some of it may have been changed before the rest failed.
  const after = await readBack(task, deps).catch((error: unknown) => {
    if (!failure) throw error;
    return drift;
  });
  const left = new Set(after.differences.map(({ key }) => key));
  const keys = task.keys.map(
    (one): PlannedKey => (one.result === 'planned' ? { ...one, result: left.has(one.key) ? 'failed' : 'done' } : one),
  );
  const succeeded = keys.every(({ result }) => result !== 'failed');
  await changeLedger(group.groupId, (ledger) => withEnded(ledger, succeeded, deps.now()), deps.ledgers);
  const reason = failure?.message ?? 'EC2 does not show what was changed';
  if (!succeeded) await noted(after, { status: 'failed', action, keys, requestedBy, reason }, deps);
  const status = succeeded ? 'done' : 'failed';
  await remembered(after, status, task, deps);
  return status;
}

/** The instance as an audit finds it now. */
async function audited({ drift, group, correlationId }: Task, deps: RemediateDeps): Promise<InstanceDrift | undefined> {
  const found = await auditRecoveryInstances({ group, serverIds: [drift.serverId], correlationId }, deps);
  return found.find(({ instanceId }) => instanceId === drift.instanceId);
}

/** Nothing is changed before the audit log has it. */
async function changed(task: Task, deps: RemediateDeps): Promise<void> {
  const { drift, group } = task;
  const running = (await deps.running.describe(group, [drift.instanceId])).get(drift.instanceId);
  if (!running) throw new Error(`EC2 knows no ${drift.instanceId}`);
  const owner = deps.newOwner();
  const change = changeOf(task.keys);
  const settings = Object.keys(change).join(' ');
  await deps.audit.record([recordOf(task, owner, { kind: 'write_begun', action: settings, result: 'begun' }, deps)]);
  let result = 'done';
  let calls: readonly string[] | undefined;
  try {
    calls = await deps.running.change(group, running, change);
  } catch (error) {
    result = statusErrorOf(error, 'drift.unexpected', deps.now().toISOString()).code;
    throw error;
  } finally {
    // Which of the calls were made before one failed is not known.
    const action = calls ? calls.join(' ') || 'none' : settings;
    const told = deps.audit.record([recordOf(task, owner, { kind: 'write_ended', action, result }, deps)]);
    // What AWS said comes first.
    await (calls ? told : told.catch(() => undefined));
  }
}

function recordOf(
  { drift, requestedBy, correlationId }: Task,
  owner: string,
  stated: Pick<AuditRecord, 'kind' | 'action' | 'result'>,
  { now }: RemediateDeps,
): AuditRecord {
  const { instanceId, serverId, groupId } = drift;
  const recordId = `${owner}/${stated.kind}`;
  return {
    recordId,
    at: now().toISOString(),
    actor: requestedBy,
    groupId,
    serverId,
    instanceId,
    correlationId,
    ...stated,
  };
}

/** The instance as an audit finds it, once EC2 shows something else than before for all that was changed. */
async function readBack(task: Task, deps: RemediateDeps): Promise<InstanceDrift> {
  const { drift, group, keys } = task;
  const planned = keys
    .filter(({ result }) => result === 'planned')
    .map(({ key, to }) => [key, to ?? undefined] as const);
  const wanted = settingsOf(planned);
  for (const ms of CATCH_UP_MS) {
    if (ms > 0) await deps.pause(ms);
    const running = (await deps.running.describe(group, [drift.instanceId])).get(drift.instanceId);
    if (running && sameEffect(wanted, observedAs(wanted, running.settings))) break;
  }
  return (await audited(task, deps)) ?? drift;
}

async function remembered(
  after: InstanceDrift,
  status: Remediation['status'],
  { action }: Task,
  { history, now }: RemediateDeps,
): Promise<void> {
  await history.add(after.instanceId, historyEntry(after, now().toISOString(), 'remediation', `${action}: ${status}`));
}
