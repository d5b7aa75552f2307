import { DomainError } from './errors.ts';
import type { Problem } from './settings/problems.ts';

/** What was asked for cannot be, and where that is in the request. */
export abstract class ProblemError extends DomainError {
  abstract readonly problems: readonly Problem[];
}
