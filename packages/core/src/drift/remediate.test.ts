import type { DriftPolicy, StatedDriftPolicy } from '@prelaunch/contracts/drift';
import { describe, expect, it } from 'vitest';
import { applyRequest, GROUP_ID, launchSettings, serverId, serverIds } from '../../../../tests/support/builders.ts';
import { HOUR_MS } from '../../../../tests/support/clock.ts';
import { atEachAwait, crashing } from '../../../../tests/support/crashing.ts';
import { remediationLedger } from '../../../../tests/support/drift.ts';
import {
  A_WHILE_MS,
  appliedWorld,
  audit,
  driftOf,
  driftPipeline,
  ELSEWHERE,
  told,
  toldOf,
  writesTo,
} from '../../../../tests/support/drift-world.ts';
import type { MemoryWorld } from '../../../../tests/support/memory-world.ts';
import { AwsCallError } from '../apply/ports.ts';
import { isReady } from '../group/source-server.ts';
import { LOOKS_KEPT } from './flapping.ts';
import { remediate } from './remediate.ts';

const ID = serverId(1);
const ROLLBACK: StatedDriftPolicy = { actions: { stale: 'sync', drifted: 'rollback', diverged: 'rollback' } };
const SYNC: StatedDriftPolicy = { actions: { stale: 'sync', drifted: 'sync', diverged: 'sync' } };

async function driftedWorld(driftPolicy: StatedDriftPolicy = ROLLBACK, servers = 2): Promise<MemoryWorld> {
  const world = await appliedWorld({ servers, driftPolicy });
  edit(world);
  await audit(world);
  return world;
}

function edit(world: MemoryWorld, id = ID, subnetId = ELSEWHERE): void {
  world.aws.edit(id, { settings: { subnetId } });
  world.clock.advance(1_000);
}

function asked(world: MemoryWorld, id = ID) {
  return remediate(id, 'c-remediate', world);
}

/** What may not be, before anything is done about it. */
function actions(world: MemoryWorld): unknown {
  return { writes: writesTo(world), queued: world.queue.waiting.length, records: world.audit.recorded.length };
}

describe('what the policy says', () => {
  it('alert: only tells', async () => {
    const world = await driftedWorld({});
    const before = actions(world);
    expect(await asked(world)).toEqual({ kind: 'alerted' });
    expect(actions(world)).toEqual(before);
    expect((await driftOf(world)).remediation).toMatchObject({
      status: 'alerted',
      action: 'alert',
      requestedBy: 'prelaunch',
    });
  });

  it.each([
    ['rollback', ROLLBACK],
    ['sync', SYNC],
  ] as const)(
    '%s: applies the server again, and an audit says that it was remediated and nothing differs',
    async (action, policy) => {
      const world = await driftedWorld(policy);
      const pipeline = driftPipeline(world);
      world.clock.advance(1_000);

      expect(await asked(world)).toEqual({ kind: 'in_progress' });
      expect(world.queue.waiting).toMatchObject([{ serverId: ID, correlationId: 'c-remediate' }]);
      expect(await world.server()).toMatchObject({ status: 'pending', drifted: true, requestedBy: 'prelaunch' });
      expect(told(world)).not.toContain('Drift Remediated');

      await pipeline();

      expect(world.aws.live(ID)).toMatchObject(launchSettings());
      expect(isReady(await world.server())).toBe(true);
      expect((await world.group()).launchConfigStatus.status).toBe('ready');
      expect(await driftOf(world)).toMatchObject({
        verdict: 'in_sync',
        remediation: {
          status: 'done',
          action,
          requestedBy: 'prelaunch',
          keys: [{ key: 'subnetId', from: ELSEWHERE, to: 'subnet-0a1b2c3d', result: 'done' }],
        },
      });
      const ends = told(world).filter((type) => type === 'Drift Remediated' || type === 'Drift Cleared');
      expect(ends).toEqual(['Drift Remediated', 'Drift Cleared']);
      expect(toldOf(world, 'Drift Remediated')).toMatchObject([
        { detail: { data: { action, keys: ['subnetId'], requestedBy: 'prelaunch' } } },
      ]);
      expect(await world.ledgers.get(GROUP_ID)).toMatchObject({
        begun: [{ instanceId: ID }],
        ended: [{ succeeded: true }],
      });
      // Who is in the audit log of writes.
      expect(
        world.audit.recorded.filter(({ kind, actor }) => kind === 'write_begun' && actor === 'prelaunch'),
      ).toHaveLength(1);
    },
  );

  it('below the threshold: nothing', async () => {
    const world = await appliedWorld({ servers: 1, driftPolicy: { ...ROLLBACK, threshold: 90 } });
    edit(world);
    await audit(world);
    const before = actions(world);
    expect(await asked(world)).toEqual({ kind: 'below_threshold' });
    expect(actions(world)).toEqual(before);
    expect((await driftOf(world)).remediation.status).toBe('none');
    // It is not ready for all that.
    expect(isReady(await world.server())).toBe(false);
  });

  it('dry run: only says what would be done', async () => {
    const world = await driftedWorld({ ...ROLLBACK, mode: 'dry_run' });
    const before = actions(world);
    expect(await asked(world)).toEqual({ kind: 'proposed' });
    expect(actions(world)).toEqual(before);
    expect((await driftOf(world)).remediation).toMatchObject({
      status: 'proposed',
      keys: [{ key: 'subnetId', result: 'planned' }],
    });
    expect(await driftOf(world)).not.toHaveProperty('proposal');
  });

  it('approval: proposes, and nothing else', async () => {
    const world = await driftedWorld({ ...ROLLBACK, mode: 'approval' });
    const before = actions(world);
    expect(await asked(world)).toEqual({ kind: 'awaiting_approval' });
    expect(actions(world)).toEqual(before);
    expect(await driftOf(world)).toMatchObject({
      remediation: { status: 'awaiting_approval', requestedBy: 'prelaunch' },
      proposal: { action: 'rollback', keys: ['subnetId'] },
    });
  });

  it('rolls back no source server whose configuration moved on', async () => {
    for (const moved of ['stale', 'diverged'] as const) {
      const world = await appliedWorld({
        servers: 1,
        driftPolicy: { actions: { stale: 'rollback', drifted: 'rollback', diverged: 'rollback' } },
      });
      if (moved === 'diverged') edit(world);
      await world.put({ ...(await world.group()), launchConfig: launchSettings({ subnetId: 'subnet-0ddddddd' }) });
      await audit(world);
      const before = actions(world);
      expect(await driftOf(world)).toMatchObject({ verdict: moved });
      expect(await asked(world)).toEqual({ kind: 'not_feasible' });
      expect((await driftOf(world)).remediation).toMatchObject({
        status: 'not_feasible',
        keys: [{ result: 'not_feasible', reason: expect.stringContaining('moved on') }],
      });
      expect(actions(world)).toEqual(before);
    }
  });
});

