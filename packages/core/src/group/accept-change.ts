import type { ChangedGroup, ProtectionGroupChanged } from '@prelaunch/contracts/events';
import { SourceServerId } from '@prelaunch/contracts/ids';
import { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import type { StatusError } from '@prelaunch/contracts/status';
import { shown, storable } from '../settings/problems.ts';
import { boundedErrors } from '../status/bounded-errors.ts';
import { type Group, isLagging, unknownGroup } from './group.ts';
import { overrideOfStranger } from './override-of-stranger.ts';

export interface Change {
  readonly changeType: ProtectionGroupChanged['data']['changeType'];
  readonly group: ChangedGroup;
  /** Who published it. */
  readonly source: string;
  readonly correlationId: string;
  readonly at: string;
}

/** Takes a change that is newer than what is stored. Undefined: it is not, and changes nothing. */
export function acceptChange(stored: Group | undefined, change: Change): Group | undefined {
  if (stored && change.group.revision <= stored.revision) return undefined;
  const before = stored ?? unknownGroup(change.group.groupId, change.at);
  // Publishers that know nothing of them do not take them away: tags give roles.
  const { description = before.description, tags = before.tags, configuration = before.configuration } = change.group;
  const kept = { ...(description !== undefined && { description }), ...(configuration && { configuration }) };
  const group = { ...change.group, ...kept, tags: { ...tags } };
  return nextGeneration(before, { ...change, group });
}

/** The group as a change defines it, to be planned. */
export function nextGeneration(before: Group, change: Change): Group {
  const { refusal: _taken, deletedAt: _deleted, launchConfig: _launchConfig, ...described } = before;
  const { description: _description, configuration: _configuration, ...published } = described;
  const { changeToken: _token, changedFrom: _from, requestedBy: _requestedBy, ...kept } = published;
  const definition = change.changeType === 'deleted' ? noMembers() : definitionOf(change);
  const members = new Set(definition.serverIds);
  return {
    ...kept,
    ...definition,
    name: change.group.name,
    ...(change.group.description !== undefined && { description: change.group.description }),
    tags: change.group.tags ?? {},
    accountId: change.group.accountId,
    region: change.group.region,
    revision: change.group.revision,
    generation: before.generation + 1,
    reapply: isLagging(before) ? before.reapply : 'changed',
    releasing: [...new Set([...before.serverIds, ...before.releasing])].filter((id) => !members.has(id)),
    heldElsewhere: [],
    changedBy: change.source,
    changedAt: change.at,
    correlationId: change.correlationId,
    ...(change.changeType === 'deleted' && { deletedAt: change.at }),
    launchConfigStatus: { ...before.launchConfigStatus, ...pendingSince(before), appliedBy: change.source },
  };
}

/** Asks for servers to be applied again. Answers the group with its next generation, to be planned. */
export function demandReapply(
  group: Group,
  reapply: Reapply,
  by: { by: string; requestedBy?: string | undefined; correlationId: string; at: string },
): Group {
  const { requestedBy: _earlier, ...kept } = group;
  return {
    ...kept,
    ...(by.requestedBy !== undefined && { requestedBy: by.requestedBy }),
    generation: group.generation + 1,
    reapply: isLagging(group) ? widest(group.reapply, reapply) : reapply,
    changedBy: by.by,
    changedAt: by.at,
    correlationId: by.correlationId,
    launchConfigStatus: { ...group.launchConfigStatus, ...pendingSince(group), appliedBy: by.by },
  };
}

type Reapply = Group['reapply'];

function widest(one: Reapply, other: Reapply): Reapply {
  const order: readonly Reapply[] = ['changed', 'unready', 'all'];
  return order.indexOf(one) > order.indexOf(other) ? one : other;
}

/** From the moment a change is accepted until it is planned and applied, the group is not ready. */
function pendingSince({ launchConfigStatus }: Group) {
  return { status: 'pending', statusRevision: launchConfigStatus.statusRevision + 1 } as const;
}

type Definition = Pick<
  Group,
  'serverIds' | 'serverOverrides' | 'definitionErrors' | 'invalidEntries' | 'configuration'
> & {
  readonly launchConfig?: unknown;
};

function noMembers(): Definition {
  return { serverIds: [], serverOverrides: {}, definitionErrors: [], invalidEntries: 0 };
}

function definitionOf({ group, at }: Change): Definition {
  const serverIds = [...new Set(group.serverIds.filter(isServerId))];
  const members = new Set(serverIds);
  const overrides = Object.entries(group.serverOverrides ?? {});
  const errors = [
    ...group.serverIds.flatMap((id, index) => (isServerId(id) ? [] : [notAServerId(id, index, at)])),
    ...overrides.filter(([id]) => !members.has(id)).map(([id]) => ({ ...overrideOfStranger(id), at })),
    ...(group.serverIds.length === 0 ? [emptyGroup(at)] : []),
  ];
  return {
    serverIds,
    ...(group.configuration && { configuration: group.configuration }),
    ...(group.launchConfig !== undefined && { launchConfig: kept(group.launchConfig) }),
    serverOverrides: Object.fromEntries(
      overrides.filter(([id]) => members.has(id)).map(([id, stated]) => [id, kept(stated)]),
    ),
    definitionErrors: boundedErrors(errors, at),
    invalidEntries: group.serverIds.filter((id) => !isServerId(id)).length,
  };
}

/** Settings that will be refused are kept only so far as their refusal needs. */
function kept(stated: unknown): unknown {
  return LaunchSettings.safeParse(stated).success ? stated : storable(stated);
}

function isServerId(value: unknown): value is string {
  return SourceServerId.safeParse(value).success;
}

function notAServerId(value: unknown, index: number, at: string): StatusError {
  const path = `serverIds.${index}`;
  const allowed = 's- and 17 letters or digits';
  return {
    code: 'group.invalid_server_id',
    message: `${path} is not a source server id`,
    path,
    value: shown(path, value),
    allowed,
    at,
  };
}

function emptyGroup(at: string): StatusError {
  const message = 'serverIds is empty: there is nothing to apply';
  return { code: 'group.empty', message, path: 'serverIds', value: [], allowed: '1 to 5000 source server ids', at };
}
