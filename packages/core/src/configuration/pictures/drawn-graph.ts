import type { ConfigurationGraph } from '@prelaunch/contracts/operations/configurations';

/** Configurations and who inherits from whom, as the API answers them. */
export type GraphParts = Pick<ConfigurationGraph, 'nodes' | 'edges'>;

type Node = GraphParts['nodes'][number];
type Edge = GraphParts['edges'][number];

export interface DrawnNode extends Node {
  /** Safe in every format, whatever the configuration is called. */
  readonly id: string;
  readonly name: string;
}

export interface DrawnEdge extends Omit<Edge, 'from' | 'to'> {
  readonly from: DrawnNode;
  readonly to: DrawnNode;
}

export interface DrawnGraph {
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
}

/**
 * What pictures are made from: in an order that does not depend on the one given, so that the same graph is always the same text.
 * Edges that lead out of what is shown are left out, since a reader would make nodes of their ends.
 */
export function drawnGraph({ nodes, edges }: GraphParts): DrawnGraph {
  const drawn = nodes.toSorted(byName).map((node, index) => ({ ...node, id: `n${index}`, name: nameOf(node) }));
  const byNames = new Map(drawn.map((node) => [node.name, node]));
  const places = new Map(drawn.map((node, index) => [node, index]));
  const placeOf = (node: DrawnNode) => places.get(node) ?? 0;
  const connected = edges.flatMap(({ from, to, ...edge }): DrawnEdge[] => {
    const [child, parent] = [byNames.get(from), byNames.get(to)];
    return child && parent ? [{ ...edge, from: child, to: parent }] : [];
  });
  return {
    nodes: drawn,
    edges: connected.toSorted(
      (one, other) =>
        placeOf(one.from) - placeOf(other.from) || one.order - other.order || placeOf(one.to) - placeOf(other.to),
    ),
  };
}

/** As edges name it: `production@4`, and `production@draft` for what has no version yet. */
function nameOf({ configurationId, version }: Node): string {
  return `${configurationId}@${version ?? 'draft'}`;
}

/** By code units rather than by language, so that the order is the same everywhere; a draft after the versions. */
function byName(one: Node, other: Node): number {
  if (one.configurationId !== other.configurationId) return one.configurationId < other.configurationId ? -1 : 1;
  return (one.version ?? Number.MAX_VALUE) - (other.version ?? Number.MAX_VALUE);
}
