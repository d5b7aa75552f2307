import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GraphParts } from './drawn-graph.ts';
import { graphmlOf } from './graphml.ts';
import { mermaidOf } from './mermaid.ts';
import { opencypherOf } from './opencypher.ts';
import type { ReadGraph } from './testing/read-graph.ts';
import { readGraphml } from './testing/read-graphml.ts';
import { readMermaid } from './testing/read-mermaid.ts';
import { readOpencypher } from './testing/read-opencypher.ts';

type Node = GraphParts['nodes'][number];

const plain = { description: null, owner: null, pinned: false, affected: false };

/** Two ends, a diamond, a pinned version and a draft. */
const estate: GraphParts = {
  nodes: [
    { ...plain, configurationId: 'production', version: 4, affected: true },
    { ...plain, configurationId: 'base', version: 3, description: "For all; don't change", owner: 'platform' },
    { ...plain, configurationId: 'base', version: 2, pinned: true },
    { ...plain, configurationId: 'payments', version: null, affected: true },
  ],
  edges: [
    { from: 'production@4', to: 'base@3', order: 0, pinned: false },
    { from: 'payments@draft', to: 'base@2', order: 1, pinned: true },
    { from: 'payments@draft', to: 'production@4', order: 0, pinned: false },
  ],
};

const HOSTILE = [
  '"]; n0 --> n1',
  '"`<b>#quot;`"',
  '%%{init: {}}%%\nclick n0 call x()',
  '</data></node><node id="n9"/>',
  ']]>&#60;&lt;&amp;',
  "'}) DETACH DELETE n; //",
  String.raw`\'}); MATCH (n) DETACH DELETE n; //`,
  String.raw`\u0027}) DETACH DELETE n //`,
  String.raw`\\u005cu0027\;\\`,
  'a\r\nb\rc\td\0e\x0bf\x85g\u2028h\ufeffi\ufffej\u{e0001}k\u{1f600}',
  '\ud800',
  '$x {y}',
];
const hostile = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...'\\u0027\'"`;\n\r<>&#[](){}|%- '), maxLength: 16 }),
);
const node: fc.Arbitrary<Node> = fc.record({
  configurationId: fc.oneof(fc.constantFrom('base', 'team_a.b-c', 'end'), hostile),
  version: fc.option(fc.integer({ min: 1, max: 3 })),
  description: fc.option(hostile),
  owner: fc.option(hostile),
  pinned: fc.boolean(),
  affected: fc.boolean(),
});

function nameOf({ configurationId, version }: Pick<Node, 'configurationId' | 'version'>): string {
  return `${configurationId}@${version ?? 'draft'}`;
}

const graph: fc.Arbitrary<GraphParts> = fc
  .uniqueArray(node, { selector: nameOf, minLength: 1, maxLength: 6 })
  .chain((nodes) => {
    const end = fc.constantFrom(...nodes.map(nameOf));
    const edge = fc.record({ from: end, to: end, order: fc.nat(7), pinned: fc.boolean() });
    const ends = ({ from, to }: GraphParts['edges'][number]) => JSON.stringify([from, to]);
    return fc.record({ nodes: fc.constant(nodes), edges: fc.uniqueArray(edge, { selector: ends, maxLength: 8 }) });
  });

