import type { ErrorCode } from '@prelaunch/contracts/error-codes';
import { type ErrorDetail, OperationError } from '@prelaunch/contracts/operations/operation-error';
import { retryAfterOf } from './retry-after.ts';

/** Codes of what no operation told: nothing answered, or what answered was not one. Servers may know codes newer than ours. */
export type ApiErrorCode = ErrorCode | 'client.unreachable' | 'client.unexpected_answer' | (string & {});

interface Told {
  /** Of the HTTP answer; 0 when there was none. */
  readonly status: number;
  readonly code: ApiErrorCode;
  readonly message: string;
  readonly details?: readonly ErrorDetail[];
  readonly requestId?: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** A call that was not answered with a result. `code` is stable; `details` say what is wrong with the request, and where. */
export class PrelaunchApiError extends Error {
  override readonly name = 'PrelaunchApiError';
  readonly status: number;
  readonly code: ApiErrorCode;
  readonly details: readonly ErrorDetail[];
  /** What the logs know the call by. */
  readonly requestId: string | undefined;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | undefined;

  constructor({ message, cause, ...told }: Told) {
    super(message, { cause });
    this.status = told.status;
    this.code = told.code;
    this.details = told.details ?? [];
    this.requestId = told.requestId;
    this.retryable = told.retryable;
    this.retryAfterSeconds = told.retryAfterSeconds;
  }
}

export function unreachable(cause: unknown): PrelaunchApiError {
  const message = 'the API could not be reached, or did not answer to the end';
  return new PrelaunchApiError({ status: 0, code: 'client.unreachable', message, retryable: true, cause });
}

/** An answer that says why there is no result. */
export function refusal(response: Response, body: unknown): PrelaunchApiError {
  const parsed = OperationError.safeParse(body);
  if (!parsed.success) return unexpected(response, body);
  return new PrelaunchApiError({
    ...parsed.data.error,
    status: response.status,
    retryAfterSeconds: retryAfterOf(response.headers),
  });
}

/** Of gateways and proxies, which may do better the next time. */
const RETRYABLE: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** An answer that Prelaunch does not give: something before it gave it, or it is of another version. */
export function unexpected(response: Response, body: unknown, cause?: unknown): PrelaunchApiError {
  const { status, headers } = response;
  const said = (body as { message?: unknown } | null | undefined)?.message;
  const message = `the API answered with status ${status} what is not known here${typeof said === 'string' ? `: ${said}` : ''}`;
  return new PrelaunchApiError({
    status,
    code: 'client.unexpected_answer',
    message,
    requestId: headers.get('x-amzn-requestid') ?? undefined,
    retryable: RETRYABLE.has(status),
    retryAfterSeconds: retryAfterOf(headers),
    cause,
  });
}
