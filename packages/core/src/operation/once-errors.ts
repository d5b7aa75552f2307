import { DomainError } from '../errors.ts';
import { FieldError } from '../problem-error.ts';

/** The key stands for a call that asked for something else. */
export class KeyReusedError extends FieldError {
  override readonly name = 'KeyReusedError';

  constructor() {
    super('idempotency.mismatch', 'idempotencyKey was used before with another request', {
      path: 'idempotencyKey',
      allowed: 'a key per request',
    });
  }
}

/** The first call with this key has not been answered yet. */
export class CallInProgressError extends DomainError {
  override readonly name = 'CallInProgressError';
  readonly code = 'idempotency.in_progress';
  override readonly retryable = true;

  constructor() {
    super('the same call is being answered');
  }
}
