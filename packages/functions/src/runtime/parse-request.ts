import { DomainError } from '@prelaunch/core/errors';
import { type Problem, problemsOf, shown } from '@prelaunch/core/settings/problems';
import type { z } from 'zod';

/** A request with something in it that is not allowed. */
export class InvalidRequestError extends DomainError {
  override readonly name = 'InvalidRequestError';
  readonly code = 'request.invalid';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ message }) => message).join('; '));
    this.problems = problems;
  }
}

/** Parses a request by the schema of the operation it names. Throws `InvalidRequestError` with every problem found. */
export function parseRequest<Schemas extends Readonly<Record<string, z.ZodType>>>(
  operations: Schemas,
  input: unknown,
): z.output<Schemas[keyof Schemas]> {
  const named = (input as { operation?: unknown } | null | undefined)?.operation;
  const schema = typeof named === 'string' && Object.hasOwn(operations, named) ? operations[named] : undefined;
  if (!schema) throw new InvalidRequestError([unknownOperation(Object.keys(operations), named)]);
  const result = schema.safeParse(input);
  if (result.success) return result.data as z.output<Schemas[keyof Schemas]>;
  throw new InvalidRequestError(problemsOf(result.error, input, { code: 'request', schema }));
}

function unknownOperation(names: readonly string[], named: unknown): Problem {
  const allowed = `one of ${names.join(', ')}`;
  const message = `operation must be ${allowed}`;
  return { code: 'request.invalid', message, path: 'operation', value: shown('operation', named), allowed };
}
