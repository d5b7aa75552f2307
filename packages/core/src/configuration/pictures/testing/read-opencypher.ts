import { type ReadEdge, type ReadGraph, tokens } from './read-graph.ts';

type Tokens = ReturnType<typeof tokens>;

/** Reads a script of MERGE statements, one after the other. */
export function readOpencypher(script: string): ReadGraph {
  const source = tokens(script);
  const nodes = new Map<string, Readonly<Record<string, unknown>>>();
  const edges: ReadEdge[] = [];
  while (!source.isAtEnd()) {
    if (source.take(/MERGE \(n:/) !== undefined) {
      const matched = configuration(source);
      nodes.set(JSON.stringify(matched), { ...matched, ...assignments(source) });
    } else edges.push(relation(source, nodes));
    source.need(/;\n/);
  }
  return { nodes, edges };
}

function assignments(source: Tokens): Record<string, unknown> {
  const assigned: Record<string, unknown> = {};
  source.need(/\) SET /);
  do {
    source.need(/n\./);
    const name = source.need(/\w+/);
    source.need(/ = /);
    assigned[name] = literal(source);
  } while (source.take(/, /) !== undefined);
  return assigned;
}

function relation(source: Tokens, nodes: ReadGraph['nodes']): ReadEdge {
  source.need(/MATCH \(a:/);
  const from = JSON.stringify(configuration(source));
  source.need(/\), \(b:/);
  const to = JSON.stringify(configuration(source));
  source.need(/\) MERGE \(a\)-\[:INHERITS /);
  const fields = map(source);
  source.need(/\]->\(b\)/);
  if (!nodes.has(from) || !nodes.has(to)) throw new Error('an edge without an end');
  return { from, to, fields };
}

function configuration(source: Tokens): Record<string, unknown> {
  source.need(/Configuration /);
  return map(source);
}

function map(source: Tokens): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  source.need(/\{/);
  do {
    const name = source.need(/\w+/);
    source.need(/: /);
    read[name] = literal(source);
  } while (source.take(/, /) !== undefined);
  source.need(/\}/);
  return read;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', "'": "'", '\\': '\\' };

function literal(source: Tokens): unknown {
  const word = source.take(/null|true|false|\d+/);
  if (word !== undefined) return JSON.parse(word);
  const quoted = source.need(/'(?:[^'\\]|\\[nrt'\\]|\\u[0-9a-f]{4})*'/).slice(1, -1);
  return quoted.replaceAll(/\\(?:u([0-9a-f]{4})|(.))/g, (_, code: string | undefined, letter: string) =>
    code === undefined ? (ESCAPES[letter] ?? '') : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
