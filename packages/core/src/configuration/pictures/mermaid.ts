import { type DrawnEdge, type DrawnNode, drawnGraph, type GraphParts } from './drawn-graph.ts';

/** Dark text is stated with a light fill, so that it can be read in dark themes too. */
const CLASSES = {
  pinned: 'stroke-dasharray:5 5',
  affected: 'fill:#fff3cd,stroke:#b8860b,color:#000000',
} as const satisfies { readonly [Class in keyof DrawnNode]?: string };

/** The graph as Mermaid text: children below, pointing up to what they inherit from. */
export function mermaidOf(graph: GraphParts): string {
  const { nodes, edges } = drawnGraph(graph);
  const lines = [
    ...nodes.map(({ id, name }) => `${id}["${escaped(name)}"]`),
    ...edges.map(arrow),
    ...classLines('pinned', nodes),
    ...classLines('affected', nodes),
  ];
  return ['flowchart BT', ...lines.map((line) => `  ${line}`), ''].join('\n');
}

function arrow({ from, to, pinned }: DrawnEdge): string {
  return `${from.id} ${pinned ? '-. pinned .->' : '-->'} ${to.id}`;
}

function classLines(name: keyof typeof CLASSES, nodes: readonly DrawnNode[]): string[] {
  const members = nodes.filter((node) => node[name]).map(({ id }) => id);
  return members.length === 0 ? [] : [`classDef ${name} ${CLASSES[name]}`, `class ${members.join(',')} ${name}`];
}

/** Mermaid has one way to escape, an entity code; it reads quotes, HTML, Markdown and directives inside of labels too. */
function escaped(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_.@ -]/gu, (character) => `#${character.codePointAt(0)};`);
}
