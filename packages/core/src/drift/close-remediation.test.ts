import { describe, expect, it } from 'vitest';
import { GROUP_ID, readyServer, sourceServer, statusError } from '../../../../tests/support/builders.ts';
import { AT, after } from '../../../../tests/support/clock.ts';
import { driftDifference, instanceDrift } from '../../../../tests/support/drift.ts';
import { driftOf } from '../../../../tests/support/drift-world.ts';
import { memoryWorld } from '../../../../tests/support/memory-world.ts';
import { closeRemediation } from './close-remediation.ts';
import { type InstanceDrift, NO_REMEDIATION } from './instance-drift.ts';

const LATER = after(60_000).toISOString();
const keys = [{ key: 'subnetId', feasibility: 'apply' as const, from: 1, to: 2, result: 'planned' as const }];
const begun = { ...NO_REMEDIATION, status: 'in_progress' as const, action: 'rollback' as const, at: AT, keys };
const differing = instanceDrift({ verdict: 'drifted', differences: [driftDifference()], remediation: begun });
const inSync = instanceDrift({ verdict: 'in_sync', remediation: { ...begun, status: 'done' } });
const refused = (changedAt: string) =>
  sourceServer({ status: 'failed', dirty: true, errors: [statusError({ message: 'no such subnet' })], changedAt });

async function stored(item: InstanceDrift) {
  const world = memoryWorld();
  await world.instances.save(item);
  return { world, found: await driftOf(world), ended: async () => (await world.ledgers.get(GROUP_ID))?.ended ?? [] };
}

describe('closeRemediation', () => {
  it('counts as succeeded what was found in sync', async () => {
    const { world, found, ended } = await stored(inSync);
    expect(await closeRemediation(differing, found, readyServer(), world)).toEqual(found);
    expect(await ended()).toMatchObject([{ succeeded: true }]);
  });

  it('notes what AWS refused, also where the audit could not tell', async () => {
    for (const verdict of ['drifted', 'unknown'] as const) {
      const { world, found, ended } = await stored({ ...differing, verdict });
      const closed = await closeRemediation(differing, found, refused(LATER), world);
      expect(closed.remediation).toMatchObject({
        status: 'failed',
        reason: 'no such subnet',
        keys: [{ result: 'failed' }],
      });
      expect(await driftOf(world)).toEqual(closed);
      expect(await ended()).toMatchObject([{ succeeded: false }]);
    }
  });

  it('notes it once, whoever finds it', async () => {
    const { world, found, ended } = await stored(differing);
    await Promise.all([1, 2].map(() => closeRemediation(differing, found, refused(LATER), world)));
    expect(await ended()).toHaveLength(1);
  });

  it('leaves one that was begun anew meanwhile', async () => {
    const { world, found, ended } = await stored({ ...differing, remediation: { ...begun, at: LATER } });
    await closeRemediation(differing, found, refused(LATER), world);
    expect((await driftOf(world)).remediation.status).toBe('in_progress');
    expect(await ended()).toEqual([]);
  });

  it.each([
    ['the server failed before it began', refused(AT)],
    ['the server was applied, and differs again', readyServer({ changedAt: LATER })],
    ['the server is being applied', sourceServer({ changedAt: LATER })],
    ['nobody has the server', undefined],
  ])('waits for more where %s', async (_why, server) => {
    const { world, found, ended } = await stored(differing);
    expect(await closeRemediation(differing, found, server, world)).toEqual(found);
    expect((await driftOf(world)).remediation.status).toBe('in_progress');
    expect(await ended()).toEqual([]);
  });

  it('has nothing to say of what is not under way', async () => {
    const { world, found, ended } = await stored({ ...differing, remediation: NO_REMEDIATION });
    const before = { ...differing, remediation: NO_REMEDIATION };
    expect(await closeRemediation(before, found, refused(LATER), world)).toEqual(found);
    expect(await ended()).toEqual([]);
  });
});
