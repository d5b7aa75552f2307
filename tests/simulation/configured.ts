import type { ConfigurationContent, ConfigurationRef } from '@prelaunch/contracts/configuration';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { serverIds, TARGET } from '../support/builders.ts';
import { after } from '../support/clock.ts';
import { REFUSED_TYPE } from './expected-settings.ts';
import type { Random } from './random.ts';
import type { Action, Scenario } from './scenario.ts';

/** What there is of configurations before anything happens. */
export interface Configured {
  /** Those without parents first. */
  readonly published: readonly { readonly configurationId: string; readonly content: ConfigurationContent }[];
  readonly bindings: readonly Bound[];
}

export interface Bound {
  readonly groupId: string;
  readonly priority: number;
  readonly configuration: ConfigurationRef;
}

interface Publication {
  readonly configurationId: string;
  readonly maxFailureShare: number;
  /** Between the plan and the publishing of it. */
  readonly thinksMs: number;
  /** Whether what was agreed to is asked for twice at once. */
  readonly twice: boolean;
  /** Agrees to what it would be now, when what was agreed to is outdated; and to what may not be published. */
  readonly insists: boolean;
}

/** What people do to configurations. */
export type ConfiguredAction =
  | (Publication & { readonly kind: 'publish'; readonly content: ConfigurationContent })
  | (Publication & { readonly kind: 'roll_back' })
  | { readonly kind: 'resume'; readonly configurationId: string }
  | { readonly kind: 'retire'; readonly configurationId: string }
  | { readonly kind: 'bind'; readonly bound: Bound }
  | { readonly kind: 'unbind'; readonly groupId: string };

const [BASE, NETWORK, TAGGING, PRODUCTION] = ['base', 'network', 'tagging', 'production'] as const;
/** Of those that there are: what each inherits from, unless somebody publishes it otherwise. Four are a diamond. */
const PARENTS: Readonly<Record<string, readonly string[]>> = {
  [BASE]: [],
  [NETWORK]: [BASE],
  [TAGGING]: [BASE],
  [PRODUCTION]: [NETWORK, TAGGING],
};
const GRAPHS: readonly (readonly string[])[] = [
  [BASE, NETWORK],
  [BASE, NETWORK, PRODUCTION],
  [BASE, NETWORK, TAGGING, PRODUCTION],
  [BASE, NETWORK, TAGGING, PRODUCTION],
];
/** Until when rollouts are resumed and mistakes are corrected. */
const LATE_MS = 400_000;

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

