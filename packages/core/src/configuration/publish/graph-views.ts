import type { VersionRef } from '@prelaunch/contracts/configuration';
import { headsFor } from '../../group/inheritance.ts';
import { type Catalogue, type ConfigurationVersion, nameOf } from '../configuration.ts';
import { type GraphView, graphViewOf } from '../graph-view.ts';

/** The graph before and after a version is published, as somebody sees it who was planned with these versions. */
export interface GraphViews {
  readonly before: GraphView;
  readonly after: GraphView;
}

/** Groups that a stopped rollout holds back see other versions than all others; whoever sees the same shares a view. */
export function graphViews(
  catalogue: Catalogue,
  versions: ReadonlyMap<string, ConfigurationVersion>,
  next: ConfigurationVersion,
): (followed: readonly VersionRef[]) => GraphViews {
  const published = withPublished(catalogue, next);
  const all = new Map([...versions, [nameOf(next), next]]);
  const known = new Map<string, GraphViews>();
  return (followed) => {
    const held = followed.filter(({ configurationId, version }) => isKept(catalogue, configurationId, version));
    const key = held.map(nameOf).sort().join(' ');
    const views = known.get(key) ?? {
      before: viewOf(catalogue, held, versions),
      after: viewOf(published, held, all),
    };
    known.set(key, views);
    return views;
  };
}

/** As it would be published: whoever pins it gets the lineage that it has then. */
export function withLineage(
  stated: ConfigurationVersion,
  catalogue: Catalogue,
  versions: ReadonlyMap<string, ConfigurationVersion>,
): ConfigurationVersion {
  const { configurationId, version } = stated;
  const next = { ...stated, lineage: [{ configurationId, version }] };
  const lineage = graphViews(catalogue, versions, next)([]).after.lineageOf({ configurationId });
  if (lineage.kind === 'none') return next;
  return { ...next, lineage: lineage.path.map(({ configurationId, version }) => ({ configurationId, version })) };
}

/** What the catalogue would say: whoever follows the configuration gets the next version, held back or not. */
function withPublished({ heads, rollouts, ...catalogue }: Catalogue, next: ConfigurationVersion): Catalogue {
  const { [next.configurationId]: _mark, ...others } = rollouts;
  return {
    ...catalogue,
    heads: { ...heads, [next.configurationId]: { version: next.version } },
    rollouts: others,
  };
}

function isKept(catalogue: Catalogue, configurationId: string, version: number): boolean {
  return (
    headsFor(catalogue, [{ configurationId, version }])(configurationId) !== headsFor(catalogue, [])(configurationId)
  );
}

function viewOf(
  catalogue: Catalogue,
  held: readonly VersionRef[],
  versions: ReadonlyMap<string, ConfigurationVersion>,
): GraphView {
  return graphViewOf({ heads: headsFor(catalogue, held), versions });
}
