import type { LaunchResult } from '@prelaunch/contracts/aws-events';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { beforeEach, describe, expect, it } from 'vitest';
import { ACCOUNT, change, GROUP_ID, launchSettings, REGION, serverId } from '../../../../tests/support/builders.ts';
import { HOUR_MS } from '../../../../tests/support/clock.ts';
import { Crash } from '../../../../tests/support/crashing.ts';
import { instanceId } from '../../../../tests/support/drift.ts';
import {
  A_WHILE_MS,
  appliedWorld,
  audit,
  driftOf,
  told,
  toldOf,
  writesTo,
} from '../../../../tests/support/drift-world.ts';
import type { MemoryWorld } from '../../../../tests/support/memory-world.ts';
import { planChange } from '../group/plan-group.ts';
import { isReady } from '../group/source-server.ts';
import { HASH_VERSION } from '../settings/normalize-settings.ts';
import { captureRecovery } from './audit-edit.ts';
import { auditRecoveryInstances } from './audit-recovery-instances.ts';

const ID = serverId(1);
const INSTANCE = instanceId(1);
const LAUNCHED: LaunchSettings = {
  subnetId: 'subnet-0a1b2c3d',
  instanceType: 'm5.large',
  securityGroupIds: ['sg-0a1b2c3d'],
  tags: { Name: 'db' },
};

let world: MemoryWorld;
beforeEach(async () => {
  world = await appliedWorld();
});

function launched(settings: LaunchSettings = LAUNCHED, id = INSTANCE): void {
  world.running.addInstance({ serverId: ID, instanceId: id, settings });
}

function result(state = 'RECOVERY_LAUNCH_SUCCEEDED', id = ID): LaunchResult {
  return {
    ...{ source: 'aws.drs', 'detail-type': 'DRS Source Server Launch Result', account: ACCOUNT, region: REGION },
    resources: [`arn:aws:drs:${REGION}:${ACCOUNT}:source-server/${id}`],
    detail: { state, 'job-id': 'drsjob-1' },
  };
}

async function baselineOf(version: number, id = INSTANCE) {
  return (await world.baselines.get([{ instanceId: id, version }])).get(id);
}

async function captured(settings?: LaunchSettings): Promise<void> {
  launched(settings);
  await captureRecovery(result(), world);
  world.clock.advance(A_WHILE_MS);
}

describe('a launch that DRS tells of', () => {
  it('is captured as what the instance should be, and is known by its network interfaces', async () => {
    launched();
    const at = world.now().toISOString();

    expect(await captureRecovery(result(), world)).toEqual({ kind: 'audited' });

    expect(await baselineOf(1)).toMatchObject({
      version: 1,
      capturedAt: at,
      settings: LAUNCHED,
      hashVersion: HASH_VERSION,
      generation: 1,
    });
    expect(await driftOf(world, INSTANCE)).toMatchObject({
      ...{ kind: 'recovery_instance', serverId: ID, groupId: GROUP_ID, baselineVersion: 1, verdict: 'in_sync' },
    });
    expect(await driftOf(world, ID)).toMatchObject({ kind: 'source_server', recoveryInstanceId: INSTANCE });
    expect(await world.owners.ownerOf(`eni-${INSTANCE.slice(2)}`)).toBe(INSTANCE);
    expect(await world.history.newest(INSTANCE, 9)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ event: 'audit', verdict: 'in_sync' }),
        expect.objectContaining({ event: 'baseline', detail: 'baseline 1' }),
      ]),
    );
  });

  it('is captured once, however often it is told, and whatever was changed since', async () => {
    await captured();
    world.running.edit(INSTANCE, { securityGroupIds: ['sg-0fffffff'] });
    await captureRecovery(result(), world);
    expect(await baselineOf(1)).toMatchObject({ settings: LAUNCHED });
    expect(await baselineOf(2)).toBeUndefined();
    expect(await driftOf(world, INSTANCE)).toMatchObject({ verdict: 'drifted' });
  });

  it('is nothing where it failed, or where no group has the server', async () => {
    launched();
    expect(await captureRecovery(result('RECOVERY_LAUNCH_FAILED'), world)).toEqual({ kind: 'launch_failed' });
    expect(await captureRecovery(result(undefined, serverId(5)), world)).toEqual({ kind: 'foreign' });
    expect((await world.instances.getMany([INSTANCE])).size).toBe(0);
  });

  it('comes again where DRS does not name the instance yet', async () => {
    await expect(captureRecovery(result(), world)).rejects.toMatchObject({ code: 'drift.stale_read', retryable: true });
  });

  it('comes again where EC2 does not show the instance yet, and is captured then', async () => {
    launched();
    world.running.forget(INSTANCE);
    await expect(captureRecovery(result(), world)).rejects.toMatchObject({ code: 'drift.stale_read', retryable: true });
    expect(await driftOf(world, INSTANCE)).toMatchObject({ verdict: 'unknown', unknown: { code: 'drift.stale_read' } });
    launched();
    expect(await captureRecovery(result(), world)).toEqual({ kind: 'audited' });
    expect(await driftOf(world, INSTANCE)).toMatchObject({ verdict: 'in_sync' });
  });

  it('comes again where EC2 fails, and nothing is recorded', async () => {
    launched();
    world.running.failNext('DescribeInstances', new Crash());
    await expect(captureRecovery(result(), world)).rejects.toThrow(Crash);
    expect((await world.instances.getMany([INSTANCE])).size).toBe(0);
  });
});

