import { HEADER_OF_FIELD } from '@prelaunch/contracts/http-fields';
import { type OperationName, operations } from '@prelaunch/contracts/operations';
import type { z } from 'zod';

type HeaderField = keyof typeof HEADER_OF_FIELD;
type Fields = ReadonlyMap<string, z.ZodType>;

/** A method and a path at which an operation is. */
export interface Way {
  readonly method: string;
  readonly path: string;
}

/** The fields of a request by where HTTP has them. */
export interface FieldPlaces {
  readonly path: Fields;
  readonly query: Fields;
  readonly headers: ReadonlyMap<HeaderField, z.ZodType>;
  readonly body: Fields;
}

/** The method and the path say the operation, and the authorizer says who calls. */
const SAID_OTHERWISE: ReadonlySet<string> = new Set(['operation', 'invokedBy']);

/** What is too much for a query: those who have it ask in the other way. */
const NOT_IN_QUERIES: ReadonlySet<string> = new Set(['overrides']);

/** The second way to an operation that has one for simple cases: by a GET, to one that is a POST for the others. */
export function simpleWayOf(name: OperationName): Way | undefined {
  const operation = operations[name];
  return 'simpleHttp' in operation ? operation.simpleHttp : undefined;
}

export function fieldsOf(name: OperationName, { method, path: template }: Way = operations[name].http): FieldPlaces {
  const path = new Map<string, z.ZodType>();
  const headers = new Map<HeaderField, z.ZodType>();
  const rest = new Map<string, z.ZodType>();
  for (const [field, schema] of Object.entries<z.ZodType>(operations[name].request.shape)) {
    if (SAID_OTHERWISE.has(field)) continue;
    if (template.includes(`{${field}}`)) path.set(field, schema);
    else if (isHeaderField(field)) headers.set(field, schema);
    else if (method !== 'GET' || !NOT_IN_QUERIES.has(field)) rest.set(field, schema);
  }
  const none: Fields = new Map();
  return method === 'GET' ? { path, headers, query: rest, body: none } : { path, headers, query: none, body: rest };
}

function isHeaderField(field: string): field is HeaderField {
  return Object.hasOwn(HEADER_OF_FIELD, field);
}

/** Whether a request has to state it. */
export function isRequired(schema: z.ZodType): boolean {
  return !schema.safeParse(undefined).success;
}

/** Whether it is a list, which is a text with commas in a query. */
export function isList(schema: z.ZodType): boolean {
  return schema.safeParse([]).success;
}
