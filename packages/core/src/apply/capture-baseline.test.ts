import { describe, expect, it } from 'vitest';
import {
  applyRequest,
  change,
  desired,
  launchSettings,
  serverId,
  sourceServer,
  statusError,
  TARGET,
} from '../../../../tests/support/builders.ts';
import { AT, after } from '../../../../tests/support/clock.ts';
import { type CrashPoint, crashing } from '../../../../tests/support/crashing.ts';
import { appliedWorld, audit, driftOf, told, toldOf } from '../../../../tests/support/drift-world.ts';
import { type MemoryWorld, memoryWorld } from '../../../../tests/support/memory-world.ts';
import type { Baseline } from '../drift/baseline.ts';
import { planChange } from '../group/plan-group.ts';
import type { SourceServer } from '../group/source-server.ts';
import { HASH_VERSION } from '../settings/normalize-settings.ts';
import { applyServer } from './apply-server.ts';
import { AwsCallError } from './ports.ts';

const ID = serverId(1);

async function baselineOf({ baselines }: MemoryWorld, version: number): Promise<Baseline | undefined> {
  return (await baselines.get([{ instanceId: ID, version }])).get(ID);
}

async function appliedOnce(server: Partial<SourceServer> = {}, live = {}): Promise<MemoryWorld> {
  const world = memoryWorld({ live });
  await world.put(sourceServer({ planned: { groupId: 'payments', generation: 4, configRevision: 7 }, ...server }));
  await applyServer(applyRequest(), world);
  return world;
}

/** The same server, to be applied once more. */
async function again(world: MemoryWorld, stated: Partial<SourceServer> = {}): Promise<void> {
  world.clock.advance(1_000);
  await world.put({ ...(await world.server()), status: 'pending', ...stated });
  await applyServer(applyRequest(), world);
}

describe('the baseline of what was applied', () => {
  it('has all that AWS was read to have, stated or not, and of what it was resolved', async () => {
    const world = await appliedOnce({}, { tags: { Owner: 'ops' }, instanceType: 'm5.large' });

    expect(await world.server()).toMatchObject({ status: 'ready', baselineVersion: 1 });
    expect(await baselineOf(world, 1)).toEqual({
      instanceId: ID,
      version: 1,
      capturedAt: AT,
      configRevision: 7,
      generation: 4,
      hash: expect.stringMatching(/^sha256:/),
      hashVersion: HASH_VERSION,
      launchTemplateId: `lt-${ID.slice(2)}`,
      launchTemplateVersion: 3,
      settings: { ...launchSettings(), tags: { Owner: 'ops' }, instanceType: 'm5.large' },
    });
    expect(await baselineOf(world, 1)).toMatchObject({ settings: world.aws.live(ID) });
  });

  it('notes whose the template is, by which edits are understood', async () => {
    const world = await appliedOnce();
    expect(await world.owners.ownerOf(`lt-${ID.slice(2)}`)).toBe(ID);
  });

  it('is another version only when the settings, the template or the recipe are others', async () => {
    const world = await appliedOnce();

    await again(world);
    expect((await world.server()).baselineVersion).toBe(1);
    expect(await baselineOf(world, 2)).toBeUndefined();

    await again(world, { desired: desired(launchSettings({ copyTags: false })) });
    expect((await world.server()).baselineVersion).toBe(2);
    expect(await baselineOf(world, 2)).toMatchObject({
      settings: { copyTags: false },
      capturedAt: after(2_000).toISOString(),
    });

    world.aws.replaceTemplate(ID);
    await again(world);
    expect((await world.server()).baselineVersion).toBe(3);
    expect(await baselineOf(world, 3)).toMatchObject({ launchTemplateId: `lt-${ID.slice(2)}-1` });
    expect(await world.owners.ownerOf(`lt-${ID.slice(2)}-1`)).toBe(ID);

    const { applied } = await world.server();
    if (!applied) throw new Error('not applied');
    await again(world, { applied: { ...applied, hashVersion: HASH_VERSION - 1 } });
    expect((await world.server()).baselineVersion).toBe(4);
    expect(await baselineOf(world, 1)).toMatchObject({ settings: { copyTags: true } });
  });

  it('goes on counting when another group takes the server over', async () => {
    const world = await appliedWorld({ servers: 1 });
    world.clock.advance(1);
    await planChange(change({ serverIds: [], revision: 2 }), world);
    await planChange(change({ groupId: 'ledger', serverIds: [ID], launchConfig: { copyTags: false } }), world);
    await world.settle();
    expect(await world.server()).toMatchObject({ groupId: 'ledger', status: 'ready', baselineVersion: 2 });
    expect(await baselineOf(world, 2)).toMatchObject({ settings: { copyTags: false } });
  });

  it('is not captured of what was refused, or not read back as desired', async () => {
    const world = memoryWorld();
    await world.put(sourceServer());
    const refused = new AwsCallError({
      ...{ kind: 'refused', operation: 'UpdateLaunchConfiguration', awsCode: 'ValidationException', message: 'no' },
      ...{ answered: true, cause: undefined },
    });
    const launchConfigurations = { ...world.launchConfigurations, update: () => Promise.reject(refused) };
    expect(await applyServer(applyRequest(), { ...world, launchConfigurations })).toMatchObject({ kind: 'failed' });
    expect(await world.server()).not.toHaveProperty('baselineVersion');
    expect(await baselineOf(world, 1)).toBeUndefined();

    const other = memoryWorld();
    await other.put(sourceServer());
    const deaf = { ...other.launchConfigurations, update: () => other.launchConfigurations.get(TARGET, ID) };
    await applyServer(applyRequest(), { ...other, launchConfigurations: deaf }).catch(() => undefined);
    expect((await other.server()).status).not.toBe('ready');
    expect(await baselineOf(other, 1)).toBeUndefined();
  });
});

