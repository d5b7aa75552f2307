import type { Simulator } from '@prelaunch/local/simulator/create-simulator';
import type { SimulatorRequest } from '@prelaunch/local/simulator/simulator-request';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addSettingsNetwork, type Pipeline, SETTINGS, startPipeline } from '../support/pipeline.ts';
import { liveOf, statusOf } from './support/validation-servers.ts';

/** Settings that refer to things of every kind, so that planning has to look at the account too. */
const REFERRING = { ...SETTINGS, iamInstanceProfile: 'Recovery' } as const;
/** Settings that refer to nothing: only applying gets to the account. */
const PLAIN = { launchDisposition: 'STOPPED', tags: { tier: 'gold' } } as const;

describe.concurrent('target accounts', () => {
  let pipeline: Pipeline;
  let simulator: Simulator;
  const requests: SimulatorRequest[] = [];

  beforeAll(async () => {
    pipeline = await startPipeline();
    ({ simulator } = pipeline.runtime);
    const { handle } = simulator;
    vi.spyOn(simulator, 'handle').mockImplementation((request) => {
      requests.push(request);
      return handle(request);
    });
  });
  afterAll(() => pipeline.stop());

  it('are reached by sessions of their own role only, one for DRS, EC2 and IAM of a worker', async () => {
    const target = { accountId: '222222222222', region: 'us-west-2' };
    const roleArn = await register(target, 'two');
    const serverIds = simulator.addSourceServers(target, 30);

    await pipeline.publish({ groupId: 'pg-two', revision: 1, ...target, serverIds, launchConfig: REFERRING });
    const { launchConfigStatus } = await pipeline.settled('pg-two', 1);

    expect(launchConfigStatus).toMatchObject({ status: 'ready', counts: { ready: 30 } });
    const inTarget = simulator.calls.counts().filter(({ account }) => account === target.accountId);
    const keysOf = (name: string) =>
      new Set(inTarget.filter(({ service }) => service === name).map(({ accessKeyId }) => accessKeyId));
    const [drs, ec2, iam] = [keysOf('drs'), keysOf('ec2'), keysOf('iam')];
    expect([...drs, ...ec2, ...iam].filter((key) => !key.startsWith('ASIA'))).toEqual([]);
    expect(drs.size).toBeGreaterThan(0);
    expect(iam.size).toBeGreaterThan(0);
    expect([...drs, ...iam].filter((key) => !ec2.has(key))).toEqual([]);
    const assumed = assumptionsOf(roleArn);
    expect(assumed).toHaveLength(new Set([...drs, ...ec2, ...iam]).size);
    expect(new Set(assumed.map((form) => form.get('SourceIdentity')))).toEqual(new Set(['prelaunch']));
    expect(new Set(assumed.map((form) => form.get('ExternalId')))).toEqual(new Set(['two']));
    const makers = serverIds.map((id) => simulator.launchTemplateOf(id).versions.at(-1)?.createdBy);
    const session = `arn:aws:sts::${target.accountId}:assumed-role/prelaunch-target-local/prelaunch`;
    expect(new Set(makers)).toEqual(new Set([session]));
    expect(callsAtHome()).toEqual([]);
  });

  it.each([
    ['that planning asks', '333333333333', 'pg-three', REFERRING],
    ['that only applying asks', '444444444444', 'pg-four', PLAIN],
  ] as const)(
    '%s with a wrong external id fail with what to do, and are applied once it is corrected',
    async (_name, accountId, groupId, launchConfig) => {
      const target = { accountId, region: 'us-east-1' };
      const roleArn = await register(target, 'right', 'wrong');
      const serverIds = simulator.addSourceServers(target, 12);
      const before = serverIds.map(simulator.launchTemplateOf);
      await pipeline.publish({ groupId, revision: 1, ...target, serverIds, launchConfig });
      await pipeline.settled(groupId, 1);
      const refused = await statusOf(pipeline, groupId);
      await pipeline.invoke({ operation: 'apply_launch_configs', groupId });
      const again = await pipeline.settled(groupId, 1);
      const untouched = serverIds.map(simulator.launchTemplateOf);

      await pipeline.put('TargetAccounts', { accountId, roleArn, externalId: 'right' });
      await pipeline.invoke({ operation: 'apply_launch_configs', groupId });
      const mended = await pipeline.settled(groupId, 1);

      expect(refused).toMatchObject({ status: 'failed', counts: { total: 12, failed: 12 } });
      const denied = expect.objectContaining({
        code: 'aws.refused',
        awsCode: 'AccessDenied',
        remedy: expect.stringContaining('external id'),
      });
      expect(Object.values(refused.serverConfigs).map(({ errors }) => errors)).toEqual(serverIds.map(() => [denied]));
      expect(again.launchConfigStatus).toMatchObject({ status: 'failed', counts: { failed: 12 } });
      expect(untouched).toEqual(before);
      expect(callsAtHome()).toEqual([]);
      expect(mended.launchConfigStatus).toMatchObject({ status: 'ready', counts: { ready: 12 }, errors: [] });
      expect(liveOf(simulator, serverIds[0] ?? '').launchConfiguration.launchDisposition).toBe('STOPPED');
    },
  );

  it.each([
    ['that planning asks', '555555555555', 'pg-five', REFERRING],
    ['that only applying asks', '666666666666', 'pg-six', PLAIN],
  ] as const)(
    '%s and nobody registered are named, and are applied once they are',
    async (_name, accountId, groupId, launchConfig) => {
      const target = { accountId, region: 'us-east-1' };
      const [server = ''] = simulator.addSourceServers(target, 1);
      await pipeline.publish({ groupId, revision: 1, ...target, serverIds: [server], launchConfig });
      await pipeline.settled(groupId, 1);
      const refused = await statusOf(pipeline, groupId);

      await register(target, 'registered');
      await pipeline.invoke({ operation: 'apply_launch_configs', groupId });
      const mended = await pipeline.settled(groupId, 1);

      expect(refused.serverConfigs[server]?.errors).toEqual([
        expect.objectContaining({
          code: 'account.unknown',
          path: 'accountId',
          value: accountId,
          allowed: expect.stringContaining('TargetAccounts'),
          remedy: expect.stringContaining('register'),
        }),
      ]);
      expect(mended.launchConfigStatus).toMatchObject({ status: 'ready', counts: { ready: 1 }, errors: [] });
      expect(callsAtHome()).toEqual([]);
    },
  );

  /** Calls with the home account's own credentials. No group of this file is in that account. */
  function callsAtHome() {
    const { accountId } = pipeline.runtime;
    return simulator.calls.counts().filter(({ account, service }) => account === accountId && service !== 'sts');
  }

  /** Makes what the settings refer to, the role, and the item that says how to get there. */
  async function register(target: { accountId: string; region: string }, externalId: string, stated = externalId) {
    const { accountId } = target;
    const roleArn = `arn:aws:iam::${accountId}:role/prelaunch-target-local`;
    addSettingsNetwork(simulator, target);
    simulator.accounts.addInstanceProfile(accountId, 'Recovery');
    simulator.accounts.addRole({ roleArn, externalId });
    await pipeline.put('TargetAccounts', { accountId, roleArn, externalId: stated });
    return roleArn;
  }

  function assumptionsOf(roleArn: string): URLSearchParams[] {
    const forms = requests.filter(({ service }) => service === 'sts').map(({ body }) => new URLSearchParams(body));
    return forms.filter((form) => form.get('Action') === 'AssumeRole' && form.get('RoleArn') === roleArn);
  }
});
