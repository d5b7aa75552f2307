import type { Caller } from '../call.ts';
import { type SessionNames, sessionCaller, userCaller } from '../callers.ts';
import type { ServiceError } from '../errors.ts';
import type { IdSource } from '../id-source.ts';

/** The user of the home account that every key is, unless it was issued to a session. */
export const HOME_USER = 'local';

/** A role that may be assumed. With an external id, only callers that pass the same one may. */
export interface TrustedRole {
  roleArn: string;
  externalId?: string | undefined;
}

export interface IssuedCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiresAt: number;
}

/** A session of a role that is there without anybody having assumed it, as Lambda gives one to each function. */
export interface OpenedSession {
  readonly accountId: string;
  readonly roleName: string;
  readonly sessionName: string;
}

/** What a role's session was issued with, and who it is. Whoever looks one up judges token and end. */
export interface Session extends Omit<IssuedCredentials, 'accessKeyId'> {
  caller: Caller;
}

export interface Credentials {
  addRole(role: TrustedRole): void;
  /** The role if this external id opens it. */
  openRole(roleArn: string, externalId: string | undefined): (TrustedRole & { roleId: string }) | undefined;
  issue(session: { caller: Caller; expiresAt: number }): IssuedCredentials;
  /** Issues credentials that never end. The role may be one that nobody added; nobody can assume it for that. */
  openSession(session: OpenedSession): Omit<IssuedCredentials, 'expiresAt'>;
  /** Undefined for keys that are not those of a session. */
  sessionOf(accessKeyId: string): Session | undefined;
  callerOf(key: { accessKeyId: string; sessionToken?: string | undefined }, at: number, refusal: TokenRefusals): Caller;
}

interface TokenRefusals {
  invalidToken(): ServiceError;
  expiredToken(): ServiceError;
}

/** Keys that were never issued here are those of a user of the home account, whatever they are. */
export function createCredentials(homeAccountId: string, ids: IdSource): Credentials {
  const roles = new Map<string, TrustedRole & { roleId: string }>();
  const roleIds = new Map<string, string>();
  const sessions = new Map<string, Session>();
  const roleIdOf = (roleArn: string): string => {
    const roleId = roleIds.get(roleArn) ?? `AROA${ids.hex('role', 17).toUpperCase()}`;
    roleIds.set(roleArn, roleId);
    return roleId;
  };
  const issue: Credentials['issue'] = ({ caller, expiresAt }) => {
    const accessKeyId = `ASIA${ids.hex('key', 16).toUpperCase()}`;
    const sessionToken = Buffer.from(ids.hex('token', 64) + ids.hex('token', 64)).toString('base64');
    const secretAccessKey = ids.hex('secret', 40);
    sessions.set(accessKeyId, { caller, secretAccessKey, sessionToken, expiresAt });
    return { accessKeyId, secretAccessKey, sessionToken, expiresAt };
  };
  return {
    addRole: (role) => void roles.set(role.roleArn, { ...role, roleId: roleIdOf(role.roleArn) }),
    openRole(roleArn, externalId) {
      const role = roles.get(roleArn);
      return role && (role.externalId === undefined || role.externalId === externalId) ? role : undefined;
    },
    issue,
    openSession({ accountId, roleName, sessionName }) {
      const roleArn = `arn:aws:iam::${accountId}:role/${roleName}`;
      const caller = callerInRole({ roleArn, roleId: roleIdOf(roleArn) }, { sessionName });
      const { accessKeyId, secretAccessKey, sessionToken } = issue({ caller, expiresAt: Number.POSITIVE_INFINITY });
      return { accessKeyId, secretAccessKey, sessionToken };
    },
    sessionOf: (accessKeyId) => sessions.get(accessKeyId),
    callerOf({ accessKeyId, sessionToken }, at, refusals) {
      const session = sessions.get(accessKeyId);
      if (!session) return userCaller(homeAccountId, HOME_USER);
      if (session.sessionToken !== sessionToken) throw refusals.invalidToken();
      if (at >= session.expiresAt) throw refusals.expiredToken();
      return session.caller;
    },
  };
}

/** The caller that a role's session is. */
export function callerInRole(role: { roleArn: string; roleId: string }, names: SessionNames): Caller {
  return sessionCaller(role.roleArn.split(':')[4] ?? '', role, names);
}