describe('a server that is ready, and only its configuration moved on', () => {
  it('is left as it is: whoever made it ready read it back, and the sweep plans what is newer', async () => {
    const world = await appliedWorld({ servers: 1, driftPolicy: SYNC });
    await world.put({ ...(await world.group()), launchConfig: launchSettings({ subnetId: 'subnet-0ddddddd' }) });
    await audit(world);
    expect(isReady(await world.server())).toBe(true);
    expect(await asked(world)).toEqual({ kind: 'failed' });
    expect(isReady(await world.server())).toBe(true);
    expect(await driftOf(world)).toMatchObject({ remediation: { status: 'failed', reason: expect.any(String) } });
  });
});

describe('what is not acted on', () => {
  it('what nobody audited, what is in sync, and what nobody has', async () => {
    const world = await appliedWorld({ driftPolicy: ROLLBACK });
    const before = actions(world);
    expect(await asked(world)).toEqual({ kind: 'nothing_differs' });
    await audit(world);
    expect(await asked(world)).toEqual({ kind: 'nothing_differs' });
    edit(world);
    await audit(world);
    await world.put({ ...(await world.group()), deletedAt: world.now().toISOString() });
    expect(await asked(world)).toEqual({ kind: 'group_gone' });
    expect(actions(world)).toEqual(before);
  });

  it('what could not be read', async () => {
    const world = await driftedWorld();
    const get = () => Promise.reject(new Error('boom'));
    await audit({ ...world, launchConfigurations: { ...world.launchConfigurations, get } });
    const before = actions(world);
    expect(await asked(world)).toEqual({ kind: 'unknown' });
    expect(actions(world)).toEqual(before);
    expect(await world.ledgers.get(GROUP_ID)).toBeUndefined();
  });

  it('what was begun already, when the event comes twice', async () => {
    const world = await driftedWorld();
    await asked(world);
    const before = actions(world);
    expect(await asked(world)).toEqual({ kind: 'under_way' });
    expect(actions(world)).toEqual(before);
    expect((await world.ledgers.get(GROUP_ID))?.begun).toHaveLength(1);
  });

  it('what two begin at once is applied once', async () => {
    const world = await driftedWorld();
    await Promise.all([asked(world), asked(world)]);
    expect(world.queue.waiting).toHaveLength(1);
  });

  it('what is not so any more when it is to begin', async () => {
    const world = await driftedWorld();
    const launches: MemoryWorld['running']['launches'] = async (...args) => {
      edit(world, ID, 'subnet-0a1b2c3d');
      await audit(world, [ID]);
      await world.settle();
      return world.running.launches(...args);
    };
    const writes = writesTo(world);
    expect(await remediate(ID, 'c', { ...world, running: { ...world.running, launches } })).toEqual({
      kind: 'changed_meanwhile',
    });
    expect(writesTo(world)).toBe(writes);
    expect((await driftOf(world)).remediation.status).toBe('none');
  });

  it('nor is a proposal left beside something else that was found meanwhile', async () => {
    const world = await driftedWorld({ ...ROLLBACK, mode: 'approval' });
    const read = await driftOf(world);
    edit(world, ID, 'subnet-0fffffff');
    await audit(world);
    const getMany: MemoryWorld['instances']['getMany'] = async (ids) => {
      const found = first ? new Map([[ID, read]]) : await world.instances.getMany(ids);
      first = false;
      return found;
    };
    let first = true;
    expect(await remediate(ID, 'c', { ...world, instances: { ...world.instances, getMany } })).toEqual({
      kind: 'changed_meanwhile',
    });
    expect(await driftOf(world)).not.toHaveProperty('proposal');
  });
});

