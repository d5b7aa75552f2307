import type { ConfigurationContent, ConfigurationRef } from '@prelaunch/contracts/configuration';
import { serverIds, TARGET } from '../support/builders.ts';
import { after } from '../support/clock.ts';
import {
  BASE,
  type Bound,
  bindingsOf,
  contentOf,
  GRAPHS,
  interventionsOf,
  LATE_MS,
  publicationsOf,
  refOf,
} from './publications.ts';
import type { Random } from './random.ts';
import type { Action, Scenario } from './scenario.ts';

/** What there is of configurations before anything happens. */
export interface Configured {
  /** Those without parents first. */
  readonly published: readonly { readonly configurationId: string; readonly content: ConfigurationContent }[];
  readonly bindings: readonly Bound[];
}

/** The same groups, most of which inherit, and some small ones besides, so that rollouts have stages. */
export function configuredOf(basic: Scenario, endMs: number, random: Random): Scenario {
  const ids = random.pick(GRAPHS);
  const published = ids
    .filter((id) => id === BASE || random.chance(0.95))
    .map((configurationId) => ({ configurationId, content: contentOf(configurationId, ids, random) }));
  const groups = [
    ...new Set(basic.actions.flatMap((action) => (action.kind === 'change' ? action.change.group.groupId : []))),
  ];
  const small = ['ledger', 'mail'].slice(0, random.int(1, 2));
  const extra = serverIds(small.length, basic.servers.length + 1);
  const ways = new Map([...groups, ...small].map((groupId) => [groupId, wayOf(ids, random)]));
  const changes = [...basic.actions, ...small.map((groupId, at) => smallGroup(groupId, extra[at] ?? '', random))];
  const bindings = [...ways].flatMap(([groupId, way]) => (way.kind === 'bound' ? boundBy(groupId, ids, random) : []));
  const publications = [...publicationsOf(ids, endMs, random), ...interventionsOf(ids, endMs, random)];
  return {
    ...basic,
    servers: [...basic.servers, ...extra],
    actions: [
      ...[...changes, ...lateChangesOf(changes, random)]
        .map((action) => inheriting(action, ways, ids, random))
        .map((action) => wavedAfter(action, publications, random)),
      ...publications,
      ...publications.flatMap((action) => demandsAfter(action, [...ways.keys()], random)),
      ...bindingsOf([...ways.keys()], ids, endMs, random),
    ],
    configured: { published: sound(published), bindings },
  };
}

/** Who inherits from something that is not there is published by nobody. */
function sound(published: Configured['published']): Configured['published'] {
  const known = new Set<string>();
  return published.filter(({ configurationId, content }) => {
    const isSound = content.parents.every((parent) => known.has(parent.configurationId));
    if (isSound) known.add(configurationId);
    return isSound;
  });
}

/** How a group comes to what it inherits. */
type Way =
  | { readonly kind: 'named'; readonly configuration: ConfigurationRef }
  | { readonly kind: 'bound' }
  | { readonly kind: 'none' };

function wayOf(ids: readonly string[], random: Random): Way {
  if (random.chance(0.6)) return { kind: 'named', configuration: refOf(ids, random) };
  return { kind: random.chance(0.75) ? 'bound' : 'none' };
}

function inheriting(action: Action, ways: ReadonlyMap<string, Way>, ids: readonly string[], random: Random): Action {
  if (action.kind !== 'change') return action;
  const { change } = action;
  const way = ways.get(change.group.groupId);
  const named = way?.kind === 'named' && {
    configuration: random.chance(0.8) ? way.configuration : refOf(ids, random),
  };
  const stated = Object.entries(change.group.launchConfig as object);
  // Or there would be nothing left to inherit.
  const own = stated.some(([, value]) => value === 'yes') ? stated : random.some(stated, 0.4);
  return {
    ...action,
    change: { ...change, group: { ...change.group, ...named, launchConfig: Object.fromEntries(own) } },
  };
}

function smallGroup(groupId: string, serverId: string, random: Random): Action {
  const group = { groupId, name: groupId, ...TARGET, revision: 0, serverIds: [serverId], launchConfig: {} };
  const about = { source: 'upstream', correlationId: `${groupId}-0`, at: after(0).toISOString() };
  return { kind: 'change', atMs: random.int(0, 5_000), change: { changeType: 'updated', group, ...about } };
}

/** Groups are changed also while a rollout that was stopped holds them back. */
function lateChangesOf(actions: readonly Action[], random: Random): Action[] {
  const newest = new Map<string, Extract<Action, { kind: 'change' }>>();
  for (const action of actions) if (action.kind === 'change') newest.set(action.change.group.groupId, action);
  return random.some([...newest.values()], 0.3).map((action) => {
    const { change } = action;
    const group = { ...change.group, revision: change.group.revision + 1 };
    return { ...action, atMs: random.int(action.atMs, LATE_MS), change: { ...change, group } };
  });
}

/** Who has published does not always wait for the rollout. */
function demandsAfter({ kind, atMs }: Action, groups: readonly string[], random: Random): Action[] {
  if (kind !== 'publish' || random.chance(0.5)) return [];
  return random.some(groups, 0.5).map((groupId) => ({
    kind: 'apply',
    atMs: atMs + random.int(0, 10_000),
    groupId,
    force: random.chance(0.2),
    waitMs: random.int(0, 20_000),
  }));
}

/** Disasters do not wait for rollouts either. */
function wavedAfter(action: Action, publications: readonly Action[], random: Random): Action {
  if (action.kind !== 'wave' || random.chance(0.4)) return action;
  return { ...action, atMs: random.pick(publications).atMs + random.int(0, 5_000) };
}

function boundBy(groupId: string, ids: readonly string[], random: Random): Bound[] {
  if (random.chance(0.35)) return [];
  return [{ groupId, priority: random.int(0, 1), configuration: refOf(ids, random) }];
}
