import { DescribeSourceServersCommand, UpdateLaunchConfigurationCommand } from '@aws-sdk/client-drs';
import { DescribeLaunchTemplatesCommand } from '@aws-sdk/client-ec2';
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOME, REGION, type ServedSimulator, serveSimulator } from '../testing/serve-simulator.ts';

const ROLE = { roleArn: 'arn:aws:iam::222222222222:role/prelaunch/Operator', externalId: 'shared-secret' };

let served: ServedSimulator;
beforeEach(async () => {
  served = await serveSimulator();
  served.simulator.accounts.addRole(ROLE);
});
afterEach(() => served.close());

async function assumeRole(ExternalId: string | undefined, more: { SourceIdentity?: string } = {}) {
  const named = { RoleArn: ROLE.roleArn, RoleSessionName: 'audit', ...(ExternalId !== undefined && { ExternalId }) };
  const { Credentials } = await served.sts.send(new AssumeRoleCommand({ ...named, ...more }));
  const {
    AccessKeyId: accessKeyId = '',
    SecretAccessKey: secretAccessKey = '',
    SessionToken: sessionToken = '',
  } = Credentials ?? {};
  return { accessKeyId, secretAccessKey, sessionToken };
}

describe('STS', () => {
  it('takes an unknown key for a user of the home account', async () => {
    const identity = await served.sts.send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({ Account: HOME, Arn: `arn:aws:iam::${HOME}:user/local` });
  });

  it("issues credentials that act in the role's account", async () => {
    served.simulator.addSourceServers({ accountId: '222222222222', region: REGION }, 2);
    const clients = served.clientsFor(await assumeRole('shared-secret'));
    expect(await clients.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: '222222222222',
      Arn: 'arn:aws:sts::222222222222:assumed-role/Operator/audit',
    });
    expect((await clients.drs.send(new DescribeSourceServersCommand({}))).items).toHaveLength(2);
    await expect(served.drs.send(new DescribeSourceServersCommand({}))).rejects.toMatchObject({
      name: 'UninitializedAccountException',
    });
  });

  it.each([
    ['a wrong', 'guess'],
    ['no', undefined],
  ])('denies the role to %s external id', async (_case, externalId) => {
    await expect(assumeRole(externalId)).rejects.toMatchObject({
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('carries the source identity into what CloudTrail tells of the session', async () => {
    const input = { RoleArn: ROLE.roleArn, RoleSessionName: 'audit', ExternalId: 'shared-secret' };
    const answer = await served.sts.send(new AssumeRoleCommand({ ...input, SourceIdentity: 'prelaunch@dev' }));
    expect(answer.SourceIdentity).toBe('prelaunch@dev');
    const clients = served.clientsFor(await assumeRole('shared-secret', { SourceIdentity: 'prelaunch@dev' }));
    const [serverId = ''] = served.simulator.addSourceServers({ accountId: '222222222222', region: REGION }, 1);
    await clients.drs.send(new UpdateLaunchConfigurationCommand({ sourceServerID: serverId, copyTags: true }));
    expect(served.events.at(-1)?.detail).toMatchObject({
      eventName: 'UpdateLaunchConfiguration',
      userIdentity: {
        sessionContext: { sourceIdentity: 'prelaunch@dev', sessionIssuer: { arn: ROLE.roleArn } },
      },
    });
    const refused = served.sts.send(new AssumeRoleCommand({ ...input, SourceIdentity: 'not one' }));
    await expect(refused).rejects.toMatchObject({ name: 'ValidationError' });
  });

  it('gives a session to a role that nobody can assume, and its calls are told as its own, however late', async () => {
    const opened = { accountId: '222222222222', roleName: 'apply-settings', sessionName: 'apply' };
    const credentials = served.simulator.accounts.openSession(opened);
    const [serverId = ''] = served.simulator.addSourceServers({ accountId: '222222222222', region: REGION }, 1);
    served.clock.at += 365 * 86_400_000;
    const { drs, sts } = served.clientsFor(credentials);
    const arn = 'arn:aws:sts::222222222222:assumed-role/apply-settings/apply';
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Arn: arn, Account: opened.accountId });
    await drs.send(new UpdateLaunchConfigurationCommand({ sourceServerID: serverId, copyTags: true }));
    const roleArn = 'arn:aws:iam::222222222222:role/apply-settings';
    expect(served.events.at(-1)?.detail).toMatchObject({
      userIdentity: { type: 'AssumedRole', arn, sessionContext: { sessionIssuer: { type: 'Role', arn: roleArn } } },
    });
    const assumed = served.sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'apply' }));
    await expect(assumed).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('tells sessions of a role apart, and their role as the same', async () => {
    const common = { accountId: HOME, roleName: 'worker' };
    const userIds = ['first', 'second'].map(async (sessionName) => {
      const { sts } = served.clientsFor(served.simulator.accounts.openSession({ ...common, sessionName }));
      return (await sts.send(new GetCallerIdentityCommand({}))).UserId?.split(':');
    });
    const [first, second] = await Promise.all(userIds);
    expect([first?.[0], first?.[1], second?.[1]]).toEqual([second?.[0], 'first', 'second']);
  });

  it("refuses a wrong token and an expired one, in each service's words", async () => {
    const credentials = await assumeRole('shared-secret');
    const forged = served.clientsFor({ ...credentials, sessionToken: 'forged' });
    await expect(forged.sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
    await expect(forged.drs.send(new DescribeSourceServersCommand({}))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
    await expect(forged.ec2.send(new DescribeLaunchTemplatesCommand({}))).rejects.toMatchObject({
      name: 'AuthFailure',
    });
    served.clock.at += 3_600_000;
    const stale = served.clientsFor(credentials);
    await expect(stale.sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: expect.stringMatching(/^ExpiredToken/),
    });
    await expect(stale.drs.send(new DescribeSourceServersCommand({}))).rejects.toMatchObject({
      name: 'ExpiredTokenException',
    });
    await expect(stale.ec2.send(new DescribeLaunchTemplatesCommand({}))).rejects.toMatchObject({
      name: 'RequestExpired',
    });
  });
});
