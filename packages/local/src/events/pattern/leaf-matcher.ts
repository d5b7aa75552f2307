/** A JSON value that is neither an object nor an array: what patterns compare with. */
export type Leaf = string | number | boolean | null;

export type LeafMatcher = (leaf: Leaf) => boolean;

export function isLeaf(value: unknown): value is Leaf {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Restricts a test of text to leaves that are text: a number or null has no prefix. */
export function ofText(test: (text: string) => boolean): LeafMatcher {
  return (leaf) => typeof leaf === 'string' && test(leaf);
}
