import type { ErrorCode } from '@prelaunch/contracts/error-codes';
import { DomainError } from './errors.ts';
import type { Problem } from './settings/problems.ts';

/** What was asked for cannot be, and where that is in the request. */
export abstract class ProblemError extends DomainError {
  abstract readonly problems: readonly Problem[];
}

/** It cannot be because of one field, or of what that names. */
export abstract class FieldError extends ProblemError {
  readonly code: ErrorCode;
  readonly problems: readonly Problem[];

  constructor(code: ErrorCode, message: string, field: Pick<Problem, 'path' | 'value' | 'allowed'>) {
    super(message);
    this.code = code;
    this.problems = [{ code, message, ...field }];
  }
}
