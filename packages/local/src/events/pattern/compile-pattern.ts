import { InvalidEventPatternError } from './invalid-event-pattern-error.ts';
import { isLeaf, isObject, type Leaf } from './leaf-matcher.ts';
import { comparisonNames, compileValue, type ValueMatcher } from './value-matcher.ts';

export type EventMatcher = (event: unknown) => boolean;

/** A compiled part of a pattern. `root` is the whole event: absence is judged there, not inside one element of an array. */
type NodeMatcher = (node: unknown, root: unknown) => boolean;

const PATTERN_CHARACTERS_MAX = 2048;

/** Compiles an event pattern as it stands in a rule; throws InvalidEventPatternError for what EventBridge refuses. */
export function compilePattern(pattern: string): EventMatcher {
  if (pattern.length > PATTERN_CHARACTERS_MAX) {
    throw new InvalidEventPatternError(`Event pattern is longer than ${PATTERN_CHARACTERS_MAX} characters`);
  }
  const parsed = parseJson(pattern);
  if (!isObject(parsed)) throw new InvalidEventPatternError('Filter is not an object');
  const matches = compileObject(parsed, []);
  return (event) => matches(event, event);
}

function parseJson(pattern: string): unknown {
  try {
    return JSON.parse(pattern);
  } catch {
    throw new InvalidEventPatternError('Filter is not valid JSON');
  }
}

function compileObject(pattern: Readonly<Record<string, unknown>>, path: readonly string[]): NodeMatcher {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw new InvalidEventPatternError('Empty objects are not allowed');
  const fields = entries.map(([name, value]) =>
    isAlternatives(name, value) ? compileAlternatives(value, path) : compileField(name, value, path),
  );
  return (node, root) => inSomeElement(node, (one) => fields.every((matches) => matches(one, root)));
}

/** `$or` is an operator only over two or more patterns; otherwise it is a field that happens to have that name. */
function isAlternatives(name: string, value: unknown): value is Record<string, unknown>[] {
  if (name !== '$or' || !Array.isArray(value) || value.length < 2) return false;
  return value.every((one) => isObject(one) && !Object.keys(one).some((key) => comparisonNames.has(key)));
}

function compileAlternatives(patterns: readonly Record<string, unknown>[], path: readonly string[]): NodeMatcher {
  const alternatives = patterns.map((pattern) => compileObject(pattern, path));
  return (node, root) => alternatives.some((matches) => matches(node, root));
}

function compileField(name: string, value: unknown, parents: readonly string[]): NodeMatcher {
  const path = [...parents, name];
  if (isObject(value)) {
    const matches = compileObject(value, path);
    return (node, root) => matches(child(node, name), root);
  }
  if (!Array.isArray(value)) throw new InvalidEventPatternError(`"${name}" must be an object or an array`);
  if (value.length === 0) throw new InvalidEventPatternError('Empty arrays are not allowed');
  const matchers = value.map(compileValue);
  const wantsAbsence = matchers.some(({ kind }) => kind === 'absent');
  return (node, root) =>
    leavesAt(child(node, name), []).some((leaf) => someMatch(matchers, leaf)) ||
    (wantsAbsence && leavesAt(root, path).length === 0);
}

function someMatch(matchers: readonly ValueMatcher[], leaf: Leaf): boolean {
  return matchers.some((matcher) => matcher.kind === 'leaf' && matcher.matches(leaf));
}

/** Fields below an array of objects must all match within one of its elements. */
function inSomeElement(node: unknown, matches: (one: unknown) => boolean): boolean {
  if (Array.isArray(node)) return node.some((one) => inSomeElement(one, matches)) || (node.length === 0 && matches({}));
  return matches(node);
}

function child(node: unknown, name: string): unknown {
  return isObject(node) && Object.hasOwn(node, name) ? node[name] : undefined;
}

/** The leaves at a path, through arrays on the way. Objects are no leaves: `exists` does not see them. */
function leavesAt(node: unknown, path: readonly string[]): Leaf[] {
  if (Array.isArray(node)) return node.flatMap((one) => leavesAt(one, path));
  const [name, ...rest] = path;
  if (name !== undefined) return leavesAt(child(node, name), rest);
  return isLeaf(node) ? [node] : [];
}
