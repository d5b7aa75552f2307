import { GetInstanceProfileCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOME, type ServedSimulator, serveSimulator } from '../testing/serve-simulator.ts';

const OTHER = '222222222222';
const roleArn = `arn:aws:iam::${OTHER}:role/Operator`;

let served: ServedSimulator;
beforeEach(async () => {
  served = await serveSimulator();
});
afterEach(() => served.close());

const profile = async (InstanceProfileName: string, client = served.iam) =>
  (await client.send(new GetInstanceProfileCommand({ InstanceProfileName }))).InstanceProfile;

describe('instance profiles', () => {
  it('are answered with their role', async () => {
    served.simulator.accounts.addInstanceProfile(HOME, '/recovery/web');
    expect(await profile('web')).toEqual({
      Path: '/recovery/',
      InstanceProfileName: 'web',
      InstanceProfileId: expect.stringMatching(/^AIPA[0-9A-F]{17}$/),
      Arn: `arn:aws:iam::${HOME}:instance-profile/recovery/web`,
      CreateDate: expect.any(Date),
      Roles: [expect.objectContaining({ RoleName: 'web', Arn: `arn:aws:iam::${HOME}:role/recovery/web` })],
    });
    served.simulator.accounts.addInstanceProfile(HOME, 'plain');
    expect(await profile('plain')).toMatchObject({ Path: '/', Arn: `arn:aws:iam::${HOME}:instance-profile/plain` });
  });

  it('are those of the account, whatever the Region', async () => {
    served.simulator.accounts.addRole({ roleArn });
    served.simulator.accounts.addInstanceProfile(OTHER, 'theirs');
    const { Credentials } = await served.sts.send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'lookup' }),
    );
    const keys = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    };
    for (const region of ['us-east-1', 'eu-central-1'])
      expect(await profile('theirs', served.clientsFor(keys, region).iam)).toHaveProperty('Path', '/');
    await expect(profile('theirs')).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  });

  it('include the one that DRS makes', async () => {
    expect(await profile('AWSElasticDisasterRecoveryRecoveryInstanceRole')).toMatchObject({ Path: '/service-role/' });
  });

  it('are told apart from what does not exist, and from what is no name', async () => {
    await expect(profile('missing')).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: 'Instance Profile missing cannot be found.',
      $metadata: { httpStatusCode: 404 },
    });
    await expect(profile('no/name')).rejects.toMatchObject({ name: 'ValidationError' });
  });

  it('can be denied and throttled, and count as reads', async () => {
    const operation = 'GetInstanceProfile';
    served.simulator.faults.add({ operation, times: 1, fault: { kind: 'access_denied' } });
    served.simulator.faults.add({ operation, times: 1, fault: { kind: 'throttle' } });
    await expect(profile('any')).rejects.toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
    await expect(profile('any')).rejects.toMatchObject({ name: 'Throttling' });
    expect([served.simulator.calls.reads(), served.simulator.calls.count({ service: 'iam', operation })]).toEqual([
      2, 2,
    ]);
    expect(served.simulator.calls.count({ outcome: 'throttled' })).toBe(1);
  });
});
