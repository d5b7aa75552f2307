import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Pipeline, SETTINGS, startPipelineWithServers } from '../support/pipeline.ts';
import { liveOf, statusOf } from './support/validation-servers.ts';

const { subnetId, securityGroupIds } = SETTINGS;
const OWN_NETWORK = { subnetId, securityGroupIds } as const;

/** Another VPC of the same account and Region. */
const OTHER = {
  vpcId: 'vpc-0cccccccccccccccc',
  subnets: [{ subnetId: 'subnet-0ccccccccccccccc1', cidrBlock: '10.9.0.0/24' }],
  securityGroupIds: ['sg-0ccccccccccccccc1'],
} as const;

/** Nothing has these ids. */
const NO_SUBNET = 'subnet-0fffffffffffffff1';
const NO_GROUP = 'sg-0fffffffffffffff1';
const NO_INSTANCE = 'i-0fffffffffffffff1';

const fitting = {
  state: 'stopped',
  tags: { AWSDRS: 'AllowLaunchingIntoThisInstance' },
  platform: 'linux',
  architecture: 'x86_64',
} as const;

const INSTANCES = [
  { ...fitting, instanceId: 'i-0eeeeeeeeeeeeeee0' },
  { ...fitting, instanceId: 'i-0eeeeeeeeeeeeeee1', state: 'running' },
  { ...fitting, instanceId: 'i-0eeeeeeeeeeeeeee2', tags: { AWSDRS: 'yes' } },
  { ...fitting, instanceId: 'i-0eeeeeeeeeeeeeee3', architecture: 'arm64' },
  { ...fitting, instanceId: 'i-0eeeeeeeeeeeeeee4', platform: 'windows' },
  { ...fitting, instanceId: 'i-0eeeeeeeeeeeeeee5', state: 'running', tags: {} },
] as const;

const into = (launchIntoEC2InstanceID: string) => ({ launchIntoInstanceProperties: { launchIntoEC2InstanceID } });
const profileArn = (path: string) => `arn:aws:iam::111111111111:instance-profile/${path}`;

type Stated = Readonly<Record<string, unknown>>;
/** An error as it is expected of a server that states these settings itself. */
type Expected = (serverId: string, stated: Stated) => unknown;

/** `value` where it is not the whole setting. */
function error(code: string, setting: string, allowed: string, value?: unknown): Expected {
  return (serverId, stated) => {
    const at = setting in stated ? `serverOverrides.${serverId}` : 'launchConfig';
    const known = value ?? stated[setting];
    const path = `${at}.${setting}`;
    return expect.objectContaining({
      code,
      path,
      allowed: expect.stringContaining(allowed),
      ...(known !== undefined && { value: known }),
    });
  };
}
const missing = (setting: string, allowed: string, value?: unknown) =>
  error('settings.not_in_target', setting, allowed, value);
const unfit = (setting: string, allowed: string, value?: unknown) =>
  error('settings.not_allowed_in_target', setting, allowed, value);
const duplicate = error('settings.duplicate_address', 'privateIpAddress', 'no other server of the group');

/** What a server states, and what is wrong with it. */
interface Refused {
  readonly stated: Stated;
  readonly errors: readonly Expected[];
}