describe('whoever dies in the middle of it', () => {
  it('leaves nothing that the event, when it comes again, does not finish', async () => {
    const calls = await atEachAwait(async (point) => {
      const world = await driftedWorld();
      const pipeline = driftPipeline(world);
      world.clock.advance(1_000);
      const wrapped = crashing(world, point);
      await remediate(ID, 'c-remediate', wrapped.deps).catch(() => undefined);
      return {
        calls: wrapped.calls(),
        check: async () => {
          world.clock.advance(30_000);
          await asked(world);
          // As the sweep finds what was not queued.
          if ((await world.server()).status === 'pending') await world.queue.send([applyRequest()]);
          await pipeline();
          expect(world.aws.live(ID)).toMatchObject(launchSettings());
          expect(await driftOf(world)).toMatchObject({ verdict: 'in_sync', remediation: { status: 'done' } });
          expect(isReady(await world.server())).toBe(true);
          const { begun = [], ended = [] } = (await world.ledgers.get(GROUP_ID)) ?? {};
          expect(new Set(begun.map(({ instanceId }) => instanceId))).toEqual(new Set([ID]));
          expect(ended).toMatchObject([{ succeeded: true }]);
        },
      };
    });
    expect(calls).toBeGreaterThan(8);
  });
});

describe('what comes of an apply', () => {
  function refusing(world: MemoryWorld): MemoryWorld {
    const said = {
      kind: 'refused' as const,
      operation: 'CreateLaunchTemplateVersion',
      awsCode: 'InvalidParameter',
      message: 'no such subnet',
    };
    const createVersion = () => Promise.reject(new AwsCallError({ ...said, answered: true, cause: undefined }));
    return { ...world, launchTemplates: { ...world.launchTemplates, createVersion } };
  }

  it('a refusal is a failure, noted with what AWS said', async () => {
    const world = await driftedWorld();
    const pipeline = driftPipeline(world);
    world.clock.advance(1_000);
    await asked(world);
    world.clock.advance(1_000);
    const { applyServer } = await import('../apply/apply-server.ts');
    world.queue.waiting.length = 0;
    await applyServer(applyRequest(), refusing(world));
    await pipeline();
    expect((await driftOf(world)).remediation).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('no such subnet'),
      keys: [{ result: 'failed' }],
    });
    expect(await world.ledgers.get(GROUP_ID)).toMatchObject({ ended: [{ succeeded: false }] });
    expect(told(world)).not.toContain('Drift Remediated');
    expect(isReady(await world.server())).toBe(false);

    await audit(world);
    expect((await world.ledgers.get(GROUP_ID))?.ended).toHaveLength(1);
  });

  it('somebody who edits it again at once makes it a failure, by the audit after the next at the latest', async () => {
    const world = await driftedWorld();
    world.clock.advance(1_000);
    await asked(world);
    world.clock.advance(1_000);
    await world.settle();
    edit(world);
    world.clock.advance(A_WHILE_MS);
    await audit(world);
    world.clock.advance(HOUR_MS);
    await audit(world);
    expect(await driftOf(world)).toMatchObject({ verdict: 'drifted', remediation: { status: 'failed' } });
    expect(isReady(await world.server())).toBe(false);
    expect(told(world)).not.toContain('Drift Remediated');
  });

  it('is nothing yet while nobody applied it', async () => {
    const world = await driftedWorld();
    world.clock.advance(1_000);
    await asked(world);
    await audit(world);
    expect(await driftOf(world)).toMatchObject({ verdict: 'unknown', remediation: { status: 'in_progress' } });
    expect(told(world)).not.toContain('Drift Cleared');
  });
});

