import { ProblemError } from '../group/group-errors.ts';
import type { Problem } from '../settings/problems.ts';
import { InvalidRequestError } from './invalid-request-error.ts';

/** The most that a request may hold, in bytes of JSON. */
export const REQUEST_BYTES_MAX = 256 * 1024;
/** Deeper than any field, so that nobody has to be careful with recursion behind this. */
const DEPTH_MAX = 16;
const DEPTH = `at most ${DEPTH_MAX} levels of objects and lists`;

/** More than any request holds. */
export class RequestTooLargeError extends ProblemError {
  override readonly name = 'RequestTooLargeError';
  readonly code = 'request.too_large';
  readonly problems: readonly Problem[];

  constructor(bytes: number) {
    const allowed = `at most ${REQUEST_BYTES_MAX} bytes`;
    super(`the request has ${bytes} bytes: give ${allowed}`);
    this.problems = [{ code: this.code, message: this.message, path: '', value: bytes, allowed }];
  }
}

/** Refuses what JSON can say and no request means: nesting without end, and keys that reach for prototypes. */
export function refuseUnsafeInput(input: unknown): void {
  const waiting: { value: unknown; path: string; depth: number }[] = [{ value: input, path: '', depth: 0 }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, path, depth } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (depth >= DEPTH_MAX) throw refused(path, 'is nested too deep', DEPTH);
    for (const [key, inner] of Object.entries(value)) {
      const at = path === '' ? key : `${path}.${key}`;
      if (key === '__proto__') throw refused(at, 'is not a field', 'other names');
      waiting.push({ value: inner, path: at, depth: depth + 1 });
    }
  }
}

/** Only for input that is not nested too deep. */
export function refuseLargeInput(input: unknown): void {
  const bytes = Buffer.byteLength(JSON.stringify(input) ?? '');
  if (bytes > REQUEST_BYTES_MAX) throw new RequestTooLargeError(bytes);
}

function refused(path: string, what: string, allowed: string): InvalidRequestError {
  const shownPath = path.slice(0, 300);
  return new InvalidRequestError([
    { code: 'request.invalid', message: `${shownPath} ${what}: give ${allowed}`, path: shownPath, allowed },
  ]);
}
