import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Linearization, linearized } from './linearize.ts';
import { anyDag } from './testing/arbitrary-graphs.ts';
import graphs from './testing/python-orders.json' with { type: 'json' };

type Dag<Node> = ReadonlyMap<Node, readonly Node[]>;

/** Each node that has a lineage or could have one: what stands above it has. */
function linearizations<Node>(dag: Dag<Node>): Map<Node, Linearization<Node>> {
  const found = new Map<Node, Linearization<Node>>();
  for (const [node, parents] of dag) {
    if (parents.some((parent) => found.get(parent)?.kind !== 'ordered')) continue;
    found.set(
      node,
      linearized(node, parents, (parent) => lineageIn(found, parent)),
    );
  }
  return found;
}

function lineageIn<Node>(found: ReadonlyMap<Node, Linearization<Node>>, node: Node): readonly Node[] {
  const one = found.get(node);
  if (one?.kind !== 'ordered') throw new Error(`${node} has no lineage`);
  return one.lineage;
}

interface Answer {
  readonly node: number;
  readonly parents: readonly number[];
  readonly dag: Dag<number>;
  readonly lineageOf: (node: number) => readonly number[];
  readonly result: Linearization<number>;
}

/** Looks at every answer for every node of thousands of graphs. */
function forAll<Kind extends Answer['result']['kind']>(
  kind: Kind,
  law: (answer: Answer & { readonly result: Extract<Linearization<number>, { kind: Kind }> }) => void,
): void {
  fc.assert(
    fc.property(anyDag, (nodes) => {
      const dag = new Map(nodes.entries());
      const found = linearizations(dag);
      const lineageOf = (node: number) => lineageIn(found, node);
      for (const [node, result] of found) {
        if (result.kind !== kind) continue;
        const matching = result as Extract<Linearization<number>, { kind: Kind }>;
        law({ node, parents: dag.get(node) ?? [], dag, lineageOf, result: matching });
      }
    }),
    { numRuns: 2000 },
  );
}

function ancestorsOf(node: number, dag: Dag<number>): number[] {
  return (dag.get(node) ?? []).flatMap((parent) => [parent, ...ancestorsOf(parent, dag)]);
}

/** Every order that a node is asked to keep: those of its parents' lineages, and that of its parents. */
function demands({ parents, lineageOf }: Answer): (readonly number[])[] {
  return [...parents.map(lineageOf), parents];
}

/** Takes away, again and again, what nothing is demanded before: what is left cannot be ordered. */
function unorderable(lists: readonly (readonly number[])[]): Set<number> {
  const left = new Set(lists.flat());
  for (;;) {
    const waiting = new Set(lists.flatMap((list) => list.filter((node) => left.has(node)).slice(1)));
    const free = [...left].filter((node) => !waiting.has(node));
    if (free.length === 0) return left;
    for (const node of free) left.delete(node);
  }
}

describe('linearized', () => {
  it('orders, or refuses to, as Python does', () => {
    for (const graph of graphs) {
      const stated = [...graph.matchAll(/(\w)\((\w*)\)(?:=(\w+)|!)/g)];
      const found = linearizations(new Map(stated.map(([, name = '', bases = '']) => [name, [...bases]])));
      const orders = [...found].map(([name, one]) => [name, one.kind === 'ordered' ? one.lineage.join('') : undefined]);
      expect(orders, graph).toEqual(stated.map(([, name, , order]) => [name, order]));
    }
  });

  it('begins with the node and has each of its ancestors once', () => {
    forAll('ordered', ({ node, dag, result: { lineage } }) => {
      expect(lineage[0]).toBe(node);
      expect([...lineage].sort()).toEqual([...new Set([node, ...ancestorsOf(node, dag)])].sort());
    });
  });

  it('puts each node before its parents and keeps the order of the parents of each', () => {
    forAll('ordered', ({ dag, result: { lineage } }) => {
      for (const node of lineage) {
        const family = [node, ...(dag.get(node) ?? [])];
        expect(lineage.filter((one) => family.includes(one))).toEqual(family);
      }
    });
  });

  it('keeps the lineage of each parent: what wins over another there does so here', () => {
    forAll('ordered', ({ parents, lineageOf, result: { lineage } }) => {
      for (const parent of parents) {
        const kept = lineageOf(parent);
        expect(lineage.filter((one) => kept.includes(one))).toEqual(kept);
      }
    });
  });

  it('finds an order wherever there is one', () => {
    forAll('inconsistent', (answer) => {
      expect(unorderable(demands(answer)).size).toBeGreaterThan(1);
    });
  });

  it('names nodes of which each is demanded before another of them and after it', () => {
    forAll('inconsistent', (answer) => {
      const { between } = answer.result;
      const amongThem = demands(answer).map((list) => list.filter((node) => between.includes(node)));
      const before = new Set(amongThem.flatMap((list) => list.slice(0, -1)));
      const after = new Set(amongThem.flatMap((list) => list.slice(1)));
      expect(new Set(between).size).toBe(between.length);
      expect(between.filter((node) => before.has(node) && after.has(node))).toEqual(between);
    });
  });
});