describe('capturing', () => {
  it('is done by the group’s audit where nobody told of the launch', async () => {
    launched();
    expect(await audit(world)).toMatchObject({ audit: { counts: { in_sync: 3 } } });
    expect(await baselineOf(1)).toMatchObject({ settings: LAUNCHED });
  });

  it('is done anew for the next instance that is launched from the server', async () => {
    await captured();
    launched({ ...LAUNCHED, tags: { Name: 'second' } }, instanceId(2));
    await audit(world);
    expect(await baselineOf(1, instanceId(2))).toMatchObject({ settings: { tags: { Name: 'second' } } });
    expect(await driftOf(world, ID)).toMatchObject({ recoveryInstanceId: instanceId(2) });
  });

  it('is done by one of two audits at once; nobody judges by what the other saw', async () => {
    launched();
    const asked = { group: await world.group(), serverIds: [ID], correlationId: 'c' };
    // The other one sees what was changed a moment later.
    let other: Promise<unknown> | undefined;
    const getMany: MemoryWorld['instances']['getMany'] = async (ids) => {
      const found = await world.instances.getMany(ids);
      if (!other && ids.includes(INSTANCE)) {
        world.running.edit(INSTANCE, { securityGroupIds: ['sg-0fffffff'] });
        other = auditRecoveryInstances(asked, world);
        await other;
      }
      return found;
    };
    const instances = { ...world.instances, getMany };
    const [late] = await auditRecoveryInstances(asked, { ...world, instances });
    expect(late).toMatchObject({ verdict: 'unknown', unknown: { code: 'drift.changed_meanwhile' } });
    const kept = await baselineOf(1);
    expect(await baselineOf(2)).toBeUndefined();
    world.running.edit(INSTANCE, { securityGroupIds: ['sg-0fffffff'] });
    world.clock.advance(A_WHILE_MS);
    await audit(world);
    const wasEdited = kept?.settings.securityGroupIds?.[0] !== 'sg-0fffffff';
    expect(await driftOf(world, INSTANCE)).toMatchObject({ verdict: wasEdited ? 'drifted' : 'in_sync' });
  });

  it('is made up for by the next audit where one died after it claimed the version', async () => {
    launched();
    const capture = () => Promise.reject(new Crash());
    await expect(captureRecovery(result(), { ...world, baselines: { ...world.baselines, capture } })).rejects.toThrow(
      Crash,
    );
    await captureRecovery(result(), world);
    expect(await driftOf(world, INSTANCE)).toMatchObject({ verdict: 'in_sync', baselineVersion: 2 });
    expect(await baselineOf(2)).toMatchObject({ settings: LAUNCHED });
  });
});

describe('an instance that was changed', () => {
  const edits: [string, LaunchSettings, object][] = [
    [
      'security groups',
      { securityGroupIds: ['sg-0fffffff'] },
      { key: 'securityGroupIds', feasibility: 'in_place', keyClass: 'critical' },
    ],
    ['type', { instanceType: 'm5.xlarge' }, { key: 'instanceType', feasibility: 'needs_stop' }],
    ['tags', { tags: { Name: 'other' } }, { key: 'tags.Name', observed: 'other', feasibility: 'in_place' }],
    ['subnet', { subnetId: 'subnet-0fffffff' }, { key: 'subnetId', feasibility: 'needs_launch', mayFailLaunch: false }],
  ];
  it.each(edits)('in its %s has drifted from what it was launched with', async (_what, settings, difference) => {
    await captured();
    world.running.edit(INSTANCE, settings);
    const writes = writesTo(world);
    await audit(world);
    expect(await driftOf(world, INSTANCE)).toMatchObject({ verdict: 'drifted', differences: [difference] });
    expect(toldOf(world, 'Drift Detected')).toMatchObject([
      { detail: { data: { instanceId: INSTANCE, kind: 'recovery_instance', serverId: ID } } },
    ]);
    // Its source server is as ready as before.
    expect(isReady(await world.server())).toBe(true);
    expect(writesTo(world)).toBe(writes);
  });

  it('is told of until somebody deals with it, and cleared when it is put back', async () => {
    await captured();
    world.running.edit(INSTANCE, { securityGroupIds: ['sg-0fffffff'] });
    await audit(world);
    world.clock.advance(HOUR_MS);
    await audit(world);
    world.running.edit(INSTANCE, { securityGroupIds: ['sg-0a1b2c3d'] });
    world.clock.advance(HOUR_MS);
    await audit(world);
    expect(told(world).filter((type) => type.startsWith('Drift'))).toEqual([
      'Drift Detected',
      'Drift Detected',
      'Drift Cleared',
    ]);
  });

  it('is only noted where it got something that nobody stated', async () => {
    await captured();
    world.running.edit(INSTANCE, { tags: { Backup: 'daily' } });
    await audit(world);
    expect(await driftOf(world, INSTANCE)).toMatchObject({ verdict: 'in_sync', notes: [{ key: 'tags.Backup' }] });
  });

  it('is stale when the configuration moved on, and so is no doing of anybody', async () => {
    await captured();
    await planChange(
      change({ revision: 2, launchConfig: launchSettings({ securityGroupIds: ['sg-0ddddddd'] }) }),
      world,
    );
    await world.settle();
    world.clock.advance(A_WHILE_MS);
    await audit(world);
    expect(await driftOf(world, INSTANCE)).toMatchObject({
      verdict: 'stale',
      differences: [{ key: 'securityGroupIds', desired: ['sg-0ddddddd'], observed: ['sg-0a1b2c3d'], actor: null }],
    });
    expect(await driftOf(world, ID)).toMatchObject({ verdict: 'in_sync' });
  });
});

