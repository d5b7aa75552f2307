import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { change, GROUP_ID, launchSettings, serverIds } from '../../../../tests/support/builders.ts';
import { type CrashPoint, crashing } from '../../../../tests/support/crashing.ts';
import { appliedWorld, audit, driftOf, told } from '../../../../tests/support/drift-world.ts';
import { interrupted } from '../../../../tests/support/interrupting.ts';
import type { MemoryWorld } from '../../../../tests/support/memory-world.ts';
import { applyServer } from '../apply/apply-server.ts';
import { observedAs } from '../apply/observed-settings.ts';
import { planChange } from '../group/plan-group.ts';
import { isReady } from '../group/source-server.ts';
import { hashSettings, sameEffect } from '../settings/normalize-settings.ts';
import { aggregateGroup } from '../status/aggregate-group.ts';
import { remediate } from './remediate.ts';

const IDS = serverIds(2);
const SUBNETS = ['subnet-0a1b2c3d', 'subnet-0bbbbbbb', 'subnet-0ccccccc'] as const;

const server = fc.constantFrom(...IDS);
const subnetId = fc.constantFrom(...SUBNETS);
const nth = fc.integer({ min: 1, max: 40 });
const crash = fc.record({ at: nth, when: fc.constantFrom('before' as const, 'after' as const) });

const edit = fc.record({ kind: fc.constant('edit' as const), server, subnetId });
const step = fc.oneof(
  { weight: 4, arbitrary: edit },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('audit' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('apply' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('change' as const), subnetId }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remediate' as const), server }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 200_000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replace' as const), server }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('blind' as const), server }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('dyingAudit' as const), crash }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('dyingApply' as const), server, crash }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('dyingRemediation' as const), server, crash }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('disturbedAudit' as const),
      at: nth,
      by: fc.oneof(edit, fc.record({ kind: fc.constantFrom('audit' as const, 'apply' as const) })),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

interface Played {
  readonly world: MemoryWorld;
  /** When AWS was last edited by somebody else, by server. */
  readonly editedAt: Map<string, string>;
  revision: number;
}

async function apply({ world }: Played, only?: string, point?: CrashPoint): Promise<void> {
  for (const serverId of only ? [only] : IDS) {
    const deps = point ? crashing(world, point).deps : world;
    const request = { version: '1' as const, correlationId: 'c', groupId: GROUP_ID, serverId };
    await applyServer(request, deps).catch(() => undefined);
  }
  world.queue.waiting.length = 0;
  await aggregateGroup(GROUP_ID, world);
}

/** Plays a step; the clock never stands still between two of them. */
async function play(one: Step, played: Played): Promise<void> {
  const { world, editedAt } = played;
  world.clock.advance(10);
  const now = world.now().toISOString();
  switch (one.kind) {
    case 'edit':
      world.aws.edit(one.server, { settings: { subnetId: one.subnetId } });
      editedAt.set(one.server, now);
      break;
    case 'replace':
      world.aws.replaceTemplate(one.server);
      editedAt.set(one.server, now);
      break;
    case 'apply':
      await apply(played);
      break;
    case 'change':
      played.revision += 1;
      await planChange(
        change({ revision: played.revision, launchConfig: launchSettings({ subnetId: one.subnetId }) }),
        world,
      );
      break;
    case 'remediate':
      await remediate(one.server, 'c', world);
      break;
    case 'wait':
      world.clock.advance(one.ms);
      break;
    case 'dyingApply':
      await apply(played, one.server, one.crash);
      // As a lease runs out.
      world.clock.advance(30_000);
      break;
    case 'dyingRemediation':
      await remediate(one.server, 'c', crashing(world, one.crash).deps).catch(() => undefined);
      break;
    default:
      await playAudit(one, played);
  }
  world.clock.advance(10);
}

