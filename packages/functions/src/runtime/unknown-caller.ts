import type { Principal } from '@prelaunch/core/access/gate';
import { ProblemError } from '@prelaunch/core/problem-error';
import type { Problem } from '@prelaunch/core/settings/problems';

/** Whatever stands in front of the function established nobody. */
export class UnknownCallerError extends ProblemError {
  override readonly name = 'UnknownCallerError';
  readonly code = 'auth.missing';
  readonly problems: readonly Problem[] = [];

  constructor() {
    super('who calls is not known: send a token of the user pool, or sign the request with AWS Signature Version 4');
  }
}

/** The principal, where there is one. */
export function known(principal: Principal | undefined): Principal {
  if (principal) return principal;
  throw new UnknownCallerError();
}
