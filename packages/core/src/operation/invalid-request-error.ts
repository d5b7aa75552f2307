import { ProblemError } from '../group/group-errors.ts';
import type { Problem } from '../settings/problems.ts';

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
