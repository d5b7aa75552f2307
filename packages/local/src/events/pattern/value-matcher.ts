import { anythingButMatcher } from './anything-but-matcher.ts';
import { cidrMatcher } from './cidr-matcher.ts';
import { InvalidEventPatternError } from './invalid-event-pattern-error.ts';
import { isLeaf, isObject, type LeafMatcher } from './leaf-matcher.ts';
import { numericMatcher } from './numeric-matcher.ts';
import { equalsIgnoreCaseMatcher, prefixMatcher, suffixMatcher, textOf } from './text-matchers.ts';
import { wildcardMatcher } from './wildcard-matcher.ts';

/** One element of a field's list: a test of leaves, or the wish that there is no leaf at all. */
export type ValueMatcher = { readonly kind: 'leaf'; readonly matches: LeafMatcher } | { readonly kind: 'absent' };

const comparisons: Readonly<Record<string, (value: unknown) => LeafMatcher>> = {
  prefix: prefixMatcher,
  suffix: suffixMatcher,
  'equals-ignore-case': equalsIgnoreCaseMatcher,
  'anything-but': anythingButMatcher,
  numeric: numericMatcher,
  cidr: cidrMatcher,
  wildcard: (value) => wildcardMatcher(textOf('wildcard', value)),
};

export const comparisonNames: ReadonlySet<string> = new Set([...Object.keys(comparisons), 'exists']);

/** Compiles one element of a field's list. Numbers compare as numbers, so 300 and 3.0e2 are one value here. */
export function compileValue(element: unknown): ValueMatcher {
  if (isLeaf(element)) return { kind: 'leaf', matches: (leaf) => leaf === element };
  if (!isObject(element))
    throw new InvalidEventPatternError('Match value must be String, number, true, false, or null');
  const entries = Object.entries(element);
  const [name, value] = entries[0] ?? ['', undefined];
  if (entries.length !== 1) throw new InvalidEventPatternError('Only one key allowed in match expression');
  if (name === 'exists') return existence(value);
  const make = Object.hasOwn(comparisons, name) ? comparisons[name] : undefined;
  if (!make) throw new InvalidEventPatternError(`Unrecognized match type ${name}`);
  return { kind: 'leaf', matches: make(value) };
}

function existence(value: unknown): ValueMatcher {
  if (value === true) return { kind: 'leaf', matches: () => true };
  if (value === false) return { kind: 'absent' };
  throw new InvalidEventPatternError('exists match pattern must be either true or false.');
}
