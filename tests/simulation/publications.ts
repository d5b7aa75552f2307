import type { ConfigurationContent, ConfigurationRef } from '@prelaunch/contracts/configuration';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { REFUSED_TYPE } from './expected-settings.ts';
import type { Random } from './random.ts';
import type { Action } from './scenario.ts';

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

export const BASE = 'base';
const [NETWORK, TAGGING, PRODUCTION] = ['network', 'tagging', 'production'] as const;
/** Of those that there are: what each inherits from, unless somebody publishes it otherwise. Four are a diamond. */
const PARENTS: Readonly<Record<string, readonly string[]>> = {
  [BASE]: [],
  [NETWORK]: [BASE],
  [TAGGING]: [BASE],
  [PRODUCTION]: [NETWORK, TAGGING],
};
export const GRAPHS: readonly (readonly string[])[] = [
  [BASE, NETWORK],
  [BASE, NETWORK, PRODUCTION],
  [BASE, NETWORK, TAGGING, PRODUCTION],
  [BASE, NETWORK, TAGGING, PRODUCTION],
];
/** Until when rollouts are resumed and mistakes are corrected. */
export const LATE_MS = 400_000;

export function refOf(ids: readonly string[], random: Random): ConfigurationRef {
  const configurationId = random.chance(0.6) ? (ids.at(-1) ?? BASE) : random.pick(ids);
  return { configurationId, ...(random.chance(0.15) && { version: random.int(1, 2) }) };
}

export function contentOf(configurationId: string, ids: readonly string[], random: Random): ConfigurationContent {
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

export function publicationsOf(ids: readonly string[], endMs: number, random: Random): Action[] {
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
export function interventionsOf(ids: readonly string[], endMs: number, random: Random): Action[] {
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

/** Also of groups that name a configuration themselves: there a binding changes nothing. */
export function bindingsOf(groups: readonly string[], ids: readonly string[], endMs: number, random: Random): Action[] {
  return Array.from({ length: random.int(0, 3) }, (): Action => {
    const groupId = random.pick(groups);
    const atMs = random.int(0, random.pick([1_000, 10_000, endMs]));
    if (random.chance(0.3)) return { kind: 'unbind', atMs, groupId };
    return { kind: 'bind', atMs, bound: { groupId, priority: random.int(0, 1), configuration: refOf(ids, random) } };
  });
}
