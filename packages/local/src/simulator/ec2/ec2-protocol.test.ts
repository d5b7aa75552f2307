import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateVersionsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  ModifyLaunchTemplateCommand,
  type RequestLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOME, REGION, type ServedSimulator, serveSimulator } from '../testing/serve-simulator.ts';

let served: ServedSimulator;
beforeEach(async () => {
  served = await serveSimulator();
});
afterEach(() => served.close());

const addServers = (count: number): string[] =>
  served.simulator.addSourceServers({ accountId: HOME, region: REGION }, count);
const templateIdOf = (serverId = ''): string => served.simulator.launchTemplateOf(serverId).launchTemplateId;
const addTemplate = (): string => templateIdOf(addServers(1)[0]);

const NESTED: RequestLaunchTemplateData = {
  InstanceType: 'm5.large',
  EbsOptimized: false,
  UserData: Buffer.from('a & <b> "c"').toString('base64'),
  BlockDeviceMappings: [
    { DeviceName: '/dev/xvda', Ebs: { SnapshotId: 'snap-0123456789abcdef0', VolumeSize: 8, Encrypted: true } },
  ],
  NetworkInterfaces: [
    {
      DeviceIndex: 0,
      SubnetId: 'subnet-1',
      Groups: ['sg-1', 'sg-2'],
      PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: '10.0.0.9' }],
    },
    { DeviceIndex: 1, DeleteOnTermination: false, Ipv6Addresses: [{ Ipv6Address: '::1' }] },
  ],
  TagSpecifications: [
    {
      ResourceType: 'instance',
      Tags: [
        { Key: 'a&b', Value: '<x y="é">' },
        { Key: 'empty', Value: '' },
      ],
    },
  ],
  InstanceMarketOptions: { MarketType: 'spot', SpotOptions: { ValidUntil: new Date('2030-01-02T03:04:05Z') } },
  MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
  LicenseSpecifications: [{ LicenseConfigurationArn: 'arn:aws:license-manager:x' }],
  Placement: { Tenancy: 'host' },
};

const createVersion = (input: {
  LaunchTemplateId: string;
  LaunchTemplateData: RequestLaunchTemplateData;
  SourceVersion?: string;
  ClientToken?: string;
  VersionDescription?: string;
}) => served.ec2.send(new CreateLaunchTemplateVersionCommand(input));

