import type { TemplateSettings } from '@prelaunch/core/apply/ports';
import { describe, expect, it } from 'vitest';
import { edited, settingsOf } from './template-data.ts';
import { ARN, richContent as rich } from './testing/template-contents.ts';

describe('settingsOf', () => {
  it('sees what Prelaunch manages of a template', () => {
    expect(settingsOf(rich)).toEqual({
      instanceType: 'm5.large',
      iamInstanceProfile: ARN,
      subnetId: 'subnet-0a1b2c3d',
      securityGroupIds: ['sg-0a1b2c3d'],
      privateIpAddress: '10.0.0.4',
      associatePublicIpAddress: false,
      metadataOptions: { httpTokens: 'optional', httpPutResponseHopLimit: 2, httpEndpoint: 'enabled' },
      monitoring: { enabled: true },
      tenancy: 'default',
      tags: { Name: 'server', Owner: 'ops', constructor: 'builder' },
    });
  });

  it('states nothing that a template does not', () => {
    expect(settingsOf({})).toEqual({});
    expect(
      settingsOf({ NetworkInterfaces: [{ DeviceIndex: 0, Groups: [] }], Monitoring: {}, TagSpecifications: [] }),
    ).toEqual({});
  });

  it('does not take another interface for the primary one', () => {
    expect(settingsOf({ NetworkInterfaces: [{ DeviceIndex: 1, SubnetId: 'subnet-1a1b2c3d' }] })).toEqual({});
  });

  it('sees security groups beside a template without interfaces, and a profile by its name', () => {
    const data = { SecurityGroupIds: ['sg-0a1b2c3d'], IamInstanceProfile: { Name: 'Recovery' } };
    expect(settingsOf(data)).toEqual({ securityGroupIds: ['sg-0a1b2c3d'], iamInstanceProfile: 'Recovery' });
  });

  it('prefers the address stated alone to the list', () => {
    const nic = {
      DeviceIndex: 0,
      PrivateIpAddress: '10.0.0.9',
      PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: '10.0.0.4' }],
    };
    expect(settingsOf({ NetworkInterfaces: [nic] })).toEqual({ privateIpAddress: '10.0.0.9' });
  });
});

describe('settingsOf', () => {
  it('does not count as set what EC2 keeps but refuses to launch', () => {
    const beside = { NetworkInterfaces: [{ DeviceIndex: 0, Groups: ['sg-1'] }], SecurityGroupIds: ['sg-1'] };
    expect(settingsOf(beside).securityGroupIds).toBeUndefined();
    expect(settingsOf({ ...beside, SecurityGroupIds: [] }).securityGroupIds).toEqual(['sg-1']);
    expect(settingsOf({ SecurityGroupIds: ['sg-1'] }).securityGroupIds).toEqual(['sg-1']);
    const both = { InstanceType: 't3.micro', InstanceRequirements: { VCpuCount: { Min: 1 } } } as const;
    expect(settingsOf(both).instanceType).toBeUndefined();
  });
});

