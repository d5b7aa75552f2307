import { differences } from '@prelaunch/core/apply/observed-settings';
import type { TemplateSettings, TemplateVersion } from '@prelaunch/core/apply/ports';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyTemplateSettings, tagKey } from '../../../tests/support/arbitraries.ts';
import { assertKept, newVersion } from './new-version.ts';
import { settingsOf, type TemplateContent } from './template-data.ts';
import { ARN, richContent as rich } from './testing/template-contents.ts';

const TEMPLATE = 'lt-0a1b2c3d';

function version(content: TemplateContent): TemplateVersion {
  return { launchTemplateId: TEMPLATE, versionNumber: 3, settings: settingsOf(content), content };
}

/** What EC2 makes of the request: a parameter that is sent replaces the inherited one whole. */
function made(content: TemplateContent, changes: TemplateSettings): TemplateContent {
  const { data, inherits } = newVersion(version(content), changes);
  return { ...(inherits && content), ...(data as TemplateContent) };
}

/** Templates with any of the rich one's parts, security groups at the top, requirements, and tags as people choose them. */
const anyContent: fc.Arbitrary<TemplateContent> = fc
  .record({
    parts: fc.subarray(Object.keys(rich)),
    hasGroups: fc.boolean(),
    hasRequirements: fc.boolean(),
    instanceTags: fc.uniqueArray(tagKey, { maxLength: 4 }),
    hasOtherTags: fc.boolean(),
  })
  .map(({ parts, hasGroups, hasRequirements, instanceTags, hasOtherTags }) => ({
    ...Object.fromEntries(Object.entries(rich).filter(([name]) => parts.includes(name))),
    ...(hasGroups && !parts.includes('NetworkInterfaces') && { SecurityGroupIds: ['sg-2a1b2c3d', 'sg-3a1b2c3d'] }),
    ...(hasRequirements && !parts.includes('InstanceType') && { InstanceRequirements: { VCpuCount: { Min: 2 } } }),
    ...(parts.includes('TagSpecifications') && {
      TagSpecifications: [
        ...(hasOtherTags ? (rich.TagSpecifications ?? []).slice(0, 1) : []),
        { ResourceType: 'instance' as const, Tags: instanceTags.map((Key, index) => ({ Key, Value: String(index) })) },
      ],
    }),
  }));

const REMOVABLE = ['securityGroupIds', 'iamInstanceProfile', 'privateIpAddress', 'associatePublicIpAddress'] as const;

/** Changes to a template, removals among them, also of tags it has. */
function anyChanges({ TagSpecifications = [] }: TemplateContent): fc.Arbitrary<TemplateSettings> {
  const existing = TagSpecifications.flatMap(({ ResourceType, Tags = [] }) =>
    ResourceType === 'instance' ? Tags : [],
  );
  return fc
    .record({
      settings: anyTemplateSettings,
      removed: fc.subarray([...REMOVABLE]),
      tagsRemoved: fc.subarray(existing.map(({ Key = '' }) => Key)),
    })
    .map(({ settings, removed, tagsRemoved }) => ({
      ...settings,
      ...noneOf(removed),
      ...(tagsRemoved.length > 0 && { tags: { ...settings.tags, ...noneOf(tagsRemoved) } }),
    }));
}

function noneOf<Name extends string>(names: readonly Name[]): { [name in Name]: null } {
  return Object.fromEntries(names.map((name) => [name, null])) as { [name in Name]: null };
}

const anyCase = anyContent.chain((content) => anyChanges(content).map((changes) => ({ content, changes })));

