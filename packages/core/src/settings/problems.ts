import type { ErrorCode } from '@prelaunch/contracts/error-codes';
import type { z } from 'zod';

/** What is wrong with a value somebody gave us: where it is, what it was, and what is allowed there. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly path: string;
  readonly value?: unknown;
  readonly allowed: string;
}

const VALUE_LENGTH_MAX = 200;
const PATH_LENGTH_MAX = 300;
const PROBLEMS_MAX = 20;
/** Longer than any text that is allowed, deeper than any setting. */
const TEXT_LENGTH_MAX = 1000;
const DEPTH_MAX = 8;
/** What may hold a secret. `httpTokens` only says whether metadata needs one, `nextToken` where a page begins. */
const SENSITIVE =
  /user.?data|secret|pass|pwd|(?<!http|next)token|credential|(private|api|access|ssh).?key|connection.?string|auth|bearer|cookie/i;

type Issue = z.core.$ZodIssue;

/** What was refused: the first half of the codes of its problems. */
type Subject = 'settings' | 'message' | 'request';

/**
 * Turns a schema's refusal of `input` into problems, one per unknown field and one per bad value. `at` is prefixed to each path,
 * and `schema` tells which fields are known where one is not.
 */
export function problemsOf(
  error: z.ZodError,
  input: unknown,
  options: {
    readonly code: Subject;
    readonly at?: string;
    readonly schema: z.ZodType;
    /** Fields that are known, and stated somewhere else. */
    readonly elsewhere?: readonly string[];
  },
): Problem[] {
  const at = options.at === undefined ? [] : [options.at];
  const problems = error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => unknownField(issue, key, input, { ...options, at }))
      : [badValue(issue, input, { ...options, at })],
  );
  return bounded(problems, options.code);
}

/** The first problems, and how many more there are: what is recorded has to stay small, however much is wrong. */
function bounded(problems: readonly Problem[], code: Subject): Problem[] {
  if (problems.length <= PROBLEMS_MAX) return [...problems];
  const message = `and ${problems.length - PROBLEMS_MAX} more`;
  return [...problems.slice(0, PROBLEMS_MAX), { code: `${code}.more`, message, path: '', allowed: '' }];
}

interface Context {
  readonly code: Subject;
  readonly at: readonly string[];
  readonly schema: z.ZodType;
  readonly elsewhere?: readonly string[];
}

function unknownField(issue: Issue, key: string, input: unknown, context: Context): Problem {
  const { code, at, schema, elsewhere = [] } = context;
  const path = joined([...at, ...issue.path, key]);
  const fields = fieldsAt(schema, issue.path).filter((field) => issue.path.length > 0 || !elsewhere.includes(field));
  return {
    code: `${code}.unknown_field`,
    message: `${path} is not a known field`,
    path,
    value: shown(path, valueAt(input, [...issue.path, key])),
    allowed: fields.length > 0 ? `one of ${fields.join(', ')}` : 'no such field',
  };
}

function badValue(issue: Issue, input: unknown, { code, at }: Context): Problem {
  const path = joined([...at, ...issue.path]);
  const value = valueAt(input, issue.path);
  const allowed = allowedBy(issue);
  return {
    code: value === undefined ? `${code}.missing` : `${code}.invalid`,
    message: value === undefined ? `${path} is missing: give ${allowed}` : `${path || 'the whole'} must be ${allowed}`,
    path,
    ...(value !== undefined && { value: shown(path, value) }),
    allowed,
  };
}

/** Schemas say what is allowed in words of their own; where one does not, zod says what it expected. */
function allowedBy(issue: Issue): string {
  const { message } = issue.code === 'invalid_key' ? (issue.issues[0] ?? issue) : issue;
  const expected = /^Invalid (?:input|option): expected (.+?)(?:, received .*)?$/.exec(message)?.[1];
  if (expected === undefined) return message;
  return expected === 'object' ? 'an object' : expected;
}

function joined(path: readonly PropertyKey[]): string {
  const text = path.map(String).join('.');
  return text.length > PATH_LENGTH_MAX ? `${text.slice(0, PATH_LENGTH_MAX)}…` : text;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], input);
}

/** A value as it may be shown to people and kept: short, and never something that may be a secret. */
export function shown(path: string, value: unknown): unknown {
  if (SENSITIVE.test(path)) return '[redacted]';
  const text = JSON.stringify(storable(value));
  if (text === undefined) return undefined;
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}…` : (JSON.parse(text) as unknown);
}

/**
 * A value that was refused, as it may be kept until it is corrected: without what may be a secret, and with nothing that a table
 * cannot hold. Longer than anything that is allowed, it stays refused.
 */
export function storable(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.slice(0, TEXT_LENGTH_MAX).toWellFormed();
  if (typeof value === 'number') return isStorableNumber(value) ? value : String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return '[too deep]';
  if (Array.isArray(value)) return value.map((inner) => storable(inner, depth + 1));
  const kept = Object.entries(value).map(([key, inner]) => [
    key,
    SENSITIVE.test(key) ? '[redacted]' : storable(inner, depth + 1),
  ]);
  return Object.fromEntries(kept);
}

/** DynamoDB's client takes no larger number, and DynamoDB no smaller one. */
function isStorableNumber(value: number): boolean {
  const size = Math.abs(value);
  return size === 0 || (size >= 1e-100 && size <= Number.MAX_SAFE_INTEGER);
}

/** The field names that the schema has at a path; nothing where it is no object there. */
function fieldsAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let current: unknown = unwrapped(schema);
  for (const key of path) current = unwrapped(shapeOf(current)?.[String(key)]);
  return Object.keys(shapeOf(current) ?? {});
}

function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  return (schema as { shape?: Record<string, unknown> } | undefined)?.shape;
}

function unwrapped(schema: unknown): unknown {
  const inner = (schema as { unwrap?: () => unknown } | undefined)?.unwrap;
  return typeof inner === 'function' ? unwrapped(inner.call(schema)) : schema;
}
