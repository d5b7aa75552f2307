import { memoryTargetInventory } from '@prelaunch/memory/memory-target-inventory';
import { describe, expect, it } from 'vitest';
import { group, launchSettings, readyServer, serverId, serverIds, TARGET } from '../../../../tests/support/builders.ts';
import { AT, fixedClock } from '../../../../tests/support/clock.ts';
import { AwsCallError, UnknownAccountError } from '../apply/ports.ts';
import { NOTHING_INHERITED } from '../configuration/inherited-settings.ts';
import type { Inventory, References, TargetInventory } from '../target/target-inventory.ts';
import type { Group } from './group.ts';
import { judgeMembers } from './judge-members.ts';
import type { SourceServer } from './source-server.ts';

const [FIRST, SECOND] = [serverId(1), serverId(2)];

/** What is asked of a target in which everything exists, unless told otherwise. */
function asked(existing: Partial<Inventory> = {}) {
  const calls: References[] = [];
  const twin = memoryTargetInventory(existing);
  const inventory: TargetInventory = {
    lookUp(target, references) {
      expect(target).toEqual(TARGET);
      calls.push(references);
      return twin.lookUp(target, references);
    },
  };
  return { calls, inventory };
}

function judge(stated: Partial<Group>, inventory: TargetInventory, stored: readonly SourceServer[] = []) {
  const servers = new Map(stored.map((server) => [server.serverId, server]));
  return judgeMembers(group(stated), { inherited: NOTHING_INHERITED }, servers, { inventory, now: fixedClock().now });
}

function failing(error: Error): TargetInventory {
  return { lookUp: () => Promise.reject(error) };
}

