import { AccessConfiguration } from '@prelaunch/contracts/access';
import shipped from '../../../access.json' with { type: 'json' };

/** Who the credentials of the embedded runtime are. */
const USER = 'user/local';
const USER_ROLES = ['operator', 'author', 'auditor'] as const;

/** What the repository ships, and every role that one person needs on one machine. */
export function defaultAccess(accountId: string): AccessConfiguration {
  const to = `iam:arn:aws:iam::${accountId}:${USER}`;
  const { grants } = AccessConfiguration.parse(shipped);
  return { grants: [...grants, ...USER_ROLES.map((role) => ({ to, role }))] };
}
