import { ProblemError } from './problem-error.ts';
import { type Problem, shown } from './settings/problems.ts';

/** A request with something in it that is not allowed. */
export class InvalidRequestError extends ProblemError {
  override readonly name = 'InvalidRequestError';
  readonly code = 'request.invalid';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ message }) => message).join('; '));
    this.problems = problems;
  }
}

/** A request that is refused for one field. */
export function refusedField(path: string, value: unknown, allowed: string): InvalidRequestError {
  const message = `${path} must be ${allowed}`;
  return new InvalidRequestError([{ code: 'request.invalid', message, path, value: shown(path, value), allowed }]);
}
