import type { VersionRef } from '@prelaunch/contracts/configuration';
import pMap from 'p-map';
import { isExhausted } from '../apply/record-dead-letter.ts';
import { withoutLease } from '../apply/server-lease.ts';
import { chosenBinding, groupBindings } from '../configuration/choose-binding.ts';
import type { Catalogue } from '../configuration/configuration.ts';
import type { BindingStore, ConfigurationStore, StoredBinding } from '../configuration/ports.ts';
import { configurationPublished } from '../configuration/rollout/rollout-event.ts';
import { ownValue } from '../own-value.ts';
import { aggregateGroup } from '../status/aggregate-group.ts';
import { demandReapply } from './accept-change.ts';
import { isBoundElsewhere } from './follow-binding.ts';
import { type Group, isDefined, isLagging, needsPlanning } from './group.ts';
import { groupChanged } from './group-changed.ts';
import { outdatedIn } from './inheritance.ts';
import { applyRequest, type QueueDeps, WRITES_AT_ONCE } from './plan-group.ts';
import { getGroup } from './ports.ts';
import type { SourceServer } from './source-server.ts';

export interface ReconcileDeps extends QueueDeps {
  readonly configurations: Pick<ConfigurationStore, 'catalogue'>;
  readonly bindings: Pick<BindingStore, 'all' | 'of'>;
}

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
export async function reconcileGroups(deps: ReconcileDeps): Promise<ReconcileOutcome> {
  const outcome = { groups: 0, reannounced: 0, requeued: 0 };
  const unread: unknown[] = [];
  const sweep = await swept(deps, unread);
  const failures: unknown[] = [];
  for await (const groupId of deps.groups.listIds()) {
    outcome.groups += 1;
    try {
      const group = await getGroup(deps.groups, groupId);
      if (group) await reconcile(sweep ? await broughtUp(group, sweep, deps) : group, outcome, deps);
    } catch (error) {
      // One group must not keep the sweep from the others.
      failures.push(error);
    }
  }
  const all = [...unread, ...failures];
  if (all.length === 0) return outcome;
  const besides = unread.length > 0 ? ', and configurations could not be looked after' : '';
  throw new AggregateError(all, `${failures.length} of ${outcome.groups} groups failed${besides}`);
}

async function reconcile(group: Group, outcome: Mutable<ReconcileOutcome>, deps: QueueDeps): Promise<void> {
  if (needsPlanning(group)) {
    await deps.events.publish([groupChanged(group)]);
    outcome.reannounced += 1;
  }
  if (group.generation > 0 && !isLagging(group)) outcome.requeued += await requeue(group, deps);
}

/** What the sweep compares groups with. */
interface Sweep {
  readonly catalogue: Catalogue;
  /** By the id of the group that is bound. */
  readonly bindings: ReadonlyMap<string, readonly StoredBinding[]>;
}

/** Undefined when that cannot be read: then groups are looked after as if nothing were inherited. */
async function swept(deps: ReconcileDeps, failures: unknown[]): Promise<Sweep | undefined> {
  try {
    const catalogue = await deps.configurations.catalogue();
    const bindings = groupBindings(await deps.bindings.all());
    await announceRollouts(catalogue, deps).catch((error: unknown) => failures.push(error));
    return { catalogue, bindings };
  } catch (error) {
    failures.push(error);
    return undefined;
  }
}

/** A rollout that lost its message, or its worker, goes on. */
async function announceRollouts(catalogue: Catalogue, { events }: ReconcileDeps): Promise<void> {
  const running = Object.entries(catalogue.rollouts).filter(([, mark]) => mark.state === 'running');
  await events.publish(running.map(([id, mark]) => configurationPublished(id, mark, catalogue)));
}

/** A group that was left with another configuration than it should have, and whom no rollout will reach, is to be planned again. */
async function broughtUp(group: Group, sweep: Sweep, deps: ReconcileDeps): Promise<Group> {
  if (!isDefined(group) || isLagging(group)) return group;
  if (!isLeftBehind(group, sweep)) return group;
  // A sweep takes its time: what is newer on the group may be newer than what was read when it began.
  if (!isLeftBehind(group, await sweepOf(group, deps))) return group;
  const { changedBy: by, requestedBy, correlationId } = group;
  const demanded = demandReapply(group, 'changed', { by, requestedBy, correlationId, at: deps.now().toISOString() });
  const saved = await deps.groups.save(demanded);
  // Whoever wrote it meanwhile is looked at by the next sweep.
  return saved ? { ...demanded, version: demanded.version + 1 } : group;
}

async function sweepOf({ groupId }: Group, { configurations, bindings }: ReconcileDeps): Promise<Sweep> {
  const ofGroup = await bindings.of([{ kind: 'protectionGroup', id: groupId }]);
  return { catalogue: await configurations.catalogue(), bindings: groupBindings(ofGroup) };
}

function isLeftBehind(group: Group, { catalogue, bindings }: Sweep): boolean {
  const binding = chosenBinding(bindings.get(group.groupId) ?? []);
  return isForsaken(group, catalogue) || isBoundElsewhere(group, binding);
}

/** Behind, though no rollout is running that brings what it lacks. */
function isForsaken(group: Group, catalogue: Catalogue): boolean {
  const outdated = outdatedIn(group, catalogue);
  const isOnItsWay = ({ configurationId }: VersionRef) =>
    ownValue(catalogue.rollouts, configurationId)?.state === 'running';
  return outdated.length > 0 && !outdated.some(isOnItsWay);
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
