import { isDeepStrictEqual } from 'node:util';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import type { Change } from '@prelaunch/core/group/accept-change';
import type { Group } from '@prelaunch/core/group/group';
import { isReady, type SourceServer } from '@prelaunch/core/group/source-server';
import { hasSettings, REFUSED_TYPE } from './expected-settings.ts';
import { expectedIn, isOutdated, plannedPath } from './inheritance-safety.ts';
import { startOf } from './known-configurations.ts';
import { checkTheirs } from './others.ts';
import { violate, type World } from './world.ts';

/** What still has to hold once nothing goes wrong any more and everything has run. */
export function checkSettled(world: World): void {
  for (const group of world.groups.values()) {
    const change = newestTaken(world, group);
    if (!change || !sameDefinition(group, change)) {
      violate(world, `4: ${group.groupId} is not as revision ${group.revision} defined it`);
      continue;
    }
    checkGroup(world, group);
    checkInheritance(world, group);
    for (const serverId of group.serverIds) checkMember(world, group, serverId);
  }
  for (const server of world.servers.values()) checkClaim(world, server);
  for (const [configurationId, { version, state }] of Object.entries(world.known.catalogue.rollouts))
    if (state === 'running') violate(world, `4: ${configurationId}@${version} is still on its way`);
  checkTheirs(world);
}

function newestTaken({ scenario }: World, { groupId, revision }: Group): Change | undefined {
  return scenario.actions
    .flatMap((action) => (action.kind === 'change' ? [action.change] : []))
    .find(({ group }) => group.groupId === groupId && group.revision === revision);
}

function sameDefinition(stored: Group, { changeType, group }: Change): boolean {
  if (changeType === 'deleted') return stored.deletedAt !== undefined && stored.serverIds.length === 0;
  return (
    stored.deletedAt === undefined &&
    isDeepStrictEqual(stored.serverIds, group.serverIds) &&
    isDeepStrictEqual(stored.launchConfig, group.launchConfig) &&
    isDeepStrictEqual(stored.serverOverrides, group.serverOverrides ?? {}) &&
    isDeepStrictEqual(stored.configuration, group.configuration ?? undefined)
  );
}

/** 4: what was accepted is planned; the status is what the members amount to, and everybody was told. */
function checkGroup(world: World, group: Group): void {
  const { groupId, launchConfigStatus, announcedStatus } = group;
  if (group.plannedGeneration !== group.generation) violate(world, `4: ${groupId} is still to be planned`);
  if (group.releasing.length > 0) violate(world, `4: ${groupId} has not released ${group.releasing}`);
  const members = group.serverIds.map((id) => statusIn(group, world.servers.get(id)));
  const status = worstOf(members);
  if (launchConfigStatus.status !== status)
    violate(world, `4: ${groupId} says ${launchConfigStatus.status}, its members amount to ${status}`);
  const having = (one: string) => members.filter((member) => member === one).length;
  const { counts } = launchConfigStatus;
  const known = [counts.total, counts.ready, counts.pending, counts.failed, counts.notConfigured];
  const folded = [members.length, having('ready'), having('pending'), having('failed'), having('not_configured')];
  if (!isDeepStrictEqual(known, folded)) violate(world, `4: ${groupId} counts ${known}, its members are ${folded}`);
  if (announcedStatus !== status) violate(world, `4: ${groupId} announced ${announcedStatus}, it is ${status}`);
}

function statusIn(group: Group, server: SourceServer | undefined): SourceServer['status'] {
  if (server?.groupId === group.groupId) return server.status;
  return group.heldElsewhere.some(({ serverId }) => serverId === server?.serverId) ? 'failed' : 'pending';
}

function worstOf(members: readonly SourceServer['status'][]): SourceServer['status'] {
  const order = ['pending', 'failed', 'ready', 'not_configured'] as const;
  return order.find((status) => members.includes(status)) ?? 'not_configured';
}

/** 3: a group begins where it or its binding says, and was planned with the newest versions, or with those that a stopped rollout leaves it. */
function checkInheritance(world: World, group: Group): void {
  const { groupId, inherits } = group;
  const start = startOf(group, world.known.bindings.values());
  const planned = inherits && {
    configuration: inherits.configuration,
    ...(inherits.bindingId !== undefined && { bindingId: inherits.bindingId }),
  };
  if (!isDeepStrictEqual(start, planned))
    violate(world, `3: ${groupId} begins at ${JSON.stringify(planned)}, not at ${JSON.stringify(start)}`);
  if (isOutdated(world, group, world.known.catalogue))
    violate(world, `3: ${groupId} was planned with ${plannedPath(world, group)}, which is outdated`);
}

