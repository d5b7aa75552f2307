import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { RATE_LIMITS, type RateLimit } from '@prelaunch/core/apply/rate-budgets';
import type { Change } from '@prelaunch/core/group/accept-change';
import { serverIds, TARGET } from '../support/builders.ts';
import { after } from '../support/clock.ts';
import { type Configured, configuredOf } from './configured.ts';
import type { DriftAction, Drifting } from './drifting.ts';
import { INVALID } from './expected-settings.ts';
import { type Faults, faultsFor, recordFaultsFor, templateFaultsFor } from './faults.ts';
import type { ConfiguredAction } from './publications.ts';
import { type Random, randomOf } from './random.ts';

/** What people and programs do to the pipeline from outside, and when, in milliseconds from the start. */
export type Action = { readonly atMs: number } & (
  | ConfiguredAction
  | DriftAction
  | { readonly kind: 'change'; readonly change: Change }
  | { readonly kind: 'apply'; readonly groupId: string; readonly force: boolean; readonly waitMs: number }
  | { readonly kind: 'wave'; readonly executionId: string; readonly groupIds: readonly string[] }
  | { readonly kind: 'edit'; readonly serverId: string; readonly settings: LaunchSettings }
  | { readonly kind: 'replace'; readonly serverId: string }
);

export interface Scenario {
  readonly seed: number;
  /** Whether a server may be wanted by two groups: then it depends on who comes first who gets it. */
  readonly contested: boolean;
  readonly servers: readonly string[];
  readonly actions: readonly Action[];
  readonly faults: Faults;
  /** How many template writes EC2 takes; few, where a run is about turns. */
  readonly rate: RateLimit;
  /** From here on nothing goes wrong any more. */
  readonly faultsEndMs: number;
  /** Undefined: nobody uses configurations. */
  readonly configured?: Configured;
  /** Undefined: nobody audits. */
  readonly drifting?: Drifting;
}

/** What AWS has before Prelaunch touches it: every setting that scenarios state, with another value. */
export const INITIAL: LaunchSettings = {
  copyTags: false,
  launchDisposition: 'STARTED',
  targetInstanceTypeRightSizingMethod: 'BASIC',
  instanceType: 't3.micro',
  tags: { owner: 'dr' },
};

const ACTIONS_END_MS = 150_000;
/** So many of all seeds have groups that inherit. */
const CONFIGURED_SHARE = 0.35;

/**
 * Everything that a seed decides beforehand. What others do to templates, and to configurations, is decided apart from the rest, so
 * that what a seed was before stays what it is: `basicScenarioOf`.
 */
export function scenarioOf(seed: number): Scenario {
  return randomOf(seed ^ 0x5ca7e).chance(CONFIGURED_SHARE) ? configuredScenarioOf(seed) : unconfiguredScenarioOf(seed);
}

/** As it is where groups inherit. */
export function configuredScenarioOf(seed: number): Scenario {
  return configuredOf(unconfiguredScenarioOf(seed), ACTIONS_END_MS, randomOf(seed ^ 0x1e4e21));
}

/** As it is where groups state everything themselves. */
export function unconfiguredScenarioOf(seed: number): Scenario {
  const basic = basicScenarioOf(seed);
  const random = randomOf(seed ^ 0x7e3a91);
  const faults = { ...basic.faults, ...templateFaultsFor(random), ...recordFaultsFor(randomOf(seed ^ 0xa0d17)) };
  const replacements = replacementsOf(basic.servers, random);
  const rate = random.chance(0.4)
    ? { burst: random.int(1, 3), perSecond: random.pick([0.1, 0.2, 0.5]) }
    : RATE_LIMITS.CreateLaunchTemplateVersion;
  return { ...basic, faults, rate, actions: [...basic.actions, ...replacements] };
}

