import { type OperationName, type OperationRequest, operations } from '@prelaunch/contracts/operations';
import { InvalidRequestError } from '../invalid-request-error.ts';
import { type Problem, problemsOf, shown } from '../settings/problems.ts';

/**
 * Parses a request by the schema of the operation it names. Throws `InvalidRequestError` with every problem found; fields that the way
 * in takes from elsewhere are not offered to the caller.
 */
export function parseRequest(input: unknown, elsewhere: readonly string[] = []): OperationRequest {
  const named = (input as { operation?: unknown } | null | undefined)?.operation;
  if (!isOperation(named)) throw new InvalidRequestError([unknownOperation(named)]);
  const schema = operations[named].request;
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new InvalidRequestError(problemsOf(result.error, input, { code: 'request', schema, elsewhere }));
}

function isOperation(named: unknown): named is OperationName {
  return typeof named === 'string' && Object.hasOwn(operations, named);
}

function unknownOperation(named: unknown): Problem {
  const allowed = `one of ${Object.keys(operations).join(', ')}`;
  const message = `operation must be ${allowed}`;
  return { code: 'request.invalid', message, path: 'operation', value: shown('operation', named), allowed };
}
