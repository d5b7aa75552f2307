import { isDeepStrictEqual } from 'node:util';
import type { KeyClass } from '@prelaunch/contracts/configuration';
import type { PublishPlan, PublishProblem } from '@prelaunch/contracts/operations/configurations';
import canonicalize from 'canonicalize';
import { fingerprint } from '../../fingerprint.ts';
import { asIfStopped } from '../../group/inheritance.ts';
import { type Catalogue, type ConfigurationVersion, contentHash, headOf, nameOf } from '../configuration.ts';
import { foldOf, type GraphView, pathOf } from '../graph-view.ts';
import type { GraphParts } from '../pictures/drawn-graph.ts';
import { mermaidOf } from '../pictures/mermaid.ts';
import { graphParts } from '../show-graph.ts';
import { stepName } from '../snapshot.ts';
import { configurationProblems, inheritsFrom } from './configuration-problems.ts';
import { graphViews, withLineage } from './graph-views.ts';
import { type FollowingGroup, type LockHit, serverChanges } from './server-changes.ts';

/** All that a plan is made from. */
export interface PlanInput {
  readonly catalogue: Catalogue;
  /** As it would be published. */
  readonly next: ConfigurationVersion;
  readonly head: ConfigurationVersion | undefined;
  /** Every version that a group or an affected configuration inherits from, before or after. */
  readonly versions: ReadonlyMap<string, ConfigurationVersion>;
  /** The configuration, then what inherits from it. */
  readonly affected: readonly string[];
  /** Groups that begin at one of those. */
  readonly groups: readonly FollowingGroup[];
}

/** A plan, as far as the graph and the groups say it. Who has to approve it is for others. */
export interface MadePlan extends Omit<PublishPlan, 'approval'> {
  readonly keyClasses: readonly KeyClass[];
  /** What is concerned, with all that it inherits from. */
  readonly parts: GraphParts;
  /** With the lineage that it would have. */
  readonly next: ConfigurationVersion;
}

const CHANGES_SHOWN_MAX = 200;
const PROBLEMS_SHOWN_MAX = 50;
const CONFLICTS_SHOWN_MAX = 100;
const HITS_SHOWN_MAX = 100;

/** What publishing a version would do, by the same resolver that servers are planned with. */
export function publishPlan({ catalogue, next: stated, head, versions, affected, groups }: PlanInput): MadePlan {
  const next = withLineage(stated, catalogue, versions);
  const viewsFor = graphViews(catalogue, versions, next);
  const viewsOf = (group: FollowingGroup['group']) => viewsFor(group.inherits?.followed ?? []);
  const views = viewsFor([]);
  const following = groups.filter(({ group, start }) => follows(viewsOf(group).after, start, next)).sort(byId);
  const { changes, problems: broken, ...servers } = serverChanges(following, viewsOf);
  const problems = [
    ...configurationProblems(next, affected, { catalogue, head, views }),
    ...brokenForSome(groups, graphViews({ ...catalogue, rollouts: asIfStopped(catalogue.rollouts) }, versions, next)),
    ...broken,
  ];
  const parts = concernedParts({ catalogue, next, affected }, views.after);
  const basedOn = headOf(catalogue, next.configurationId);
  const hits = [...servers.lockHits, ...unusedHits(affected, views.after, servers.lockHits)];
  const agreedTo = {
    content: contentHash(next),
    basedOn,
    revision: catalogue.revision,
    affected,
    groups: following.map(({ group }) => group.groupId),
    servers: [servers.servers, servers.changedServers],
    told: inAnyOrder([...changes, ...problems, ...hits]),
  };
  return {
    configurationId: next.configurationId,
    version: next.version,
    basedOn: basedOn === 0 ? null : basedOn,
    catalogueRevision: catalogue.revision,
    planHash: `sha256:${fingerprint([next.configurationId, agreedTo])}`,
    publishable: problems.length === 0,
    problems: problems.slice(0, PROBLEMS_SHOWN_MAX),
    affectedConfigurations: [...affected],
    groups: following.length,
    servers: servers.servers,
    changedServers: servers.changedServers,
    changes: changes.slice(0, CHANGES_SHOWN_MAX),
    moreChanges: Math.max(0, changes.length - CHANGES_SHOWN_MAX),
    conflicts: affected.flatMap((id) => conflictsIn(id, views.after)).slice(0, CONFLICTS_SHOWN_MAX),
    lockHits: hits.slice(0, HITS_SHOWN_MAX),
    mermaid: mermaidOf(parts),
    parts,
    keyClasses: [...new Set(changes.map(({ keyClass }) => keyClass))].sort(),
    next,
  };
}

