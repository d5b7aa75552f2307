import {
  DescribeInstancesCommand,
  ModifyInstanceMetadataOptionsCommand,
  type ModifyInstanceMetadataOptionsCommandInput,
  MonitorInstancesCommand,
  UnmonitorInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOME, REGION, type ServedSimulator, serveSimulator } from '../testing/serve-simulator.ts';

const [InstanceId, OTHER] = ['i-0aaaaaaaaaaaaaaa1', 'i-0aaaaaaaaaaaaaaa2'];
const COMMON = { state: 'running', tags: {}, platform: 'linux', architecture: 'x86_64' } as const;

let served: ServedSimulator;
beforeEach(async () => {
  served = await serveSimulator();
  for (const instanceId of [InstanceId, OTHER])
    served.simulator.addInstance({ accountId: HOME, region: REGION }, { ...COMMON, instanceId });
});
afterEach(() => served.close());

const instanceNow = async (id = InstanceId) =>
  (await served.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }))).Reservations?.[0]?.Instances?.[0];
const modify = (change: Omit<ModifyInstanceMetadataOptionsCommandInput, 'InstanceId'>) =>
  served.ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId, ...change }));

describe('metadata options', () => {
  it('change where they are stated, at once, although the answer says that they are on the way', async () => {
    const before = (await instanceNow())?.MetadataOptions;
    const answer = await modify({ HttpTokens: 'required', HttpPutResponseHopLimit: 3 });
    const changed = { ...before, HttpTokens: 'required', HttpPutResponseHopLimit: 3 };
    expect(answer).toMatchObject({ InstanceId, InstanceMetadataOptions: { ...changed, State: 'pending' } });
    expect((await instanceNow())?.MetadataOptions).toEqual({ ...changed, State: 'applied' });
  });

  it.each<[string, Omit<ModifyInstanceMetadataOptionsCommandInput, 'InstanceId'>]>([
    ['a hop limit beyond 64', { HttpPutResponseHopLimit: 65 }],
    ['an unknown word', { HttpTokens: 'maybe' as 'required' }],
    ['tokens for an endpoint that is off', { HttpTokens: 'required', HttpEndpoint: 'disabled' }],
  ])('refuse %s', async (_case, change) => {
    const before = (await instanceNow())?.MetadataOptions;
    await expect(modify(change)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    expect((await instanceNow())?.MetadataOptions).toEqual(before);
  });
});

describe('monitoring', () => {
  it('is switched on and off', async () => {
    const InstanceIds = [InstanceId];
    const states = async () => [
      (await instanceNow())?.Monitoring?.State,
      (await instanceNow(OTHER))?.Monitoring?.State,
    ];
    const on = await served.ec2.send(new MonitorInstancesCommand({ InstanceIds }));
    expect(on.InstanceMonitorings).toEqual([{ InstanceId, Monitoring: { State: 'pending' } }]);
    expect(await states()).toEqual(['enabled', 'disabled']);
    const off = await served.ec2.send(new UnmonitorInstancesCommand({ InstanceIds }));
    expect(off.InstanceMonitorings).toEqual([{ InstanceId, Monitoring: { State: 'disabling' } }]);
    expect(await states()).toEqual(['disabled', 'disabled']);
    const again = await served.ec2.send(new UnmonitorInstancesCommand({ InstanceIds }));
    expect(again.InstanceMonitorings).toEqual([{ InstanceId, Monitoring: { State: 'disabled' } }]);
  });
});