interface Braking {
  readonly policy?: StatedDriftPolicy;
  readonly servers?: number;
  /** What is so when it is to begin. */
  readonly set: (world: MemoryWorld) => Promise<void>;
  /** What changes so that it may begin. */
  readonly free: (world: MemoryWorld) => Promise<void>;
  readonly reason: RegExp;
}

const minutesAgo = (world: MemoryWorld, minutes: number) =>
  new Date(world.now().getTime() - minutes * 60_000).toISOString();
async function ledger(world: MemoryWorld, stated: (at: (minutes: number) => string) => object): Promise<void> {
  const version = (await world.ledgers.get(GROUP_ID))?.version ?? 0;
  await world.ledgers.save({ ...remediationLedger(stated((minutes) => minutesAgo(world, minutes))), version });
}
const nothing = async () => {};

const BRAKING: Record<DriftPolicyBrake, Braking> = {
  recovery_running: {
    set: async (world) => world.running.beginRecovery([serverId(2)]),
    free: async (world) => world.running.endRecovery([serverId(2)]),
    reason: /a recovery or a drill of s-\d*2 is under way/,
  },
  maintenance_window: {
    // Tests begin on a Sunday at noon.
    policy: { maintenanceWindows: [{ days: ['sun'], from: '14:00', until: '15:00' }] },
    set: nothing,
    free: async (world) => world.clock.advance(2 * HOUR_MS),
    reason: /no maintenance window/,
  },
  breaker_open: {
    set: (world) =>
      ledger(world, (at) => ({
        ended: [at(9), at(8), at(7)]
          .map((when) => ({ at: when, succeeded: false }))
          .concat({ at: at(1), succeeded: true }),
      })),
    free: async (world) => world.clock.advance(HOUR_MS),
    reason: /3 of the last 4 remediations/,
  },
  backing_off: {
    set: (world) => ledger(world, (at) => ({ ended: [{ at: at(0), succeeded: false }] })),
    free: async (world) => world.clock.advance(2 * 60_000),
    reason: /the last 1 remediations/,
  },
  budget_used: {
    policy: { budget: { maxInstances: 1, maxShare: 1 } },
    set: (world) => ledger(world, (at) => ({ begun: [{ instanceId: serverId(2), at: at(5) }] })),
    free: async (world) => world.clock.advance(HOUR_MS),
    reason: /1 instances of the group were put right within 60 minutes, and 1 may be/,
  },
  being_applied: {
    set: async (world) =>
      world.put({ ...(await world.server()), lease: { owner: 'other', until: world.now().getTime() + 25_000 } }),
    free: async (world) => {
      const { lease: _over, ...server } = await world.server();
      await world.put(server);
    },
    reason: /being applied/,
  },
  rollout_under_way: {
    set: async (world) => {
      const group = await world.group();
      await world.put({ ...group, generation: group.generation + 1 });
    },
    free: async (world) => {
      const group = await world.group();
      await world.put({ ...group, plannedGeneration: group.generation });
    },
    reason: /newer settings are on their way/,
  },
  flapping: {
    set: async (world) => {
      const found = await driftOf(world);
      const looks = Array.from({ length: LOOKS_KEPT }, (_, index) => ({
        ...{ at: minutesAgo(world, LOOKS_KEPT - index), inSync: index % 2 === 0 },
        writer: index % 2 === 0 ? 'prelaunch' : 'terraform',
      }));
      await world.instances.save({ ...found, looks, flapping: true });
    },
    free: async (world) => {
      const found = await driftOf(world);
      await world.instances.save({ ...found, looks: [], flapping: false });
    },
    reason: /terraform and prelaunch|prelaunch and terraform/,
  },
};
type DriftPolicyBrake =
  | 'recovery_running'
  | 'maintenance_window'
  | 'breaker_open'
  | 'backing_off'
  | 'budget_used'
  | 'being_applied'
  | 'rollout_under_way'
  | 'flapping';

