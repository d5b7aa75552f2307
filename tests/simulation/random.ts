/** Chance that a seed decides: the same seed makes the same choices. */
export interface Random {
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Each item with the given probability, in order. */
  some<T>(items: readonly T[], probability: number): T[];
}

export function randomOf(seed: number): Random {
  const next = mulberry32(seed);
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  const chance = (probability: number) => next() < probability;
  return {
    int,
    chance,
    pick: (items) => items[int(0, items.length - 1)] as (typeof items)[number],
    some: (items, probability) => items.filter(() => chance(probability)),
  };
}

/** Tommy Ettinger's mulberry32: 32 bits of state are plenty for schedules. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
