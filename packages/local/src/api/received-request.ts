import type { IncomingMessage } from 'node:http';

/** Values in the order in which they came, by name. Without a prototype, since clients choose the names. */
export type MultiValues = Readonly<Record<string, readonly string[]>>;

/** A header as it was sent, with its lines. */
export interface Header {
  readonly name: string;
  readonly values: string[];
}

/** One request, read and decoded once: signatures are checked against the same values that the function sees. */
export interface ReceivedRequest {
  readonly method: string;
  /** As sent, percent encoding kept. */
  readonly path: string;
  readonly decodedPath: string;
  readonly query: MultiValues;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, Header>;
  readonly body: Buffer;
  readonly protocol: string;
  readonly sourceIp: string;
}

/** Undefined for a target whose path or query cannot be decoded. */
export function receivedRequest(incoming: IncomingMessage, body: Buffer): ReceivedRequest | undefined {
  const { url = '', method = '', httpVersion, rawHeaders, socket } = incoming;
  // Proxies may send whole URLs and `*`; whoever speaks to an API itself sends a path.
  if (!url.startsWith('/')) return undefined;
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const decodedPath = decoded(path);
  const query = queryOf(mark < 0 ? '' : url.slice(mark + 1));
  if (decodedPath === undefined || !query) return undefined;
  return {
    method,
    path,
    decodedPath,
    query,
    headers: headersOf(rawHeaders),
    body,
    protocol: `HTTP/${httpVersion}`,
    sourceIp: socket.remoteAddress?.replace(/^::ffff:/, '') ?? '127.0.0.1',
  };
}

/** The value of a header that should come once. */
export function headerOf({ headers }: ReceivedRequest, name: string): string | undefined {
  return headers.get(name)?.values.at(-1);
}

function headersOf(rawHeaders: readonly string[]): ReadonlyMap<string, Header> {
  const headers = new Map<string, Header>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = rawHeaders[index + 1] ?? '';
    const known = headers.get(name.toLowerCase());
    if (known) known.values.push(value);
    else headers.set(name.toLowerCase(), { name, values: [value] });
  }
  return headers;
}

function queryOf(text: string): MultiValues | undefined {
  const query: Record<string, string[]> = Object.create(null);
  for (const part of text.split('&')) {
    if (part === '') continue;
    const sign = part.indexOf('=');
    const name = decoded(spaced(sign < 0 ? part : part.slice(0, sign)));
    const value = decoded(spaced(sign < 0 ? '' : part.slice(sign + 1)));
    if (name === undefined || value === undefined) return undefined;
    const known = query[name];
    if (known) known.push(value);
    else query[name] = [value];
  }
  return query;
}

function spaced(text: string): string {
  return text.replaceAll('+', ' ');
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
