import { describe, expect, it } from 'vitest';
import { AT } from '../../../../tests/support/clock.ts';
import { Crash } from '../../../../tests/support/crashing.ts';
import { driftDifference, instanceDrift } from '../../../../tests/support/drift.ts';
import { driftOf, told } from '../../../../tests/support/drift-world.ts';
import { type MemoryWorld, memoryWorld } from '../../../../tests/support/memory-world.ts';
import { DEFAULT_DRIFT_POLICY } from './drift-policy.ts';
import { driftScore } from './drift-score.ts';
import type { InstanceDrift } from './instance-drift.ts';
import { type Finding, settleAudit } from './settle-audit.ts';

const LATER = '2026-03-01T13:00:00.000Z';

function finding(differences: InstanceDrift['differences'], stated: Partial<Finding> = {}): Finding {
  const { instanceId, kind, serverId, groupId, accountId, region } = instanceDrift();
  const verdict = differences.length > 0 ? ('drifted' as const) : ('in_sync' as const);
  const score = driftScore(differences, DEFAULT_DRIFT_POLICY);
  return {
    subject: { instanceId, kind, serverId, groupId, accountId, region },
    policy: DEFAULT_DRIFT_POLICY,
    readAt: LATER,
    outcome: () => ({ verdict, score, differences, notes: [] }),
    correlationId: 'c-1',
    ...stated,
  };
}

/** The world in which another audit records something between the read and the write of this one. */
function overtaken(world: MemoryWorld, by: Finding): MemoryWorld {
  let first = true;
  const save = async (item: InstanceDrift) => {
    if (first) {
      first = false;
      await settleAudit(by, world);
    }
    return world.instances.save(item);
  };
  return { ...world, instances: { ...world.instances, save } };
}

const drifted = (readAt: string) => finding([driftDifference()], { readAt });
const inSync = (readAt: string) => finding([], { readAt });

describe('settleAudit', () => {
  it('tells of what is cleared although another audit found it only meanwhile', async () => {
    const world = memoryWorld();
    await settleAudit(inSync(LATER), overtaken(world, drifted(AT)));
    expect(told(world)).toEqual(['Drift Detected', 'Drift Cleared']);
    expect(await driftOf(world)).toMatchObject({ verdict: 'in_sync', auditedAt: LATER });
  });

  it('records nothing of what was read before another audit read, and tells nothing more of it', async () => {
    const world = memoryWorld();
    await settleAudit(inSync(LATER), world);
    const before = await driftOf(world);
    const { after } = await settleAudit(drifted(AT), world);
    expect(after).toEqual(before);
    expect(await driftOf(world)).toEqual(before);
    expect(told(world)).toEqual([]);
    expect(await world.history.newest(before.instanceId, 9)).toHaveLength(1);
  });

  it('takes from an audit that came late who did it, where nobody knew', async () => {
    const world = memoryWorld();
    await settleAudit(finding([driftDifference({ actor: null })], { readAt: LATER }), world);
    const known = (actor: string, stated = {}) => finding([driftDifference({ actor, ...stated })], { readAt: AT });
    await settleAudit(known('somebody', { observed: 'subnet-0ffff' }), world);
    expect(await driftOf(world)).toMatchObject({ differences: [{ actor: null }] });
    await settleAudit(known('mallory'), world);
    await settleAudit(known('somebody'), world);
    expect(await driftOf(world)).toMatchObject({ auditedAt: LATER, differences: [{ actor: 'mallory' }] });
    expect(told(world)).toEqual(['Drift Detected']);
  });

  it('tells what is news beside what another writer has written', async () => {
    const world = memoryWorld();
    await settleAudit(drifted(AT), world);
    let first = true;
    const save = async (item: InstanceDrift) => {
      if (first) {
        first = false;
        const found = await driftOf(world);
        const remediation = { ...found.remediation, status: 'in_progress' as const, action: 'rollback' as const };
        await world.instances.save({ ...found, remediation });
      }
      return world.instances.save(item);
    };
    await settleAudit(inSync(LATER), { ...world, instances: { ...world.instances, save } });
    expect(told(world).slice(1)).toEqual(['Drift Remediated', 'Drift Cleared']);
    expect(await driftOf(world)).toMatchObject({ verdict: 'in_sync', remediation: { status: 'done' } });
  });

  it('tells once of one finding, however often it has to write', async () => {
    const world = memoryWorld();
    let lost = 3;
    const save = async (item: InstanceDrift) => {
      lost -= 1;
      return lost < 0 && world.instances.save(item);
    };
    await settleAudit(drifted(LATER), { ...world, instances: { ...world.instances, save } });
    expect(told(world)).toEqual(['Drift Detected']);
  });

  it('tells what it has recorded: twice at worst, never not at all', async () => {
    const world = memoryWorld();
    const silent = { ...world, events: { publish: () => Promise.reject(new Crash()) } };
    await expect(settleAudit(drifted(AT), silent)).rejects.toThrow(Crash);
    expect(await driftOf(world)).toMatchObject({ verdict: 'drifted' });
    // The next audit finds the same, and tells what the one before had to leave.
    await settleAudit(drifted(LATER), world);
    expect(told(world)).toEqual(['Drift Detected']);
    expect(await driftOf(world)).not.toHaveProperty('untold');

    await expect(settleAudit(inSync(LATER), silent)).rejects.toThrow(Crash);
    await settleAudit(inSync(LATER), world);
    expect(told(world)).toEqual(['Drift Detected', 'Drift Cleared']);
  });

  it('keeps what is known of the remediation while the same differs, and forgets it when something else does', async () => {
    const world = memoryWorld();
    await settleAudit(drifted(AT), world);
    const remediation = { ...(await driftOf(world)).remediation, status: 'alerted' as const };
    await world.instances.save({ ...(await driftOf(world)), remediation, proposal: { action: 'rollback', keys: [] } });

    await settleAudit(drifted(LATER), world);
    expect(await driftOf(world)).toMatchObject({
      remediation: { status: 'alerted' },
      proposal: { action: 'rollback' },
    });

    await settleAudit(finding([driftDifference({ observed: 'subnet-0ffff' })]), world);
    expect(await driftOf(world)).toMatchObject({ remediation: { status: 'none' } });
    expect(await driftOf(world)).not.toHaveProperty('proposal');
  });

  it.each([
    ['in_progress', 'done', ['Drift Detected', 'Drift Remediated', 'Drift Cleared']],
    ['alerted', 'none', ['Drift Detected', 'Drift Cleared']],
  ] as const)('what was %s is %s when nothing differs any more', async (status, then, events) => {
    const world = memoryWorld();
    await settleAudit(drifted(AT), world);
    const found = await driftOf(world);
    const keys = [{ key: 'subnetId', feasibility: 'apply' as const, from: 1, to: 2, result: 'planned' as const }];
    const remediation = { ...found.remediation, status, action: 'rollback' as const, requestedBy: 'ops', keys };
    await world.instances.save({ ...found, remediation });
    await settleAudit(inSync(LATER), world);
    expect(told(world)).toEqual(events);
    expect((await driftOf(world)).remediation.status).toBe(then);
    const [remediated] = world.events.published.filter(({ type }) => type === 'Drift Remediated');
    if (remediated)
      expect(remediated.detail.data).toMatchObject({ action: 'rollback', keys: ['subnetId'], requestedBy: 'ops' });
  });
});