const REFUSED: readonly Refused[] = [
  { stated: { subnetId: NO_SUBNET }, errors: [missing('subnetId', 'a subnet of the target account')] },
  {
    stated: { securityGroupIds: [...OTHER.securityGroupIds, ...securityGroupIds] },
    errors: [unfit('securityGroupIds', `this one is in ${OTHER.vpcId}`, OTHER.securityGroupIds[0])],
  },
  { stated: { securityGroupIds: [NO_GROUP] }, errors: [missing('securityGroupIds', 'security groups of', NO_GROUP)] },
  {
    stated: { subnetId: OTHER.subnets[0].subnetId },
    errors: [...securityGroupIds].sort().map((id) => unfit('securityGroupIds', `VPC ${OTHER.vpcId}`, id)),
  },
  { stated: { iamInstanceProfile: 'Nobody' }, errors: [missing('iamInstanceProfile', 'an instance profile')] },
  {
    stated: { iamInstanceProfile: profileArn('Nobody') },
    errors: [missing('iamInstanceProfile', 'an instance profile')],
  },
  // There is one of this name, under another path.
  {
    stated: { iamInstanceProfile: profileArn('Recovery') },
    errors: [missing('iamInstanceProfile', 'an instance profile')],
  },
  { stated: { instanceType: 'm7i.huge' }, errors: [missing('instanceType', 'an instance type that the Region has')] },
  { stated: { privateIpAddress: '10.9.0.77' }, errors: [unfit('privateIpAddress', '10.0.0.0/16')] },
  { stated: { privateIpAddress: '10.0.0.3' }, errors: [unfit('privateIpAddress', 'which AWS keeps')] },
  { stated: { privateIpAddress: '10.0.255.255' }, errors: [unfit('privateIpAddress', 'which AWS keeps')] },
  { stated: { privateIpAddress: '10.0.7.7' }, errors: [duplicate] },
  { stated: { privateIpAddress: '10.0.7.7', copyTags: false }, errors: [duplicate] },
  { stated: into(NO_INSTANCE), errors: [missing('launchIntoInstanceProperties', 'an instance of the target')] },
  { stated: into('i-0eeeeeeeeeeeeeee1'), errors: [unfit('launchIntoInstanceProperties', 'this one is running')] },
  { stated: into('i-0eeeeeeeeeeeeeee2'), errors: [unfit('launchIntoInstanceProperties', 'AWSDRS=AllowLaunching')] },
  { stated: into('i-0eeeeeeeeeeeeeee3'), errors: [unfit('launchIntoInstanceProperties', 'this one is arm64')] },
  { stated: into('i-0eeeeeeeeeeeeeee4'), errors: [unfit('launchIntoInstanceProperties', 'source machine, linux')] },
  {
    stated: {
      ...into('i-0eeeeeeeeeeeeeee5'),
      subnetId: NO_SUBNET,
      iamInstanceProfile: 'Nobody',
      instanceType: 'x9.nano',
      licensing: 'mine',
    },
    errors: [
      error('settings.invalid', 'licensing', 'osByol'),
      missing('subnetId', 'a subnet of the target account'),
      missing('iamInstanceProfile', 'an instance profile'),
      missing('instanceType', 'an instance type that the Region has'),
      unfit('launchIntoInstanceProperties', 'this one is running'),
      unfit('launchIntoInstanceProperties', 'AWSDRS=AllowLaunching'),
    ],
  },
];

const BYOL_ON_WINDOWS: Refused = {
  stated: { licensing: { osByol: true } },
  errors: [
    (serverId) =>
      expect.objectContaining({
        code: 'settings.not_allowed_in_target',
        // Nobody stated a tenancy; it is asked for by the licence.
        path: `serverOverrides.${serverId}.tenancy`,
        allowed: expect.stringContaining('host while licensing.osByol is true'),
      }),
  ],
};

const ACCEPTED: readonly Stated[] = [
  {},
  { instanceType: 'u-6tb1.metal' },
  { iamInstanceProfile: 'Recovery' },
  { iamInstanceProfile: profileArn('service-role/Recovery') },
  { iamInstanceProfile: null },
  { privateIpAddress: '10.0.0.4' },
  { privateIpAddress: '10.0.255.254' },
  { subnetId: OTHER.subnets[0].subnetId, securityGroupIds: OTHER.securityGroupIds, privateIpAddress: '10.9.0.254' },
  { licensing: { osByol: true } },
  into('i-0eeeeeeeeeeeeeee0'),
];

