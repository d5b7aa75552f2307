import { InvalidEventPatternError } from './invalid-event-pattern-error.ts';
import { isObject, type Leaf, type LeafMatcher } from './leaf-matcher.ts';
import { equalsIgnoreCaseMatcher, prefixMatcher, suffixMatcher } from './text-matchers.ts';
import { wildcardMatcher } from './wildcard-matcher.ts';

const inverted: Readonly<Record<string, (value: string) => LeafMatcher>> = {
  prefix: prefixMatcher,
  suffix: suffixMatcher,
  'equals-ignore-case': equalsIgnoreCaseMatcher,
  wildcard: wildcardMatcher,
};

/** Matches a leaf that is present and is none of what is named. Values, lists of one type, or an inner comparison with one text or a list of them. */
export function anythingButMatcher(value: unknown): LeafMatcher {
  if (isObject(value)) return anythingButComparison(value);
  const excluded = new Set<Leaf>(Array.isArray(value) ? excludedList(value) : [excludedValue(value)]);
  return (leaf) => !excluded.has(leaf);
}

function anythingButComparison(value: Readonly<Record<string, unknown>>): LeafMatcher {
  const entries = Object.entries(value);
  const [kind, inner] = entries[0] ?? ['', undefined];
  if (entries.length !== 1) throw new InvalidEventPatternError('Only one key allowed in match expression');
  const make = Object.hasOwn(inverted, kind) ? inverted[kind] : undefined;
  if (!make) throw new InvalidEventPatternError(`Unsupported anything-but pattern: ${kind}`);
  const excluded = textsOf(kind, inner).map(make);
  return (leaf) => !excluded.some((matches) => matches(leaf));
}

function textsOf(kind: string, inner: unknown): string[] {
  const texts: unknown[] = Array.isArray(inner) ? inner : [inner];
  if (texts.length === 0) throw new InvalidEventPatternError('Empty arrays are not allowed');
  return texts.map((text) => {
    if (typeof text !== 'string') {
      throw new InvalidEventPatternError(`Inside anything-but/${kind} list, only strings are allowed`);
    }
    if (text === '') throw new InvalidEventPatternError(`Null ${kind} not allowed`);
    return text;
  });
}

function excludedValue(value: unknown): string | number {
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw new InvalidEventPatternError('Value of anything-but must be an array or single string/number value.');
}

function excludedList(values: readonly unknown[]): (string | number)[] {
  if (values.length === 0) throw new InvalidEventPatternError('Empty arrays are not allowed');
  const list = values.map((value) => {
    if (typeof value === 'string' || typeof value === 'number') return value;
    throw new InvalidEventPatternError('Inside anything but list, start|null|boolean is not supported.');
  });
  if (new Set(list.map((value) => typeof value)).size > 1) {
    throw new InvalidEventPatternError(
      'Inside anything but list, either all values are number or string, mixed type is not supported',
    );
  }
  return list;
}
