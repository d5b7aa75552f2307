import type { LaunchSettings, SettingName } from '@prelaunch/contracts/launch-settings';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anySettingsWithNulls } from '../../../../tests/support/arbitraries.ts';
import { serverId } from '../../../../tests/support/builders.ts';
import type { Inventory, LaunchIntoInstance } from './target-inventory.ts';
import { targetProblems } from './target-problems.ts';

const SERVER = serverId(1);
const SUBNET = 'subnet-0a1b2c3d';
const GROUP = 'sg-0a1b2c3d';
const STRANGE_GROUP = 'sg-1a1b2c3d';
const INSTANCE = 'i-0a1b2c3d';

const welcoming: LaunchIntoInstance = {
  state: 'stopped',
  tags: { AWSDRS: 'AllowLaunchingIntoThisInstance' },
  platform: 'linux',
  architecture: 'x86_64',
};

/** A target that has one of each, unless told otherwise. */
function inventory(stated: Partial<Inventory> = {}): Inventory {
  return {
    subnets: new Map([[SUBNET, { vpcId: 'vpc-1', cidrBlock: '10.0.1.0/24' }]]),
    securityGroups: new Map([
      [GROUP, { vpcId: 'vpc-1' }],
      [STRANGE_GROUP, { vpcId: 'vpc-2' }],
    ]),
    instanceProfiles: new Set(['Role']),
    instanceTypes: new Set(['t3.micro']),
    instances: new Map([[INSTANCE, welcoming]]),
    sourceMachines: new Map([[SERVER, { platform: 'linux', ipv4Addresses: [] }]]),
    ...stated,
  };
}

const nothing: Inventory = {
  subnets: new Map(),
  securityGroups: new Map(),
  instanceProfiles: new Set(),
  instanceTypes: new Set(),
  instances: new Map(),
  sourceMachines: new Map(),
};

function found(settings: LaunchSettings, has: Inventory = inventory()) {
  return targetProblems({ serverId: SERVER, settings, statedAt: () => 'launchConfig' }, has);
}

/** Code and last part of the path of each problem. */
function brief(settings: LaunchSettings, has: Inventory = inventory()): string[] {
  return found(settings, has).map(({ code, path }) => `${code} ${path.replace('launchConfig.', '')}`);
}

