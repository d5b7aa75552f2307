import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import type { StatusError } from '@prelaunch/contracts/status';
import { HASH_VERSION, hashSettings, sameStatement } from '../settings/normalize-settings.ts';
import { boundedErrors } from '../status/bounded-errors.ts';
import { isFresh } from '../status/freshness.ts';
import type { Group } from './group.ts';
import type { Judgement } from './judge-members.ts';
import { freeServer, isIn, isOvertaken, isReady, type Planned, type SourceServer } from './source-server.ts';

/** What planning decided for one member. `save` is what to store, if anything; `apply` whether to queue it. */
export type ServerPlan =
  | { readonly kind: 'planned'; readonly save?: SourceServer; readonly apply: boolean }
  | { readonly kind: 'held_elsewhere'; readonly error: StatusError };

/** One member to be planned: its item as stored, and what was judged of its settings. */
export interface Member extends Judgement {
  readonly serverId: string;
  readonly stored: SourceServer | undefined;
}

/** Decides what a group's newest generation means for one member. Planning the same generation twice decides the same. */
export function planServer(group: Group, member: Member, now: Date): ServerPlan {
  const { serverId, stored, settings } = member;
  const at = now.toISOString();
  const server = stored ?? freeServer(serverId, at);
  const { groupId: id, generation, inherits } = group;
  const planned = { groupId: id, generation, ...(inherits && { configRevision: inherits.revision }) };
  if (server.groupId !== undefined && server.groupId !== group.groupId) return heldElsewhere(server, at);
  if (isOvertaken(server, planned)) return { kind: 'planned', apply: false };
  // Decided before in this very generation: only the message may have been lost.
  if (isDecided(server, planned)) return { kind: 'planned', apply: server.status === 'pending' };

  const { accountId, region, groupId, correlationId } = group;
  const requestedBy = group.requestedBy ?? group.changedBy;
  const { permit, ...others } = server;
  const kept = { ...others, ...(permit && isIn(server, group) && { permit }) };
  const claimed = { ...kept, groupId, accountId, region, planned, requestedBy, correlationId, changedAt: at };
  if (member.errors.length > 0) {
    const { desired: _refused, ...undesired } = claimed;
    const errors = boundedErrors(member.errors, at);
    return { kind: 'planned', save: { ...undesired, status: 'failed', errors }, apply: false };
  }
  const desired = { settings, hash: hashSettings(settings), hashVersion: HASH_VERSION };
  if (Object.keys(settings).length === 0) {
    return { kind: 'planned', save: { ...claimed, desired, status: 'not_configured', errors: [] }, apply: false };
  }
  if (isClaimedAs(group, server, settings) && isGoodEnough(group, server, now)) {
    return { kind: 'planned', save: { ...server, planned }, apply: false };
  }
  return { kind: 'planned', save: { ...claimed, desired, status: 'pending' }, apply: true };
}

function isDecided(server: SourceServer, { groupId, generation }: Planned): boolean {
  const { planned } = server;
  return server.groupId === groupId && planned?.groupId === groupId && planned.generation === generation;
}

function isGoodEnough(group: Group, server: SourceServer, now: Date): boolean {
  switch (group.reapply) {
    case 'changed':
      return isReady(server);
    case 'unready':
      return isReady(server) && isFresh(server.applied?.verifiedAt, now);
    case 'all':
      return false;
  }
}

function isClaimedAs(group: Group, server: SourceServer, settings: LaunchSettings): boolean {
  return (
    server.groupId === group.groupId &&
    isIn(server, group) &&
    server.desired?.hashVersion === HASH_VERSION &&
    sameStatement(server.desired.settings, settings)
  );
}

function heldElsewhere({ serverId, groupId }: SourceServer, at: string): ServerPlan {
  const error: StatusError = {
    code: 'server.held_by_another_group',
    message: `${serverId} is in protection group ${groupId}; a server is in one group only`,
    serverId,
    path: 'serverIds',
    value: serverId,
    allowed: 'servers that no other protection group has',
    at,
  };
  return { kind: 'held_elsewhere', error };
}
