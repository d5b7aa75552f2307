import type { Instance, InstanceNetworkInterface } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { runningInstanceOf } from './running-instance.ts';

const INSTANCE: Instance = { InstanceId: 'i-0a1b2c3d', State: { Code: 16, Name: 'running' } };

/** An interface of a card, told by its id. */
function attached(id: string, DeviceIndex: number, NetworkCardIndex?: number): InstanceNetworkInterface {
  return { NetworkInterfaceId: id, Attachment: { DeviceIndex, NetworkCardIndex }, SubnetId: `subnet-${id}` };
}

const settingsOf = (stated: Partial<Instance>) => runningInstanceOf({ ...INSTANCE, ...stated }).settings;

describe('runningInstanceOf', () => {
  it('puts the first interface of the first card before all others', () => {
    const NetworkInterfaces = [attached('d', 1, 1), attached('c', 0, 1), attached('b', 1, 0), attached('a', 0, 0)];
    const found = runningInstanceOf({ ...INSTANCE, NetworkInterfaces, SubnetId: 'subnet-other' });
    expect(found.networkInterfaceIds).toEqual(['a', 'b', 'c', 'd']);
    expect(found.settings.subnetId).toBe('subnet-a');
  });

  it('takes groups, subnet and address from the instance where no primary interface is shown', () => {
    const SecurityGroups = [{ GroupId: 'sg-1', GroupName: 'one' }, { GroupId: 'sg-2' }, {}];
    const shown = { SecurityGroups, SubnetId: 'subnet-1', PrivateIpAddress: '10.0.0.4' };
    const expected = { securityGroupIds: ['sg-1', 'sg-2'], subnetId: 'subnet-1', privateIpAddress: '10.0.0.4' };
    expect(settingsOf(shown)).toEqual(expected);
    expect(settingsOf({ ...shown, NetworkInterfaces: [{ ...attached('b', 1), Groups: [] }] })).toEqual(expected);
  });

  it.each([
    ['enabled', true],
    ['pending', true],
    ['disabling', false],
    ['disabled', false],
  ] as const)('says of monitoring that is %s that it is switched on: %s', (State, enabled) => {
    expect(settingsOf({ Monitoring: { State } })).toEqual({ monitoring: { enabled } });
  });

  it('states only what is shown, and no tags of AWS', () => {
    const Tags = [
      { Key: 'aws:ec2launchtemplate:id', Value: 'lt-1' },
      { Key: 'AWS:x', Value: 'y' },
    ];
    expect(runningInstanceOf({ ...INSTANCE, Tags, NetworkInterfaces: [], SecurityGroups: [] })).toStrictEqual({
      instanceId: 'i-0a1b2c3d',
      state: 'running',
      settings: {},
      networkInterfaceIds: [],
    });
    expect(settingsOf({ Tags: [...Tags, { Key: 'aws', Value: '' }] })).toEqual({ tags: { aws: '' } });
  });

  it('shows what Prelaunch would refuse to write', () => {
    const MetadataOptions = { State: 'pending', HttpEndpoint: 'disabled', HttpTokens: 'optional' } as const;
    expect(settingsOf({ MetadataOptions })).toEqual({
      metadataOptions: { httpEndpoint: 'disabled', httpTokens: 'optional' },
    });
  });

  it.each([{}, { InstanceId: 'i-0a1b2c3d' }, { State: INSTANCE.State }, { ...INSTANCE, State: {} }])(
    'concludes nothing from %j',
    (found) => {
      const refusal = expect.objectContaining({ code: 'aws.unavailable', operation: 'DescribeInstances' });
      expect(() => runningInstanceOf(found)).toThrow(refusal);
    },
  );
});
