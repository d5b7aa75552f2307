import type { LaunchTemplateData } from '@prelaunch/local/simulator/state';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Pipeline, SETTINGS, startPipeline } from '../support/pipeline.ts';
import { atOnce, drained, siteOf, wiringWith } from './support/sites.ts';

type Content = LaunchTemplateData;

/** What a template may hold besides what DRS puts there: by hand, by other tools, by AWS itself. */
const UNUSUAL = {
  KeyName: 'break glass "key" <&>',
  EbsOptimized: false,
  DisableApiTermination: true,
  DisableApiStop: false,
  InstanceInitiatedShutdownBehavior: 'stop',
  LicenseSpecifications: [
    { LicenseConfigurationArn: 'arn:aws:license-manager:us-east-1:111111111111:license-configuration:lic-1' },
  ],
  CpuOptions: { CoreCount: 1, ThreadsPerCore: 2, AmdSevSnp: 'disabled' },
  CreditSpecification: { CpuCredits: 'unlimited' },
  CapacityReservationSpecification: {
    CapacityReservationTarget: { CapacityReservationId: 'cr-0123456789abcdef0' },
  },
  HibernationOptions: { Configured: false },
  EnclaveOptions: { Enabled: false },
  PrivateDnsNameOptions: { HostnameType: 'resource-name', EnableResourceNameDnsARecord: true },
  MaintenanceOptions: { AutoRecovery: 'default' },
  NetworkPerformanceOptions: { BandwidthWeighting: 'vpc-1' },
  InstanceMarketOptions: {
    MarketType: 'spot',
    SpotOptions: { MaxPrice: '0.10', ValidUntil: new Date('2030-01-02T03:04:05.000Z') },
  },
  UserData: Buffer.from('#!/bin/sh\necho "two\tlines" & true\n\n').toString('base64'),
  Placement: { Tenancy: 'default', GroupName: 'cluster', PartitionNumber: 2, Affinity: 'default' },
  MetadataOptions: {
    HttpTokens: 'required',
    HttpEndpoint: 'enabled',
    HttpPutResponseHopLimit: 2,
    HttpProtocolIpv6: 'enabled',
    InstanceMetadataTags: 'disabled',
  },
  BlockDeviceMappings: [
    {
      DeviceName: '/dev/sda1',
      Ebs: {
        DeleteOnTermination: true,
        Encrypted: true,
        KmsKeyId: 'arn:aws:kms:us-east-1:111111111111:key/1',
        SnapshotId: 'snap-0123456789abcdef0',
        VolumeType: 'gp3',
        VolumeSize: 50,
        VolumeInitializationRate: 200,
      },
    },
    { DeviceName: '/dev/sdc', VirtualName: 'ephemeral0' },
    { DeviceName: '/dev/sdb', Ebs: { SnapshotId: 'snap-0fedcba9876543210', VolumeType: 'io2', Iops: 6000 } },
    { DeviceName: '/dev/sdd', NoDevice: '' },
  ],
  NetworkInterfaces: [
    {
      DeviceIndex: 2,
      Description: 'before the primary one',
      InterfaceType: 'efa',
      NetworkCardIndex: 1,
      SubnetId: 'subnet-0cccccccccccccccc',
      Groups: ['sg-0dddddddddddddddd', 'sg-0cccccccccccccccc'],
      PrivateIpAddresses: [
        { Primary: true, PrivateIpAddress: '10.9.0.9' },
        { Primary: false, PrivateIpAddress: '10.9.0.8' },
      ],
      Ipv6Addresses: [{ Ipv6Address: '2001:db8::1' }],
      Ipv4Prefixes: [{ Ipv4Prefix: '10.9.1.0/28' }],
    },
    {
      DeviceIndex: 0,
      Description: '',
      DeleteOnTermination: false,
      AssociatePublicIpAddress: true,
      AssociateCarrierIpAddress: false,
      SubnetId: 'subnet-0eeeeeeeeeeeeeeee',
      Groups: ['sg-0eeeeeeeeeeeeeeee'],
      Ipv6AddressCount: 1,
      PrimaryIpv6: true,
      EnaSrdSpecification: { EnaSrdEnabled: true, EnaSrdUdpSpecification: { EnaSrdUdpEnabled: false } },
      ConnectionTrackingSpecification: { TcpEstablishedTimeout: 3600, UdpTimeout: 30 },
    },
    { DeviceIndex: 1, NetworkInterfaceId: 'eni-0123456789abcdef0' },
  ],
  TagSpecifications: [
    { ResourceType: 'network-interface', Tags: [{ Key: 'tier', Value: 'of the interface' }] },
    {
      ResourceType: 'instance',
      Tags: [
        { Key: 'Name', Value: ' padded ' },
        { Key: 'tier', Value: 'bronze' },
        { Key: 'empty', Value: '' },
        { Key: 'cost:center/é', Value: '007 <"&\'> ✓' },
      ],
    },
    {
      ResourceType: 'volume',
      Tags: [
        { Key: 'zeta', Value: '1' },
        { Key: 'alpha', Value: 'true' },
      ],
    },
  ],
} as const satisfies Readonly<Record<string, unknown>> as unknown as Content;

