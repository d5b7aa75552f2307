import { HEADER_OF_FIELD } from '@prelaunch/contracts/http-fields';
import { type OperationName, operations } from '@prelaunch/contracts/operations';

export interface BuiltRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** An operation's fields where HTTP has them: path, headers, and for the rest the query of a GET or the body of others. */
export function requestOf(operation: OperationName, fields: Fields): BuiltRequest {
  const { method, path } = operations[operation].http;
  const stated = Object.entries(fields).filter(([, value]) => value !== undefined);
  const headers = Object.fromEntries(stated.flatMap(([field, value]) => headerOf(field, value)));
  const inPath = (field: string) => path.includes(`{${field}}`);
  const rest = stated.filter(([field, value]) => !inPath(field) && headerOf(field, value).length === 0);
  const filled = filledPath(path, fields);
  if (method === 'GET') return { method, path: `${filled}${queryOf(rest)}`, headers, body: undefined };
  const body = rest.length === 0 ? undefined : JSON.stringify(Object.fromEntries(rest));
  return { method, path: filled, headers: { ...headers, ...(body && { 'content-type': 'application/json' }) }, body };
}

/** URLs drop segments of dots, and with one of them the path would be another. */
const DOTS = /^\.{0,2}$/;

function filledPath(path: string, fields: Fields): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, field: string) => {
    const value = String(fields[field] ?? '');
    if (DOTS.test(value)) throw new TypeError(`${field} cannot stand in a path: ${JSON.stringify(value)}`);
    return encodeURIComponent(value);
  });
}

function queryOf(fields: readonly (readonly [string, unknown])[]): string {
  const query = new URLSearchParams(Object.fromEntries(fields.map(([field, value]) => [field, String(value)])));
  return query.size === 0 ? '' : `?${query}`;
}

/** What arrives as it was sent: visible characters, with spaces only between them. An asterisk means "any" there. */
const HEADER_VALUE = /^(?!\*$)[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
/** Of an entity tag that is read as a generation. */
const TAG_DIGITS_MAX = 15;

/** The header that states a field; none where a header cannot say its value, which the body or the query then does. */
function headerOf(field: string, value: unknown): [name: string, value: string][] {
  if (!isHeaderField(field)) return [];
  const text = String(value);
  const isSayable = field === 'generation' ? text.length <= TAG_DIGITS_MAX : HEADER_VALUE.test(text);
  if (!isSayable) return [];
  return [[HEADER_OF_FIELD[field].toLowerCase(), field === 'generation' ? `"${text}"` : text]];
}

function isHeaderField(field: string): field is keyof typeof HEADER_OF_FIELD {
  return Object.hasOwn(HEADER_OF_FIELD, field);
}
