import { isDeepStrictEqual } from 'node:util';
import type { ApplyRequest } from '@prelaunch/contracts/messages';
import type { StatusError } from '@prelaunch/contracts/status';
import pMap from 'p-map';
import { chunks } from '../chunks.ts';
import { ContentionError } from '../errors.ts';
import { type AggregateDeps, aggregateGroup } from '../status/aggregate-group.ts';
import { boundedErrors } from '../status/bounded-errors.ts';
import { acceptChange, type Change } from './accept-change.ts';
import { type Group, isLagging, needsPlanning } from './group.ts';
import { type JudgeDeps, judgeMembers } from './judge-members.ts';
import { type Member, planServer } from './plan-server.ts';
import { type ApplyQueue, getGroup, getServer } from './ports.ts';
import { type InheritanceDeps, settleInheritance } from './settle-inheritance.ts';
import { freeServer, isOvertaken, isReleased, released } from './source-server.ts';
import { updateItem } from './update-item.ts';

export interface QueueDeps extends AggregateDeps {
  readonly queue: ApplyQueue;
}

export interface PlanDeps extends QueueDeps, JudgeDeps, InheritanceDeps {}

export type PlanOutcome =
  | { readonly kind: 'planned'; readonly group: Group; readonly queued: number }
  | { readonly kind: 'nothing_to_plan' };

/** Items written side by side, so that a large group takes neither long nor all connections. */
export const WRITES_AT_ONCE = 24;

/** Members that are planned and queued together: their messages are one call, and workers begin while others are planned. */
const MEMBERS_TOGETHER = 10;

/**
 * Takes a published change, if it is newer than what is stored, and plans the group. A change that is not newer still finishes
 * planning that was interrupted, so a redelivered event is never lost and a repeated one changes nothing.
 */
export async function planChange(change: Change, deps: PlanDeps): Promise<PlanOutcome> {
  const { groupId } = change.group;
  await updateItem(
    `group ${groupId}`,
    () => getGroup(deps.groups, groupId),
    (stored) => acceptChange(stored, change),
    (group) => deps.groups.save(group),
  );
  return planGroup(groupId, deps);
}

/**
 * Brings the servers of a group to its newest generation: claims members, states what each should have, queues those that need
 * work, releases former members. Reads the stored definition, so it may be repeated and resumed at any point.
 */
export async function planGroup(groupId: string, deps: PlanDeps): Promise<PlanOutcome> {
  const stored = await getGroup(deps.groups, groupId);
  if (!stored || !needsPlanning(stored)) {
    // An earlier delivery may have stopped after planning and before folding.
    if (stored) await aggregateGroup(groupId, deps);
    return { kind: 'nothing_to_plan' };
  }
  const settled = await settleInheritance(stored, deps);
  if (!settled) return planGroup(groupId, deps);
  const { group } = settled;
  const servers = await deps.servers.getMany([...group.serverIds, ...group.releasing]);
  // A plan that was overtaken while it read must not claim what the newer one has let go.
  if (!(await isNewest(group, deps))) return planGroup(groupId, deps);
  // Letting go needs nobody's answer, so it does not wait for AWS's.
  await pMap(group.releasing, (id) => release(group, id, deps), { concurrency: WRITES_AT_ONCE });
  const judgementOf = await judgeMembers(group, settled, servers, deps);
  if (!(await isNewest(group, deps))) return planGroup(groupId, deps);
  const planned = await pMap(
    chunks(group.serverIds, MEMBERS_TOGETHER),
    (serverIds) =>
      planMembers(
        group,
        serverIds.map((serverId) => ({ serverId, stored: servers.get(serverId), ...judgementOf(serverId) })),
        deps,
      ),
    { concurrency: Math.ceil(WRITES_AT_ONCE / MEMBERS_TOGETHER) },
  );
  const members = planned.flat();
  await recordPlanned(
    group,
    members.flatMap(({ held }) => held ?? []),
    deps,
  );
  await aggregateGroup(groupId, deps);
  return { kind: 'planned', group, queued: members.filter(({ apply }) => apply).length };
}

async function isNewest({ groupId, generation }: Group, { groups }: PlanDeps): Promise<boolean> {
  return (await getGroup(groups, groupId))?.generation === generation;
}

export function applyRequest({ groupId, correlationId }: Group, serverId: string): ApplyRequest {
  return { version: '1', correlationId, groupId, serverId };
}

interface PlannedMember {
  readonly serverId: string;
  readonly apply: boolean;
  readonly held?: StatusError;
}

async function planMembers(group: Group, members: readonly Member[], deps: PlanDeps): Promise<PlannedMember[]> {
  const planned = await Promise.all(members.map((member) => planMember(group, member, deps)));
  await deps.queue.send(planned.filter(({ apply }) => apply).map(({ serverId }) => applyRequest(group, serverId)));
  return planned;
}

async function planMember(group: Group, member: Member, deps: PlanDeps): Promise<PlannedMember> {
  const { servers, now } = deps;
  const { serverId } = member;
  let reads = 0;
  let planned: PlannedMember = { serverId, apply: false };
  await updateItem(
    `server ${serverId}`,
    async () => {
      reads += 1;
      if (reads === 1) return member.stored;
      const server = await getServer(servers, serverId);
      // Somebody wrote meanwhile, perhaps a newer plan: this one goes on only if it is still the newest.
      if (!(await isNewest(group, deps))) throw new ContentionError(`group ${group.groupId}`);
      return server;
    },
    (stored) => {
      const plan = planServer(group, { ...member, stored }, now());
      planned =
        plan.kind === 'held_elsewhere'
          ? { serverId, apply: false, held: knownHold(group, plan.error) }
          : { serverId, apply: plan.apply && (isLagging(group) || plan.save !== undefined) };
      return plan.kind === 'planned' ? plan.save : undefined;
    },
    (server) => servers.save(server),
  );
  return planned;
}

async function release({ groupId, generation }: Group, serverId: string, { servers, now }: PlanDeps): Promise<void> {
  const planned = { groupId, generation };
  await updateItem(
    `server ${serverId}`,
    () => getServer(servers, serverId),
    (stored) => {
      const at = now().toISOString();
      const server = stored ?? freeServer(serverId, at);
      if (server.groupId !== undefined && server.groupId !== groupId) return undefined;
      // Noted on free servers too, or an older plan that is still on its way could claim them.
      return isOvertaken(server, planned) || isReleased(server, planned) ? undefined : released(server, planned, at);
    },
    (server) => servers.save(server),
  );
}

/** The error as it was first noted, so that looking again in vain changes nothing. */
function knownHold({ heldElsewhere }: Group, error: StatusError): StatusError {
  return heldElsewhere.find(({ message }) => message === error.message) ?? error;
}

/** Only for the generation that was planned: a newer one that came meanwhile is planned by its own message. */
async function recordPlanned(
  planned: Group,
  heldElsewhere: readonly StatusError[],
  { groups }: PlanDeps,
): Promise<void> {
  await updateItem(
    `group ${planned.groupId}`,
    () => getGroup(groups, planned.groupId),
    (group) => {
      if (group?.generation !== planned.generation) return undefined;
      const held = boundedErrors(heldElsewhere, group.changedAt);
      const configRevision = group.inherits?.revision ?? 0;
      const launchConfigStatus = { ...group.launchConfigStatus, configRevision };
      const { generation: plannedGeneration } = planned;
      const done = { ...group, plannedGeneration, releasing: [], heldElsewhere: held, launchConfigStatus };
      return isDeepStrictEqual(done, group) ? undefined : done;
    },
    (group) => groups.save(group),
  );
}
