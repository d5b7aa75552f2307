import { DomainError } from '../errors.ts';
import { ProblemError } from '../problem-error.ts';
import type { Problem } from '../settings/problems.ts';

/** The key stands for a call that asked for something else. */
export class KeyReusedError extends ProblemError {
  override readonly name = 'KeyReusedError';
  readonly code = 'idempotency.mismatch';
  readonly problems: readonly Problem[];

  constructor() {
    super('idempotencyKey was used before with another request');
    const allowed = 'a key per request';
    this.problems = [{ code: this.code, message: this.message, path: 'idempotencyKey', allowed }];
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
