/** One audit that could tell: was all as it should be, and who had moved it there or away, where that is known. */
export interface Look {
  readonly at: string;
  readonly inSync: boolean;
  readonly writer?: string;
}

export interface Flapping {
  readonly isFlapping: boolean;
  /** How many of the last audits found the opposite of the one before, from 0 to 1. */
  readonly share: number;
  readonly writers: readonly string[];
}

/** As many audits count as monitoring systems commonly look at (Nagios: 21 checks, 20 possible changes). */
export const LOOKS_KEPT = 21;
/** Two thresholds, so that it does not flap itself: it begins at the first and ends below the second. */
const BEGINS_AT = 0.3;
const ENDS_BELOW = 0.15;

/** The looks with one more; only the newest count. */
export function withLook(looks: readonly Look[], look: Look): Look[] {
  return [...looks, look].slice(-LOOKS_KEPT);
}

/** Whether settings go to and fro between two who do not know of each other: putting them right once more would only go on with it. */
export function flappingOf(looks: readonly Look[], wasFlapping: boolean): Flapping {
  const changes = looks.filter(({ inSync }, index) => index > 0 && looks[index - 1]?.inSync !== inSync);
  const share = changes.length / (LOOKS_KEPT - 1);
  const isFlapping = share >= BEGINS_AT || (wasFlapping && share >= ENDS_BELOW);
  return { isFlapping, share, writers: [...new Set(changes.flatMap(({ writer }) => writer ?? []))] };
}