/** Audits write nothing to AWS, whatever happens to them. */
async function playAudit(
  one: Extract<Step, { readonly kind: `${string}udit` | 'blind' }>,
  played: Played,
): Promise<void> {
  const { world } = played;
  const before = world.aws.writes();
  let others = 0;
  if (one.kind === 'audit') await audit(world);
  if (one.kind === 'dyingAudit') await audit(crashing(world, one.crash).deps).catch(() => undefined);
  if (one.kind === 'blind') await audit(withoutSight(world, one.server));
  if (one.kind === 'disturbedAudit') {
    const { instances, servers, launchConfigurations, launchTemplates, baselines, owners, groups, history } = world;
    const ports = { instances, servers, launchConfigurations, launchTemplates, baselines, owners, groups, history };
    const disturb = async () => {
      const writes = world.aws.writes();
      await play(one.by as Step, played);
      others = world.aws.writes() - writes;
    };
    await audit({ ...world, ...interrupted(ports, one.at, disturb).deps });
  }
  expect(world.aws.writes() - before).toBe(others);
}

function withoutSight(world: MemoryWorld, of: string): MemoryWorld {
  const get: MemoryWorld['launchConfigurations']['get'] = (target, id) =>
    id === of ? Promise.reject(new Error('boom')) : world.aws.get(target, id);
  return { ...world, launchConfigurations: { ...world.launchConfigurations, get } };
}

/** A server that is called ready has on AWS what was read back, unless somebody edited it since. */
async function expectTruth({ world, editedAt }: Played): Promise<void> {
  for (const id of IDS) {
    const one = await world.server(id);
    const { applied, desired } = one;
    if (!isReady(one) || !applied || !desired) continue;
    const edited = editedAt.get(id);
    if (edited !== undefined && edited >= applied.verifiedAt) continue;
    expect(hashSettings(observedAs(desired.settings, world.aws.live(id)))).toBe(applied.hash);
  }
}

/** When nobody does anything any more, what is told of each server is so. */
async function expectSettled(played: Played): Promise<void> {
  const { world } = played;
  for (let rounds = 0; rounds < 3; rounds += 1) {
    world.clock.advance(120_000);
    await apply(played);
    world.clock.advance(120_000);
    await audit(world);
  }
  await expectTruth(played);
  for (const id of IDS) {
    const one = await world.server(id);
    const settings = one.desired?.settings ?? {};
    const isRight = sameEffect(settings, observedAs(settings, world.aws.live(id)));
    expect((await driftOf(world, id)).verdict === 'in_sync').toBe(isRight);
    expect(isReady(one)).toBe(isRight);
    const { baselineVersion: version = 0 } = one;
    if (isRight) expect((await world.baselines.get([{ instanceId: id, version }])).has(id)).toBe(true);
  }
}

async function begun(drifted: 'alert' | 'rollback' | 'sync'): Promise<Played> {
  const budget = { maxShare: 1, maxInstances: 100 };
  const actions = {
    stale: 'sync' as const,
    drifted,
    diverged: drifted === 'alert' ? ('alert' as const) : ('sync' as const),
  };
  const world = await appliedWorld({ driftPolicy: { actions, budget } });
  return { world, editedAt: new Map(), revision: 1 };
}

describe('whatever happens, in whatever order', () => {
  it('a server that is called ready has what was read back, and in the end all that is told is so', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('alert' as const, 'rollback' as const, 'sync' as const),
        fc.array(step, { minLength: 1, maxLength: 25 }),
        async (action, steps) => {
          const played = await begun(action);
          for (const one of steps) {
            await play(one, played);
            await expectTruth(played);
          }
          await expectSettled(played);
        },
      ),
      { numRuns: 300 },
    );
  }, 120_000);

  it('news alternates where nobody dies: what was detected is cleared before it is detected again as another', async () => {
    const quiet = fc.oneof(edit, fc.record({ kind: fc.constantFrom('audit' as const, 'apply' as const) }));
    await fc.assert(
      fc.asyncProperty(fc.array(quiet, { minLength: 1, maxLength: 25 }), async (steps) => {
        const played = await begun('alert');
        for (const one of steps) await play(one as Step, played);
        await expectSettled(played);
        for (const id of IDS) {
          const { published } = played.world.events;
          const news = published.filter(({ detail: { data } }) => 'instanceId' in data && data.instanceId === id);
          const last = news.findLast(({ type }) => type === 'Drift Detected' || type === 'Drift Cleared');
          const isDrifting = (await driftOf(played.world, id)).differences.length > 0;
          expect(last?.type ?? 'Drift Cleared').toBe(isDrifting ? 'Drift Detected' : 'Drift Cleared');
        }
        expect(told(played.world)).not.toContain('Drift Remediated');
      }),
      { numRuns: 100 },
    );
  }, 120_000);
});
