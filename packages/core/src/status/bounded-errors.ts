import type { StatusError } from '@prelaunch/contracts/status';

/** As many as a person reads and an item holds. */
const ERRORS_MAX = 20;

/** The first errors, and how many more there are. */
export function boundedErrors(errors: readonly StatusError[], at: string): StatusError[] {
  if (errors.length <= ERRORS_MAX) return [...errors];
  const more = errors.length - ERRORS_MAX;
  return [...errors.slice(0, ERRORS_MAX), { code: 'errors.more', message: `and ${more} more`, at }];
}