describe.concurrent('settings held against the target account', () => {
  let pipeline: Pipeline;
  let take: (count: number) => string[];
  let templateOf: Pipeline['runtime']['simulator']['launchTemplateOf'];

  beforeAll(async () => {
    ({ pipeline, take } = await startPipelineWithServers(60));
    const { accountId, region, simulator } = pipeline.runtime;
    simulator.addNetwork({ accountId, region }, OTHER);
    templateOf = simulator.launchTemplateOf;
  });
  afterAll(() => pipeline.stop());

  it('tells everything that is wrong with each server, writes nothing for those, and applies the others', async () => {
    const { accountId, region, simulator } = pipeline.runtime;
    simulator.accounts.addInstanceProfile(accountId, 'service-role/Recovery');
    for (const instance of INSTANCES) simulator.addInstance({ accountId, region }, instance);
    const [byol = '', onHost = '', intoWindows = ''] = simulator.addSourceServers({ accountId, region }, 3, {
      os: 'windows',
    });
    const refused = [...REFUSED.map((one) => ({ id: take(1)[0] ?? '', ...one })), { id: byol, ...BYOL_ON_WINDOWS }];
    const accepted = [
      ...ACCEPTED.map((stated) => ({ id: take(1)[0] ?? '', stated })),
      { id: onHost, stated: { licensing: { osByol: true }, tenancy: 'host' } },
      { id: intoWindows, stated: into('i-0eeeeeeeeeeeeeee4') },
    ];
    const before = refused.map(({ id }) => templateOf(id));

    const servers = [...refused, ...accepted];
    await pipeline.publish({
      groupId: 'pg-target',
      revision: 1,
      serverIds: servers.map(({ id }) => id),
      launchConfig: { launchDisposition: 'STOPPED', instanceType: 'm7i-flex.large', ...OWN_NETWORK },
      serverOverrides: Object.fromEntries(servers.map(({ id, stated }) => [id, stated])),
    });
    await pipeline.settled('pg-target', 1);

    const { status, counts, serverConfigs } = await statusOf(pipeline, 'pg-target');
    expect(status).toBe('failed');
    expect(counts).toMatchObject({ failed: refused.length, ready: accepted.length, pending: 0 });
    const told = refused.map(({ id }) => serverConfigs[id]?.errors ?? []);
    const expected = refused.map(({ id, stated, errors }) => errors.map((one) => one(id, stated)));
    expect(told).toEqual(expected.map((errors) => expect.arrayContaining(errors)));
    expect(told.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
    expect(refused.map(({ id }) => templateOf(id))).toEqual(before);
    const outcomes = accepted.map(({ id, stated }) => ({ stated, ...serverConfigs[id] }));
    expect(outcomes).toEqual(
      accepted.map(({ stated }) => expect.objectContaining({ stated, status: 'ready', errors: [] })),
    );
    const live = accepted.map(({ id }) => liveOf(simulator, id));
    expect(live.slice(0, 2).map(({ content }) => content.InstanceType)).toEqual(['m7i-flex.large', 'u-6tb1.metal']);
    expect(live.at(-1)?.launchConfiguration).toMatchObject({ copyTags: false, ...into('i-0eeeeeeeeeeeeeee4') });
  });

  it('names the path under launchConfig for every server that takes it from there, and applies when what was missing is there', async () => {
    const { accountId, region, simulator } = pipeline.runtime;
    const [overriding = '', ...others] = take(3);
    const missing = 'sg-0ddddddddddddddd1';
    await pipeline.publish({
      groupId: 'pg-missing',
      revision: 1,
      serverIds: [overriding, ...others],
      launchConfig: { ...OWN_NETWORK, securityGroupIds: [missing] },
      serverOverrides: { [overriding]: { securityGroupIds } },
    });
    await pipeline.settled('pg-missing', 1);
    const refused = await statusOf(pipeline, 'pg-missing');
    await pipeline.invoke({ operation: 'apply_launch_configs', groupId: 'pg-missing' });
    const again = await pipeline.settled('pg-missing', 1);

    simulator.addNetwork(
      { accountId, region },
      { vpcId: 'vpc-0aaaaaaaaaaaaaaa1', subnets: [], securityGroupIds: [missing] },
    );
    await pipeline.invoke({ operation: 'apply_launch_configs', groupId: 'pg-missing' });
    const mended = await pipeline.settled('pg-missing', 1);

    expect(refused).toMatchObject({ status: 'failed', counts: { ready: 1, failed: 2 } });
    for (const id of others) {
      expect(refused.serverConfigs[id]?.errors).toEqual([
        expect.objectContaining({
          code: 'settings.not_in_target',
          path: 'launchConfig.securityGroupIds',
          value: missing,
        }),
      ]);
    }
    expect(again.launchConfigStatus).toMatchObject({ status: 'failed', counts: { failed: 2 } });
    expect(mended.launchConfigStatus).toMatchObject({ status: 'ready', counts: { ready: 3 }, errors: [] });
    for (const id of others) expect(liveOf(simulator, id).primary?.Groups).toEqual([missing]);
  });

  it('asks AWS a handful of questions, however many servers a group has', async () => {
    const { simulator } = pipeline.runtime;
    const target = { accountId: '333333333333', region: 'eu-west-1' };
    const roleArn = `arn:aws:iam::${target.accountId}:role/prelaunch-target-local`;
    simulator.accounts.addRole({ roleArn, externalId: 'three' });
    await pipeline.put('TargetAccounts', { accountId: target.accountId, roleArn, externalId: 'three' });
    const serverIds = simulator.addSourceServers(target, 200);
    const types = ['m7i.large', 'm7i.xlarge', 'r7i.large', 'c7i.large'];

    await pipeline.publish({
      groupId: 'pg-many',
      revision: 1,
      ...target,
      serverIds,
      launchConfig: { ...OWN_NETWORK, iamInstanceProfile: 'Nobody' },
      serverOverrides: Object.fromEntries(
        serverIds.map((id, index) => [
          id,
          {
            subnetId: `subnet-${index.toString(16).padStart(17, '0')}`,
            instanceType: types[index % types.length],
            ...into(`i-${index.toString(16).padStart(17, '0')}`),
          },
        ]),
      ),
    });
    const { launchConfigStatus } = await pipeline.settled('pg-many', 1);

    expect(launchConfigStatus).toMatchObject({ status: 'failed', counts: { failed: 200 } });
    const { calls } = simulator;
    const reads = calls.counts().filter(({ account, service }) => account === target.accountId && service !== 'sts');
    expect(reads.map(({ operation }) => operation).sort()).toEqual([
      'DescribeInstanceTypes',
      'DescribeInstances',
      'DescribeSecurityGroups',
      'DescribeSourceServers',
      'DescribeSubnets',
      'GetInstanceProfile',
    ]);
    expect(reads.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(12);
  });

  it('refuses right-sizing beside an instance type for that server only, and writes nothing to it', async () => {
    const { simulator } = pipeline.runtime;
    const [plain = '', basic = '', inAws = '', ownType = ''] = take(4);
    const before = [basic, inAws].map(templateOf);
    await pipeline.publish({
      groupId: 'pg-sizing',
      revision: 1,
      serverIds: [plain, basic, inAws],
      launchConfig: { launchDisposition: 'STOPPED', instanceType: 'm7i-flex.large' },
      serverOverrides: {
        [basic]: { targetInstanceTypeRightSizingMethod: 'BASIC' },
        [inAws]: { targetInstanceTypeRightSizingMethod: 'IN_AWS' },
      },
    });
    await pipeline.publish({
      groupId: 'pg-sized',
      revision: 1,
      serverIds: [ownType],
      launchConfig: { targetInstanceTypeRightSizingMethod: 'IN_AWS' },
      serverOverrides: { [ownType]: { instanceType: 'm7i-flex.large' } },
    });
    await Promise.all([pipeline.settled('pg-sizing', 1), pipeline.settled('pg-sized', 1)]);

    const { counts, serverConfigs } = await statusOf(pipeline, 'pg-sizing');
    const sized = await statusOf(pipeline, 'pg-sized');
    expect(counts).toMatchObject({ ready: 1, failed: 2 });
    const error = { code: 'settings.combination', allowed: expect.stringContaining('NONE') };
    const setting = 'targetInstanceTypeRightSizingMethod';
    expect(serverConfigs[basic]?.errors).toEqual([
      expect.objectContaining({ ...error, path: `serverOverrides.${basic}.${setting}`, value: 'BASIC' }),
    ]);
    expect(serverConfigs[inAws]?.errors).toEqual([
      expect.objectContaining({ ...error, path: `serverOverrides.${inAws}.${setting}`, value: 'IN_AWS' }),
    ]);
    expect(sized.serverConfigs[ownType]?.errors).toEqual([
      expect.objectContaining({ ...error, path: `launchConfig.${setting}`, value: 'IN_AWS' }),
    ]);
    expect([basic, inAws].map(templateOf)).toEqual(before);
    // DRS sizes new servers itself, so this was written although nobody stated it.
    expect(liveOf(simulator, plain).launchConfiguration.targetInstanceTypeRightSizingMethod).toBe('NONE');
    expect(liveOf(simulator, plain).content.InstanceType).toBe('m7i-flex.large');
  });
});