describe.each(Object.entries(BRAKING))('the brake %s', (brake, { policy = {}, set, free, reason, servers }) => {
  it('holds before anything is done, tells once, and lets go later', async () => {
    const world = await driftedWorld({ ...ROLLBACK, ...policy } as DriftPolicy, servers ?? 2);
    await set(world);
    const before = actions(world);
    const { begun = [] } = (await world.ledgers.get(GROUP_ID)) ?? {};

    expect(await asked(world)).toEqual({ kind: 'held' });
    expect(await asked(world)).toEqual({ kind: 'held' });

    expect(actions(world)).toEqual(before);
    expect((await world.ledgers.get(GROUP_ID))?.begun ?? []).toEqual(begun);
    expect((await driftOf(world)).remediation).toMatchObject({
      status: 'held',
      action: 'rollback',
      brake,
      reason: expect.stringMatching(reason),
    });
    expect(toldOf(world, 'Remediation Held')).toMatchObject([
      { detail: { correlationId: 'c-remediate', data: { instanceId: ID, brake, action: 'rollback' } } },
    ]);
    const { until } = (await driftOf(world)).remediation;
    if (until !== null) expect(Date.parse(until)).toBeGreaterThan(world.now().getTime());

    await free(world);
    const pipeline = driftPipeline(world);
    await audit(world);
    await pipeline();
    expect(world.aws.live(ID)).toMatchObject(launchSettings());
    expect(await driftOf(world)).toMatchObject({ verdict: 'in_sync', remediation: { status: 'done' } });
    expect(isReady(await world.server())).toBe(true);
    expect(toldOf(world, 'Remediation Held')).toHaveLength(1);
  });
});

describe('brakes', () => {
  it('are told of again when another one holds', async () => {
    const world = await driftedWorld();
    await BRAKING.backing_off.set(world);
    await asked(world);
    world.clock.advance(2 * 60_000);
    world.running.beginRecovery([ID]);
    await asked(world);
    expect(toldOf(world, 'Remediation Held').map(({ detail }) => detail.data.brake)).toEqual([
      'backing_off',
      'recovery_running',
    ]);
  });

  it('that hold until a time keep quiet until then', async () => {
    const world = await driftedWorld({ ...ROLLBACK, ...BRAKING.maintenance_window.policy });
    const pipeline = driftPipeline(world);
    await asked(world);
    for (let minutes = 0; minutes < 60; minutes += 10) {
      world.clock.advance(10 * 60_000);
      await audit(world);
      await pipeline();
    }
    expect(toldOf(world, 'Drift Detected')).toHaveLength(1);
  });

  it.each([
    ['count', { maxInstances: 3, maxShare: 1 }, 3],
    ['share of the group, rounded up', { maxInstances: 25, maxShare: 0.15 }, 2],
    ['share of a small group, which is at least one', { maxInstances: 25, maxShare: 0.01 }, 1],
    ['nothing', { maxInstances: 25, maxShare: 0 }, 0],
  ])('keep to the budget by %s, over all instances that drifted at once', async (_by, budget, most) => {
    const world = await appliedWorld({ servers: 10, driftPolicy: { ...ROLLBACK, budget } });
    for (const id of serverIds(10)) edit(world, id);
    await audit(world);
    const outcomes = await Promise.all(serverIds(10).map((id) => remediate(id, 'c', world)));
    expect(outcomes.filter(({ kind }) => kind === 'in_progress')).toHaveLength(most);
    expect(outcomes.filter(({ kind }) => kind === 'held')).toHaveLength(10 - most);
    expect(world.queue.waiting).toHaveLength(most);
  });

  it('that AWS cannot be asked about hold too', async () => {
    const world = await driftedWorld();
    const before = actions(world);
    world.running.failNext('DescribeSourceServers', new Error('boom'));
    await expect(asked(world)).rejects.toThrow('boom');
    expect(actions(world)).toEqual(before);
    expect(await world.ledgers.get(GROUP_ID)).toBeUndefined();
    expect(await asked(world)).toEqual({ kind: 'in_progress' });
  });

  it('stop what puts settings right that somebody else always changes', async () => {
    const world = await appliedWorld({ servers: 1, driftPolicy: ROLLBACK });
    const pipeline = driftPipeline(world);
    for (let round = 0; round < 12; round += 1) {
      edit(world);
      world.clock.advance(HOUR_MS);
      await audit(world);
      await pipeline();
    }
    expect(await driftOf(world)).toMatchObject({
      flapping: true,
      remediation: { status: 'held', brake: 'flapping', reason: expect.stringContaining('prelaunch') },
    });
    expect(toldOf(world, 'Remediation Held')).toHaveLength(1);
    expect(world.aws.live(ID).subnetId).toBe(ELSEWHERE);
    expect(isReady(await world.server())).toBe(false);
  });
});
