import { isDeepStrictEqual } from 'node:util';
import type { ConfigurationRef } from '@prelaunch/contracts/configuration';
import type { StatedDriftPolicy } from '@prelaunch/contracts/drift';
import type { ChangedGroup } from '@prelaunch/contracts/events';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import type { StatusError } from '@prelaunch/contracts/status';
import { fingerprint } from '../fingerprint.ts';
import { nextGeneration } from './accept-change.ts';
import { type Group, isDefined, isLagging, unknownGroup } from './group.ts';

/** What a request states of a group; what it does not state stays, `null` takes away. */
export interface StatedGroup {
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | null | undefined;
  readonly serverIds?: readonly string[] | undefined;
  readonly configuration?: ConfigurationRef | null | undefined;
  readonly launchConfig?: LaunchSettings | null | undefined;
  readonly serverOverrides?: Readonly<Record<string, unknown>> | null | undefined;
  readonly driftPolicy?: StatedDriftPolicy | null | undefined;
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
 * overrides the change, an older one does not. What is stated anew is right or wrong anew. Undefined when nothing would differ.
 */
export function redefined(before: Group, stated: StatedGroup, author: ChangeAuthor): Group | undefined {
  const stillWrong = before.definitionErrors.filter(({ code }) => !isStatedAnew(code, stated));
  return changed(before, stated, stillWrong, author);
}

/** As `redefined`, for members that come or go one by one: what is wrong with the publisher's other entries stays wrong. */
export function regrouped(before: Group, stated: StatedGroup, author: ChangeAuthor): Group | undefined {
  return changed(before, stated, before.definitionErrors, author);
}

/** The group without members, to be forgotten once they are released. */
export function deleted(before: Group, author: ChangeAuthor): Group {
  const { by: source, correlationId, at } = author;
  const change = { changeType: 'deleted', group: definitionWith(before, {}), source, correlationId, at } as const;
  return { ...nextGeneration(before, change), ...marksOf(before, author) };
}

/** What a group of the same name left behind: it is not the new one, but its servers are still to be released. */
export function remainsOf(groupId: string, left: Group | undefined, at: string): Group {
  const unknown = unknownGroup(groupId, at);
  if (!left) return unknown;
  const { version, revision, generation, plannedGeneration, releasing, announcedStatus } = left;
  const { statusRevision } = left.launchConfigStatus;
  const launchConfigStatus = { ...unknown.launchConfigStatus, statusRevision };
  const counters = { version, revision, generation, plannedGeneration };
  const deletedAt = left.deletedAt !== undefined && { deletedAt: left.deletedAt };
  return { ...unknown, ...counters, releasing, announcedStatus, launchConfigStatus, ...deletedAt };
}

/** Fingerprint of a definition for the audit log; `null` where there is none. */
export function definitionHash(group: Group | undefined): string | null {
  if (!isDefined(group)) return null;
  return `sha256:${fingerprint(definitionOf(group))}`;
}

/** The whole group as an event states it, with what is stated instead of what was there. */
export function definitionWith(before: Group, stated: StatedGroup): ChangedGroup {
  const { name = before.name, accountId = before.accountId, region = before.region } = stated;
  const description = stated.description === undefined ? before.description : stated.description;
  const configuration = stated.configuration === undefined ? before.configuration : stated.configuration;
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
    ...(configuration && { configuration }),
    ...(launchConfig !== undefined && launchConfig !== null && { launchConfig }),
    serverOverrides:
      stated.serverOverrides === undefined
        ? ofMembers(before.serverOverrides, serverIds)
        : { ...stated.serverOverrides },
  };
}

/** Who leaves the group takes along what was stated for them. */
function ofMembers(overrides: Group['serverOverrides'], serverIds: readonly string[]): Record<string, unknown> {
  const members = new Set(serverIds);
  return Object.fromEntries(Object.entries(overrides).filter(([id]) => members.has(id)));
}

function isStatedAnew(code: string, { serverIds, serverOverrides }: StatedGroup): boolean {
  if (serverIds !== undefined) return true;
  return code === 'group.override_of_stranger' && serverOverrides !== undefined;
}

function changed(
  before: Group,
  stated: StatedGroup,
  stillWrong: readonly StatusError[],
  author: ChangeAuthor,
): Group | undefined {
  const { by: source, correlationId, at } = author;
  const change = { changeType: 'updated', group: definitionWith(before, stated), source, correlationId, at } as const;
  const defined = withPolicy(nextGeneration(before, change), stated);
  const next = { ...withErrors(defined, before, stillWrong), ...marksOf(before, author) };
  if (!isDeepStrictEqual(appliedPartOf(before), appliedPartOf(next))) return next;
  return isDeepStrictEqual(definitionOf(before), definitionOf(next)) ? undefined : described(before, next);
}

/** No part of what publishers state, and nothing that reaches servers. */
function withPolicy({ driftPolicy: before, ...group }: Group, { driftPolicy = before }: StatedGroup): Group {
  return { ...group, ...(driftPolicy && { driftPolicy }) };
}

function marksOf(before: Group, { requestedBy, changeToken }: ChangeAuthor) {
  return { requestedBy, changeToken, changedFrom: definitionHash(before) };
}

/** Of an empty group its own words are said anew; entries that are no server ids are not kept, but counted. */
function withErrors(next: Group, before: Group, stillWrong: readonly StatusError[]): Group {
  const kept = stillWrong.filter(({ code }) => code !== 'group.empty');
  const entriesStand = kept.some(({ code }) => code === 'group.invalid_server_id');
  return {
    ...next,
    invalidEntries: entriesStand ? before.invalidEntries : 0,
    definitionErrors: [...kept, ...next.definitionErrors],
  };
}

/** What a group is defined as, in one order. */
function definitionOf({ name, description, tags, ...group }: Group) {
  const { accountId, region, serverIds, configuration, launchConfig, serverOverrides, driftPolicy } = group;
  const applied = { accountId, region, serverIds, configuration, launchConfig, serverOverrides };
  return { name, description, tags, ...applied, driftPolicy };
}

/** What reaches servers, and what is wrong with it. */
function appliedPartOf(group: Group) {
  const { name: _name, description: _description, tags: _tags, driftPolicy: _policy, ...applied } = definitionOf(group);
  const { definitionErrors, invalidEntries } = group;
  return { ...applied, invalidEntries, errors: definitionErrors.map(({ at: _at, ...error }) => error) };
}

/**
 * A change of what only people read, and of tags that give roles, applies nothing and leaves the status as it is. What is still
 * being applied goes on in the name of whoever asked for that.
 */
function described(before: Group, next: Group): Group {
  const { description: _earlier, driftPolicy: _before, ...kept } = before;
  const { name, description, tags, driftPolicy, generation, changedBy, changedAt, changeToken, changedFrom } = next;
  const { requestedBy, correlationId } = isLagging(before) ? before : next;
  return {
    ...kept,
    name,
    ...(description !== undefined && { description }),
    tags,
    ...(driftPolicy && { driftPolicy }),
    generation,
    plannedGeneration: isLagging(before) ? before.plannedGeneration : generation,
    changedBy,
    changedAt,
    correlationId,
    ...(requestedBy !== undefined && { requestedBy }),
    ...(changeToken !== undefined && { changeToken }),
    ...(changedFrom !== undefined && { changedFrom }),
  };
}
