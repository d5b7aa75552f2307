import { HEADER_OF_FIELD } from '@prelaunch/contracts/http-fields';
import { type OperationName, operations } from '@prelaunch/contracts/operations';
import { InvalidRequestError, refusedField } from '@prelaunch/core/invalid-request-error';
import { REQUEST_BYTES_MAX, RequestTooLargeError } from '@prelaunch/core/operation/unsafe-input';
import { type Problem, shown } from '@prelaunch/core/settings/problems';
import { BodyNotJsonError } from './rest-errors.ts';
import { headerOf, type RestEvent } from './rest-event.ts';
import type { Route } from './routes.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The request as a direct invocation would state it: fields of path, query, headers and body side by side. */
export function inputOf(event: RestEvent, { operation, params }: Route): Fields {
  const body = bodyOf(event);
  const query = queryOf(event);
  const places = { path: typed(params), query: typed(query), headers: headersOf(event, operation) };
  const taken = { operation: 'the method and the path', ...takenBy(places) };
  const problems = [
    ...Object.keys(body).flatMap((name) => misplaced(name, body[name], taken)),
    ...(event.httpMethod === 'GET'
      ? [...bodyProblems(body), ...Object.keys(query).flatMap((name) => misplaced(name, query[name], taken))]
      : queryProblems(query)),
  ];
  if (problems.length > 0) throw new InvalidRequestError(problems);
  return { ...body, ...places.query, ...places.headers, ...places.path, operation };
}

/** Fields that callers state in the path, in headers or not at all. */
export function notInBody({ params }: Route): string[] {
  return ['operation', 'invokedBy', ...Object.keys(params), ...Object.keys(HEADER_OF_FIELD)];
}

function bodyOf({ body, isBase64Encoded }: RestEvent): Fields {
  if (body === null || body === undefined || body === '') return {};
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > REQUEST_BYTES_MAX) throw new RequestTooLargeError();
  const parsed = parseJson(bytes);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new BodyNotJsonError();
  return parsed as Fields;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new BodyNotJsonError();
  }
}

function queryOf({ queryStringParameters, multiValueQueryStringParameters }: RestEvent): Fields {
  const lists = Object.entries(multiValueQueryStringParameters ?? {});
  const repeated = lists.flatMap(([name, values = []]) => (values.length > 1 ? [givenTwice(name, values)] : []));
  if (repeated.length > 0) throw new InvalidRequestError(repeated);
  return Object.fromEntries([
    ...lists.flatMap(([name, values]) => (values?.[0] === undefined ? [] : [[name, values[0]]])),
    ...Object.entries(queryStringParameters ?? {}).filter(([, value]) => value !== undefined),
  ]);
}

/** What is a number, a list or a truth value in a request is text in a path or a query. */
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  limit: numberOf,
  waveNumber: numberOf,
  version: numberOf,
  fromVersion: numberOf,
  toVersion: numberOf,
  userGroups: (text) => text.split(','),
  draft: (text) => (text === 'true' || text === 'false' ? text === 'true' : text),
};

function typed(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, read(name, value)]));
}

function read(name: string, value: unknown): unknown {
  const reader = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  return reader && typeof value === 'string' ? reader(value) : value;
}

function numberOf(text: string): unknown {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

function headersOf(event: RestEvent, operation: OperationName): Fields {
  const known = operations[operation].request.shape;
  const stated = Object.entries(HEADER_OF_FIELD).flatMap(([field, header]) => {
    const value = headerOf(event, header);
    return value === undefined || !(field in known) ? [] : fieldOf(field, value);
  });
  return Object.fromEntries(stated);
}

/** An entity tag is the generation in quotes; any generation will do where it is `*`. */
function fieldOf(field: string, value: string): [string, unknown][] {
  if (field !== 'generation') return [[field, value]];
  if (value === '*') return [];
  const [, generation] = /^(?:W\/)?"?(\d{1,16})"?$/.exec(value) ?? [];
  if (generation !== undefined) return [[field, Number(generation)]];
  throw refusedField('If-Match', value, 'the ETag of an earlier answer, such as "7"');
}

function takenBy({ path, headers }: { readonly path: Fields; readonly headers: Fields }): Record<string, string> {
  return {
    ...Object.fromEntries(Object.keys(path).map((name) => [name, 'the path'])),
    ...Object.fromEntries(Object.keys(headers).map((name) => [name, 'a header'])),
    // Whoever came through an authorizer is known.
    invokedBy: 'the authorizer',
  };
}

function misplaced(name: string, value: unknown, taken: Readonly<Record<string, string>>): Problem[] {
  if (!Object.hasOwn(taken, name)) return [];
  const allowed = `no such field here: ${taken[name]} says it`;
  const message = `${name} is not a field that can be stated here`;
  return [{ code: 'request.unknown_field', message, path: name, value: shown(name, value), allowed }];
}

function bodyProblems(body: Fields): Problem[] {
  if (Object.keys(body).length === 0) return [];
  return [{ code: 'request.invalid', message: 'this request takes no body', path: 'body', allowed: 'no body' }];
}

function queryProblems(query: Fields): Problem[] {
  return Object.entries(query).map(([name, value]) => ({
    code: 'request.unknown_field',
    message: `${name} is not known in the query`,
    path: name.slice(0, 200),
    value: shown(name, value),
    allowed: 'fields in the body',
  }));
}

function givenTwice(name: string, values: readonly string[]): Problem {
  const message = `${name} is given ${values.length} times`;
  return { code: 'request.invalid', message, path: name.slice(0, 200), value: shown(name, values), allowed: 'once' };
}