describe('targetProblems', () => {
  it('finds none where the target has everything and it fits together', () => {
    const fits: LaunchSettings = {
      subnetId: SUBNET,
      securityGroupIds: [GROUP],
      privateIpAddress: '10.0.1.4',
      iamInstanceProfile: 'Role',
      instanceType: 't3.micro',
      launchIntoInstanceProperties: { launchIntoEC2InstanceID: INSTANCE },
      licensing: { osByol: true },
    };
    expect(found(fits)).toEqual([]);
  });

  it('finds none in settings that refer to nothing, whatever the target has', () => {
    const silent: readonly SettingName[] = [
      'subnetId',
      'securityGroupIds',
      'iamInstanceProfile',
      'instanceType',
      'launchIntoInstanceProperties',
      'licensing',
    ];
    fc.assert(
      fc.property(anySettingsWithNulls, (settings) => {
        const stated = Object.entries(settings).filter(([name]) => !silent.includes(name as SettingName));
        expect(found(Object.fromEntries(stated), nothing)).toEqual([]);
      }),
    );
    expect(found({ securityGroupIds: null, iamInstanceProfile: null, launchIntoInstanceProperties: null })).toEqual([]);
  });

  it('names each thing that an empty target does not have, all at once', () => {
    fc.assert(
      fc.property(anySettingsWithNulls, (settings) => {
        const { subnetId, securityGroupIds, iamInstanceProfile, instanceType, launchIntoInstanceProperties } = settings;
        const values = [
          ...(subnetId === undefined ? [] : [subnetId]),
          ...(securityGroupIds ?? []),
          ...(iamInstanceProfile ? [iamInstanceProfile] : []),
          ...(instanceType === undefined ? [] : [instanceType]),
          ...(launchIntoInstanceProperties ? [launchIntoInstanceProperties] : []),
        ];
        const missing = found(settings, nothing).filter(({ code }) => code === 'settings.not_in_target');
        expect(missing.map(({ value }) => value)).toEqual(values);
      }),
    );
  });

  it('tells of each problem where it was stated and what would be allowed there', () => {
    const statedAt = (setting: SettingName) => (setting === 'subnetId' ? 'launchConfig' : `serverOverrides.${SERVER}`);
    const settings = { subnetId: 'subnet-1a1b2c3d', instanceType: 'm1.tiny' };
    expect(targetProblems({ serverId: SERVER, settings, statedAt }, inventory())).toEqual([
      {
        code: 'settings.not_in_target',
        path: 'launchConfig.subnetId',
        value: 'subnet-1a1b2c3d',
        allowed: 'a subnet of the target account and Region',
        message: 'launchConfig.subnetId must be a subnet of the target account and Region',
      },
      {
        code: 'settings.not_in_target',
        path: `serverOverrides.${SERVER}.instanceType`,
        value: 'm1.tiny',
        allowed: 'an instance type that the Region has',
        message: `serverOverrides.${SERVER}.instanceType must be an instance type that the Region has`,
      },
    ]);
  });

  it('refuses security groups of another VPC than the subnet is in, one by one', () => {
    const settings = { subnetId: SUBNET, securityGroupIds: [GROUP, STRANGE_GROUP, 'sg-2a1b2c3d'] };
    expect(found(settings)).toMatchObject([
      { code: 'settings.not_allowed_in_target', value: STRANGE_GROUP, allowed: expect.stringContaining('vpc-1') },
      { code: 'settings.not_in_target', value: 'sg-2a1b2c3d' },
    ]);
  });

  it('says nothing of VPCs and addresses where the subnet itself is not there', () => {
    const settings = { subnetId: 'subnet-1a1b2c3d', securityGroupIds: [STRANGE_GROUP], privateIpAddress: '10.0.1.1' };
    expect(brief(settings)).toEqual(['settings.not_in_target subnetId']);
  });

  it.each([
    ['10.0.1.4', true],
    ['10.0.1.254', true],
    ['10.0.1.3', false],
    ['10.0.1.255', false],
    ['10.0.2.4', false],
  ])('takes the address %s in 10.0.1.0/24: %s', (privateIpAddress, allowed) => {
    const problems = brief({ subnetId: SUBNET, privateIpAddress });
    expect(problems).toEqual(allowed ? [] : ['settings.not_allowed_in_target privateIpAddress']);
  });

  it('lets a licence of one’s own launch elsewhere than on a dedicated host only where the machine is no Windows', () => {
    const byol = { licensing: { osByol: true } };
    const machine = (platform?: 'windows' | 'linux') =>
      inventory({ sourceMachines: new Map([[SERVER, { ...(platform && { platform }), ipv4Addresses: [] }]]) });
    expect(brief(byol, machine('linux'))).toEqual([]);
    const refused = ['settings.not_allowed_in_target tenancy'];
    for (const has of [machine('windows'), machine(), nothing]) {
      expect(brief(byol, has)).toEqual(refused);
      expect(brief({ ...byol, tenancy: 'dedicated' }, has)).toEqual(refused);
      expect(brief({ ...byol, tenancy: 'host' }, has)).toEqual([]);
      expect(brief({ licensing: { osByol: false } }, has)).toEqual([]);
    }
  });

  it('asks of an instance to launch into everything that DRS asks, and names all that is wrong', () => {
    const aspects = fc.record({
      state: fc.constantFrom('stopped', 'running', 'terminated'),
      tag: fc.constantFrom('AllowLaunchingIntoThisInstance', 'no', undefined),
      architecture: fc.constantFrom('x86_64', 'arm64', 'i386'),
      platform: fc.constantFrom('windows' as const, 'linux' as const),
      machine: fc.constantFrom('windows' as const, 'linux' as const, undefined),
    });
    fc.assert(
      fc.property(aspects, ({ state, tag, architecture, platform, machine }) => {
        const instance = { state, tags: tag === undefined ? {} : { AWSDRS: tag }, architecture, platform };
        const has = inventory({
          instances: new Map([[INSTANCE, instance]]),
          sourceMachines: new Map([[SERVER, { ...(machine && { platform: machine }), ipv4Addresses: [] }]]),
        });
        const wrong = [
          state !== 'stopped' && 'stopped',
          tag !== 'AllowLaunchingIntoThisInstance' && 'AWSDRS',
          architecture !== 'x86_64' && 'x86_64',
          machine !== undefined && machine !== platform && 'operating system',
        ].filter((word) => word !== false);
        const problems = found({ launchIntoInstanceProperties: { launchIntoEC2InstanceID: INSTANCE } }, has);
        expect(problems.map(({ code }) => code)).toEqual(wrong.map(() => 'settings.not_allowed_in_target'));
        for (const [index, word] of wrong.entries()) expect(problems[index]?.allowed).toContain(word);
      }),
    );
  });
});
