import type { ReadEdge, ReadGraph } from './read-graph.ts';

/** What could end a label, or would be Markdown, HTML or a directive inside of it, is not among these. */
const NODE = /^ {2}(?<id>n\d+)\["(?<label>(?:[A-Za-z0-9_.@ -]|#\d+;)*)"\]$/;
const EDGE = /^ {2}(?<from>n\d+) (?<arrow>-->|-\. pinned \.->) (?<to>n\d+)$/;
const CLASS = /^ {2}class (?<members>n\d+(?:,n\d+)*) (?<name>pinned|affected)$/;
const CLASS_DEFINITION = /^ {2}classDef (?:pinned|affected) [a-z0-9#:, -]+$/;

/** Reads a flowchart of which every line is a node, an edge or a class. */
export function readMermaid(text: string): ReadGraph {
  const [first, ...lines] = text.split('\n');
  if (first !== 'flowchart BT' || lines.pop() !== '') throw new Error('no flowchart');
  const stranger = lines.find((line) => ![NODE, EDGE, CLASS, CLASS_DEFINITION].some((form) => form.test(line)));
  if (stranger !== undefined) throw new Error(`no line of ours: ${stranger}`);
  const classes = all(CLASS, lines).map(({ name, members = '' }) => ({ name, members: members.split(',') }));
  const isIn = (id: string, wanted: string) =>
    classes.some(({ name, members }) => name === wanted && members.includes(id));
  return {
    nodes: new Map(
      all(NODE, lines).map(({ id = '', label = '' }) => [
        id,
        { name: decoded(label), pinned: isIn(id, 'pinned'), affected: isIn(id, 'affected') },
      ]),
    ),
    edges: all(EDGE, lines).map(
      ({ from = '', to = '', arrow }): ReadEdge => ({ from, to, fields: { pinned: arrow !== '-->' } }),
    ),
  };
}

function all(form: RegExp, lines: readonly string[]) {
  return lines.flatMap((line) => {
    const groups = form.exec(line)?.groups;
    return groups ? [groups] : [];
  });
}

function decoded(label: string): string {
  return label.replaceAll(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
}
