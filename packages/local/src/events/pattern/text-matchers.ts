import { InvalidEventPatternError } from './invalid-event-pattern-error.ts';
import { isObject, type LeafMatcher, ofText } from './leaf-matcher.ts';

/** `{ "prefix": "eu-" }`, or `{ "prefix": { "equals-ignore-case": "EU-" } }`. */
export function prefixMatcher(value: unknown): LeafMatcher {
  const { text, fold } = affix('prefix', value);
  return ofText((leaf) => fold(leaf).startsWith(text));
}

/** `{ "suffix": ".png" }`, or `{ "suffix": { "equals-ignore-case": ".PNG" } }`. */
export function suffixMatcher(value: unknown): LeafMatcher {
  const { text, fold } = affix('suffix', value);
  return ofText((leaf) => fold(leaf).endsWith(text));
}

export function equalsIgnoreCaseMatcher(value: unknown): LeafMatcher {
  const text = foldCase(textOf('equals-ignore-case', value));
  return ofText((leaf) => foldCase(leaf) === text);
}

export function textOf(kind: string, value: unknown): string {
  if (typeof value !== 'string') throw new InvalidEventPatternError(`${kind} match pattern must be a string`);
  return value;
}

function affix(kind: string, value: unknown): { text: string; fold: (text: string) => string } {
  if (!isObject(value)) return { text: textOf(kind, value), fold: asIs };
  const [key, inner, ...more] = Object.entries(value).flat();
  if (key !== 'equals-ignore-case' || more.length > 0) {
    throw new InvalidEventPatternError(`Unsupported anything-but/${kind} pattern: ${String(key)}`);
  }
  return { text: foldCase(textOf('equals-ignore-case', inner)), fold: foldCase };
}

function asIs(text: string): string {
  return text;
}

function foldCase(text: string): string {
  return text.toLowerCase();
}
