import { setTimeout as sleep } from 'node:timers/promises';

/** How a delivery is retried: at most this many retries after the first attempt, and none begun after this age. */
export interface RetryPolicy {
  readonly maximumAgeSeconds: number;
  readonly maximumAttempts: number;
}

export interface RetryOptions {
  readonly policy: RetryPolicy;
  /** False for a failure that no retry can mend. */
  readonly isRetryable: (error: unknown) => boolean;
  /** Ends the waiting between attempts when the runtime stops. */
  readonly signal: AbortSignal;
  readonly now?: () => number;
  readonly wait?: (milliseconds: number) => Promise<void>;
  readonly random?: () => number;
}

type ExhaustedCondition = 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds' | 'NotRetryable';

export type RetryOutcome<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  | {
      readonly kind: 'exhausted';
      readonly condition: ExhaustedCondition;
      readonly retries: number;
      readonly error: unknown;
    }
  | { readonly kind: 'stopped' };

const FIRST_DELAY_MS = 200;
const DELAY_MS_MAX = 60_000;

/** Attempts until done, with exponential backoff and full jitter, within the policy. Never throws. */
export async function retry<Value>(
  attempt: () => Value | Promise<Value>,
  options: RetryOptions,
): Promise<RetryOutcome<Value>> {
  const { policy, signal, isRetryable, now = Date.now, random = Math.random } = options;
  const wait = options.wait ?? ((ms: number) => sleep(ms, undefined, { signal }));
  const lastStart = now() + policy.maximumAgeSeconds * 1000;
  for (let retries = 0; !signal.aborted; retries += 1) {
    try {
      return { kind: 'done', value: await attempt() };
    } catch (error) {
      const delay = random() * Math.min(DELAY_MS_MAX, FIRST_DELAY_MS * 2 ** retries);
      const exhausted = (condition: ExhaustedCondition) => ({ kind: 'exhausted', condition, retries, error }) as const;
      if (!isRetryable(error)) return exhausted('NotRetryable');
      if (retries >= policy.maximumAttempts) return exhausted('MaximumRetryAttempts');
      if (now() + delay > lastStart) return exhausted('MaximumEventAgeInSeconds');
      // Waiting fails only when the signal ends it, and then so does the loop.
      await wait(delay).catch(() => undefined);
    }
  }
  return { kind: 'stopped' };
}

/** The message attributes with which AWS marks what it could not deliver. */
export function undeliveredAttributes(
  outcome: Extract<RetryOutcome<unknown>, { kind: 'exhausted' }>,
  arns: Readonly<Record<string, string>>,
): Record<string, { DataType: 'String'; StringValue: string }> {
  const { error, condition, retries } = outcome;
  const texts: Record<string, string> = {
    ...arns,
    ERROR_CODE: error instanceof Error ? error.name : 'Unknown',
    ERROR_MESSAGE: (error instanceof Error && error.message) || 'No message',
    EXHAUSTED_RETRY_CONDITION: condition,
    RETRY_ATTEMPTS: String(retries),
  };
  return Object.fromEntries(
    Object.entries(texts).map(([name, StringValue]) => [name, { DataType: 'String' as const, StringValue }]),
  );
}
