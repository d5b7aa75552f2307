import { DrsClient } from '@aws-sdk/client-drs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import { type Target, UnknownAccountError } from '@prelaunch/core/apply/ports';
import { recoveryClientSettings, targetClientSettings } from './client-settings.ts';
import { defaultVersions, type ReadDefaultVersion } from './default-versions.ts';
import type { TargetAccount, TargetAccounts } from './dynamo-target-accounts.ts';
import { translated } from './translate-error.ts';

/** Clients for one target, all of one session. */
export interface TargetClients {
  readonly drs: DrsClient;
  /** The same session with the patience that starting a recovery needs. */
  readonly drsRecovery: DrsClient;
  readonly ec2: EC2Client;
  readonly readDefaultVersion: ReadDefaultVersion;
}

/** Clients for a target. Throws `UnknownAccountError` for an account that is neither home nor known. */
export type TargetSessions = (target: Target) => Promise<TargetClients>;

/**
 * How long a target account is reached as its item said: a corrected role or external id holds after this. Well below the 15
 * minutes of AWS's shortest session, so that credentials are renewed before they end.
 */
const KEPT_MS = 10 * 60 * 1000;

/** One set of clients per account and Region, and one assumed-role session per account. */
export function targetSessions(
  home: { readonly accountId: string; readonly sessionName: string },
  sts: STSClient,
  accounts: TargetAccounts,
): TargetSessions {
  const clients = keptFor<TargetClients>(KEPT_MS);
  const sessions = keptFor<Credentials>(KEPT_MS);

  const sessionOf = (accountId: string) =>
    sessions(accountId, async () => {
      const account = await accounts.get(accountId);
      if (!account) throw new UnknownAccountError(accountId);
      return assumeRole(sts, account, home.sessionName);
    });

  return ({ accountId, region }) =>
    clients(`${accountId}/${region}`, async () => {
      if (accountId === home.accountId) return clientsFor({ region });
      await sessionOf(accountId);
      return clientsFor({ region, credentials: () => sessionOf(accountId) });
    });
}

/** Keeps what was made under a key for a while; callers who come while it is being made share it. A failure is not kept. */
function keptFor<Value>(keptMs: number): (key: string, make: () => Promise<Value>) => Promise<Value> {
  const kept = new Map<string, { readonly value: Promise<Value>; readonly until: number }>();
  return (key, make) => {
    const known = kept.get(key);
    if (known && known.until > Date.now()) return known.value;
    const value = make();
    kept.set(key, { value, until: Date.now() + keptMs });
    value.catch(() => kept.delete(key));
    return value;
  };
}

type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken: string; expiration: Date };

function clientsFor(settings: { region: string; credentials?: () => Promise<Credentials> }): TargetClients {
  const ec2 = new EC2Client({ ...settings, ...targetClientSettings });
  return {
    drs: new DrsClient({ ...settings, ...targetClientSettings }),
    drsRecovery: new DrsClient({ ...settings, ...recoveryClientSettings }),
    ec2,
    readDefaultVersion: defaultVersions(ec2),
  };
}

async function assumeRole(sts: STSClient, account: TargetAccount, sessionName: string): Promise<Credentials> {
  const input = { RoleArn: account.roleArn, ExternalId: account.externalId, RoleSessionName: sessionName };
  const { Credentials: issued } = await sts.send(new AssumeRoleCommand(input)).catch(translated('AssumeRole'));
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = issued ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
    return translated('AssumeRole')(new Error('STS answered without credentials'));
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}