/** 3: the newest definition is live on AWS, or the member is failed and says why. */
function checkMember(world: World, group: Group, serverId: string): void {
  const server = world.servers.get(serverId);
  if (server?.groupId !== group.groupId) {
    const holder = server?.groupId === undefined ? undefined : world.groups.get(server.groupId);
    const held = holder?.serverIds.includes(serverId) && group.heldElsewhere.some((one) => one.serverId === serverId);
    if (!held) violate(world, `3: ${serverId} of ${group.groupId} is held by ${server?.groupId ?? 'nobody'}`);
    return;
  }
  const problem = problemOf(world, server, group);
  if (problem) violate(world, `3: ${serverId} of ${group.groupId} ${problem}`);
}

function problemOf(world: World, server: SourceServer, group: Group): string | undefined {
  const expected = expectedIn(world, group, server.serverId);
  const failed = server.status === 'failed' && server.errors.length > 0;
  switch (expected.kind) {
    case 'invalid':
    case 'unresolvable':
      return failed ? undefined : `is ${server.status} with ${expected.kind} settings`;
    case 'nothing':
      return server.status === 'not_configured' ? undefined : `is ${server.status} with nothing to apply`;
    case 'settings':
      if (failed && isOfDrift(world, server)) return undefined;
      if (failed) return mayFail(world, server, expected.settings) ? undefined : 'is failed for no reason';
      return settingsProblem(world, server, expected.settings);
  }
}

/** Found to differ: whether it does is said elsewhere. */
function isOfDrift({ scenario }: World, { drifted = false }: SourceServer): boolean {
  return scenario.drifting !== undefined && drifted;
}

function mayFail({ mayFail }: World, { serverId }: SourceServer, { instanceType }: LaunchSettings): boolean {
  return mayFail.has(serverId) || instanceType === REFUSED_TYPE;
}

function settingsProblem(world: World, server: SourceServer, expected: LaunchSettings): string | undefined {
  const { serverId, desired, status } = server;
  if (!isDeepStrictEqual(sorted(desired?.settings), sorted(expected)))
    return `is to have ${JSON.stringify(desired?.settings)}, not ${JSON.stringify(expected)}`;
  if (!isReady(server)) return `is ${status} and nobody is at it`;
  const isLive = world.edited.has(serverId) || hasSettings(world.aws.live(serverId), expected);
  return isLive ? undefined : 'is not so on AWS';
}

function sorted(settings: object = {}): unknown {
  return Object.entries(settings).sort(([one], [other]) => one.localeCompare(other));
}

/** Nobody holds a server that is not its member, and nobody works any more. */
function checkClaim(world: World, { serverId, groupId, lease }: SourceServer): void {
  const holder = groupId === undefined ? undefined : world.groups.get(groupId);
  if (groupId !== undefined && !holder?.serverIds.includes(serverId))
    violate(world, `3: ${serverId} is held by ${groupId}, which it has left`);
  if (lease && lease.until > world.scheduler.now()) violate(world, `3: ${serverId} is still leased to ${lease.owner}`);
}

/** 8: a wave starts each server once at most. */
export function checkStartedOnce(world: World): void {
  const starts = world.recovery.started.flatMap(({ serverIds }) => serverIds);
  const twice = starts.find((id, index) => starts.indexOf(id) !== index);
  if (twice) violate(world, `8: ${twice} was started twice`);
}

/** Everything about the state that is not a count of writes or a time. */
export function substanceOf(world: World): string {
  const groups = [...world.groups.values()].map(
    ({ groupId, revision, serverIds, launchConfigStatus: { status, counts }, heldElsewhere }) => ({
      ...{ groupId, revision, serverIds, status, counts },
      held: heldElsewhere.map(({ serverId }) => serverId),
    }),
  );
  const held = [...world.servers.values()].filter(({ groupId }) => groupId !== undefined);
  const servers = held.map(({ serverId, groupId, status, desired, errors }) => {
    const failed = status === 'failed' && errors.map(({ code }) => code);
    return { serverId, groupId, status, settings: sorted(desired?.settings), failed };
  });
  const byId = (one: object, other: object) => JSON.stringify(one).localeCompare(JSON.stringify(other));
  const inherited = [...world.groups.values()].map(({ groupId, inherits }) => ({
    groupId,
    followed: inherits?.followed,
  }));
  const { heads, rollouts } = world.known.catalogue;
  return JSON.stringify([groups.sort(byId), servers.sort(byId), inherited.sort(byId), heads, rollouts]);
}
