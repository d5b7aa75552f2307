import { DescribeRecoveryInstancesCommand, StartRecoveryCommand } from '@aws-sdk/client-drs';
import {
  CreateTagsCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  DescribeInstancesCommand,
  ModifyInstanceMetadataOptionsCommand,
  MonitorInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DRS_INSTANCE_PROFILE } from '../iam/instance-profiles.ts';
import { HOME, REGION, type ServedSimulator, serveSimulator } from '../testing/serve-simulator.ts';

let served: ServedSimulator;
beforeEach(async () => {
  served = await serveSimulator();
  for (const instanceId of [FIRST, SECOND]) served.simulator.addInstance(where, { ...RUNNING, instanceId });
});
afterEach(() => served.close());

const where = { accountId: HOME, region: REGION };
const [FIRST, SECOND, UNKNOWN] = ['i-0aaaaaaaaaaaaaaa1', 'i-0aaaaaaaaaaaaaaa2', 'i-00000000000000000'];
const RUNNING = {
  state: 'running',
  tags: { tier: 'web' },
  platform: 'linux',
  architecture: 'x86_64',
  data: {
    IamInstanceProfile: { Arn: `arn:aws:iam::${HOME}:instance-profile/${DRS_INSTANCE_PROFILE}` },
    Monitoring: { Enabled: true },
  },
} as const;

const instanceNow = async (id: string) =>
  (await served.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }))).Reservations?.[0]?.Instances?.[0];
const stateNow = async (id: string) => (await instanceNow(id))?.State;
const stop = (...InstanceIds: string[]) => served.ec2.send(new StopInstancesCommand({ InstanceIds }));
const startAgain = (...InstanceIds: string[]) => served.ec2.send(new StartInstancesCommand({ InstanceIds }));
const terminate = (...InstanceIds: string[]) => served.ec2.send(new TerminateInstancesCommand({ InstanceIds }));

describe('instances', () => {
  it('are stopped and started, with the states on the way in the answers', async () => {
    const running = { Code: 16, Name: 'running' };
    const stopped = { Code: 80, Name: 'stopped' };
    expect((await stop(FIRST)).StoppingInstances).toEqual([
      { InstanceId: FIRST, CurrentState: { Code: 64, Name: 'stopping' }, PreviousState: running },
    ]);
    expect([await stateNow(FIRST), await stateNow(SECOND)]).toEqual([stopped, running]);
    const repeated = { InstanceId: FIRST, CurrentState: stopped, PreviousState: stopped };
    expect((await stop(FIRST)).StoppingInstances).toEqual([repeated]);
    served.clock.at += 60_000;
    expect((await startAgain(FIRST, SECOND)).StartingInstances).toEqual([
      { InstanceId: FIRST, CurrentState: { Code: 0, Name: 'pending' }, PreviousState: stopped },
      { InstanceId: SECOND, CurrentState: running, PreviousState: running },
    ]);
    const launches = [await instanceNow(FIRST), await instanceNow(SECOND)].map(
      (one) => one?.LaunchTime?.getTime() ?? 0,
    );
    expect((launches[0] ?? 0) - (launches[1] ?? 0)).toBe(60_000);
  });

  it('are still described after their end, without what ended with them', async () => {
    expect((await terminate(FIRST)).TerminatingInstances).toMatchObject([
      { InstanceId: FIRST, CurrentState: { Code: 32, Name: 'shutting-down' }, PreviousState: { Name: 'running' } },
    ]);
    const ended = await instanceNow(FIRST);
    expect(ended).toMatchObject({ State: { Code: 48, Name: 'terminated' }, Tags: [{ Key: 'tier', Value: 'web' }] });
    expect([ended?.NetworkInterfaces, ended?.SecurityGroups, ended?.VpcId, ended?.IamInstanceProfile]).toEqual([
      [],
      [],
      undefined,
      undefined,
    ]);
    const found = await served.ec2.send(new DescribeIamInstanceProfileAssociationsCommand({}));
    expect(found.IamInstanceProfileAssociations?.map(({ InstanceId }) => InstanceId)).toEqual([SECOND]);
    expect((await terminate(FIRST)).TerminatingInstances?.[0]?.CurrentState?.Name).toBe('terminated');
  });

  it('refuse after their end what needs them, but not tags', async () => {
    await terminate(FIRST);
    const refused = { name: 'IncorrectInstanceState', $metadata: { httpStatusCode: 400 } };
    await expect(stop(FIRST)).rejects.toMatchObject(refused);
    await expect(startAgain(SECOND, FIRST)).rejects.toMatchObject(refused);
    await expect(served.ec2.send(new MonitorInstancesCommand({ InstanceIds: [FIRST] }))).rejects.toMatchObject(refused);
    const options = new ModifyInstanceMetadataOptionsCommand({ InstanceId: FIRST, HttpTokens: 'required' });
    await expect(served.ec2.send(options)).rejects.toMatchObject(refused);
    await served.ec2.send(new CreateTagsCommand({ Resources: [FIRST], Tags: [{ Key: 'ended', Value: 'yes' }] }));
    expect((await instanceNow(FIRST))?.Tags).toContainEqual({ Key: 'ended', Value: 'yes' });
  });

  it('are changed together or not at all, and not by a dry run', async () => {
    await expect(stop(FIRST, UNKNOWN)).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound' });
    await expect(stop('instance')).rejects.toMatchObject({ name: 'InvalidInstanceID.Malformed' });
    const dry = new StopInstancesCommand({ InstanceIds: [FIRST], DryRun: true });
    await expect(served.ec2.send(dry)).rejects.toMatchObject({ name: 'DryRunOperation' });
    expect((await stateNow(FIRST))?.Name).toBe('running');
    expect(served.events.map(({ detail }) => [detail.eventName, detail.errorCode])).toEqual([
      ['StopInstances', 'InvalidInstanceID.NotFound'],
      ['StopInstances', 'InvalidInstanceID.Malformed'],
    ]);
  });

  it('draw from the bucket that mutating calls share', async () => {
    for (let call = 0; call < 50; call += 1) await stop(FIRST);
    await expect(terminate(FIRST)).rejects.toMatchObject({ name: 'RequestLimitExceeded' });
  });
});

describe('a recovery instance', () => {
  const recoveryInstances = async () => (await served.drs.send(new DescribeRecoveryInstancesCommand({}))).items ?? [];

  it('shows in DRS as terminated after EC2 has ended it, and is struck by faults of its server', async () => {
    const [sourceServerID = ''] = served.simulator.addSourceServers(where, 1);
    await served.drs.send(new StartRecoveryCommand({ sourceServers: [{ sourceServerID }], isDrill: true }));
    served.clock.at += 2_000;
    const [found] = await recoveryInstances();
    const operation = 'TerminateInstances';
    served.simulator.faults.add({ operation, serverId: sourceServerID, times: 1, fault: { kind: 'access_denied' } });
    await terminate(FIRST);
    const id = found?.ec2InstanceID ?? '';
    await expect(terminate(id)).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
    await terminate(id);
    expect(await recoveryInstances()).toMatchObject([{ recoveryInstanceID: id, ec2InstanceState: 'TERMINATED' }]);
  });
});