/** Neither the order of a list nor that of fields is agreed to. */
function inAnyOrder(list: readonly object[]): string[] {
  return list.map((one) => canonicalize(one) ?? '').sort();
}

function concernedParts(
  { catalogue, next, affected }: Pick<PlanInput, 'catalogue' | 'next' | 'affected'>,
  after: GraphView,
): GraphParts {
  const { configurationId: draft } = next;
  const versions = affected.flatMap((configurationId) => pathOf({ configurationId }, after));
  return graphParts({
    versions: versions.length > 0 ? versions : [next],
    heads: (configurationId) => (configurationId === draft ? next.version : headOf(catalogue, configurationId)),
    affected: new Set(affected),
    draft,
  });
}

/** The same plan comes of the same groups, whichever was read first. */
function byId({ group: one }: FollowingGroup, { group: other }: FollowingGroup): number {
  return one.groupId < other.groupId ? -1 : 1;
}

/** Where a configuration or a version that is looked for is published, those that were looking for it get it too. */
function follows(after: GraphView, start: FollowingGroup['start'], next: ConfigurationVersion): boolean {
  if (start.version !== undefined) return stepName(start) === nameOf(next);
  const { configurationId } = next;
  const lineage = after.lineageOf(start);
  if (lineage.kind === 'none') return lineage.problem.concerns.includes(configurationId);
  return lineage.followed.some((ref) => ref.configurationId === configurationId);
}

function refOf({ configurationId, version }: ConfigurationVersion) {
  return { configurationId, version };
}

/**
 * Groups that have an earlier version of something see a graph of their own, which may break where nobody else's does: those that a
 * stopped rollout holds back, and those that it will hold back should one that runs be stopped.
 */
function brokenForSome(groups: readonly FollowingGroup[], viewsFor: ReturnType<typeof graphViews>): PublishProblem[] {
  const views = viewsFor([]);
  return groups.flatMap(({ group, start }) => {
    const own = viewsFor(group.inherits?.followed ?? []);
    if (own === views) return [];
    const lineage = own.after.lineageOf(start);
    if (lineage.kind === 'path' || own.before.lineageOf(start).kind === 'none') return [];
    const { concerns: _concerns, ...problem } = lineage.problem;
    const held = `protection group ${group.groupId}, with the versions that it has`;
    return [{ ...problem, message: `${held}: ${problem.message}` }];
  });
}

/** Where order alone decides between two that both state a key. */
function conflictsIn(configurationId: string, view: GraphView): PublishPlan['conflicts'] {
  const byName = new Map(pathOf({ configurationId }, view).map((version) => [nameOf(version), version]));
  return [...foldOf({ configurationId }, view).states].flatMap(([key, { winner, losers }]) => {
    if (winner?.by.layer !== 'configuration') return [];
    const best = byName.get(nameOf(winner.by));
    return losers.flatMap(({ by, value, reason }) => {
      const beaten = by.layer === 'configuration' ? byName.get(nameOf(by)) : undefined;
      if (!best || !beaten || reason !== 'overridden' || isDeepStrictEqual(value, winner.value)) return [];
      if (beaten === best || inheritsFrom(best, beaten, view)) return [];
      return [{ key, in: configurationId, winner: refOf(best), loser: refOf(beaten) }];
    });
  });
}

/** Locks that beat what a configuration states which no server uses yet. */
function unusedHits(affected: readonly string[], view: GraphView, known: readonly LockHit[]): LockHit[] {
  const seen = new Set(known.map(({ servers: _servers, ...hit }) => JSON.stringify(hit)));
  const hits = affected.flatMap((configurationId) =>
    [...foldOf({ configurationId }, view).states].flatMap(([key, { losers }]) =>
      losers
        .filter(({ reason }) => reason === 'locked')
        .map(({ by, beatenBy }) => ({ key, lockedBy: beatenBy, beaten: by })),
    ),
  );
  const fresh = new Map(hits.map((hit) => [JSON.stringify(hit), hit]));
  return [...fresh].filter(([id]) => !seen.has(id)).map(([, hit]) => ({ ...hit, servers: 0 }));
}