describe('newVersion', () => {
  it.each<[string, TemplateSettings, object]>([
    ['an instance type', { instanceType: 't3.micro' }, { InstanceType: 't3.micro' }],
    [
      'a metadata option, whole but for the state, which only answers have',
      { metadataOptions: { httpTokens: 'required' } },
      { MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2, HttpEndpoint: 'enabled' } },
    ],
    [
      'the tags of volumes with the last of the instance gone',
      { tags: { Owner: null, Name: null, constructor: null } },
      {
        TagSpecifications: rich.TagSpecifications?.slice(0, 1),
      },
    ],
    ['nothing that is so already', { instanceType: 'm5.large', iamInstanceProfile: ARN }, {}],
  ])('sends %s, and inherits the rest', (_what, changes, data) => {
    expect(newVersion(version(rich), changes)).toMatchObject({ inherits: true, data });
    expect(Object.keys(newVersion(version(rich), changes).data)).toEqual(Object.keys(data));
  });

  it.each<[string, TemplateContent, TemplateSettings, keyof TemplateContent]>([
    ['a profile', rich, { iamInstanceProfile: null }, 'IamInstanceProfile'],
    [
      'requirements',
      { ...rich, InstanceType: undefined, InstanceRequirements: {} },
      { instanceType: 't3.micro' },
      'InstanceRequirements',
    ],
    [
      'security groups at the top',
      { ...rich, NetworkInterfaces: undefined, SecurityGroupIds: ['sg-1'] },
      { subnetId: 'subnet-1' },
      'SecurityGroupIds',
    ],
    [
      'the last tag',
      { UserData: 'eA==', TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a', Value: '' }] }] },
      { tags: { a: null } },
      'TagSpecifications',
    ],
  ])('inherits nothing and sends all else where %s must go', (_what, content, changes, gone) => {
    const { inherits, data } = newVersion(version(content), changes);
    expect(inherits).toBe(false);
    expect(data).not.toHaveProperty(gone);
    expect(data).toHaveProperty('UserData', content.UserData);
  });

  it('sends disks that are made from snapshots, since those are not inherited', () => {
    const BlockDeviceMappings = [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId: 'snap-0a1b2c3d' } }];
    const { data } = newVersion(version({ ...rich, BlockDeviceMappings }), { instanceType: 't3.micro' });
    expect(data).toEqual({ InstanceType: 't3.micro', BlockDeviceMappings });
  });

  it('refuses to write an interface beside security groups that are only named', () => {
    const content = { SecurityGroups: ['default'] };
    expect(() => newVersion(version(content), { subnetId: 'subnet-0a1b2c3d' })).toThrow(
      expect.objectContaining({ code: 'template.unmanaged_content', parameters: ['SecurityGroups'] }),
    );
    const { data } = newVersion(version(content), { securityGroupIds: ['sg-0a1b2c3d'] });
    expect(data).toEqual({ NetworkInterfaces: [{ DeviceIndex: 0, Groups: ['sg-0a1b2c3d'] }] });
  });

  it('refuses, for good, what it could read but not write again', () => {
    const content = { ...rich, NetworkInterfaces: [{ DeviceIndex: 0, ...{ FutureThing: 'x' } }] };
    const refused = expect.objectContaining({
      code: 'template.unknown_parameter',
      retryable: false,
      parameter: 'NetworkInterfaces.FutureThing',
    });
    expect(() => newVersion(version(content), { subnetId: 'subnet-0a1b2c3d' })).toThrow(refused);
    expect(() => newVersion(version(content), { iamInstanceProfile: null })).toThrow(refused);
    expect(newVersion(version(content), { instanceType: 't3.micro' }).data).toEqual({ InstanceType: 't3.micro' });
  });

  it('does not carry over what only answers have', () => {
    const Ipv6Addresses = [{ Ipv6Address: '2001:db8::1', IsPrimaryIpv6: false }];
    const content = { ...rich, Operator: { Managed: false }, NetworkInterfaces: [{ DeviceIndex: 0, Ipv6Addresses }] };
    const { data } = newVersion(version(content), { iamInstanceProfile: null });
    expect(data).not.toHaveProperty('Operator');
    expect(data.NetworkInterfaces).toEqual([{ DeviceIndex: 0, Ipv6Addresses: [{ Ipv6Address: '2001:db8::1' }] }]);
  });

  it('makes the changes, removals included', () => {
    fc.assert(
      fc.property(anyCase, ({ content, changes }) => {
        expect(differences(changes, settingsOf(made(content, changes)))).toEqual({});
      }),
    );
  });

  it('leaves everything as it was that the changes do not touch', () => {
    fc.assert(
      fc.property(anyCase, ({ content, changes }) => {
        expect(untouched(made(content, changes), changes)).toEqual(untouched(content, changes));
      }),
    );
  });

  it('never leaves what EC2 refuses to launch', () => {
    fc.assert(
      fc.property(anyCase, ({ content, changes }) => {
        const after = made(content, changes);
        const interfaces = after.NetworkInterfaces ?? [];
        expect(interfaces.length > 0 && !!after.SecurityGroupIds).toBe(false);
        expect(!!after.InstanceType && !!after.InstanceRequirements).toBe(false);
        for (const { PrivateIpAddress, PrivateIpAddresses = [] } of interfaces)
          expect(!!PrivateIpAddress && PrivateIpAddresses.some(({ Primary }) => Primary)).toBe(false);
      }),
    );
  });
});

