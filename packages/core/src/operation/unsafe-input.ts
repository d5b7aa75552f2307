import { refusedField } from '../invalid-request-error.ts';
import { FieldError } from '../problem-error.ts';

/** The most that a request may hold, in bytes of JSON. */
export const REQUEST_BYTES_MAX = 256 * 1024;
/** Deeper than any field, so that nobody has to be careful with recursion behind this. */
const DEPTH_MAX = 16;
const DEPTH = `nested in at most ${DEPTH_MAX} levels of objects and lists`;

/** More than any request holds. */
export class RequestTooLargeError extends FieldError {
  override readonly name = 'RequestTooLargeError';

  constructor() {
    const allowed = `at most ${REQUEST_BYTES_MAX} bytes`;
    super('request.too_large', `the request is too large: give ${allowed}`, { path: '', allowed });
  }
}

interface Place {
  readonly value: object;
  readonly path: string;
  readonly depth: number;
}

/**
 * Refuses what JSON can say and no request means: nesting without end, keys that reach for prototypes, and more than is allowed. Looks
 * no further than that, so that the largest event costs no more than a large request.
 */
export function refuseUnsafeInput(input: unknown): void {
  const waiting: Place[] = [];
  let bytes = 0;
  const meet = (value: unknown, path: string, depth: number): void => {
    // As many as it has as JSON at least, so that nothing is refused here that is small enough.
    bytes += typeof value === 'string' ? value.length + 2 : 1;
    if (bytes > REQUEST_BYTES_MAX) throw new RequestTooLargeError();
    if (typeof value !== 'object' || value === null) return;
    if (depth >= DEPTH_MAX) throw refusedField(path.slice(0, 300), undefined, DEPTH);
    waiting.push({ value, path, depth });
  };
  meet(input, '', 0);
  for (let place = waiting.pop(); place; place = waiting.pop()) meetMembers(place, meet);
  refuseLarge(input);
}

function meetMembers({ value, path, depth }: Place, meet: (value: unknown, path: string, depth: number) => void): void {
  for (const key in value) {
    const at = path === '' ? key : `${path}.${key}`;
    if (key === '__proto__') throw refusedField(at.slice(0, 300), undefined, 'another name');
    if (!Array.isArray(value)) meet(key, at, depth);
    meet((value as Record<string, unknown>)[key], at, depth + 1);
  }
}

/** Exactly, now that it is known to be of a size that can be written out. */
function refuseLarge(input: unknown): void {
  if (Buffer.byteLength(JSON.stringify(input) ?? '') > REQUEST_BYTES_MAX) throw new RequestTooLargeError();
}
