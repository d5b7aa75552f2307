import { type ReadEdge, type ReadGraph, tokens } from './read-graph.ts';

type Attributes = Readonly<Record<string, string>>;
type Tokens = ReturnType<typeof tokens>;

/** As XML 1.0 defines them: everything else is no document. */
const CHARACTERS = /^[\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;
const ENTITIES: Attributes = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Reads GraphML as a parser of XML does, and the values as the keys declare them. */
export function readGraphml(text: string): ReadGraph {
  if (!CHARACTERS.test(text)) throw new Error('a character that XML does not have');
  const source = tokens(text);
  source.need(/<\?xml version="1\.0" encoding="UTF-8"\?>\n/);
  const root = element(source);
  if (root.name !== 'graphml') throw new Error('no GraphML');
  const keys = new Map(children(root, 'key').map(({ attributes }) => [attributes.id ?? '', attributes]));
  const [graph, ...others] = children(root, 'graph');
  if (!graph || others.length > 0) throw new Error('not one graph');
  const fieldsOf = (part: Element) =>
    Object.fromEntries(children(part, 'data').map((data) => fieldOf(data, keys.get(data.attributes.key ?? ''), part)));
  const nodes = new Map(children(graph, 'node').map((node) => [node.attributes.id ?? '', fieldsOf(node)]));
  const edges = children(graph, 'edge').map((edge): ReadEdge => {
    const { source: from = '', target: to = '' } = edge.attributes;
    if (!nodes.has(from) || !nodes.has(to)) throw new Error('an edge without an end');
    return { from, to, fields: fieldsOf(edge) };
  });
  return { nodes, edges };
}

interface Element {
  readonly name: string;
  readonly attributes: Attributes;
  readonly elements: readonly Element[];
  readonly text: string;
}

function children({ elements }: Element, name: string): Element[] {
  return elements.filter((element) => element.name === name);
}

function fieldOf({ text }: Element, key: Attributes | undefined, { name }: Element): [string, unknown] {
  if (key?.for !== name || key['attr.name'] === undefined) throw new Error('data without a key');
  return [key['attr.name'], key['attr.type'] === 'string' ? text : JSON.parse(text)];
}

function element(source: Tokens): Element {
  source.need(/</);
  const name = source.need(/[a-z]+/);
  const attributes: Record<string, string> = {};
  while (source.take(/ /) !== undefined) {
    const attribute = source.need(/[a-z.]+/);
    attributes[attribute] = source.need(/="[^"<&]*"/).slice(2, -1);
  }
  if (source.take(/\/>/) !== undefined) return { name, attributes, elements: [], text: '' };
  source.need(/>/);
  const content = contentOf(source);
  source.need(new RegExp(`</${name}>\\s*`));
  return { name, attributes, ...content };
}

/** Elements, or text: we do not mix them. Blanks around elements are nothing. */
function contentOf(source: Tokens): Pick<Element, 'elements' | 'text'> {
  const text = decoded(source.take(/(?:[^<&]|&[^;<&]*;)+/) ?? '');
  const elements: Element[] = [];
  while (source.take(/(?=<[a-z])/) !== undefined) {
    elements.push(element(source));
    source.take(/\s+/);
  }
  return elements.length > 0 ? { elements, text: '' } : { elements, text };
}

/** Line ends are told apart only where they are references. */
function decoded(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(/&([^;]*);/g, (_, name: string) => {
    const code = /^#(\d+)$/.exec(name)?.[1];
    const character = code === undefined ? ENTITIES[name] : String.fromCodePoint(Number(code));
    if (character === undefined || !CHARACTERS.test(character)) throw new Error(`&${name}; is no character`);
    return character;
  });
}
