import type { ConfigurationRef, VersionRef } from '@prelaunch/contracts/configuration';
import type {
  GetConfigurationGraphRequest,
  ConfigurationGraph as GraphAnswer,
} from '@prelaunch/contracts/operations/configurations';
import { type Catalogue, type ConfigurationVersion, headOf, inLineage, nameOf } from './configuration.ts';
import { ConfigurationNotFoundError } from './configuration-errors.ts';
import { loadGraph } from './load-graph.ts';
import type { GraphParts } from './pictures/drawn-graph.ts';
import { graphmlOf } from './pictures/graphml.ts';
import { mermaidOf } from './pictures/mermaid.ts';
import { opencypherOf } from './pictures/opencypher.ts';
import type { ConfigurationStore } from './ports.ts';

/** What is drawn: versions, and which of them are concerned by something. */
export interface Drawing {
  readonly versions: readonly ConfigurationVersion[];
  /** The version that followers of a configuration have, or would have. */
  readonly heads: (configurationId: string) => number;
  readonly affected: ReadonlySet<string>;
  /** One that has no version yet. */
  readonly draft?: string;
}

/** The newest versions, and older ones that something pins, with what inherits from what. */
export function graphParts({ versions, heads, affected, draft }: Drawing): GraphParts {
  const drawn = new Map(versions.map((version) => [nameOf(version), version]));
  const nodes = [...drawn.values()].sort(byName).map(({ configurationId, version, description, owner }) => ({
    configurationId,
    version: configurationId === draft && version === heads(configurationId) ? null : version,
    description: description ?? null,
    owner: owner ?? null,
    pinned: version !== heads(configurationId),
    affected: affected.has(configurationId) && version === heads(configurationId),
  }));
  return { nodes, edges: [...drawn.values()].sort(byName).flatMap((version) => edgesOf(version, heads, drawn, draft)) };
}

function draftName({ configurationId }: VersionRef): string {
  return `${configurationId}@draft`;
}

function byName(one: VersionRef, other: VersionRef): number {
  if (one.configurationId !== other.configurationId) return one.configurationId < other.configurationId ? -1 : 1;
  return one.version - other.version;
}

function edgesOf(
  child: ConfigurationVersion,
  heads: Drawing['heads'],
  drawn: ReadonlyMap<string, ConfigurationVersion>,
  draft: string | undefined,
): GraphParts['edges'] {
  const nodeName = (ref: VersionRef) =>
    ref.configurationId === draft && ref.version === heads(ref.configurationId) ? draftName(ref) : nameOf(ref);
  const frozen = child.version !== heads(child.configurationId);
  return child.parents.flatMap((parent, order) => {
    const to = parentsOf(parent, child, heads).find((ref) => drawn.has(nameOf(ref)));
    if (!to) return [];
    const pinned = parent.version !== undefined || to.version !== heads(to.configurationId);
    return [{ from: nodeName(child), to: nodeName(to), order, pinned: frozen || pinned }];
  });
}

/** What a version inherits now, where it is the newest, and what stood in its lineage when it was published. */
function parentsOf(
  { configurationId, version }: ConfigurationRef,
  child: ConfigurationVersion,
  heads: Drawing['heads'],
): VersionRef[] {
  if (version !== undefined) return [{ configurationId, version }];
  const then = inLineage(configurationId, child);
  const now = { configurationId, version: heads(configurationId) };
  return child.version === heads(child.configurationId) ? [now, ...then] : then;
}

interface Deps {
  readonly configurations: Pick<ConfigurationStore, 'catalogue' | 'versions'>;
}

/** The whole graph, or all that one configuration has to do with: what it inherits from and what inherits from it. */
export async function showGraph(
  { configurationId, format }: Pick<GetConfigurationGraphRequest, 'configurationId' | 'format'>,
  deps: Deps,
): Promise<GraphAnswer> {
  const catalogue = await deps.configurations.catalogue();
  if (configurationId !== undefined && headOf(catalogue, configurationId) === 0)
    throw new ConfigurationNotFoundError(configurationId);
  const graph = await loadGraph(followedBy(catalogue), catalogue, deps.configurations);
  const parts = graphParts({ versions: [...graph.versions.values()], heads: graph.heads, affected: new Set() });
  const shown =
    configurationId === undefined
      ? parts
      : around(nameOf({ configurationId, version: graph.heads(configurationId) }), parts);
  return graphAnswer(catalogue.revision, shown, format);
}

function followedBy({ heads }: Catalogue): ConfigurationRef[] {
  return Object.keys(heads).map((configurationId) => ({ configurationId }));
}

export function graphAnswer(
  catalogueRevision: number,
  parts: GraphParts,
  format: GetConfigurationGraphRequest['format'],
): GraphAnswer {
  const text = exported(parts, format);
  return { catalogueRevision, ...parts, mermaid: mermaidOf(parts), ...(text !== undefined && { export: text }) };
}

function exported(parts: GraphParts, format: GetConfigurationGraphRequest['format']): string | undefined {
  switch (format) {
    case 'data':
      return undefined;
    case 'opencypher':
      return opencypherOf(parts);
    case 'graphml':
      return graphmlOf(parts);
  }
}

/** Everything from which a node inherits, and everything that inherits from it. */
function around(name: string, { nodes, edges }: GraphParts): GraphParts {
  const kept = new Set([...reachable(name, edges, 'from', 'to'), ...reachable(name, edges, 'to', 'from')]);
  return {
    nodes: nodes.filter(
      ({ configurationId, version }) => version !== null && kept.has(nameOf({ configurationId, version })),
    ),
    edges: edges.filter(({ from, to }) => kept.has(from) && kept.has(to)),
  };
}

function reachable(name: string, edges: GraphParts['edges'], here: 'from' | 'to', there: 'from' | 'to'): Set<string> {
  const neighbours = Map.groupBy(edges, (edge) => edge[here]);
  const found = new Set([name]);
  for (const one of found) for (const edge of neighbours.get(one) ?? []) found.add(edge[there]);
  return found;
}
