import type { z } from 'zod';
import { refusal, unexpected, unreachable } from './api-error.ts';
import { retryAfterOf } from './retry-after.ts';

/** `accepted`: what was asked for goes on by itself, and its outcome will show at `lookAgain`. */
export type Answer<Response> =
  | { readonly kind: 'done'; readonly response: Response }
  | { readonly kind: 'accepted'; readonly response: Response; readonly lookAgain: LookAgain };

export interface LookAgain {
  /** Absent where the same call again tells the outcome. */
  readonly path?: string;
  readonly afterSeconds: number;
}

/** Of answers that do not say, such as those of which a browser shows no headers. */
const LOOK_AGAIN_SECONDS = 2;

/** What an operation answered. Throws `PrelaunchApiError` for everything else that came. */
export async function answerOf<Schema extends z.ZodType>(
  schema: Schema,
  response: Response,
  signal: AbortSignal | undefined,
): Promise<Answer<z.output<Schema>>> {
  const text = await response.text().catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw unreachable(cause);
  });
  const body = jsonOf(text);
  if (!response.ok) throw refusal(response, body);
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw unexpected(response, body, parsed.error);
  if (response.status !== 202) return { kind: 'done', response: parsed.data };
  return { kind: 'accepted', response: parsed.data, lookAgain: lookAgainOf(response.headers) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function lookAgainOf(headers: Headers): LookAgain {
  const path = headers.get('location');
  const afterSeconds = retryAfterOf(headers) ?? LOOK_AGAIN_SECONDS;
  return { ...(path !== null && { path }), afterSeconds };
}
