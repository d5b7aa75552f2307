import { type DrawnEdge, type DrawnNode, drawnGraph, type GraphParts } from './drawn-graph.ts';

/** The graph as an openCypher script of one statement a line, which may be run again. */
export function opencypherOf(graph: GraphParts): string {
  const { nodes, edges } = drawnGraph(graph);
  return [...nodes.map(nodeStatement), ...edges.map(edgeStatement)].map((statement) => `${statement};\n`).join('');
}

function nodeStatement(node: DrawnNode): string {
  const { description, owner, pinned, affected } = node;
  const properties = { description: literal(description), owner: literal(owner), pinned, affected };
  const assignments = Object.entries(properties).map(([name, value]) => `n.${name} = ${value}`);
  return `MERGE (n:${pattern(node)}) SET ${assignments.join(', ')}`;
}

function edgeStatement({ from, to, order, pinned }: DrawnEdge): string {
  const inherits = `MERGE (a)-[:INHERITS {order: ${order}, pinned: ${pinned}}]->(b)`;
  return `MATCH (a:${pattern(from)}), (b:${pattern(to)}) ${inherits}`;
}

/** A draft has no version, and nothing is found by a property that is null. */
function pattern({ configurationId, version }: DrawnNode): string {
  const which = version === null ? 'draft: true' : `version: ${version}`;
  return `Configuration {id: ${literal(configurationId)}, ${which}}`;
}

function literal(text: string | null): string {
  return text === null ? 'null' : `'${text.replaceAll(SPECIAL, escaped)}'`;
}

/**
 * A semicolon is one of them since drivers are often given what stands between semicolons, and so is a u after a backslash: Neo4j
 * may take `\\u0027` for a quote, because it resolves such codes before it reads strings. Of other control, format and unpaired
 * characters nobody would see that they are there.
 */
const SPECIAL = /\\u|['\\;]|[\p{C}\p{Zl}\p{Zp}]/gu;
const SHORT: Readonly<Record<string, string>> = {
  '\\u': '\\\\\\u0075',
  '\\': '\\\\',
  "'": "\\'",
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function escaped(special: string): string {
  return SHORT[special] ?? special.split('').map(codeOf).join('');
}

function codeOf(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