/** The content with an edit of one of its interfaces, or of the tags of instances. */
function withInterface(content: Content, index: number, edit: object): Content {
  const NetworkInterfaces = content.NetworkInterfaces?.map((one) =>
    one.DeviceIndex === index ? { ...one, ...edit } : one,
  );
  return { ...content, NetworkInterfaces } as Content;
}

function without<Name extends keyof Content>(content: Content, ...names: readonly Name[]): Content {
  return Object.fromEntries(Object.entries(content).filter(([name]) => !names.includes(name as Name)));
}

const APPLIED_INTERFACE = {
  SubnetId: SETTINGS.subnetId,
  Groups: ['sg-0aaaaaaaaaaaaaaa1', 'sg-0bbbbbbbbbbbbbbb2'],
};

function withInstanceTags({ TagSpecifications = [], ...content }: Content, Tags: readonly object[]): Content {
  const others = TagSpecifications.filter(({ ResourceType }) => ResourceType !== 'instance');
  const all = Tags.length > 0 ? [{ ResourceType: 'instance', Tags }, ...others] : others;
  return { ...content, ...(all.length > 0 && { TagSpecifications: all }) } as Content;
}

/** There is one list of tags for each type of resource; which comes first means nothing. */
function sorted(content: Content): Content {
  const TagSpecifications = content.TagSpecifications?.toSorted((one, other) =>
    String(one.ResourceType).localeCompare(String(other.ResourceType)),
  );
  return { ...content, ...(TagSpecifications && { TagSpecifications }) };
}

function instanceTags({ TagSpecifications = [] }: Content) {
  return TagSpecifications.find(({ ResourceType }) => ResourceType === 'instance')?.Tags ?? [];
}

/** A template's content before, what is applied to it, and its content after; `overwritten` is all that may differ. */
interface Rewrite {
  readonly site: string;
  readonly title: string;
  readonly before: (made: Content) => Content;
  readonly launchConfig: object;
  readonly after: (before: Content) => Content;
}

