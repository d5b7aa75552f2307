import type { ApplyLaunchConfigsResponse } from '@prelaunch/contracts/operations/launch-configs';
import { isGroupFresh } from '../status/freshness.ts';
import { demandReapply } from './accept-change.ts';
import { type Group, isDefined, type Reapply } from './group.ts';
import { GroupNotFoundError } from './group-errors.ts';
import { catalogueFor, isBehind, standing } from './inheritance.ts';
import { applyRequest, type PlanDeps, planGroup } from './plan-group.ts';
import { getGroup } from './ports.ts';
import { updateItem } from './update-item.ts';

type Outcome = ApplyLaunchConfigsResponse['outcome'];

export interface ApplyGroupDeps extends PlanDeps {
  /** Waits between two looks at the status. */
  readonly pause: (ms: number) => Promise<void>;
}

export interface Demand {
  readonly groupId: string;
  readonly reapply: Reapply;
  /** Who asks, for the records. */
  readonly by: string;
  /** As the audit log knows them. */
  readonly requestedBy?: string | undefined;
  readonly correlationId: string;
}

const LOOK_AGAIN_MS = 100;
/** Whoever waits long looks less often: each look reads the groups whole. */
const LOOK_AGAIN_MAX_MS = 500;
const LOOK_AGAIN_GROWTH = 1.1;

/**
 * Applies a group's settings again, waits for the outcome as long as it may, and answers it. A group that is ready is left alone
 * unless `force`; then every server is read, corrected where it differs, and verified.
 */
export async function applyLaunchConfigs(
  request: Omit<Demand, 'reapply'> & { readonly force: boolean },
  waitMs: number,
  deps: ApplyGroupDeps,
): Promise<ApplyLaunchConfigsResponse> {
  const end = deps.now().getTime() + waitMs;
  const group = await standingGroup(request.groupId, deps);
  if (!request.force && group.launchConfigStatus.status === 'ready')
    return appliedGroup(request.groupId, 'already_ready', deps);
  await bringForward(group, { ...request, reapply: request.force ? 'all' : 'changed' }, deps);
  const [settled = group] = await settledGroups([request.groupId], end - deps.now().getTime(), deps);
  return appliedGroup(request.groupId, outcomeOf(settled), deps);
}

/** How a group stands now, after what a call did. */
export async function appliedGroup(
  groupId: string,
  outcome: Outcome,
  deps: Pick<ApplyGroupDeps, 'groups' | 'configurations' | 'now'>,
): Promise<ApplyLaunchConfigsResponse> {
  const group = await standingGroup(groupId, deps);
  const { status, counts, errors } = group.launchConfigStatus;
  const { ready: appliedServers, failed: failedServers } = counts;
  return { groupId, status, appliedServers, failedServers, errors, outcome, fresh: isGroupFresh(group, deps.now()) };
}

/**
 * Brings a group to where it should be. One that is being applied already is not begun anew, unless something newer was published
 * for it since; its pending servers are queued once more, in case their messages were lost, and their leases see to it that
 * nothing is done twice.
 */
export async function bringForward(group: Group, demand: Demand, deps: PlanDeps): Promise<void> {
  const behind = isBehind(group, await catalogueFor([group], deps));
  const underWay = !behind && group.launchConfigStatus.status === 'pending' && demand.reapply !== 'all';
  if (!underWay) return reapplyGroup(demand, deps);
  await planGroup(group.groupId, deps);
  const servers = await deps.servers.getMany(group.serverIds);
  const pending = [...servers.values()].filter(
    ({ groupId, status }) => groupId === group.groupId && status === 'pending',
  );
  await deps.queue.send(pending.map(({ serverId }) => applyRequest(group, serverId)));
}

/** Bumps the group's generation and plans it at once; the reconcile sweep goes on with it should this stop half-way. */
async function reapplyGroup(demand: Demand, deps: PlanDeps): Promise<void> {
  await updateItem(
    `group ${demand.groupId}`,
    () => knownGroup(demand.groupId, deps),
    (group) => demandReapply(group, demand.reapply, { ...demand, at: deps.now().toISOString() }),
    (group) => deps.groups.save(group),
  );
  await planGroup(demand.groupId, deps);
}

/** The groups once none is pending any more, or as they are when the time is up. */
export async function settledGroups(
  groupIds: readonly string[],
  waitMs: number,
  { groups, now, pause }: Pick<ApplyGroupDeps, 'groups' | 'now' | 'pause'>,
): Promise<Group[]> {
  const end = now().getTime() + waitMs;
  for (let ms = LOOK_AGAIN_MS; ; ms = Math.min(LOOK_AGAIN_MAX_MS, ms * LOOK_AGAIN_GROWTH)) {
    const read = await groups.getMany(groupIds);
    const found = groupIds.flatMap((id) => read.get(id) ?? []);
    const settled = found.every(({ launchConfigStatus }) => launchConfigStatus.status !== 'pending');
    if (settled || now().getTime() >= end) return found;
    await pause(Math.min(ms, end - now().getTime()));
  }
}

async function knownGroup(groupId: string, { groups }: Pick<PlanDeps, 'groups'>): Promise<Group> {
  const group = await getGroup(groups, groupId);
  if (!isDefined(group)) throw new GroupNotFoundError(groupId);
  return group;
}

/** A group that exists, as it stands beside the newest configurations. */
async function standingGroup(groupId: string, deps: Pick<ApplyGroupDeps, 'groups' | 'configurations'>): Promise<Group> {
  const group = await knownGroup(groupId, deps);
  return standing(group, await catalogueFor([group], deps));
}

function outcomeOf({ launchConfigStatus: { status } }: Group): Outcome {
  if (status === 'pending') return 'still_applying';
  return status === 'failed' ? 'failed' : 'applied';
}