function sorted<Value>(values: readonly Value[]): Value[] {
  return values.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

/** As the contract tells it: what the text says of each configuration, and its edges by the names of their ends. */
function toldBy({ nodes, edges }: ReadGraph, describedAs: (fields: Readonly<Record<string, unknown>>) => object) {
  const told = new Map([...nodes].map(([id, fields]) => [id, describedAs(fields)]));
  return {
    nodes: sorted([...told.values()]),
    edges: sorted(edges.map(({ from, to, fields }) => ({ from: told.get(from), to: told.get(to), ...fields }))),
  };
}

/** What should be told of a graph, with of each configuration and each edge what the format has. */
function wanted({ nodes, edges }: GraphParts, describedAs: (node: Node) => object, hasOrder = true) {
  const byName = new Map(nodes.map((one) => [nameOf(one), describedAs(one)]));
  return {
    nodes: sorted([...byName.values()]),
    edges: sorted(
      edges.map(({ from, to, order, pinned }) => ({
        from: byName.get(from),
        to: byName.get(to),
        ...(hasOrder && { order }),
        pinned,
      })),
    ),
  };
}

const FORBIDDEN = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** Without what is not known, and without what XML cannot say. */
function inXml(fields: Node): object {
  const known = Object.entries(fields).filter(([, value]) => value !== null);
  return Object.fromEntries(
    known.map(([name, value]) => [name, typeof value === 'string' ? value.replaceAll(FORBIDDEN, '\ufffd') : value]),
  );
}

function inCypher({ configurationId, version, ...others }: Node): object {
  return { id: configurationId, ...(version === null ? { draft: true } : { version }), ...others };
}

const FORMATS = [
  { format: 'Mermaid', textOf: mermaidOf },
  { format: 'GraphML', textOf: graphmlOf },
  { format: 'openCypher', textOf: opencypherOf },
];

describe('a picture of the graph', () => {
  it('in Mermaid has children below, and shows what is pinned and what is affected', () => {
    expect(mermaidOf(estate)).toBe(
      [
        'flowchart BT',
        '  n0["base@2"]',
        '  n1["base@3"]',
        '  n2["payments@draft"]',
        '  n3["production@4"]',
        '  n2 --> n3',
        '  n2 -. pinned .-> n0',
        '  n3 --> n1',
        '  classDef pinned stroke-dasharray:5 5',
        '  class n0 pinned',
        '  classDef affected fill:#fff3cd,stroke:#b8860b,color:#000000',
        '  class n2,n3 affected',
        '',
      ].join('\n'),
    );
  });

  it('in GraphML declares what it says of nodes and edges', () => {
    const lines = graphmlOf(estate).split('\n');
    expect(lines).toContain('  <key id="node-owner" for="node" attr.name="owner" attr.type="string"/>');
    expect(lines).toContain('  <key id="edge-order" for="edge" attr.name="order" attr.type="long"/>');
    expect(lines).toContain(
      '    <edge source="n2" target="n0"><data key="edge-order">1</data><data key="edge-pinned">true</data></edge>',
    );
  });

  it('in openCypher is a script of one statement a line', () => {
    const lines = opencypherOf(estate).split('\n');
    expect(lines[1]).toBe(
      String.raw`MERGE (n:Configuration {id: 'base', version: 3}) SET n.description = 'For all\u003b don\'t change', n.owner = 'platform', n.pinned = false, n.affected = false;`,
    );
    expect(lines[5]).toBe(
      "MATCH (a:Configuration {id: 'payments', draft: true}), (b:Configuration {id: 'base', version: 2}) MERGE (a)-[:INHERITS {order: 1, pinned: true}]->(b);",
    );
  });

  it('in Mermaid is read back as it is, whatever configurations are called', () => {
    const describedAs = (one: Node) => ({ name: nameOf(one), pinned: one.pinned, affected: one.affected });
    fc.assert(
      fc.property(graph, (any) => {
        expect(toldBy(readMermaid(mermaidOf(any)), (fields) => fields)).toEqual(wanted(any, describedAs, false));
      }),
    );
  });

  it('in GraphML is read back as it is, but for characters that XML does not have', () => {
    fc.assert(
      fc.property(graph, (any) => {
        expect(toldBy(readGraphml(graphmlOf(any)), (fields) => fields)).toEqual(wanted(any, inXml));
      }),
    );
  });

  it('in openCypher is read back as it is, also where codes are resolved before strings are read', () => {
    const resolved = (script: string, codes: RegExp) =>
      script.replaceAll(codes, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
    const careless = /\\u([0-9a-f]{4})/g;
    const careful = /(?<=(?<!\\)(?:\\\\)*)\\u([0-9a-f]{4})/g;
    fc.assert(
      fc.property(graph, (any) => {
        const script = opencypherOf(any);
        for (const text of [script, resolved(script, careless), resolved(script, careful)])
          expect(toldBy(readOpencypher(text), (fields) => fields)).toEqual(wanted(any, inCypher));
      }),
    );
  });

  it('in openCypher has as many semicolons as statements', () => {
    fc.assert(
      fc.property(graph, (any) => {
        expect(opencypherOf(any).split(';')).toHaveLength(any.nodes.length + any.edges.length + 1);
      }),
    );
  });

  it.each(FORMATS)('in $format has as many lines as without any names and texts', ({ textOf }) => {
    const withoutTexts = ({ nodes, edges }: GraphParts): GraphParts => ({
      nodes: nodes.map((one) => ({ ...one, description: null, owner: null })),
      edges,
    });
    const linesOf = (any: GraphParts) => textOf(any).split(/\r\n?|[\n\v\f\x85\u2028\u2029]/).length;
    fc.assert(
      fc.property(graph, (any) => {
        expect(linesOf(any)).toBe(linesOf(withoutTexts(any)));
      }),
    );
  });

  it.each(FORMATS)('in $format is the same text in whatever order the graph is given', ({ textOf }) => {
    const turned = ({ nodes, edges }: GraphParts) => ({ nodes: nodes.toReversed(), edges: edges.toReversed() });
    fc.assert(
      fc.property(graph, (any) => {
        expect(textOf(turned(any))).toBe(textOf(any));
      }),
    );
  });

  it.each(FORMATS)('in $format leaves out edges to what is not shown', ({ textOf }) => {
    const edge = { to: 'base@1', from: 'production@4', order: 1, pinned: true };
    expect(textOf({ ...estate, edges: [...estate.edges, edge] })).toBe(textOf(estate));
  });
});
