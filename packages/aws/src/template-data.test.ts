import type { ResponseLaunchTemplateData } from '@aws-sdk/client-ec2';
import { differences } from '@prelaunch/core/apply/observed-settings';
import type { TemplateSettings } from '@prelaunch/core/apply/ports';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyTemplateSettings, tagKey } from '../../../tests/support/arbitraries.ts';
import { changedData, RootSecurityGroupsError, settingsOf } from './template-data.ts';

const ARN = 'arn:aws:iam::111111111111:instance-profile/Recovery';

/** A template with much in it that is not Prelaunch's. */
const rich: ResponseLaunchTemplateData = {
  EbsOptimized: true,
  InstanceType: 'm5.large',
  IamInstanceProfile: { Arn: ARN },
  BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { VolumeSize: 50, VolumeType: 'gp3' } }],
  NetworkInterfaces: [
    { DeviceIndex: 1, Description: 'backup', SubnetId: 'subnet-1a1b2c3d', Groups: ['sg-1a1b2c3d'] },
    {
      DeviceIndex: 0,
      Description: 'primary',
      DeleteOnTermination: true,
      AssociatePublicIpAddress: false,
      SubnetId: 'subnet-0a1b2c3d',
      Groups: ['sg-0a1b2c3d'],
      PrivateIpAddresses: [
        { Primary: true, PrivateIpAddress: '10.0.0.4' },
        { Primary: false, PrivateIpAddress: '10.0.0.5' },
      ],
    },
  ],
  TagSpecifications: [
    { ResourceType: 'volume', Tags: [{ Key: 'Name', Value: 'volume' }] },
    {
      ResourceType: 'instance',
      Tags: [
        { Key: 'Name', Value: 'server' },
        { Key: 'Owner', Value: 'ops' },
        { Key: 'constructor', Value: 'builder' },
      ],
    },
  ],
  MetadataOptions: { State: 'applied', HttpTokens: 'optional', HttpPutResponseHopLimit: 2, HttpEndpoint: 'enabled' },
  Monitoring: { Enabled: true },
  Placement: { AvailabilityZone: 'eu-west-1a', Tenancy: 'default', GroupName: 'cluster' },
  UserData: 'IyEvYmluL3NoCg==',
};

/** What EC2 makes of `changedData` sent with `SourceVersion`: a parameter that is sent replaces the inherited one whole. */
function applied(data: ResponseLaunchTemplateData, changes: TemplateSettings): ResponseLaunchTemplateData {
  return { ...data, ...(changedData(data, changes) as ResponseLaunchTemplateData) };
}

const others = {
  instanceType: ['InstanceType'],
  iamInstanceProfile: ['IamInstanceProfile'],
  monitoring: ['Monitoring'],
  tenancy: ['Placement'],
  metadataOptions: ['MetadataOptions'],
  tags: ['TagSpecifications'],
  subnetId: ['NetworkInterfaces'],
  securityGroupIds: ['NetworkInterfaces'],
  privateIpAddress: ['NetworkInterfaces'],
  associatePublicIpAddress: ['NetworkInterfaces'],
} as const satisfies Record<keyof TemplateSettings, readonly (keyof ResponseLaunchTemplateData)[]>;

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

