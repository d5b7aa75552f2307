import type { ConfigurationRef, StatedBy } from '@prelaunch/contracts/configuration';
import type { PlannedChange, PublishProblem } from '@prelaunch/contracts/operations/configurations';
import canonicalize from 'canonicalize';
import type { Group } from '../../group/group.ts';
import { memberSettings } from '../../group/member-settings.ts';
import { type ChangedKey, changedKeys } from '../../settings/changed-keys.ts';
import type { EffectiveSettings } from '../../settings/effective-settings.ts';
import { traitsOf } from '../../settings/setting-keys.ts';
import { NOTHING_INHERITED } from '../inherited-settings.ts';
import type { GraphViews } from './graph-views.ts';

/** A group that gets what is published, with where it begins. */
export interface FollowingGroup {
  readonly group: Group;
  readonly start: ConfigurationRef;
}

/** What publishing makes of servers. */
export interface ServerChanges {
  readonly servers: number;
  readonly changedServers: number;
  /** Both by how many servers they concern. */
  readonly changes: readonly PlannedChange[];
  readonly lockHits: readonly LockHit[];
  readonly problems: readonly PublishProblem[];
}

export interface LockHit {
  readonly key: string;
  readonly lockedBy: StatedBy;
  readonly beaten: StatedBy;
  readonly servers: number;
}

const GROUPS_SHOWN_MAX = 20;

interface Tally {
  readonly changes: Map<string, { readonly changed: ChangedKey; servers: number; readonly groups: Set<string> }>;
  readonly hits: Map<string, LockHit>;
  readonly problems: Map<string, PublishProblem>;
  servers: number;
  changedServers: number;
}

/** What one way of stating settings comes to; servers that state nothing of their own share it. */
interface Difference {
  readonly changed: readonly ChangedKey[];
  readonly hits: readonly Omit<LockHit, 'servers'>[];
  readonly problems: readonly PublishProblem[];
}

export function serverChanges(groups: readonly FollowingGroup[], viewsOf: (group: Group) => GraphViews): ServerChanges {
  const tally: Tally = { changes: new Map(), hits: new Map(), problems: new Map(), servers: 0, changedServers: 0 };
  for (const following of groups) countGroup(following, viewsOf(following.group), tally);
  return {
    servers: tally.servers,
    changedServers: tally.changedServers,
    changes: [...tally.changes].sort(bySize).map(([, change]) => planned(change)),
    lockHits: [...tally.hits].sort(bySize).map(([, hit]) => hit),
    problems: [...tally.problems.values()],
  };
}

/** The same are in the same order, whichever group was looked at first. */
function bySize(
  [one, { servers }]: [string, { servers: number }],
  [other, than]: [string, { servers: number }],
): number {
  return than.servers - servers || (one < other ? -1 : 1);
}

function countGroup({ group, start }: FollowingGroup, { before, after }: GraphViews, tally: Tally): void {
  const inherited = after.inheritedBy(start);
  // Why there is nothing to inherit is told of the configuration.
  if (!inherited) return;
  const earlier = memberSettings(group, before.inheritedBy(start) ?? NOTHING_INHERITED);
  const later = memberSettings(group, inherited);
  const known = new Map<EffectiveSettings, Difference>();
  for (const serverId of group.serverIds) {
    const now = later(serverId);
    const difference = known.get(now) ?? differenceOf(earlier(serverId), now);
    known.set(now, difference);
    count(difference, group.groupId, serverId, tally);
  }
}

function differenceOf(before: EffectiveSettings, after: EffectiveSettings): Difference {
  const known = new Set(before.problems.map(({ code, allowed, value }) => JSON.stringify([code, allowed, value])));
  const isNew = ({ code, allowed, value }: PublishProblem) => !known.has(JSON.stringify([code, allowed, value]));
  return {
    changed: changedKeys(before.settings, after.settings),
    hits: after.lockHits(),
    problems: after.problems.filter(isNew),
  };
}

function count({ changed, hits, problems }: Difference, groupId: string, serverId: string, tally: Tally): void {
  tally.servers += 1;
  if (changed.length > 0) tally.changedServers += 1;
  for (const change of changed) {
    const id = identityOf(change);
    const known = tally.changes.get(id) ?? { changed: change, servers: 0, groups: new Set() };
    known.servers += 1;
    known.groups.add(groupId);
    tally.changes.set(id, known);
  }
  for (const hit of hits) {
    const id = JSON.stringify(hit);
    tally.hits.set(id, { ...hit, servers: (tally.hits.get(id)?.servers ?? 0) + 1 });
  }
  for (const problem of problems) {
    const id = JSON.stringify([groupId, problem.code, problem.path, problem.allowed]);
    if (tally.problems.has(id)) continue;
    tally.problems.set(id, { ...problem, message: `protection group ${groupId}, ${serverId}: ${problem.message}` });
  }
}

/** Not to be stated and to be `null` are two things; in which order an object has its fields is none. */
function identityOf({ key, from, to }: ChangedKey): string {
  return canonicalize([key, { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }]) ?? '';
}

function planned({
  changed,
  servers,
  groups,
}: {
  changed: ChangedKey;
  servers: number;
  groups: Set<string>;
}): PlannedChange {
  const { key, from, to } = changed;
  const { keyClass, mayFailLaunch } = traitsOf(key);
  return {
    key,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    servers,
    groups: [...groups].sort().slice(0, GROUPS_SHOWN_MAX),
    groupCount: groups.size,
    keyClass,
    mayFailLaunch,
  };
}
