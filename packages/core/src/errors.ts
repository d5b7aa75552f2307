import type { ErrorCode } from '@prelaunch/contracts/error-codes';

/** A failure we throw on purpose. `code` is stable, so alarms and tests key on it; the message is for people. */
export abstract class DomainError extends Error {
  abstract readonly code: ErrorCode;
  /** True when the same input may succeed later, so the message should go back to its queue. */
  readonly retryable: boolean = false;
  /** How long to wait at least before trying again, when the other side said so. */
  readonly retryAfterSeconds: number | undefined = undefined;
}

/** Somebody else wrote the item first, again and again. */
export class ContentionError extends DomainError {
  override readonly name = 'ContentionError';
  readonly code = 'store.contention';
  override readonly retryable = true;

  constructor(what: string) {
    super(`${what} kept changing while it was being written`);
  }
}
