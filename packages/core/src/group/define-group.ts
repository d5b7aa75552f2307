import { isDeepStrictEqual } from 'node:util';
import type { ChangedGroup } from '@prelaunch/contracts/events';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { nextGeneration } from './accept-change.ts';
import { type Group, isLagging } from './group.ts';

/** What a request states of a group; what it does not state stays, `null` takes away. */
export interface StatedGroup {
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | null | undefined;
  readonly serverIds?: readonly string[] | undefined;
  readonly launchConfig?: LaunchSettings | null | undefined;
  readonly serverOverrides?: Readonly<Record<string, unknown>> | null | undefined;
}

/** Who changes a group, and by which request. */
export interface ChangeAuthor {
  /** As statuses show them. */
  readonly by: string;
  /** As the audit log knows them. */
  readonly requestedBy: string;
  readonly correlationId: string;
  /** Of the request: a repeat of it has the same. */
  readonly changeToken: string;
  readonly at: string;
}

/**
 * The group with what is stated, as its next generation. The publisher's revision stays: a newer event of an upstream system
 * overrides the change, an older one does not. Undefined when nothing would differ.
 */
export function redefined(before: Group, stated: StatedGroup, author: ChangeAuthor): Group | undefined {
  const definition = definitionWith(before, stated);
  const { by: source, correlationId, at, requestedBy, changeToken } = author;
  const marks = { requestedBy, changeToken };
  const next = {
    ...nextGeneration(before, { changeType: 'updated', group: definition, source, correlationId, at }),
    ...marks,
  };
  if (isDeepStrictEqual(definitionOf(before), definitionOf(next))) return undefined;
  const full = stated.serverIds === undefined ? withInvalidEntriesOf(before, next) : next;
  return isDeepStrictEqual(appliedPartOf(before), appliedPartOf(next)) ? described(before, full, author) : full;
}

/** The group without members, to be forgotten once they are released. */
export function deleted(
  before: Group,
  { by: source, correlationId, at, requestedBy, changeToken }: ChangeAuthor,
): Group {
  const change = { changeType: 'deleted', group: definitionWith(before, {}), source, correlationId, at } as const;
  return { ...nextGeneration(before, change), requestedBy, changeToken };
}

/** What a group is defined as, in one order: what is hashed for the audit log. */
export function definitionOf({ name, description, tags, accountId, region, ...group }: Group) {
  const { serverIds, launchConfig, serverOverrides } = group;
  return { name, description, tags, accountId, region, serverIds, launchConfig, serverOverrides };
}

/** The whole group as an event states it, with what is stated instead of what was there. */
export function definitionWith(before: Group, stated: StatedGroup): ChangedGroup {
  const { name = before.name, accountId = before.accountId, region = before.region } = stated;
  const description = stated.description === undefined ? before.description : stated.description;
  const launchConfig = stated.launchConfig === undefined ? before.launchConfig : stated.launchConfig;
  const { serverIds = before.serverIds } = stated;
  return {
    groupId: before.groupId,
    name,
    ...(description !== undefined && description !== null && { description }),
    tags: { ...(stated.tags === undefined ? before.tags : stated.tags) },
    accountId,
    region,
    // A group that an event was refused for has none yet.
    revision: Math.max(before.revision, 0),
    serverIds: [...serverIds],
    ...(launchConfig !== undefined && launchConfig !== null && { launchConfig }),
    serverOverrides: { ...(stated.serverOverrides === undefined ? before.serverOverrides : stated.serverOverrides) },
  };
}

/** What reaches servers. */
function appliedPartOf(group: Group) {
  const { name: _name, description: _description, tags: _tags, ...applied } = definitionOf(group);
  return applied;
}

/** A change of what only people read, and of tags that give roles, applies nothing and leaves the status as it is. */
function described(
  before: Group,
  { name, description, tags, requestedBy, changeToken }: Group,
  author: ChangeAuthor,
): Group {
  const { description: _earlier, ...kept } = before;
  const generation = before.generation + 1;
  return {
    ...kept,
    name,
    ...(description !== undefined && { description }),
    tags,
    generation,
    plannedGeneration: isLagging(before) ? before.plannedGeneration : generation,
    changedBy: author.by,
    changedAt: author.at,
    correlationId: author.correlationId,
    ...(requestedBy !== undefined && { requestedBy }),
    ...(changeToken !== undefined && { changeToken }),
  };
}

/** The publisher's entries that are no server ids are not kept among `serverIds`, but they are still wrong. */
function withInvalidEntriesOf(before: Group, next: Group): Group {
  const invalid = before.definitionErrors.filter(
    ({ code }) => code === 'group.invalid_server_id' || code === 'errors.more',
  );
  return { ...next, invalidEntries: before.invalidEntries, definitionErrors: [...invalid, ...next.definitionErrors] };
}
