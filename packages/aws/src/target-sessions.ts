import { DrsClient } from '@aws-sdk/client-drs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type Target, UnknownAccountError } from '@prelaunch/core/apply/ports';
import type { RateBudgets } from '@prelaunch/core/apply/rate-budgets';
import type { Clock } from '@prelaunch/core/group/ports';
import { recoveryClientSettings, targetClientSettings } from './client-settings.ts';
import type { TargetAccount, TargetAccounts } from './dynamo-target-accounts.ts';
import { hedgeReads } from './hedged-reads.ts';
import { askForPermits } from './rate-permits.ts';
import { type TemplateReads, templateReads } from './template-reads.ts';
import { translated } from './translate-error.ts';

/** Clients for one target, all of one session. */
export interface TargetClients {
  readonly drs: DrsClient;
  /** The same session with the patience that starting a recovery needs. */
  readonly drsRecovery: DrsClient;
  /** Asks for a permit before each call but the writes of template versions and defaults, so any other may throw `RateBudgetError`. */
  readonly ec2: EC2Client;
  readonly iam: IAMClient;
  readonly templateReads: TemplateReads;
  /** Who the session is, as AWS names the makers of things. */
  readonly callerArn: () => Promise<string>;
}

/** Clients for a target. Throws `UnknownAccountError` for an account that is neither home nor known. */
export type TargetSessions = (target: Target) => Promise<TargetClients>;

/**
 * How long a target account is reached as its item said: a corrected role or external id holds after this. Well below the 15
 * minutes of AWS's shortest session, so that credentials are renewed before they end.
 */
const KEPT_MS = 10 * 60 * 1000;

/** By which the target account's CloudTrail, and the trust policy of the role, tell Prelaunch, whatever the session. */
export const SOURCE_IDENTITY = 'prelaunch';

export interface TargetSessionsDeps {
  /** Its credentials are those of the home account. */
  readonly sts: STSClient;
  readonly accounts: TargetAccounts;
  readonly budgets: RateBudgets;
  readonly now: Clock;
}

/** One set of clients per account and Region, and one assumed-role session per account. */
export function targetSessions(
  home: { readonly accountId: string; readonly sessionName: string },
  { sts, accounts, budgets, now }: TargetSessionsDeps,
): TargetSessions {
  const clients = keptFor<TargetClients>(KEPT_MS);
  const sessions = keptFor<Credentials>(KEPT_MS);

  const sessionOf = (accountId: string) =>
    sessions(accountId, async () => {
      const account = await accounts.get(accountId);
      if (!account) throw new UnknownAccountError(accountId);
      return assumeRole(sts, account, home.sessionName);
    });

  const credentialsOf = async (accountId: string): Promise<CredentialsProvider> => {
    if (accountId === home.accountId) return sts.config.credentials;
    await sessionOf(accountId);
    return () => sessionOf(accountId);
  };

  return (target) =>
    clients(`${target.accountId}/${target.region}`, async () => {
      const made = clientsFor(target.region, await credentialsOf(target.accountId));
      askForPermits(made.ec2, target, { budgets, now });
      return made;
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

type CredentialsProvider = STSClient['config']['credentials'] | (() => Promise<Credentials>);

function clientsFor(region: string, credentials: CredentialsProvider): TargetClients {
  const settings = { region, credentials, ...targetClientSettings };
  const ec2 = new EC2Client(settings);
  const drs = new DrsClient(settings);
  for (const client of [ec2, drs]) hedgeReads(client);
  return {
    drs,
    drsRecovery: new DrsClient({ ...settings, ...recoveryClientSettings }),
    ec2,
    iam: new IAMClient(settings),
    templateReads: templateReads(ec2, drs),
    callerArn: () => callerArnOf(new STSClient(settings)),
  };
}

async function callerArnOf(sts: STSClient): Promise<string> {
  const { Arn } = await sts.send(new GetCallerIdentityCommand({})).catch(translated('GetCallerIdentity'));
  return Arn ?? translated('GetCallerIdentity')(new Error('STS answered without an identity'));
}

async function assumeRole(sts: STSClient, account: TargetAccount, sessionName: string): Promise<Credentials> {
  const input = {
    RoleArn: account.roleArn,
    ExternalId: account.externalId,
    RoleSessionName: sessionName,
    SourceIdentity: SOURCE_IDENTITY,
  };
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