const REWRITES: readonly Rewrite[] = [
  {
    site: 'made-by-drs',
    title: 'what DRS made, when most settings are applied',
    before: (made) => made,
    launchConfig: { ...SETTINGS, metadataOptions: { httpPutResponseHopLimit: 3 }, monitoring: { enabled: false } },
    after: (before) => ({
      ...withInstanceTags(withInterface(before, 0, APPLIED_INTERFACE), [
        ...instanceTags(before),
        { Key: 'tier', Value: 'gold' },
      ]),
      InstanceType: 'm7i-flex.large',
      MetadataOptions: { ...before.MetadataOptions, HttpPutResponseHopLimit: 3 },
      Monitoring: { Enabled: false },
    }),
  },
  {
    site: 'unusual',
    title: 'everything unusual, when most settings are applied',
    before: (made) => ({ ...made, ...UNUSUAL }),
    launchConfig: { ...SETTINGS, tenancy: 'dedicated', metadataOptions: { httpTokens: 'optional' } },
    after: (before) => ({
      ...withInstanceTags(withInterface(before, 0, APPLIED_INTERFACE), [
        ...instanceTags(before).filter(({ Key }) => Key !== 'tier'),
        { Key: 'tier', Value: 'gold' },
      ]),
      InstanceType: 'm7i-flex.large',
      Placement: { ...before.Placement, Tenancy: 'dedicated' },
      MetadataOptions: { ...before.MetadataOptions, HttpTokens: 'optional' },
    }),
  },
  {
    site: 'without-profile',
    title: 'everything unusual, when the instance profile is removed and so nothing is inherited',
    before: (made) => ({ ...made, ...UNUSUAL }),
    launchConfig: { iamInstanceProfile: null },
    after: (before) => without(before, 'IamInstanceProfile'),
  },
  {
    site: 'without-last-tag',
    title: 'all else, when the last tag of instances is removed and no other is left',
    before: (made) => ({
      ...made,
      ...UNUSUAL,
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'tier', Value: 'bronze' }] }],
    }),
    launchConfig: { tags: { tier: null } },
    after: (before) => without(before, 'TagSpecifications'),
  },
  {
    site: 'without-instance-tags',
    title: 'the tags of other resources, when the last tag of instances is removed',
    before: (made) => ({
      ...made,
      ...UNUSUAL,
      TagSpecifications: [
        { ResourceType: 'volume', Tags: [{ Key: 'tier', Value: 'of the volume' }] },
        { ResourceType: 'instance', Tags: [{ Key: 'tier', Value: 'bronze' }] },
      ],
    }),
    launchConfig: { tags: { tier: null } },
    after: (before) => withInstanceTags(before, []),
  },
  {
    site: 'root-groups',
    title: 'all else, when security groups move from the top into a new interface',
    before: (made) => ({
      ...without({ ...made, ...UNUSUAL }, 'NetworkInterfaces'),
      SecurityGroupIds: ['sg-0eeeeeeeeeeeeeeee', 'sg-0dddddddddddddddd'],
    }),
    launchConfig: { subnetId: SETTINGS.subnetId },
    after: (before) => ({
      ...without(before, 'SecurityGroupIds'),
      NetworkInterfaces: [
        {
          DeviceIndex: 0,
          SubnetId: SETTINGS.subnetId,
          Groups: ['sg-0eeeeeeeeeeeeeeee', 'sg-0dddddddddddddddd'],
        },
      ],
    }),
  },
  {
    site: 'requirements',
    title: 'requirements of the instance, when its type is not stated',
    before: (made) => ({
      ...without({ ...made, ...UNUSUAL }, 'InstanceType'),
      InstanceRequirements: {
        VCpuCount: { Min: 2, Max: 8 },
        MemoryMiB: { Min: 4096 },
        AllowedInstanceTypes: ['m7i.*', 'm6i.*'],
        MemoryGiBPerVCpu: { Min: 1.5 },
      },
    }),
    launchConfig: { metadataOptions: { httpPutResponseHopLimit: 3 }, iamInstanceProfile: null },
    after: (before) => ({
      ...without(before, 'IamInstanceProfile'),
      MetadataOptions: { ...before.MetadataOptions, HttpPutResponseHopLimit: 3 },
    }),
  },
  {
    site: 'typed',
    title: 'all else, when an instance type takes the place of requirements',
    before: (made) => ({
      ...without({ ...made, ...UNUSUAL }, 'InstanceType'),
      InstanceRequirements: { VCpuCount: { Min: 2 }, MemoryMiB: { Min: 4096 } },
    }),
    launchConfig: { instanceType: SETTINGS.instanceType },
    after: (before) => ({ ...without(before, 'InstanceRequirements'), InstanceType: SETTINGS.instanceType }),
  },
  {
    site: 'without-address',
    title: 'the other addresses of the interface, when its own is removed',
    before: (made) =>
      withInterface({ ...made, ...UNUSUAL }, 0, {
        PrivateIpAddresses: [
          { Primary: false, PrivateIpAddress: '10.0.0.8' },
          { Primary: true, PrivateIpAddress: '10.0.0.9' },
        ],
      }),
    launchConfig: { privateIpAddress: null },
    after: (before) =>
      withInterface(before, 0, { PrivateIpAddresses: [{ Primary: false, PrivateIpAddress: '10.0.0.8' }] }),
  },
];

