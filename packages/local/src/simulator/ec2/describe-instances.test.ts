import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOME, REGION, type ServedSimulator, serveSimulator } from '../testing/serve-simulator.ts';

let served: ServedSimulator;
beforeEach(async () => {
  served = await serveSimulator();
});
afterEach(() => served.close());

const STOPPED = {
  instanceId: 'i-0aaaaaaaaaaaaaaa1',
  state: 'stopped',
  tags: { AWSDRS: 'AllowLaunchingIntoThisInstance' },
  platform: 'windows',
  architecture: 'x86_64',
} as const;

const instances = async (input: object) =>
  ((await served.ec2.send(new DescribeInstancesCommand(input))).Reservations ?? []).flatMap(
    ({ Instances = [] }) => Instances,
  );
const byId = (...Values: string[]) => ({ Filters: [{ Name: 'instance-id', Values }] });

describe('instances that were there before', () => {
  beforeEach(() => {
    const where = { accountId: HOME, region: REGION };
    served.simulator.addInstance(where, STOPPED);
    served.simulator.addInstance(where, { ...STOPPED, instanceId: 'i-0aaaaaaaaaaaaaaa2', platform: 'linux' });
  });

  it('tell their state, tags, system and architecture', async () => {
    expect(await instances({ InstanceIds: [STOPPED.instanceId] })).toMatchObject([
      {
        InstanceId: STOPPED.instanceId,
        State: { Code: 80, Name: 'stopped' },
        Tags: [{ Key: 'AWSDRS', Value: 'AllowLaunchingIntoThisInstance' }],
        Platform: 'windows',
        PlatformDetails: 'Windows',
        Architecture: 'x86_64',
      },
    ]);
    const [linux] = await instances(byId('i-0aaaaaaaaaaaaaaa2'));
    expect([linux?.Platform, linux?.PlatformDetails]).toEqual([undefined, 'Linux/UNIX']);
  });

  it('are simply absent from what a filter finds, and refuse a call that names others by id', async () => {
    expect(await instances(byId(STOPPED.instanceId, 'i-00000000000000000'))).toHaveLength(1);
    await expect(instances({ InstanceIds: [STOPPED.instanceId, 'i-00000000000000000'] })).rejects.toMatchObject({
      name: 'InvalidInstanceID.NotFound',
      message: "The instance ID 'i-00000000000000000' does not exist",
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('are not paged when they are named by id', async () => {
    await expect(instances({ InstanceIds: [STOPPED.instanceId], MaxResults: 5 })).rejects.toMatchObject({
      name: 'InvalidParameterCombination',
    });
  });
});