describe('judgeMembers', () => {
  it('answers the effective settings of each member, and nothing against them where all is well', async () => {
    const { inventory } = asked();
    const judgementOf = await judge({ serverOverrides: { [SECOND]: { instanceType: 't3.micro' } } }, inventory);
    expect(judgementOf(FIRST)).toEqual({ settings: { copyTags: true, subnetId: 'subnet-0a1b2c3d' }, errors: [] });
    expect(judgementOf(SECOND)).toMatchObject({ settings: { instanceType: 't3.micro' }, errors: [] });
  });

  it('tells everything that speaks against a server at once: by itself, together, in the target, beside the others', async () => {
    const { inventory } = asked({ subnets: new Map(), instanceTypes: new Set() });
    const judgementOf = await judge(
      {
        launchConfig: { subnetId: 'subnet-0a1b2c3d', copyTags: 'yes' },
        serverOverrides: {
          [FIRST]: {
            privateIpAddress: '10.0.0.4',
            instanceType: 't3.micro',
            targetInstanceTypeRightSizingMethod: 'BASIC',
            colour: 'red',
          },
          [SECOND]: { privateIpAddress: '10.0.0.4' },
        },
      },
      inventory,
    );
    expect(judgementOf(FIRST).errors.map(({ code, path }) => [code, path])).toEqual([
      ['settings.invalid', 'launchConfig.copyTags'],
      ['settings.unknown_field', `serverOverrides.${FIRST}.colour`],
      ['settings.combination', `serverOverrides.${FIRST}.targetInstanceTypeRightSizingMethod`],
      ['settings.duplicate_address', `serverOverrides.${FIRST}.privateIpAddress`],
      ['settings.not_in_target', 'launchConfig.subnetId'],
      ['settings.not_in_target', `serverOverrides.${FIRST}.instanceType`],
    ]);
    expect(judgementOf(SECOND).errors.map(({ code }) => code)).toEqual([
      'settings.invalid',
      'settings.duplicate_address',
      'settings.not_in_target',
    ]);
    for (const id of [FIRST, SECOND])
      for (const error of judgementOf(id).errors) expect(error).toMatchObject({ serverId: id, at: AT });
  });

  it('asks once for all members, each reference once', async () => {
    const { calls, inventory } = asked();
    await judge({ serverIds: serverIds(50), serverOverrides: { [FIRST]: { subnetId: 'subnet-1a1b2c3d' } } }, inventory);
    expect(calls).toMatchObject([{ subnetIds: ['subnet-1a1b2c3d', 'subnet-0a1b2c3d'] }]);
  });

  it('asks for nothing when no member refers to anything, however many there are or how bad the account', async () => {
    for (const stated of [
      { launchConfig: { copyTags: true, securityGroupIds: null } },
      { launchConfig: {} },
      { serverIds: [], deletedAt: AT },
    ]) {
      const judgementOf = await judge(stated, failing(new Error('nobody should ask')));
      expect(judgementOf(FIRST).errors).toEqual([]);
    }
  });

  it('holds an unknown account against those members that refer to something in it, and against no others', async () => {
    const judgementOf = await judge(
      { launchConfig: { copyTags: true }, serverOverrides: { [SECOND]: { instanceType: 't3.micro', copyTags: 1 } } },
      failing(new UnknownAccountError(TARGET.accountId)),
    );
    expect(judgementOf(FIRST)).toEqual({ settings: { copyTags: true }, errors: [] });
    expect(judgementOf(SECOND).errors).toMatchObject([
      { code: 'settings.invalid', serverId: SECOND },
      {
        code: 'account.unknown',
        serverId: SECOND,
        path: 'accountId',
        value: TARGET.accountId,
        remedy: expect.stringContaining('TargetAccounts'),
        at: AT,
      },
    ]);
  });

  it('says so where AWS refuses for good to tell what there is', async () => {
    const refused = awsError('refused', 'UnauthorizedOperation');
    const judgementOf = await judge({}, failing(refused));
    expect(judgementOf(FIRST).errors).toMatchObject([
      { code: 'aws.refused', awsCode: 'UnauthorizedOperation', path: 'launchConfig.subnetId' },
    ]);
  });

  it('holds a refusal to tell of one kind only against those who refer to that kind', async () => {
    const twin = memoryTargetInventory();
    const inventory: TargetInventory = {
      lookUp: async (target, references) => {
        if (references.instanceProfiles.length > 0) throw awsError('refused', 'AccessDenied');
        return twin.lookUp(target, references);
      },
    };
    const judgementOf = await judge({ serverOverrides: { [SECOND]: { iamInstanceProfile: 'recovery' } } }, inventory);
    expect(judgementOf(FIRST).errors).toEqual([]);
    expect(judgementOf(SECOND).errors).toMatchObject([
      { code: 'aws.refused', awsCode: 'AccessDenied', path: `serverOverrides.${SECOND}.iamInstanceProfile` },
    ]);
  });

  it('asks nothing about members that were read back with the very same settings there, and asks again when anything differs', async () => {
    const outage = failing(awsError('unavailable', 'InternalError'));
    const proven = [FIRST, SECOND].map((id) => readyServer({ serverId: id }));
    const judgementOf = await judge({}, outage, proven);
    expect(judgementOf(FIRST)).toEqual({ settings: launchSettings(), errors: [] });
    await expect(judge({ region: 'eu-central-1' }, outage, proven)).rejects.toMatchObject({ code: 'aws.unavailable' });
    await expect(judge({}, outage, proven.slice(0, 1))).rejects.toMatchObject({ code: 'aws.unavailable' });
    const moved = { launchConfig: launchSettings({ subnetId: 'subnet-1a1b2c3d' }) };
    await expect(judge(moved, outage, proven)).rejects.toMatchObject({ code: 'aws.unavailable' });
  });

  it.each([
    awsError('throttled', 'RequestLimitExceeded'),
    awsError('unavailable', 'InternalError'),
    new TypeError('odd'),
  ])('judges nobody while AWS may answer later: %s escapes', async (error) => {
    await expect(judge({}, failing(error))).rejects.toBe(error);
  });

  it('knows nothing of servers that are no members', async () => {
    const judgementOf = await judge({}, asked().inventory);
    expect(judgementOf(serverId(9))).toEqual({ settings: {}, errors: [] });
  });
});

function awsError(kind: 'refused' | 'throttled' | 'unavailable', awsCode: string): AwsCallError {
  const operation = 'DescribeSubnets';
  return new AwsCallError({ kind, operation, awsCode, message: 'no', answered: true, cause: undefined });
}
