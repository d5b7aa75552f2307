import type { InstanceProfile } from '@aws-sdk/client-iam';
import { seededHex } from '../seeded-random.ts';
import type { Account } from '../state.ts';

/** The profile that DRS makes in every account, and that its default templates name. */
export const DRS_INSTANCE_PROFILE = 'service-role/AWSElasticDisasterRecoveryRecoveryInstanceRole';

/** Adds a profile with a role of the same name. `nameOrPath` is a name, or a path that ends in one. */
export function addInstanceProfile(
  { accountId, instanceProfiles }: Account,
  nameOrPath: string,
  { seed, at }: { seed: number; at: number },
): void {
  const parts = nameOrPath.split('/').filter((part) => part !== '');
  const name = parts.pop() ?? '';
  const Path = parts.length === 0 ? '/' : `/${parts.join('/')}/`;
  const common = { Path, CreateDate: new Date(at) };
  const idOf = (prefix: string): string =>
    `${prefix}${seededHex(seed, `${prefix} ${accountId} ${name}`, 17).toUpperCase()}`;
  const arnOf = (kind: string): string => `arn:aws:iam::${accountId}:${kind}${Path}${name}`;
  const profile: InstanceProfile = {
    ...common,
    InstanceProfileName: name,
    InstanceProfileId: idOf('AIPA'),
    Arn: arnOf('instance-profile'),
    Roles: [{ ...common, RoleName: name, RoleId: idOf('AROA'), Arn: arnOf('role') }],
  };
  instanceProfiles.set(name, profile);
}
