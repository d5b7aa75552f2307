import type { Caller } from './call.ts';

const DRS_ROLE = 'AWSServiceRoleForElasticDisasterRecovery';

export function userCaller(accountId: string, userName: string): Caller {
  const arn = `arn:aws:iam::${accountId}:user/${userName}`;
  const userId = `AIDA${userName.toUpperCase().padEnd(17, 'X')}`;
  return { accountId, arn, userId, identity: { type: 'IAMUser', principalId: userId, arn, accountId, userName } };
}

/** What a session is called, and who is behind it where its caller told so. */
export interface SessionNames {
  sessionName: string;
  sourceIdentity?: string | undefined;
}

export function sessionCaller(
  accountId: string,
  role: { roleId: string; roleArn: string },
  { sessionName, sourceIdentity }: SessionNames,
): Caller {
  const roleName = role.roleArn.split('/').at(-1) ?? '';
  const arn = `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`;
  const userId = `${role.roleId}:${sessionName}`;
  const sessionIssuer = { type: 'Role', principalId: role.roleId, arn: role.roleArn, accountId, userName: roleName };
  const sessionContext = { sessionIssuer, ...(sourceIdentity !== undefined && { sourceIdentity }) };
  return {
    accountId,
    arn,
    userId,
    identity: { type: 'AssumedRole', principalId: userId, arn, accountId, sessionContext },
  };
}

/** DRS writes launch templates itself; such events carry its service-linked role rather than the caller's. */
export function drsCaller(accountId: string): Caller {
  const roleArn = `arn:aws:iam::${accountId}:role/aws-service-role/drs.amazonaws.com/${DRS_ROLE}`;
  const caller = sessionCaller(accountId, { roleId: 'AROADRSSERVICELINKEDR', roleArn }, { sessionName: 'drs' });
  return { ...caller, identity: { ...caller.identity, invokedBy: 'drs.amazonaws.com' } };
}
