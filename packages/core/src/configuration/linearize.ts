/** The order, or, where there is none, the nodes that cannot be ordered: each is demanded before another of them and after it. */
export type Linearization<Node> =
  | { readonly kind: 'ordered'; readonly lineage: readonly Node[] }
  | { readonly kind: 'inconsistent'; readonly between: readonly Node[] };

/** A list that is taken off from the front. */
interface Queue<Node> {
  readonly list: readonly Node[];
  next: number;
}

/**
 * The C3 linearization (Barrett et al., A Monotonic Superclass Linearization for Dylan, 1996; Python orders classes by it): a node,
 * then what it inherits from, such that every node comes before its parents and parents keep their order.
 */
export function linearized<Node>(
  node: Node,
  parents: readonly Node[],
  lineageOf: (parent: Node) => readonly Node[],
): Linearization<Node> {
  const lineage = [node];
  const queues = [...parents.map(lineageOf), parents].map((list) => ({ list, next: 0 }));
  const waiting = waitingIn(queues);
  for (;;) {
    const heads = queues.flatMap(({ list, next }) => list.slice(next, next + 1));
    if (heads.length === 0) return { kind: 'ordered', lineage };
    const chosen = heads.find((head) => waiting.get(head) === 0);
    if (chosen === undefined) return { kind: 'inconsistent', between: circle(heads, queues) };
    lineage.push(chosen);
    for (const queue of queues) takeOff(queue, chosen, waiting);
  }
}

/** Heads of which each waits behind the next, and the last behind the first. */
function circle<Node>(heads: readonly Node[], queues: readonly Queue<Node>[]): Node[] {
  const trail: Node[] = [];
  let [head] = heads;
  while (head !== undefined && !trail.includes(head)) {
    trail.push(head);
    const blocked: Node = head;
    const before = queues.find(({ list, next }) => list.indexOf(blocked, next) > next);
    head = before?.list[before.next];
  }
  return head === undefined ? trail : trail.slice(trail.indexOf(head));
}

/** In how many queues each node waits behind another: only one that waits in none may come next. */
function waitingIn<Node>(queues: readonly Queue<Node>[]): Map<Node, number> {
  const waiting = new Map<Node, number>();
  for (const { list } of queues)
    for (const [index, node] of list.entries()) waiting.set(node, (waiting.get(node) ?? 0) + (index > 0 ? 1 : 0));
  return waiting;
}

function takeOff<Node>(queue: Queue<Node>, chosen: Node, waiting: Map<Node, number>): void {
  if (queue.next >= queue.list.length || queue.list[queue.next] !== chosen) return;
  queue.next += 1;
  for (const head of queue.list.slice(queue.next, queue.next + 1)) waiting.set(head, (waiting.get(head) ?? 1) - 1);
}