describe('the content of a launch template', () => {
  let pipeline: Pipeline;
  let rewritten: (rewrite: Rewrite) => ReturnType<typeof rewriteOnce>;

  beforeAll(async () => {
    pipeline = await startPipeline({ topology: wiringWith() });
    rewritten = atOnce(REWRITES, (rewrite) => rewriteOnce(pipeline, rewrite));
  });
  afterAll(() => pipeline.stop());

  it.each(REWRITES.map((rewrite) => [rewrite.title, rewrite] as const))('keeps %s', async (_title, rewrite) => {
    const { status, before, first } = await rewritten(rewrite);

    expect(status).toMatchObject({ status: 'ready', errors: [] });
    expect(sorted(first.content)).toStrictEqual(sorted(rewrite.after(before)));
  });

  it.each(REWRITES)('is not written again, neither by the same event nor by force: $site', async (rewrite) => {
    const { first, again, forced } = await rewritten(rewrite);

    expect(again).toEqual(first);
    expect(forced.answer).toMatchObject({ outcome: 'applied', status: 'ready', appliedServers: 1 });
    expect(forced.live).toEqual(first);
  });

  it('has what a server states for itself after a newer event, a forced apply and the apply of a wave', async () => {
    const site = siteOf(pipeline, 'overrides', 2);
    const [own, other = ''] = [site.first, site.serverIds[1]];
    const stated = { instanceType: 'r7i.xlarge', launchDisposition: 'STARTED', tags: { tier: 'own' } };
    const serverOverrides = { [own]: stated };
    const settingsOf = ({ content, launchConfiguration }: ReturnType<typeof site.live>) => ({
      instanceType: content.InstanceType,
      launchDisposition: launchConfiguration.launchDisposition,
      tier: instanceTags(content).find(({ Key }) => Key === 'tier')?.Value,
    });
    const overridden = { instanceType: 'r7i.xlarge', launchDisposition: 'STARTED', tier: 'own' };
    const common = { instanceType: 'm7i-flex.large', launchDisposition: 'STOPPED', tier: 'gold' };

    await site.publish({ launchConfig: SETTINGS, serverOverrides });
    await site.settled();
    expect(settingsOf(site.live(own))).toEqual(overridden);
    expect(settingsOf(site.live(other))).toEqual(common);

    await site.publish({ revision: 2, launchConfig: { ...SETTINGS, copyTags: false }, serverOverrides });
    await site.settled(2);
    expect(settingsOf(site.live(own))).toEqual(overridden);
    expect(site.live(own).launchConfiguration.copyTags).toBe(false);

    site.edit((content) => ({ ...content, InstanceType: 'm7i-flex.large' }));
    await site.forced();
    expect(settingsOf(site.live(own))).toEqual(overridden);

    site.fault('UpdateLaunchConfiguration', { kind: 'access_denied' });
    await site.publish({ revision: 3, launchConfig: SETTINGS, serverOverrides });
    expect(await site.settled(3)).toMatchObject({ status: 'failed', counts: { ready: 1, failed: 1 } });
    const launched: unknown[] = [];
    site.fault('StartRecovery', {
      kind: 'interleave',
      when: 'before',
      run: () => launched.push(settingsOf(site.live(own)), settingsOf(site.live(other))),
    });
    const wave = { operation: 'start_wave_recovery', executionId: site.groupId, waveNumber: 1 };
    const answer = await pipeline.invoke({ ...wave, groupIds: [site.groupId] });
    expect(answer).toMatchObject({ status: 'started', path: 'apply', notReady: [] });
    expect(launched).toEqual([overridden, common]);
    expect(site.live(own).launchConfiguration.copyTags).toBe(true);
  });

  it('hashes the same whatever the order, the form of numbers and the defaults that are stated', async () => {
    const site = siteOf(pipeline, 'hashes');
    const { securityGroupIds } = SETTINGS;
    const base = {
      ...SETTINGS,
      tags: { tier: 'gold', area: 'north' },
      metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 3 },
    };
    let revision = 0;
    /** Straight into the queue of the planner: whoever relays a message may write its numbers anew. */
    const hashOf = async (launchConfig: object, write = (text: string) => text) => {
      revision += 1;
      const detail = pipeline.detailOf(site.change({ revision, launchConfig }));
      const envelope = { source: 'test.inventory', 'detail-type': 'Protection Group Changed', detail };
      const text = write(JSON.stringify(envelope));
      await pipeline.send('plan', text);
      expect(await site.settled(revision)).toMatchObject({ status: 'ready' });
      const status = await pipeline.invoke({ operation: 'get_launch_config_status', groupId: site.groupId });
      return (status.serverConfigs as Record<string, { configHash: string }>)[site.first]?.configHash;
    };
    const hopLimit = (number: string) => (text: string) => {
      expect(text).toContain('"httpPutResponseHopLimit":3');
      return text.replace('"httpPutResponseHopLimit":3', `"httpPutResponseHopLimit":${number}`);
    };
    const { tags, metadataOptions } = base;
    const defaults = {
      copyPrivateIp: false,
      licensing: { osByol: false },
      postLaunchEnabled: false,
      launchIntoInstanceProperties: null,
      privateIpAddress: null,
      tenancy: 'default',
      tags: { ...tags, gone: null },
      metadataOptions: {
        ...metadataOptions,
        httpEndpoint: 'enabled',
        httpProtocolIpv6: 'disabled',
        instanceMetadataTags: 'disabled',
      },
    };
    const hash = await hashOf(base);
    const writes = site.writes();

    const reversed = Object.fromEntries(Object.entries(base).reverse());
    const others = { tags: { area: 'north', tier: 'gold' }, securityGroupIds: [...securityGroupIds].reverse() };
    expect(await hashOf({ ...reversed, ...others })).toBe(hash);
    expect(await hashOf({ ...base, securityGroupIds: [...securityGroupIds, ...securityGroupIds] })).toBe(hash);
    expect(await hashOf(base, hopLimit('3.0'))).toBe(hash);
    expect(await hashOf(base, hopLimit('30e-1'))).toBe(hash);
    expect(await hashOf({ ...base, ...defaults })).toBe(hash);
    expect(site.writes()).toBe(writes);

    expect(await hashOf({ ...base, monitoring: { enabled: false } })).toBe(hash);
    expect(await hashOf(base, hopLimit('4'))).not.toBe(hash);
    expect(await hashOf({ ...base, securityGroupIds: [securityGroupIds[0]] })).not.toBe(hash);
  });
});

/** Applies the settings, then the same event again, then by force. */
async function rewriteOnce(pipeline: Pipeline, { site: name, before: edit, launchConfig }: Rewrite) {
  const site = siteOf(pipeline, name);
  site.edit(edit);
  const before = site.live().content;
  const look = async () => ({ ...site.live(), writes: site.writes() });

  await site.publish({ launchConfig });
  const status = await site.settled();
  const first = await look();
  await site.publish({ launchConfig });
  await drained(pipeline, 'plan');
  const again = await look();
  const answer = await site.forced();
  return { status, before, first, again, forced: { answer, live: await look() } };
}