describe('a worker that dies between recording and capturing', () => {
  async function diedAt(point: CrashPoint): Promise<{ world: MemoryWorld; calls: number }> {
    const world = await appliedWorld({ servers: 1 });
    await planChange(
      change({ serverIds: [ID], launchConfig: launchSettings({ copyTags: false }), revision: 2 }),
      world,
    );
    const wrapped = crashing(world, point);
    await applyServer(applyRequest(), wrapped.deps).catch(() => undefined);
    return { world, calls: wrapped.calls() };
  }

  it('leaves nothing that the next delivery and the next audit do not mend, wherever it dies', async () => {
    const { calls } = await diedAt({ at: Number.POSITIVE_INFINITY, when: 'before' });
    let uncaptured = 0;
    for (let at = 1; at <= calls; at += 1) {
      for (const when of ['before', 'after'] as const) {
        const { world } = await diedAt({ at, when });
        world.clock.advance(120_000);
        await applyServer(applyRequest(), world);
        const { baselineVersion: claimed = 0 } = await world.server();
        expect(claimed).toBe(2);
        if (!(await baselineOf(world, claimed))) uncaptured += 1;

        world.clock.advance(120_000);
        await audit(world);
        expect(await driftOf(world)).toMatchObject({ verdict: 'in_sync', differences: [] });
        const { baselineVersion: kept = 0, status } = await world.server();
        expect(status).toBe('ready');
        expect(await baselineOf(world, kept)).toMatchObject({ settings: { copyTags: false } });
        expect(await world.owners.ownerOf(`lt-${ID.slice(2)}`)).toBe(ID);
        expect(told(world)).not.toContain('Drift Detected');
      }
    }
    // Such places there are.
    expect(uncaptured).toBeGreaterThan(0);
  });
});

describe('a server that had drifted', () => {
  const DRIFTED = { drifted: true, status: 'pending' } as const;
  const requests = (world: MemoryWorld) => toldOf(world, 'Drift Audit Requested').map(({ detail }) => detail.data);

  it('is audited after it was applied, and has not drifted any more', async () => {
    const world = await appliedOnce(DRIFTED);
    expect(await world.server()).not.toHaveProperty('drifted');
    expect(requests(world)).toMatchObject([{ groupId: 'payments', cause: 'applied', serverIds: [ID] }]);
  });

  it('is audited after it was refused, and is known to have drifted still', async () => {
    const world = memoryWorld();
    await world.put(sourceServer({ ...DRIFTED, errors: [statusError()] }));
    const kind = 'refused' as const;
    const refusal = { kind, operation: 'UpdateLaunchConfiguration', awsCode: 'ValidationException', message: 'no' };
    const update = () => Promise.reject(new AwsCallError({ ...refusal, answered: true, cause: undefined }));
    await applyServer(applyRequest(), { ...world, launchConfigurations: { ...world.launchConfigurations, update } });
    expect(await world.server()).toMatchObject({ status: 'failed', drifted: true });
    expect(requests(world)).toMatchObject([{ cause: 'applied', serverIds: [ID] }]);
  });

  it('asks with another id after each apply; one that had not drifted asks for nothing', async () => {
    const world = await appliedOnce(DRIFTED);
    await again(world, { drifted: true });
    await again(world);
    const ids = requests(world).map(({ auditId }) => auditId);
    expect(new Set(ids).size).toBe(2);
    expect(ids).toHaveLength(2);
  });
});
