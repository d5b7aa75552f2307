import type { StatedDriftPolicy } from '@prelaunch/contracts/drift';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { describe, expect, it } from 'vitest';
import { GROUP_ID, launchSettings, serverId } from '../../../../tests/support/builders.ts';
import { HOUR_MS } from '../../../../tests/support/clock.ts';
import { atEachAwait, crashing } from '../../../../tests/support/crashing.ts';
import { instanceId } from '../../../../tests/support/drift.ts';
import {
  A_WHILE_MS,
  appliedWorld,
  audit,
  driftOf,
  driftPipeline,
  told,
  toldOf,
  writesTo,
} from '../../../../tests/support/drift-world.ts';
import type { MemoryWorld } from '../../../../tests/support/memory-world.ts';
import { AwsCallError } from '../apply/ports.ts';
import { remediate } from './remediate.ts';

const ID = serverId(1);
const INSTANCE = instanceId(1);
const LAUNCHED: LaunchSettings = {
  ...launchSettings(),
  instanceType: 'm5.large',
  securityGroupIds: ['sg-0a1b2c3d'],
  monitoring: { enabled: false },
  tags: { Name: 'db' },
};
const ROLLBACK: StatedDriftPolicy = { threshold: 1, actions: { stale: 'sync', drifted: 'rollback', diverged: 'sync' } };
const OPENED = { securityGroupIds: ['sg-0fffffff'] };

async function driftedWorld(edit: LaunchSettings, driftPolicy = ROLLBACK): Promise<MemoryWorld> {
  const world = await appliedWorld({ servers: 1, driftPolicy });
  world.running.addInstance({ serverId: ID, instanceId: INSTANCE, settings: LAUNCHED });
  await audit(world);
  world.clock.advance(A_WHILE_MS);
  world.running.edit(INSTANCE, edit);
  await audit(world);
  world.clock.advance(1_000);
  return world;
}

const asked = (world: MemoryWorld) => remediate(INSTANCE, 'c-remediate', world);
const records = ({ audit: { recorded } }: MemoryWorld) => recorded.filter(({ instanceId: id }) => id === INSTANCE);

function refused(operation: string): AwsCallError {
  const said = { kind: 'refused' as const, operation, awsCode: 'UnauthorizedOperation', message: 'you may not' };
  return new AwsCallError({ ...said, answered: true, cause: undefined });
}

