import type { DriftPolicy } from '@prelaunch/contracts/drift';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { DEFAULT_DRIFT_POLICY } from '@prelaunch/core/drift/drift-policy';
import { type Random, randomOf } from './random.ts';
import { type Action, configuredScenarioOf, type Scenario, unconfiguredScenarioOf } from './scenario.ts';

/** What others do to settings that Prelaunch manages, and who asks for audits. */
export type DriftAction =
  /** Somebody changes what Prelaunch manages, in the console. */
  | { readonly kind: 'move'; readonly serverId: string; readonly settings: LaunchSettings }
  /** Somebody puts everything back. */
  | { readonly kind: 'put_back'; readonly serverId: string }
  | { readonly kind: 'audit'; readonly groupId: string; readonly serverIds?: readonly string[] }
  | { readonly kind: 'schedule' }
  /** A recovery or a drill that somebody began elsewhere. */
  | { readonly kind: 'recover'; readonly serverId: string; readonly forMs: number };

/** How drift is dealt with, and how well the trail tells of edits. */
export interface Drifting {
  readonly policy: DriftPolicy;
  /** Per event of the trail, while anything goes wrong. */
  readonly trailLost: number;
}

const ACTIONS_END_MS = 170_000;

/** The same groups, while others edit what is managed and everything is audited. Each seed is decided apart from all else. */
export function driftScenarioOf(seed: number): Scenario {
  const random = randomOf(seed ^ 0xd21f7);
  const basic = random.chance(0.25) ? configuredScenarioOf(seed) : unconfiguredScenarioOf(seed);
  const groups = groupsOf(basic);
  const own = basic.actions.filter(({ kind }) => kind !== 'edit');
  return {
    ...basic,
    actions: [
      ...own,
      ...movesOf(basic.servers, random),
      ...auditsOf(groups, basic.servers, random),
      ...recoveriesOf(basic.servers, random),
    ],
    drifting: { policy: policyOf(random), trailLost: random.pick([0, 0, 0.2, 0.5]) },
  };
}

function groupsOf({ actions }: Scenario): string[] {
  return [...new Set(actions.flatMap((action) => (action.kind === 'change' ? [action.change.group.groupId] : [])))];
}

function policyOf(random: Random): DriftPolicy {
  return {
    ...DEFAULT_DRIFT_POLICY,
    threshold: random.pick([5, 5, 25]),
    actions: {
      stale: random.pick(['sync', 'alert'] as const),
      drifted: random.pick(['rollback', 'rollback', 'sync', 'alert'] as const),
      diverged: random.pick(['sync', 'sync', 'alert'] as const),
    },
    mode: random.pick(['automatic', 'automatic', 'automatic', 'approval', 'dry_run'] as const),
    budget: {
      windowMinutes: random.pick([1, 5, 60]),
      maxInstances: random.int(1, 3),
      maxShare: random.pick([0.1, 0.5, 1]),
    },
  };
}

/** To and fro, often of one server, so that audits and what is applied meet what is moved. */
function movesOf(servers: readonly string[], random: Random): Action[] {
  return Array.from({ length: random.int(2, 9) }, () => {
    const serverId = random.pick(servers);
    const atMs = random.int(5_000, ACTIONS_END_MS);
    const moved: Action = { kind: 'move', atMs, serverId, settings: movedTo(random) };
    const back: Action[] = random.chance(0.4)
      ? [{ kind: 'put_back', atMs: atMs + random.int(50, random.pick([3_000, 60_000])), serverId }]
      : [];
    return [moved, ...back];
  }).flat();
}

function movedTo(random: Random): LaunchSettings {
  return random.pick<LaunchSettings>([
    { copyTags: random.chance(0.5) },
    { launchDisposition: random.pick(['STARTED', 'STOPPED'] as const) },
    { instanceType: 'c7i.large' },
    { instanceType: 'm7i.large' },
    { tags: { tier: 'bronze' } },
    { copyTags: random.chance(0.5), instanceType: 'c7i.large' },
  ]);
}

function auditsOf(groups: readonly string[], servers: readonly string[], random: Random): Action[] {
  const audits = Array.from({ length: random.int(2, 8) }, (): Action => {
    const named = random.chance(0.25) && { serverIds: random.some(servers, 0.5) };
    return { kind: 'audit', atMs: random.int(5_000, ACTIONS_END_MS), groupId: random.pick(groups), ...named };
  });
  const schedules = Array.from(
    { length: random.int(0, 2) },
    (): Action => ({ kind: 'schedule', atMs: random.int(0, ACTIONS_END_MS) }),
  );
  return [...audits, ...schedules];
}

function recoveriesOf(servers: readonly string[], random: Random): Action[] {
  if (random.chance(0.6)) return [];
  const atMs = random.int(5_000, ACTIONS_END_MS);
  return [
    {
      kind: 'recover',
      atMs,
      serverId: random.pick(servers),
      forMs: random.int(10_000, random.pick([200_000, 600_000])),
    },
  ];
}
