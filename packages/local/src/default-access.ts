import { AccessConfiguration } from '@prelaunch/contracts/access';
import shipped from '../../../access.json' with { type: 'json' };

/** Who the credentials of the embedded runtime are. */
const USER = 'user/local';
const USER_ROLES = ['operator', 'author', 'auditor'] as const;

/** `access.json` has a mistake in it, which whoever edited it can mend. */
class AccessFileError extends Error {
  override readonly name = 'AccessFileError';
  readonly code = 'local.access-file-invalid';

  constructor(problems: readonly string[]) {
    super(`access.json cannot be used: ${problems.join('; ')}`);
  }
}

/** What the repository ships, and every role that one person needs on one machine. */
export function defaultAccess(accountId: string): AccessConfiguration {
  const to = `iam:arn:aws:iam::${accountId}:${USER}`;
  const { success, data, error } = AccessConfiguration.safeParse(shipped);
  if (!success) throw new AccessFileError(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
  const { grants } = data;
  return { grants: [...grants, ...USER_ROLES.map((role) => ({ to, role }))] };
}