describe('an instance that runs', () => {
  it('is changed in place and read back, and then it is remediated', async () => {
    const world = await driftedWorld({ ...OPENED, tags: { Name: 'x' } });
    expect(await asked(world)).toEqual({ kind: 'done' });
    expect(world.running.live(INSTANCE)).toEqual(LAUNCHED);
    expect(await driftOf(world, INSTANCE)).toMatchObject({
      verdict: 'in_sync',
      remediation: {
        status: 'done',
        action: 'rollback',
        requestedBy: 'prelaunch',
        keys: [{ result: 'done' }, { result: 'done' }],
      },
    });
    expect(told(world).slice(-2)).toEqual(['Drift Remediated', 'Drift Cleared']);
    expect(await world.ledgers.get(GROUP_ID)).toMatchObject({
      begun: [{ instanceId: INSTANCE }],
      ended: [{ succeeded: true }],
    });
    expect((await world.history.newest(INSTANCE, 9)).map(({ event, detail }) => [event, detail])).toContainEqual([
      'remediation',
      'rollback: done',
    ]);
    // Its launch settings are not touched.
    expect(world.queue.waiting).toEqual([]);
  });

  it('is not changed before the audit log has it; what came of it is there afterwards', async () => {
    const world = await driftedWorld(OPENED);
    let seen: number | undefined;
    const change: MemoryWorld['running']['change'] = (...args) => {
      seen = records(world).filter(({ kind }) => kind === 'write_begun').length;
      return world.running.change(...args);
    };
    await remediate(INSTANCE, 'c-remediate', { ...world, running: { ...world.running, change } });
    expect(seen).toBe(1);
    expect(records(world)).toMatchObject([
      {
        kind: 'write_begun',
        action: 'securityGroupIds',
        result: 'begun',
        actor: 'prelaunch',
        serverId: ID,
        groupId: GROUP_ID,
        correlationId: 'c-remediate',
      },
      { kind: 'write_ended', action: expect.stringMatching(/^Modify/), result: 'done' },
    ]);
  });

  it('is not changed where the audit log does not take it', async () => {
    const world = await driftedWorld(OPENED);
    const record = () => Promise.reject(new Error('the log is down'));
    expect(await remediate(INSTANCE, 'c', { ...world, audit: { ...world.audit, record } })).toEqual({ kind: 'failed' });
    expect(world.running.writes()).toBe(0);
    expect((await driftOf(world, INSTANCE)).remediation).toMatchObject({
      status: 'failed',
      reason: expect.any(String),
    });
  });

  it('gets what is desired with `sync`, what it was launched with with `rollback`', async () => {
    for (const [action, group] of [
      ['sync', 'sg-0ddddddd'],
      ['rollback', 'sg-0a1b2c3d'],
    ] as const) {
      const world = await driftedWorld(OPENED, { ...ROLLBACK, actions: { ...ROLLBACK.actions, diverged: action } });
      await world.put({
        ...(await world.group()),
        launchConfig: launchSettings({ securityGroupIds: ['sg-0ddddddd'] }),
      });
      await audit(world);
      expect(await driftOf(world, INSTANCE)).toMatchObject({ verdict: 'diverged' });
      await asked(world);
      expect(world.running.live(INSTANCE)).toMatchObject({ securityGroupIds: [group] });
    }
  });

  it('is changed as far as that is possible; the rest says why not', async () => {
    const world = await driftedWorld({ ...OPENED, instanceType: 'm5.xlarge', subnetId: 'subnet-0fffffff' });
    expect(await asked(world)).toEqual({ kind: 'done' });
    expect(world.running.live(INSTANCE)).toMatchObject({
      securityGroupIds: ['sg-0a1b2c3d'],
      instanceType: 'm5.xlarge',
      subnetId: 'subnet-0fffffff',
    });
    const { remediation, verdict, differences } = await driftOf(world, INSTANCE);
    expect(verdict).toBe('drifted');
    expect(differences.map(({ key }) => key).toSorted()).toEqual(['instanceType', 'subnetId']);
    expect(remediation).toMatchObject({ status: 'done' });
    expect(Object.fromEntries(remediation.keys.map(({ key, result, reason }) => [key, [result, reason]]))).toEqual({
      securityGroupIds: ['done', undefined],
      instanceType: ['not_feasible', 'not without stopping the instance'],
      subnetId: ['not_feasible', 'not without launching the instance anew'],
    });
    expect(told(world)).not.toContain('Drift Cleared');
  });

  it('is left alone where nothing of it is possible', async () => {
    const world = await driftedWorld({ instanceType: 'm5.xlarge' });
    expect(await asked(world)).toEqual({ kind: 'not_feasible' });
    expect(writesTo(world)).toBe(world.aws.writes());
    expect(records(world)).toEqual([]);
    expect(await world.ledgers.get(GROUP_ID)).toBeUndefined();
  });

  it('that EC2 fails to change in the middle has failed, and what was changed before is known', async () => {
    const world = await driftedWorld({ ...OPENED, tags: { Name: 'x' } });
    // Tags are changed last.
    world.running.failNext('CreateTags', refused('CreateTags'));
    expect(await asked(world)).toEqual({ kind: 'failed' });
    const { remediation, differences } = await driftOf(world, INSTANCE);
    expect(remediation).toMatchObject({ status: 'failed', reason: expect.stringContaining('you may not') });
    const left = differences.map(({ key }) => key);
    expect(left).toEqual(['tags.Name']);
    for (const { key, result } of remediation.keys) expect(result).toBe(left.includes(key) ? 'failed' : 'done');
    expect(records(world).at(-1)).toMatchObject({
      kind: 'write_ended',
      result: expect.stringMatching(/^aws\./),
      action: expect.stringContaining('tags'),
    });
    expect(await world.ledgers.get(GROUP_ID)).toMatchObject({ ended: [{ succeeded: false }] });
    expect(told(world)).not.toContain('Drift Remediated');
  });

  it('is remediated where EC2 changed it and only its answer was lost', async () => {
    const world = await driftedWorld(OPENED);
    const change: MemoryWorld['running']['change'] = async (...args) => {
      await world.running.change(...args);
      throw new Error('no answer');
    };
    expect(await remediate(INSTANCE, 'c', { ...world, running: { ...world.running, change } })).toEqual({
      kind: 'done',
    });
    expect(await driftOf(world, INSTANCE)).toMatchObject({ verdict: 'in_sync', remediation: { status: 'done' } });
    expect(records(world).at(-1)).toMatchObject({
      kind: 'write_ended',
      action: 'securityGroupIds',
      result: 'drift.unexpected',
    });
  });

  it('has failed where it cannot be read back after a failure', async () => {
    const world = await driftedWorld(OPENED);
    let reads = 0;
    const describeOnce: MemoryWorld['running']['describe'] = async (...args) => {
      reads += 1;
      if (reads > 1) throw new Error('EC2 is down');
      return world.running.describe(...args);
    };
    world.running.failNext('ModifyNetworkInterfaceAttribute', refused('ModifyNetworkInterfaceAttribute'));
    expect(await remediate(INSTANCE, 'c', { ...world, running: { ...world.running, describe: describeOnce } })).toEqual(
      { kind: 'failed' },
    );
    expect((await driftOf(world, INSTANCE)).remediation).toMatchObject({
      status: 'failed',
      keys: [{ result: 'failed' }],
    });
  });

  it('is not remediated before EC2 shows it: it waits a little for that', async () => {
    const world = await driftedWorld(OPENED);
    const old = await world.running.describe({ accountId: '', region: '' }, [INSTANCE]);
    let lags = 4;
    const describeLagging: MemoryWorld['running']['describe'] = async (...args) => {
      lags -= 1;
      return lags > 0 ? old : world.running.describe(...args);
    };
    expect(
      await remediate(INSTANCE, 'c', { ...world, running: { ...world.running, describe: describeLagging } }),
    ).toEqual({ kind: 'done' });
    expect(await driftOf(world, INSTANCE)).toMatchObject({ verdict: 'in_sync' });
  });

  it('has failed where EC2 does not show it at all', async () => {
    const world = await driftedWorld(OPENED);
    const change = async () => ['ModifyInstanceAttribute'];
    expect(await remediate(INSTANCE, 'c', { ...world, running: { ...world.running, change } })).toEqual({
      kind: 'failed',
    });
    expect(await driftOf(world, INSTANCE)).toMatchObject({
      verdict: 'drifted',
      remediation: { status: 'failed', reason: 'EC2 does not show what was changed', keys: [{ result: 'failed' }] },
    });
    expect(told(world)).not.toContain('Drift Remediated');
  });

  it('that ended meanwhile is not called remediated', async () => {
    const world = await driftedWorld(OPENED);
    world.running.setState(INSTANCE, 'terminated');
    expect(await asked(world)).toEqual({ kind: 'changed_meanwhile' });
    expect(await driftOf(world, INSTANCE)).toMatchObject({ unknown: { code: 'drift.instance_gone' }, differences: [] });
    expect(world.running.writes()).toBe(0);
    expect(told(world)).not.toContain('Drift Remediated');
  });

  it('is not changed while a recovery of its group is under way', async () => {
    const world = await driftedWorld(OPENED);
    world.running.beginRecovery([ID]);
    expect(await asked(world)).toEqual({ kind: 'held' });
    expect(world.running.writes()).toBe(0);
    world.running.endRecovery([ID]);
    world.clock.advance(HOUR_MS);
    const pipeline = driftPipeline(world);
    await audit(world);
    await pipeline();
    expect(world.running.live(INSTANCE)).toMatchObject({ securityGroupIds: ['sg-0a1b2c3d'] });
    expect(toldOf(world, 'Drift Remediated')).toHaveLength(1);
  });

  it('ends well wherever whoever changes it dies, once the event comes again or the next audit looks', async () => {
    const calls = await atEachAwait(async (point) => {
      const world = await driftedWorld(OPENED);
      const wrapped = crashing(world, point);
      await remediate(INSTANCE, 'c-remediate', wrapped.deps).catch(() => undefined);
      return {
        calls: wrapped.calls(),
        check: async () => {
          const early = await driftOf(world, INSTANCE);
          // Whatever is called done was read back.
          if (early.remediation.status === 'done') expect(world.running.live(INSTANCE)).toEqual(LAUNCHED);
          world.clock.advance(HOUR_MS);
          await asked(world);
          world.clock.advance(HOUR_MS);
          await audit(world);
          expect(world.running.live(INSTANCE)).toEqual(LAUNCHED);
          expect(await driftOf(world, INSTANCE)).toMatchObject({ verdict: 'in_sync', differences: [] });
          expect(toldOf(world, 'Drift Cleared').length).toBeGreaterThanOrEqual(1);
          // Nothing is changed that the audit log does not have.
          if (world.running.writes() > 0) expect(records(world).some(({ kind }) => kind === 'write_begun')).toBe(true);
        },
      };
    });
    expect(calls).toBeGreaterThan(10);
  });
});