describe('changedData', () => {
  const [backup, primary] = rich.NetworkInterfaces ?? [];
  const [volumes] = rich.TagSpecifications ?? [];

  it.each<[string, TemplateSettings, object]>([
    ['an instance type', { instanceType: 't3.micro' }, { InstanceType: 't3.micro' }],
    ['a profile by name', { iamInstanceProfile: 'Other' }, { IamInstanceProfile: { Name: 'Other' } }],
    ['a profile by ARN', { iamInstanceProfile: ARN }, { IamInstanceProfile: { Arn: ARN } }],
    ['monitoring', { monitoring: { enabled: false } }, { Monitoring: { Enabled: false } }],
    [
      'tenancy, keeping the rest of the placement',
      { tenancy: 'dedicated' },
      { Placement: { AvailabilityZone: 'eu-west-1a', Tenancy: 'dedicated', GroupName: 'cluster' } },
    ],
    [
      'a metadata option, keeping the others but not the state',
      { metadataOptions: { httpTokens: 'required' } },
      { MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2, HttpEndpoint: 'enabled' } },
    ],
    [
      'security groups, keeping the other interface and the rest of this one',
      { securityGroupIds: ['sg-9a1b2c3d'] },
      { NetworkInterfaces: [{ ...primary, Groups: ['sg-9a1b2c3d'] }, backup] },
    ],
    [
      'an address, taking the primary one out of the list and keeping the others',
      { privateIpAddress: '10.0.0.9' },
      {
        NetworkInterfaces: [
          {
            ...primary,
            PrivateIpAddress: '10.0.0.9',
            PrivateIpAddresses: [{ Primary: false, PrivateIpAddress: '10.0.0.5' }],
          },
          backup,
        ],
      },
    ],
    [
      'a tag, keeping other tags and those of volumes',
      { tags: { Owner: 'dr', Stage: 'prod' } },
      {
        TagSpecifications: [
          {
            ResourceType: 'instance',
            Tags: [
              { Key: 'Name', Value: 'server' },
              { Key: 'constructor', Value: 'builder' },
              { Key: 'Owner', Value: 'dr' },
              { Key: 'Stage', Value: 'prod' },
            ],
          },
          volumes,
        ],
      },
    ],
  ])('sends %s, and nothing else', (_what, changes, expected) => {
    expect(changedData(rich, changes)).toEqual(expected);
  });

  it('sends nothing when nothing changes', () => {
    expect(changedData(rich, {})).toEqual({});
  });

  it('makes what a template does not have yet', () => {
    const changes = {
      subnetId: 'subnet-0a1b2c3d',
      tags: { a: 'b' },
      tenancy: 'host',
      metadataOptions: { httpTokens: 'required' },
    } as const;
    expect(changedData({}, changes)).toEqual({
      NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: 'subnet-0a1b2c3d' }],
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a', Value: 'b' }] }],
      Placement: { Tenancy: 'host' },
      MetadataOptions: { HttpTokens: 'required' },
    });
  });

  it('leaves no list of addresses where only the primary one was in it', () => {
    const data = {
      NetworkInterfaces: [{ DeviceIndex: 0, PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: '10.0.0.4' }] }],
    };
    expect(changedData(data, { privateIpAddress: '10.0.0.9' }).NetworkInterfaces).toEqual([
      { DeviceIndex: 0, PrivateIpAddress: '10.0.0.9' },
    ]);
  });

  it('shows the changes afterwards', () => {
    fc.assert(
      fc.property(anyTemplate(), anyTemplateSettings, (data, changes) => {
        expect(differences(changes, settingsOf(applied(data, changes)))).toEqual({});
      }),
    );
  });

  it('changes no setting that is not stated', () => {
    fc.assert(
      fc.property(anyTemplate(), anyTemplateSettings, (data, changes) => {
        const before = settingsOf(data);
        const afterwards = settingsOf(applied(data, changes));
        expect(unstated(afterwards, changes)).toMatchObject(unstated(before, changes));
      }),
    );
  });

  it('sends no parameter that the changes do not need', () => {
    fc.assert(
      fc.property(anyTemplate(), anyTemplateSettings, (data, changes) => {
        const needed = new Set(Object.keys(changes).flatMap((name) => others[name as keyof TemplateSettings]));
        expect(new Set(Object.keys(changedData(data, changes)))).toEqual(needed);
      }),
    );
  });

  it('keeps other interfaces, tags of other resources and all else of what it sends as it was', () => {
    fc.assert(
      fc.property(anyTemplate(), anyTemplateSettings, (data, changes) => {
        const afterwards = applied(data, changes);
        const foreign = (template: ResponseLaunchTemplateData) => {
          const nic = template.NetworkInterfaces?.find(({ DeviceIndex }) => DeviceIndex === 0);
          return {
            nics: template.NetworkInterfaces?.filter(({ DeviceIndex }) => DeviceIndex !== 0) ?? [],
            specs: template.TagSpecifications?.filter(({ ResourceType }) => ResourceType !== 'instance') ?? [],
            zone: template.Placement?.AvailabilityZone,
            description: nic?.Description,
            secondary: nic?.PrivateIpAddresses?.filter(({ Primary }) => !Primary) ?? [],
            disks: template.BlockDeviceMappings,
            userData: template.UserData,
          };
        };
        expect(foreign(afterwards)).toEqual(foreign(data));
      }),
    );
  });

  it('never leaves security groups beside an interface, which EC2 refuses at launch', () => {
    const data: ResponseLaunchTemplateData = { SecurityGroupIds: ['sg-0a1b2c3d'] };
    expect(() => changedData(data, { subnetId: 'subnet-0a1b2c3d' })).toThrow(RootSecurityGroupsError);
  });
});

/** What `changes` say nothing about, tag by tag and option by option. */
function unstated(settings: TemplateSettings, changes: TemplateSettings): TemplateSettings {
  const rest = <T extends object>(all: T, stated: object = {}) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !Object.hasOwn(stated, name)));
  return {
    ...rest(settings, changes),
    tags: rest(settings.tags ?? {}, changes.tags),
    metadataOptions: rest(settings.metadataOptions ?? {}, changes.metadataOptions),
  };
}

/** Templates with any of the rich one's parts, and tags as people choose them. */
function anyTemplate(): fc.Arbitrary<ResponseLaunchTemplateData> {
  const tagList = fc
    .uniqueArray(tagKey, { maxLength: 4 })
    .map((keys) => keys.map((Key, index) => ({ Key, Value: String(index) })));
  return fc.record({ parts: fc.subarray(Object.keys(rich)), instanceTags: tagList }).map(({ parts, instanceTags }) => ({
    ...(Object.fromEntries(
      Object.entries(rich).filter(([name]) => parts.includes(name)),
    ) as ResponseLaunchTemplateData),
    ...(parts.includes('TagSpecifications') && {
      TagSpecifications: [
        ...(rich.TagSpecifications ?? []).slice(0, 1),
        { ResourceType: 'instance' as const, Tags: instanceTags },
      ],
    }),
  }));
}
