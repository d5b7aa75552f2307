import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { drsLaunchConfigurations } from '@prelaunch/aws/drs-launch-configurations';
import { dynamoTargetAccounts } from '@prelaunch/aws/dynamo-target-accounts';
import { type TargetSessions, targetSessions } from '@prelaunch/aws/target-sessions';
import { memoryRateBudgets } from '@prelaunch/memory/memory-rate-budgets';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ACCOUNT, REGION, TARGET } from '../support/builders.ts';
import { type LocalAws, startLocalAws } from '../support/local-aws.ts';

const OTHER = '222222222222';
const roleArn = `arn:aws:iam::${OTHER}:role/prelaunch`;

let aws: LocalAws;
let sessions: TargetSessions;
let accounts: string;

beforeAll(async () => {
  aws = await startLocalAws();
  accounts = await aws.table('accountId');
  aws.simulator.accounts.addRole({ roleArn, externalId: 'secret-handshake' });
});
afterAll(() => aws.stop());
beforeEach(() => {
  const home = { accountId: ACCOUNT, sessionName: 'prelaunch' };
  const now = () => new Date();
  sessions = targetSessions(home, {
    sts: aws.sts,
    accounts: dynamoTargetAccounts(aws.documents, accounts),
    budgets: memoryRateBudgets(now),
    now,
  });
});

async function known(externalId: string) {
  await aws.documents.send(new PutCommand({ TableName: accounts, Item: { accountId: OTHER, roleArn, externalId } }));
}

const elsewhere = { accountId: OTHER, region: REGION };

describe('targetSessions', () => {
  it('reaches the home account without a role', async () => {
    const [id = ''] = aws.simulator.addSourceServers(TARGET, 1);
    expect(await drsLaunchConfigurations(sessions).get(TARGET, id)).toHaveProperty('launchTemplateId');
    expect(aws.simulator.calls.count({ operation: 'AssumeRole' })).toBe(0);
  });

  it('reaches another account through its role, with one session for all its clients and Regions', async () => {
    await known('secret-handshake');
    const [id = ''] = aws.simulator.addSourceServers(elsewhere, 1);
    const far = { accountId: OTHER, region: 'eu-central-1' };
    const [there = ''] = aws.simulator.addSourceServers(far, 1);
    const drs = drsLaunchConfigurations(sessions);
    const before = aws.simulator.calls.count({ operation: 'AssumeRole' });

    await Promise.all([drs.get(elsewhere, id), drs.get(elsewhere, id), drs.get(far, there)]);

    expect(aws.simulator.calls.count({ operation: 'AssumeRole' }) - before).toBe(1);
    expect(await sessions(elsewhere)).toBe(await sessions(elsewhere));
  });

  it('says who it is when it takes the role, in the session and in what it does there', async () => {
    await known('secret-handshake');
    const asked: unknown[] = [];
    const spy = { name: 'spy', step: 'initialize', override: true } as const;
    aws.sts.middlewareStack.add(
      (next) => (args) => {
        asked.push(args.input);
        return next(args);
      },
      spy,
    );
    const { callerArn } = await sessions(elsewhere);
    aws.sts.middlewareStack.remove('spy');
    const names = { RoleSessionName: 'prelaunch', SourceIdentity: 'prelaunch', ExternalId: 'secret-handshake' };
    expect(asked).toEqual([{ RoleArn: roleArn, ...names }]);
    expect(await callerArn()).toBe(`arn:aws:sts::${OTHER}:assumed-role/prelaunch/prelaunch`);
  });

  it('gives all clients of a target the same credentials', async () => {
    await known('secret-handshake');
    for (const target of [TARGET, elsewhere]) {
      const { drs, drsRecovery, ec2, iam } = await sessions(target);
      const keys = await Promise.all(
        [drs, drsRecovery, ec2, iam].map(async ({ config }) => (await config.credentials()).accessKeyId),
      );
      expect(new Set(keys).size).toBe(1);
    }
  });

  it('refuses an account that nobody told it how to reach', async () => {
    const unknown = { accountId: '999999999999', region: REGION };
    await expect(sessions(unknown)).rejects.toMatchObject({ code: 'account.unknown', retryable: false });
  });

  it('refuses for good, with the code of STS, when the role does not let it in', async () => {
    await known('wrong');
    const [id = ''] = aws.simulator.addSourceServers(elsewhere, 1);
    await expect(drsLaunchConfigurations(sessions).get(elsewhere, id)).rejects.toMatchObject({
      code: 'aws.refused',
      awsCode: 'AccessDenied',
      operation: 'AssumeRole',
    });
  });

  it('tries to assume the role again after it failed', async () => {
    await known('secret-handshake');
    const [id = ''] = aws.simulator.addSourceServers(elsewhere, 1);
    aws.simulator.faults.add({ operation: 'AssumeRole', times: 1, fault: { kind: 'hang' } });
    const drs = drsLaunchConfigurations(sessions);
    await expect(drs.get(elsewhere, id)).rejects.toMatchObject({ retryable: true });
    expect(await drs.get(elsewhere, id)).toHaveProperty('launchTemplateId');
  });
});