describe('edited', () => {
  const [backup, primary] = rich.NetworkInterfaces ?? [];
  const [volumes, tagged] = rich.TagSpecifications ?? [];
  const without = (name: string, of: object = rich) =>
    Object.fromEntries(Object.entries(of).filter(([key]) => key !== name));

  it.each<[string, TemplateSettings, object]>([
    ['an instance type', { instanceType: 't3.micro' }, { ...rich, InstanceType: 't3.micro' }],
    ['a profile by name', { iamInstanceProfile: 'Other' }, { ...rich, IamInstanceProfile: { Name: 'Other' } }],
    ['a profile by ARN', { iamInstanceProfile: `${ARN}2` }, { ...rich, IamInstanceProfile: { Arn: `${ARN}2` } }],
    ['no profile', { iamInstanceProfile: null }, without('IamInstanceProfile')],
    ['monitoring', { monitoring: { enabled: false } }, { ...rich, Monitoring: { Enabled: false } }],
    [
      'tenancy, keeping the rest of the placement',
      { tenancy: 'dedicated' },
      { ...rich, Placement: { AvailabilityZone: 'eu-west-1a', Tenancy: 'dedicated', GroupName: 'cluster' } },
    ],
    [
      'a metadata option, keeping the others',
      { metadataOptions: { httpTokens: 'required' } },
      { ...rich, MetadataOptions: { ...rich.MetadataOptions, HttpTokens: 'required' } },
    ],
    [
      'security groups, keeping the other interface and the rest of this one',
      { securityGroupIds: ['sg-9a1b2c3d'] },
      { ...rich, NetworkInterfaces: [backup, { ...primary, Groups: ['sg-9a1b2c3d'] }] },
    ],
    [
      'no security groups',
      { securityGroupIds: null },
      { ...rich, NetworkInterfaces: [backup, without('Groups', primary)] },
    ],
    [
      'an address, taking the primary one out of the list and keeping the others',
      { privateIpAddress: '10.0.0.9' },
      {
        ...rich,
        NetworkInterfaces: [
          backup,
          {
            ...primary,
            PrivateIpAddress: '10.0.0.9',
            PrivateIpAddresses: [{ Primary: false, PrivateIpAddress: '10.0.0.5' }],
          },
        ],
      },
    ],
    [
      'no address, keeping the secondary ones',
      { privateIpAddress: null },
      {
        ...rich,
        NetworkInterfaces: [
          backup,
          { ...primary, PrivateIpAddresses: [{ Primary: false, PrivateIpAddress: '10.0.0.5' }] },
        ],
      },
    ],
    [
      'nothing about a public address',
      { associatePublicIpAddress: null },
      { ...rich, NetworkInterfaces: [backup, without('AssociatePublicIpAddress', primary)] },
    ],
    [
      'a tag and the removal of another, keeping other tags and those of volumes',
      { tags: { Owner: 'dr', Stage: 'prod', Name: null, Absent: null } },
      {
        ...rich,
        TagSpecifications: [
          volumes,
          {
            ResourceType: 'instance',
            Tags: [
              { Key: 'constructor', Value: 'builder' },
              { Key: 'Owner', Value: 'dr' },
              { Key: 'Stage', Value: 'prod' },
            ],
          },
        ],
      },
    ],
    [
      'the removal of all tags of the instance',
      { tags: { Owner: null, Name: null, constructor: null } },
      { ...rich, TagSpecifications: [volumes] },
    ],
  ])('makes %s, and nothing else', (_what, changes, expected) => {
    expect(edited(rich, changes)).toEqual(expected);
  });

  it('makes nothing of no edits', () => {
    expect(edited(rich, {})).toEqual(rich);
  });

  it('makes what a template does not have yet', () => {
    const changes = {
      subnetId: 'subnet-0a1b2c3d',
      tags: { a: 'b' },
      tenancy: 'host',
      metadataOptions: { httpTokens: 'required' },
    } as const;
    expect(edited({}, changes)).toEqual({
      NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: 'subnet-0a1b2c3d' }],
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a', Value: 'b' }] }],
      Placement: { Tenancy: 'host' },
      MetadataOptions: { HttpTokens: 'required' },
    });
  });

  it('removes nothing from where nothing is, and makes no interface for it', () => {
    const none = { iamInstanceProfile: null, privateIpAddress: null, securityGroupIds: null, tags: { a: null } };
    expect(edited({}, none)).toEqual({});
    const others = { NetworkInterfaces: [{ DeviceIndex: 1 }], TagSpecifications: [volumes ?? {}] };
    expect(edited(others, none)).toEqual(others);
  });

  it('leaves no list of addresses where only the primary one was in it', () => {
    const content = {
      NetworkInterfaces: [{ DeviceIndex: 0, PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: '10.0.0.4' }] }],
    };
    expect(edited(content, { privateIpAddress: '10.0.0.9' }).NetworkInterfaces).toEqual([
      { DeviceIndex: 0, PrivateIpAddress: '10.0.0.9' },
    ]);
    expect(edited(content, { privateIpAddress: null }).NetworkInterfaces).toEqual([{ DeviceIndex: 0 }]);
  });

  it('leaves no tags of nothing', () => {
    const content = { TagSpecifications: [tagged ?? {}] };
    expect(edited(content, { tags: { Owner: null, Name: null, constructor: null } })).toEqual({});
  });

  it('moves security groups from the top into the interface it makes, since EC2 refuses both', () => {
    const content = { SecurityGroupIds: ['sg-0a1b2c3d'] };
    expect(edited(content, { subnetId: 'subnet-0a1b2c3d' })).toEqual({
      NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: 'subnet-0a1b2c3d', Groups: ['sg-0a1b2c3d'] }],
    });
    expect(edited(content, { securityGroupIds: ['sg-9a1b2c3d'] })).toEqual({
      NetworkInterfaces: [{ DeviceIndex: 0, Groups: ['sg-9a1b2c3d'] }],
    });
    expect(edited({ ...content, SecurityGroups: ['default'] }, { securityGroupIds: null })).toEqual({});
  });

  it('takes away the requirements that an instance type excludes', () => {
    const content = { InstanceRequirements: { VCpuCount: { Min: 2 } } };
    expect(edited(content, { instanceType: 't3.micro' })).toEqual({ InstanceType: 't3.micro' });
  });
});
