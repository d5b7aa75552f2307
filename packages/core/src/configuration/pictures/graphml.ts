import { type DrawnEdge, type DrawnNode, drawnGraph, type GraphParts } from './drawn-graph.ts';

type Fields<Part> = { readonly [Field in keyof Part]?: 'string' | 'long' | 'boolean' };

const NODE_FIELDS = {
  configurationId: 'string',
  version: 'long',
  description: 'string',
  owner: 'string',
  pinned: 'boolean',
  affected: 'boolean',
} as const satisfies Fields<DrawnNode>;
const EDGE_FIELDS = { order: 'long', pinned: 'boolean' } as const satisfies Fields<DrawnEdge>;

/** The graph as GraphML. What is not known of a node, such as its owner, is left out. */
export function graphmlOf(graph: GraphParts): string {
  const { nodes, edges } = drawnGraph(graph);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    ...keys('node', NODE_FIELDS),
    ...keys('edge', EDGE_FIELDS),
    '  <graph id="configurations" edgedefault="directed">',
    ...nodes.map((node) => `    <node id="${node.id}">${data('node', NODE_FIELDS, node)}</node>`),
    ...edges.map(
      (edge) => `    <edge source="${edge.from.id}" target="${edge.to.id}">${data('edge', EDGE_FIELDS, edge)}</edge>`,
    ),
    '  </graph>',
    '</graphml>',
    '',
  ].join('\n');
}

type Domain = 'node' | 'edge';

function keys(domain: Domain, fields: Readonly<Record<string, string>>): string[] {
  return Object.entries(fields).map(
    ([name, type]) => `  <key id="${domain}-${name}" for="${domain}" attr.name="${name}" attr.type="${type}"/>`,
  );
}

function data<Field extends string>(
  domain: Domain,
  fields: Readonly<Record<Field, string>>,
  part: Readonly<Record<NoInfer<Field>, string | number | boolean | null>>,
): string {
  const stated = (Object.keys(fields) as Field[]).filter((name) => part[name] !== null);
  return stated.map((name) => `<data key="${domain}-${name}">${escaped(String(part[name]))}</data>`).join('');
}

/** XML 1.0 has no way at all to write these, not even as references. */
const FORBIDDEN = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
/** Line ends and other control characters as references, since parsers and editors make others of them. */
const MARKUP = /[<>&"'\t\n\r\x7f-\x9f\u2028\u2029]/g;

function escaped(text: string): string {
  return text.replaceAll(FORBIDDEN, '\ufffd').replaceAll(MARKUP, (character) => `&#${character.charCodeAt(0)};`);
}
