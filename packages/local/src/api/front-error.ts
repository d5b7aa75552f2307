import type { FrontAnswer } from './front-answer.ts';

/** What the front refuses by itself, in the shape that all errors of the API have. */
export type FrontErrorCode =
  | 'auth.missing'
  | 'auth.invalid'
  | 'request.malformed'
  | 'request.too_large'
  | 'api.function_failed';

export interface FrontError {
  readonly status: number;
  readonly code: FrontErrorCode;
  readonly message: string;
}

/** None of them is worth repeating as it is: the request has to change, or a defect has to be mended. */
export function errorAnswer({ status, code, message }: FrontError, requestId: string): FrontAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...(status === 401 && { 'www-authenticate': 'Bearer' }) },
    body: JSON.stringify({ error: { code, message, retryable: false, details: [], requestId } }),
  };
}
