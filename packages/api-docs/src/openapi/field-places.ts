import { HEADER_OF_FIELD } from '@prelaunch/contracts/http-fields';
import { type OperationName, operations } from '@prelaunch/contracts/operations';
import type { z } from 'zod';

type HeaderField = keyof typeof HEADER_OF_FIELD;
type Fields = ReadonlyMap<string, z.ZodType>;

/** The fields of a request by where HTTP has them. */
export interface FieldPlaces {
  readonly path: Fields;
  readonly query: Fields;
  readonly headers: ReadonlyMap<HeaderField, z.ZodType>;
  readonly body: Fields;
}

/** The method and the path say the operation, and the authorizer says who calls. */
const SAID_OTHERWISE: ReadonlySet<string> = new Set(['operation', 'invokedBy']);

export function fieldsOf(name: OperationName): FieldPlaces {
  const { http, request } = operations[name];
  const path = new Map<string, z.ZodType>();
  const headers = new Map<HeaderField, z.ZodType>();
  const rest = new Map<string, z.ZodType>();
  for (const [field, schema] of Object.entries<z.ZodType>(request.shape)) {
    if (SAID_OTHERWISE.has(field)) continue;
    if (http.path.includes(`{${field}}`)) path.set(field, schema);
    else if (isHeaderField(field)) headers.set(field, schema);
    else rest.set(field, schema);
  }
  const none: Fields = new Map();
  return http.method === 'GET'
    ? { path, headers, query: rest, body: none }
    : { path, headers, query: none, body: rest };
}

function isHeaderField(field: string): field is HeaderField {
  return Object.hasOwn(HEADER_OF_FIELD, field);
}

/** Whether a request has to state it. */
export function isRequired(schema: z.ZodType): boolean {
  return !schema.safeParse(undefined).success;
}