describe('an instance that is not there any more', () => {
  it.each(['shutting-down', 'terminated'])('is unknown when it is %s', async (state) => {
    await captured();
    world.running.setState(INSTANCE, state);
    await audit(world);
    expect(await driftOf(world, INSTANCE)).toMatchObject({
      verdict: 'unknown',
      unknown: { code: 'drift.instance_gone', message: expect.stringContaining(state) },
    });
    expect(told(world)).not.toContain('Drift Detected');
  });

  it('is unknown when EC2 does not know it any more', async () => {
    await captured();
    world.running.forget(INSTANCE);
    await audit(world);
    expect(await driftOf(world, INSTANCE)).toMatchObject({
      verdict: 'unknown',
      unknown: { code: 'drift.instance_gone' },
    });
  });

  it('is unknown when DRS does not name it any more, and the next one is another', async () => {
    await captured();
    const launches: MemoryWorld['running']['launches'] = async () => ({ instances: new Map(), underWay: new Set() });
    world.running.setState(INSTANCE, 'terminated');
    await audit({ ...world, running: { ...world.running, launches } });
    expect(await driftOf(world, INSTANCE)).toMatchObject({
      verdict: 'unknown',
      unknown: { code: 'drift.instance_gone' },
    });

    launched(LAUNCHED, instanceId(2));
    world.clock.advance(HOUR_MS);
    await audit(world);
    expect(await driftOf(world, instanceId(2))).toMatchObject({ verdict: 'in_sync' });
    expect(await driftOf(world, INSTANCE)).toMatchObject({ verdict: 'unknown' });
  });

  it('goes on being compared while it is only stopped', async () => {
    await captured();
    world.running.setState(INSTANCE, 'stopped');
    await audit(world);
    expect(await driftOf(world, INSTANCE)).toMatchObject({ verdict: 'in_sync' });
  });
});

describe('what cannot be told of instances', () => {
  it('keeps nobody from what was found of their servers', async () => {
    await captured();
    world.running.failNext('DescribeInstances', new Crash());
    const before = await driftOf(world, INSTANCE);
    await expect(audit(world)).rejects.toThrow(Crash);
    expect(await driftOf(world, ID)).toMatchObject({ verdict: 'in_sync' });
    expect(await driftOf(world, INSTANCE)).toEqual(before);
    expect(await world.groupAudits.get(GROUP_ID)).toBeUndefined();
  });

  it('is told by the next audit where the baseline was fingerprinted by another recipe', async () => {
    await captured();
    world.running.edit(INSTANCE, { securityGroupIds: ['sg-0fffffff'] });
    const found = await baselineOf(1);
    if (!found) throw new Error('no baseline');
    await world.baselines.capture({ ...found, version: 2, hashVersion: HASH_VERSION + 1 });
    await world.instances.save({ ...(await driftOf(world, INSTANCE)), baselineVersion: 2 });
    const writes = writesTo(world);

    await audit(world);
    expect(await driftOf(world, INSTANCE)).toMatchObject({
      verdict: 'unknown',
      unknown: { code: 'drift.hash_version' },
      baselineVersion: 3,
    });
    expect(told(world)).not.toContain('Drift Detected');

    world.clock.advance(A_WHILE_MS);
    await audit(world);
    expect(await driftOf(world, INSTANCE)).toMatchObject({ verdict: 'drifted' });
    expect(writesTo(world)).toBe(writes);
  });
});