/** A scenario in which nobody else has to do with templates, and rates do not matter. */
export function basicScenarioOf(seed: number): Scenario {
  const random = randomOf(seed);
  const servers = serverIds(random.int(2, 5));
  const groups = ['payments', 'orders', 'search'].slice(0, random.int(1, 3));
  // In half of the runs no server is ever wanted by two groups, so that the final state does not depend on who came first.
  const shared = random.chance(0.5);
  const poolOf = (index: number) => (shared ? servers : servers.filter((_, at) => at % groups.length === index));
  const changes = groups.flatMap((groupId, index) => changesOf(groupId, poolOf(index), random));
  const actions = [...changes, ...demandsOf(groups, random), ...wavesOf(groups, random), ...editsOf(servers, random)];
  return {
    seed,
    contested: shared,
    servers,
    actions,
    faults: faultsFor(random),
    rate: RATE_LIMITS.CreateLaunchTemplateVersion,
    faultsEndMs: ACTIONS_END_MS + random.int(0, 150_000),
  };
}

function changesOf(groupId: string, pool: readonly string[], random: Random): Action[] {
  return Array.from({ length: random.int(1, 4) }, (_, revision): Action => {
    const deleted = revision > 0 && random.chance(0.12);
    const members = random.some(pool, 0.75);
    const group = {
      groupId,
      name: groupId,
      ...TARGET,
      revision,
      serverIds: members,
      launchConfig: random.chance(0.05) ? INVALID : settingsOf(random),
      serverOverrides: Object.fromEntries(random.some(members, 0.25).map((id) => [id, overrideOf(random)])),
    };
    const change = {
      changeType: deleted ? ('deleted' as const) : ('updated' as const),
      group,
      source: 'upstream',
      correlationId: `${groupId}-${revision}`,
      at: after(0).toISOString(),
    };
    return { kind: 'change', atMs: random.int(0, random.pick([500, 10_000, ACTIONS_END_MS])), change };
  });
}

function settingsOf(random: Random): LaunchSettings {
  return {
    ...(random.chance(0.7) && { copyTags: random.chance(0.7) }),
    ...(random.chance(0.4) && { launchDisposition: random.pick(['STARTED', 'STOPPED'] as const) }),
    ...(random.chance(0.6) && { instanceType: random.pick(['m7i.large', 'm7i.xlarge', 't3.micro']) }),
    ...(random.chance(0.6) && { tags: { tier: random.pick(['gold', 'silver']) } }),
  };
}

function overrideOf(random: Random): LaunchSettings | typeof INVALID {
  return random.chance(0.15) ? INVALID : { ...settingsOf(random), tags: { own: random.pick(['a', 'b']) } };
}

function demandsOf(groups: readonly string[], random: Random): Action[] {
  return Array.from({ length: random.int(0, 3) }, () => ({
    kind: 'apply',
    atMs: random.int(0, ACTIONS_END_MS),
    groupId: random.pick(groups),
    force: random.chance(0.7),
    waitMs: random.int(0, 60_000),
  }));
}

function wavesOf(groups: readonly string[], random: Random): Action[] {
  const groupIds = random.some(groups, 0.7);
  if (groupIds.length === 0) return [];
  const from = random.int(0, ACTIONS_END_MS / 2);
  const within = random.pick([50, 5_000, ACTIONS_END_MS / 2, 2 * ACTIONS_END_MS]);
  return Array.from({ length: random.int(0, 6) }, () => ({
    kind: 'wave',
    atMs: from + random.int(0, within),
    executionId: 'execution',
    groupIds,
  }));
}

function editsOf(servers: readonly string[], random: Random): Action[] {
  if (random.chance(0.7)) return [];
  return Array.from({ length: random.int(1, 4) }, () => ({
    kind: 'edit',
    atMs: random.int(0, ACTIONS_END_MS),
    serverId: random.pick(servers),
    settings: random.chance(0.5) ? { copyTags: random.chance(0.5) } : { instanceType: 'c7i.large' },
  }));
}

/** Somebody deletes the template of a server, and DRS makes another one. */
function replacementsOf(servers: readonly string[], random: Random): Action[] {
  if (random.chance(0.85)) return [];
  const one = (): Action => ({
    kind: 'replace',
    atMs: random.int(0, ACTIONS_END_MS),
    serverId: random.pick(servers),
  });
  return Array.from({ length: random.int(1, 2) }, one);
}
