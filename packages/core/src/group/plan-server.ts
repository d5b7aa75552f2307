import type { ServerStatus, StatusError } from '@prelaunch/contracts/status';
import { effectiveSettings } from '../settings/effective-settings.ts';
import { HASH_VERSION, hashSettings, sameStatement } from '../settings/normalize-settings.ts';
import { isFresh } from '../status/freshness.ts';
import type { Group } from './group.ts';
import { freeServer, isReady, type SourceServer } from './source-server.ts';

/** What planning decided for one member. `save` is what to store, if anything; `apply` whether to queue it. */
export type ServerPlan =
  | { readonly kind: 'planned'; readonly save?: SourceServer; readonly apply: boolean }
  | { readonly kind: 'held_elsewhere'; readonly error: StatusError };

/** Decides what a group's newest generation means for one member. Planning the same generation twice decides the same. */
export function planServer(group: Group, serverId: string, stored: SourceServer | undefined, now: Date): ServerPlan {
  const at = now.toISOString();
  const server = stored ?? freeServer(serverId, at);
  if (server.groupId !== undefined && server.groupId !== group.groupId) return heldElsewhere(server, at);

  const effective = effectiveSettings(
    { at: 'launchConfig', stated: group.launchConfig },
    { at: `serverOverrides.${serverId}`, stated: group.serverOverrides[serverId] },
  );
  const { accountId, region, groupId, correlationId } = group;
  const claimed = { ...server, groupId, accountId, region, correlationId, changedAt: at };
  if (effective.kind === 'invalid') {
    const errors = effective.problems.map((problem) => ({ ...problem, serverId, at }));
    return settled(server, without(claimed, 'desired'), 'failed', errors);
  }

  const { settings } = effective;
  const desired = { settings, hash: hashSettings(settings), hashVersion: HASH_VERSION, generation: group.generation };
  if (Object.keys(settings).length === 0) return settled(server, { ...claimed, desired }, 'not_configured', []);
  if (!needsApply(group, server, settings, now)) return { kind: 'planned', apply: false };
  if (isQueued(group, server, settings)) return { kind: 'planned', apply: true };
  return { kind: 'planned', save: { ...claimed, desired, status: 'pending' }, apply: true };
}

/** Stores a verdict that needs no work on AWS, unless it is stored already. */
function settled(
  before: SourceServer,
  claimed: SourceServer,
  status: ServerStatus,
  errors: readonly StatusError[],
): ServerPlan {
  const same = before.groupId === claimed.groupId && before.status === status && sameErrors(before.errors, errors);
  if (same && sameDesired(before, claimed)) return { kind: 'planned', apply: false };
  return { kind: 'planned', save: { ...claimed, status, errors }, apply: false };
}

function sameDesired(one: SourceServer, other: SourceServer): boolean {
  return one.desired?.hash === other.desired?.hash;
}

function sameErrors(one: readonly StatusError[], other: readonly StatusError[]): boolean {
  const key = (errors: readonly StatusError[]) => errors.map(({ code, path, message }) => [code, path, message]);
  return JSON.stringify(key(one)) === JSON.stringify(key(other));
}

function needsApply(
  group: Group,
  server: SourceServer,
  settings: NonNullable<SourceServer['desired']>['settings'],
  now: Date,
) {
  if (!isClaimedAs(group, server, settings)) return true;
  if (wasTriedIn(group, server)) return server.status === 'pending';
  switch (group.reapply) {
    case 'changed':
      return !isReady(server);
    case 'unready':
      return !isReady(server) || !isFresh(server.applied?.verifiedAt, now);
    case 'all':
      return true;
  }
}

/** Planned before in this very generation: only the message may have been lost. */
function isQueued(
  group: Group,
  server: SourceServer,
  settings: NonNullable<SourceServer['desired']>['settings'],
): boolean {
  return isClaimedAs(group, server, settings) && wasTriedIn(group, server) && server.status === 'pending';
}

function isClaimedAs(group: Group, server: SourceServer, settings: NonNullable<SourceServer['desired']>['settings']) {
  return (
    server.groupId === group.groupId &&
    server.accountId === group.accountId &&
    server.region === group.region &&
    server.desired?.hashVersion === HASH_VERSION &&
    sameStatement(server.desired.settings, settings)
  );
}

function wasTriedIn(group: Group, server: SourceServer): boolean {
  return server.desired?.generation === group.generation;
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

function without<T, Key extends keyof T>(item: T, key: Key): Omit<T, Key> {
  const { [key]: _dropped, ...rest } = item;
  return rest;
}