function refOf(ids: readonly string[], random: Random): ConfigurationRef {
  const configurationId = random.chance(0.6) ? (ids.at(-1) ?? BASE) : random.pick(ids);
  return { configurationId, ...(random.chance(0.15) && { version: random.int(1, 2) }) };
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

function contentOf(configurationId: string, ids: readonly string[], random: Random): ConfigurationContent {
  return {
    parents: (PARENTS[configurationId] ?? []).filter((id) => ids.includes(id)).map((id) => ({ configurationId: id })),
    ...statedOf(random, 0),
  };
}

function statedOf(random: Random, refused: number): Omit<ConfigurationContent, 'parents'> {
  const instanceType = random.chance(refused) ? REFUSED_TYPE : random.pick(['m7i.large', 'm7i.xlarge', 't3.micro']);
  return {
    settings: {
      ...(random.chance(0.4) && { copyTags: random.chance(0.5) }),
      ...(random.chance(0.3) && { launchDisposition: random.pick(['STARTED', 'STOPPED'] as const) }),
      ...((random.chance(0.4) || instanceType === REFUSED_TYPE) && { instanceType }),
      ...(random.chance(0.5) && { tags: tagsOf(random) }),
    },
    variants: random.chance(0.15) ? { 'm7i.*': { copyTags: random.chance(0.5) } } : {},
    unset: random.chance(0.15) ? [random.pick(['copyTags', 'tags.tier', 'instanceType'])] : [],
    locked: random.chance(0.08) ? ['launchDisposition'] : [],
  };
}

function tagsOf(random: Random): NonNullable<LaunchSettings['tags']> {
  return { [random.pick(['tier', 'zone'])]: random.pick(['gold', 'silver', 'iron']) };
}

/** What it inherits from, now and then something else: pinned, turned round, or what makes a circle. */
function publishedAnew(
  configurationId: string,
  ids: readonly string[],
  refused: number,
  random: Random,
): ConfigurationContent {
  const others = ids.filter((id) => id !== configurationId);
  const usual = contentOf(configurationId, ids, random).parents.map((ref) => ref.configurationId);
  const parents = random.chance(0.2) ? random.some(random.chance(0.5) ? others : others.toReversed(), 0.5) : usual;
  return {
    parents: parents.map((id) => ({ configurationId: id, ...(random.chance(0.1) && { version: random.int(1, 3) }) })),
    ...statedOf(random, refused),
  };
}

function publicationOf(configurationId: string, random: Random): Publication {
  return {
    configurationId,
    maxFailureShare: random.pick([0, 0, 0.1, 0.5, 1]),
    thinksMs: random.int(0, random.pick([100, 2_000, 20_000])),
    twice: random.chance(0.15),
    insists: random.chance(0.5),
  };
}

function publicationsOf(ids: readonly string[], endMs: number, random: Random): Action[] {
  const found: Action[] = [];
  let atMs = random.int(0, endMs / 2);
  for (let left = random.int(1, 4); left > 0 && atMs < endMs; left -= 1) {
    const configurationId = random.pick(ids);
    const content = publishedAnew(configurationId, ids, 0.4, random);
    found.push({ kind: 'publish', atMs, ...publicationOf(configurationId, random), content });
    // Often two authors are at it together.
    atMs += random.int(0, random.pick([100, 5_000, endMs / 2]));
  }
  return random.chance(0.2) ? [...found, ...crossing(ids, endMs, random)] : found;
}

/** Two publications, each of which is right by itself, and which are a circle together. */
function crossing(ids: readonly string[], endMs: number, random: Random): Action[] {
  if (!ids.includes(TAGGING)) return [];
  const atMs = random.int(0, endMs);
  const one = (configurationId: string, other: string): Action => ({
    kind: 'publish',
    atMs: atMs + random.int(0, 500),
    ...publicationOf(configurationId, random),
    thinksMs: random.int(0, 200),
    content: { parents: [{ configurationId: other }, { configurationId: BASE }], ...statedOf(random, 0) },
  });
  return [one(NETWORK, TAGGING), one(TAGGING, NETWORK)];
}

/** What is done about rollouts that stopped, whether or not any has. */
function interventionsOf(ids: readonly string[], endMs: number, random: Random): Action[] {
  const when = (from: number) => random.int(from, LATE_MS);
  const resumed = Array.from(
    { length: random.int(0, 3) },
    (): Action => ({
      kind: 'resume',
      atMs: when(20_000),
      configurationId: random.pick(ids),
    }),
  );
  const back = random.some([...ids], 0.15).map(
    (configurationId): Action => ({
      kind: 'roll_back',
      atMs: when(30_000),
      ...publicationOf(configurationId, random),
    }),
  );
  const corrected = random.some([...ids], 0.2).map(
    (configurationId): Action => ({
      kind: 'publish',
      atMs: when(endMs),
      ...publicationOf(configurationId, random),
      content: publishedAnew(configurationId, ids, 0, random),
    }),
  );
  return [...resumed, ...back, ...corrected, ...(random.chance(0.2) ? retiring(ids, endMs, random) : [])];
}

/** Somebody takes a configuration out of what inherits from it, then deletes it, whether or not groups still have it. */
function retiring(ids: readonly string[], endMs: number, random: Random): Action[] {
  const [first, ...middle] = random.some(ids.slice(1, -1), 0.9);
  const child = ids.at(-1);
  if (first === undefined || child === undefined) return [];
  const atMs = random.int(0, endMs);
  const content = {
    parents: [...middle, BASE].map((configurationId) => ({ configurationId })),
    ...statedOf(random, 0.4),
  };
  return [
    { kind: 'publish', atMs, ...publicationOf(child, random), content },
    { kind: 'retire', atMs: atMs + random.int(1_000, 90_000), configurationId: first },
  ];
}

function boundBy(groupId: string, ids: readonly string[], random: Random): Bound[] {
  if (random.chance(0.35)) return [];
  return [{ groupId, priority: random.int(0, 1), configuration: refOf(ids, random) }];
}

/** Also of groups that name a configuration themselves: there a binding changes nothing. */
function bindingsOf(groups: readonly string[], ids: readonly string[], endMs: number, random: Random): Action[] {
  return Array.from({ length: random.int(0, 3) }, (): Action => {
    const groupId = random.pick(groups);
    const atMs = random.int(0, random.pick([1_000, 10_000, endMs]));
    if (random.chance(0.3)) return { kind: 'unbind', atMs, groupId };
    return { kind: 'bind', atMs, bound: { groupId, priority: random.int(0, 1), configuration: refOf(ids, random) } };
  });
}
