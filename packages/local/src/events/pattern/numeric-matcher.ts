import { InvalidEventPatternError } from './invalid-event-pattern-error.ts';
import type { LeafMatcher } from './leaf-matcher.ts';

const NUMBER_MAX = 5e9;

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

interface Comparison {
  readonly operator: string;
  readonly bound: number;
}

/** `[">", 0, "<=", 5]`: one comparison, or a range with one bound on each side. Text never matches, even if it reads as a number. */
export function numericMatcher(terms: unknown): LeafMatcher {
  if (!Array.isArray(terms)) throw new InvalidEventPatternError('Value of numeric must be an array.');
  const all = comparisonsOf(terms);
  refuseImpossible(all);
  return (leaf) =>
    typeof leaf === 'number' && all.every(({ operator, bound }) => comparisons[operator]?.(leaf, bound) ?? false);
}

function comparisonsOf(terms: readonly unknown[]): Comparison[] {
  if (terms.length === 0) throw new InvalidEventPatternError('Invalid member in numeric match: ]');
  if (terms.length > 4) throw new InvalidEventPatternError('Too many elements in numeric expression');
  const all: Comparison[] = [];
  for (let at = 0; at < terms.length; at += 2) all.push(comparisonOf(terms[at], terms[at + 1]));
  return all;
}

function comparisonOf(operator: unknown, bound: unknown): Comparison {
  if (typeof operator !== 'string' || !Object.hasOwn(comparisons, operator)) {
    throw new InvalidEventPatternError(`Unrecognized numeric range operator: ${String(operator)}`);
  }
  if (typeof bound !== 'number') {
    throw new InvalidEventPatternError(`Value of ${operator === '=' ? 'equals' : operator} must be numeric`);
  }
  if (Math.abs(bound) > NUMBER_MAX) {
    throw new InvalidEventPatternError(`Value must be between -${NUMBER_MAX} and ${NUMBER_MAX}, inclusive`);
  }
  return { operator, bound };
}

function refuseImpossible(all: readonly Comparison[]): void {
  const [one, other] = all;
  if (!one || !other) return;
  if (one.operator === '=' || other.operator === '=') {
    throw new InvalidEventPatternError('Too many elements in numeric expression');
  }
  if (one.operator.charAt(0) === other.operator.charAt(0)) {
    throw new InvalidEventPatternError(`Bad numeric range operator: ${other.operator}`);
  }
  const lower = one.operator.startsWith('>') ? one.bound : other.bound;
  const upper = one.operator.startsWith('<') ? one.bound : other.bound;
  if (lower >= upper) throw new InvalidEventPatternError('Bottom must be less than top');
}