describe('launch template versions', () => {
  it('are paged across templates whose defaults move between two pages', async () => {
    const servers = addServers(3);
    const page = (NextToken?: string) =>
      served.ec2.send(
        new DescribeLaunchTemplateVersionsCommand({
          Versions: ['$Default'],
          MaxResults: 2,
          ...(NextToken && { NextToken }),
        }),
      );
    const first = await page();
    served.simulator.editElsewhere(servers[1] ?? '', { templateData: (data) => ({ ...data, EbsOptimized: true }) });
    const second = await page(first.NextToken);
    const ids = [first, second].flatMap(({ LaunchTemplateVersions = [] }) =>
      LaunchTemplateVersions.map(({ LaunchTemplateId }) => LaunchTemplateId),
    );
    expect(ids.toSorted()).toEqual(servers.map(templateIdOf).toSorted());
  });

  it('round-trip nested data with tags, dates and booleans', async () => {
    const LaunchTemplateId = addTemplate();
    const created = await createVersion({
      LaunchTemplateId,
      LaunchTemplateData: NESTED,
      VersionDescription: 'by hand',
    });
    expect(created.LaunchTemplateVersion).toMatchObject({
      VersionNumber: 4,
      DefaultVersion: false,
      VersionDescription: 'by hand',
    });
    const { LaunchTemplateVersions } = await served.ec2.send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ['$Latest'] }),
    );
    expect(LaunchTemplateVersions?.[0]?.LaunchTemplateData).toEqual(NESTED);
    expect(LaunchTemplateVersions?.[0]?.CreateTime).toBeInstanceOf(Date);
  });

  it('inherit from a source version what is not passed, but no snapshots; without a source nothing is inherited', async () => {
    const LaunchTemplateId = addTemplate();
    await createVersion({ LaunchTemplateId, LaunchTemplateData: NESTED });
    const passed = { NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: 'subnet-2' }] };
    const inherited = await createVersion({ LaunchTemplateId, SourceVersion: '4', LaunchTemplateData: passed });
    expect(inherited.LaunchTemplateVersion?.LaunchTemplateData).toEqual({
      ...NESTED,
      ...passed,
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 8, Encrypted: true } }],
    });
    const bare = await createVersion({ LaunchTemplateId, LaunchTemplateData: passed });
    expect(bare.LaunchTemplateVersion?.LaunchTemplateData).toEqual(passed);
  });

  it('are made once per client token', async () => {
    const LaunchTemplateId = addTemplate();
    const input = { LaunchTemplateId, LaunchTemplateData: { InstanceType: 'm5.large' as const }, ClientToken: 'once' };
    const [first, again] = [await createVersion(input), await createVersion(input)];
    expect(again.LaunchTemplateVersion).toEqual(first.LaunchTemplateVersion);
    const other = createVersion({ ...input, LaunchTemplateData: { InstanceType: 'm5.xlarge' } });
    await expect(other).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' });
  });

  it('become the default by number or as $Latest', async () => {
    const LaunchTemplateId = addTemplate();
    await createVersion({ LaunchTemplateId, LaunchTemplateData: NESTED });
    const byNumber = await served.ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion: '2' }));
    expect(byNumber.LaunchTemplate).toMatchObject({ DefaultVersionNumber: 2, LatestVersionNumber: 4 });
    const latest = await served.ec2.send(
      new ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion: '$Latest' }),
    );
    expect(latest.LaunchTemplate?.DefaultVersionNumber).toBe(4);
    const event = served.events.at(-1);
    expect(event).toMatchObject({
      source: 'aws.ec2',
      'detail-type': 'AWS API Call via CloudTrail',
      detail: {
        eventSource: 'ec2.amazonaws.com',
        eventName: 'ModifyLaunchTemplate',
        requestParameters: { ModifyLaunchTemplateRequest: { LaunchTemplateId, SetDefaultVersion: '$Latest' } },
      },
    });
  });

  it('are deleted one by one, and never the default', async () => {
    const LaunchTemplateId = addTemplate();
    const result = await served.ec2.send(
      new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ['1', '3', '9'] }),
    );
    expect(result.SuccessfullyDeletedLaunchTemplateVersions).toMatchObject([{ VersionNumber: 1 }]);
    expect(result.UnsuccessfullyDeletedLaunchTemplateVersions).toMatchObject([
      { VersionNumber: 3 },
      { VersionNumber: 9 },
    ]);
  });

  it('are described for every template at once, in pages', async () => {
    const serverIds = addServers(205);
    const describePage = (NextToken?: string) =>
      served.ec2.send(
        new DescribeLaunchTemplateVersionsCommand({ Versions: ['$Default'], ...(NextToken && { NextToken }) }),
      );
    const first = await describePage();
    const second = await describePage(first.NextToken);
    const found = [...(first.LaunchTemplateVersions ?? []), ...(second.LaunchTemplateVersions ?? [])];
    expect([first.LaunchTemplateVersions?.length, second.NextToken]).toEqual([200, undefined]);
    expect(found.map((version) => version.LaunchTemplateId)).toEqual(serverIds.map(templateIdOf));
    expect(found.every((version) => version.DefaultVersion)).toBe(true);
  });

  it('are described by number range, newest first', async () => {
    const LaunchTemplateId = addTemplate();
    const { LaunchTemplateVersions } = await served.ec2.send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, MinVersion: '2' }),
    );
    expect(LaunchTemplateVersions?.map((version) => version.VersionNumber)).toEqual([3, 2]);
  });

  it.each([
    ['InvalidLaunchTemplateId.NotFound', { LaunchTemplateId: 'lt-00000000000000000', Versions: ['1'] }],
    ['InvalidLaunchTemplateId.Malformed', { LaunchTemplateId: 'template', Versions: ['1'] }],
    ['MissingParameter', { Versions: ['1'] }],
    ['InvalidParameterValue', { Versions: ['$Default'], MaxResults: 201 }],
  ])('answer %s', async (name, input) => {
    const refused = served.ec2.send(new DescribeLaunchTemplateVersionsCommand(input));
    await expect(refused).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });

  it('answer that a version does not exist', async () => {
    const refused = served.ec2.send(
      new ModifyLaunchTemplateCommand({ LaunchTemplateId: addTemplate(), DefaultVersion: '99' }),
    );
    await expect(refused).rejects.toMatchObject({ name: 'InvalidLaunchTemplateId.VersionNotFound' });
  });

  it('warn of data that cannot launch', async () => {
    const created = await createVersion({
      LaunchTemplateId: addTemplate(),
      LaunchTemplateData: { ...NESTED, SecurityGroupIds: ['sg-1'] },
    });
    expect(created.Warning?.Errors).toMatchObject([{ Code: 'InvalidParameterCombination' }]);
  });
});

describe('launch templates', () => {
  it('show where their versions stand, and keep their names apart', async () => {
    const create = () =>
      served.ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: 'mine', LaunchTemplateData: NESTED }));
    await create();
    await expect(create()).rejects.toMatchObject({ name: 'InvalidLaunchTemplateName.AlreadyExistsException' });
    const { LaunchTemplates } = await served.ec2.send(
      new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: ['mine'] }),
    );
    expect(LaunchTemplates).toMatchObject([
      { LaunchTemplateName: 'mine', DefaultVersionNumber: 1, LatestVersionNumber: 1 },
    ]);
  });

  it('are described by up to 200 ids, none of which may be unknown', async () => {
    const LaunchTemplateIds = addServers(201).map(templateIdOf);
    const describeThem = (ids: string[]) =>
      served.ec2.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: ids }));
    const { LaunchTemplates = [] } = await describeThem(LaunchTemplateIds.slice(0, 200));
    expect(LaunchTemplates.map(({ LaunchTemplateId }) => LaunchTemplateId)).toEqual(LaunchTemplateIds.slice(0, 200));
    expect(LaunchTemplates[0]).toMatchObject({ DefaultVersionNumber: 3, LatestVersionNumber: 3 });
    await expect(describeThem(LaunchTemplateIds)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await expect(describeThem([...LaunchTemplateIds.slice(0, 2), 'lt-00000000000000000'])).rejects.toMatchObject({
      name: 'InvalidLaunchTemplateId.NotFound',
      $metadata: { httpStatusCode: 400 },
    });
  });
});

describe('unknown requests', () => {
  const send = (body: string) =>
    served.simulator.handle({
      service: 'ec2',
      region: REGION,
      accessKeyId: 'AKIALOCAL',
      method: 'POST',
      path: '/',
      headers: {},
      body,
    });

  it('are refused by action and by parameter', async () => {
    expect(await send('Action=RunInstances')).toMatchObject({
      status: 400,
      body: expect.stringContaining('<Code>InvalidAction</Code>'),
    });
    const unknownParameter = await send('Action=DescribeInstances&Flavour=none');
    expect(unknownParameter.body).toContain('<Code>UnknownParameter</Code>');
  });
});
