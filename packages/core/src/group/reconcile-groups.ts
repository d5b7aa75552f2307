import pMap from 'p-map';
import { isExhausted } from '../apply/record-dead-letter.ts';
import { withoutLease } from '../apply/server-lease.ts';
import { aggregateGroup } from '../status/aggregate-group.ts';
import { type Group, isLagging, needsPlanning } from './group.ts';
import { groupChanged } from './group-changed.ts';
import { applyRequest, type QueueDeps, WRITES_AT_ONCE } from './plan-group.ts';
import { getGroup } from './ports.ts';
import type { SourceServer } from './source-server.ts';

export interface ReconcileOutcome {
  readonly groups: number;
  readonly reannounced: number;
  readonly requeued: number;
}

/** A server that waits this long without anybody looking at it has lost its message. Backing off takes less. */
const FORGOTTEN_MS = 120_000;
/** After the queue gave up on a server, it is tried again now and then: an outage ends without anybody telling. */
const RETRY_EXHAUSTED_MS = 600_000;

/**
 * The sweep that makes the pipeline forget nothing: announces again every group whose planned generation lags, or that waits
 * for servers another group holds; queues again servers whose message or worker was lost; folds statuses that were left behind.
 */
export async function reconcileGroups(deps: QueueDeps): Promise<ReconcileOutcome> {
  const outcome = { groups: 0, reannounced: 0, requeued: 0 };
  const failures: unknown[] = [];
  for await (const groupId of deps.groups.listIds()) {
    outcome.groups += 1;
    try {
      const group = await getGroup(deps.groups, groupId);
      if (group) await reconcile(group, outcome, deps);
    } catch (error) {
      // One group must not keep the sweep from the others.
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of ${outcome.groups} groups failed`);
  return outcome;
}

async function reconcile(group: Group, outcome: Mutable<ReconcileOutcome>, deps: QueueDeps): Promise<void> {
  if (needsPlanning(group)) {
    await deps.events.publish([groupChanged(group)]);
    outcome.reannounced += 1;
  }
  if (group.generation > 0 && !isLagging(group)) outcome.requeued += await requeue(group, deps);
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

async function requeue(group: Group, deps: QueueDeps): Promise<number> {
  const servers = await deps.servers.getMany(group.serverIds);
  const forgotten = [...servers.values()].filter((server) => isForgotten(group, server, deps.now()));
  // Noting the time first keeps the next sweep from queueing them once more; should this stop here, a later one does.
  const touched = await pMap(forgotten, (server) => touch(server, deps), { concurrency: WRITES_AT_ONCE });
  const requests = touched.flatMap((server) => (server ? [applyRequest(group, server.serverId)] : []));
  await deps.queue.send(requests);
  await aggregateGroup(group.groupId, deps);
  return requests.length;
}

/** Pending, and either its worker stopped without a word or nobody has looked at it for long; or given up on in an outage. */
function isForgotten(group: Group, server: SourceServer, now: Date): boolean {
  if (server.groupId !== group.groupId) return false;
  if (server.status === 'failed')
    return isExhausted(server) && Date.parse(server.changedAt) + RETRY_EXHAUSTED_MS <= now.getTime();
  if (server.status !== 'pending') return false;
  if (server.lease) return server.lease.until <= now.getTime();
  // One that waits for its turn within the rate limits is left alone until then.
  return Math.max(Date.parse(server.changedAt), server.permit?.from ?? 0) + FORGOTTEN_MS <= now.getTime();
}

/** Undefined when somebody else wrote it meanwhile: then it is not forgotten. */
async function touch(server: SourceServer, { servers, now }: QueueDeps): Promise<SourceServer | undefined> {
  const touched = { ...withoutLease(server), status: 'pending' as const, changedAt: now().toISOString() };
  return (await servers.save(touched)) ? touched : undefined;
}
