const ROLE = /^iam:arn:([^:]*):iam::(\d*):role\/(?:.*\/)?([^/]+)$/;

/**
 * The one form in which grantees are compared. Sessions of a role do not tell the role's path, and names are unique in an account
 * whatever the path, so a role is its partition, account and name.
 */
export function normalGrantee(grantee: string): string {
  const [, partition, account, name] = ROLE.exec(grantee) ?? [];
  return name === undefined ? grantee : `iam:arn:${partition}:iam::${account}:role/${name}`;
}