describe('assertKept', () => {
  const check = (answered: TemplateContent, changes: TemplateSettings) =>
    assertKept(version(answered), newVersion(version(rich), changes).expected, changes);

  it('takes what was asked for, whatever AWS made of what was to change', () => {
    fc.assert(
      fc.property(anyCase, ({ content, changes }) => {
        const { expected } = newVersion(version(content), changes);
        assertKept(version(made(content, changes)), expected, changes);
      }),
    );
    expect(() => check({ ...rich, InstanceType: 't3.nano' }, { instanceType: 't3.micro' })).not.toThrow();
  });

  it('takes lists in another order, nothing for what is empty, and the remarks of EC2', () => {
    const answered = {
      ...rich,
      NetworkInterfaces: rich.NetworkInterfaces?.toReversed(),
      TagSpecifications: rich.TagSpecifications?.map((one) => ({ ...one, Tags: one.Tags?.toReversed() })).toReversed(),
      MetadataOptions: { ...rich.MetadataOptions, State: 'pending' as const },
      Operator: { Managed: false },
      LicenseSpecifications: [],
      CpuOptions: {},
    };
    expect(() => check(answered, { instanceType: 't3.micro' })).not.toThrow();
  });

  it.each<[string, TemplateContent, TemplateSettings]>([
    ['UserData', { ...rich, UserData: undefined }, { instanceType: 't3.micro' }],
    ['KeyName', { ...rich, KeyName: 'added' }, { instanceType: 't3.micro' }],
    [
      'BlockDeviceMappings',
      { ...rich, BlockDeviceMappings: [{ DeviceName: '/dev/sda1' }] },
      { iamInstanceProfile: null },
    ],
    ['NetworkInterfaces', { ...rich, NetworkInterfaces: rich.NetworkInterfaces?.slice(1) }, { subnetId: 'subnet-1' }],
    ['TagSpecifications', { ...rich, TagSpecifications: rich.TagSpecifications?.slice(1) }, { tags: { Owner: 'dr' } }],
    ['Placement', { ...rich, Placement: { Tenancy: 'host' } }, { tenancy: 'host' }],
  ])('refuses another %s, which nobody asked for', (parameter, answered, changes) => {
    expect(() => check(answered, changes)).toThrow(
      expect.objectContaining({ code: 'template.unmanaged_content', retryable: false, parameters: [parameter] }),
    );
  });
});

const SENT_FOR = {
  subnetId: 'SubnetId',
  securityGroupIds: 'Groups',
  associatePublicIpAddress: 'AssociatePublicIpAddress',
};
const OPTIONS = {
  httpEndpoint: 'HttpEndpoint',
  httpTokens: 'HttpTokens',
  httpPutResponseHopLimit: 'HttpPutResponseHopLimit',
  httpProtocolIpv6: 'HttpProtocolIpv6',
  instanceMetadataTags: 'InstanceMetadataTags',
};

/** A template's content but for what the changes are about. Where an interface is written, groups from the top stand in it. */
function untouched(content: TemplateContent, changes: TemplateSettings) {
  const { InstanceType, InstanceRequirements, IamInstanceProfile, Monitoring, SecurityGroupIds, ...others } = content;
  const { NetworkInterfaces = [], TagSpecifications = [], MetadataOptions = {}, Placement = {}, ...rest } = others;
  const isStated = (name: keyof TemplateSettings) => changes[name] !== undefined;
  const primary = NetworkInterfaces.find(({ DeviceIndex }) => DeviceIndex === 0);
  const options = Object.keys(changes.metadataOptions ?? {}).map((name) => OPTIONS[name as keyof typeof OPTIONS]);
  const gone = Object.entries(SENT_FOR).flatMap(([name, key]) =>
    isStated(name as keyof TemplateSettings) ? [key] : [],
  );
  const tags = TagSpecifications.find(({ ResourceType }) => ResourceType === 'instance')?.Tags ?? [];
  return {
    ...rest,
    ...(!isStated('instanceType') && { InstanceType, InstanceRequirements }),
    ...(!isStated('iamInstanceProfile') && { IamInstanceProfile }),
    ...(!isStated('monitoring') && { Monitoring }),
    placement: dropping(Placement, isStated('tenancy') ? ['Tenancy'] : []),
    metadata: dropping(MetadataOptions, ['State', ...options]),
    volumes: TagSpecifications.filter(({ ResourceType }) => ResourceType !== 'instance'),
    tags: tags.filter(({ Key = '' }) => !Object.hasOwn(changes.tags ?? {}, Key)),
    others: NetworkInterfaces.filter(({ DeviceIndex }) => DeviceIndex !== 0),
    primary: dropping(primary ?? {}, ['DeviceIndex', 'Groups', 'PrivateIpAddress', 'PrivateIpAddresses', ...gone]),
    groups: isStated('securityGroupIds') ? [] : (primary?.Groups ?? SecurityGroupIds ?? []),
    addresses: primary?.PrivateIpAddresses?.filter(({ Primary }) => !(Primary && isStated('privateIpAddress'))) ?? [],
    address: isStated('privateIpAddress') ? undefined : primary?.PrivateIpAddress,
  };
}

function dropping(values: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}
