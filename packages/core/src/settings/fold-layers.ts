import type { KeyProvenance, StatedBy } from '@prelaunch/contracts/configuration';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { covers, keysOf, type SettingKey, settingsOf } from './setting-keys.ts';

/** What one place states, in the form in which it is folded. */
export interface SettingsLayer {
  readonly by: StatedBy;
  /** What is not taken over from farther layers. Taken away before anything is stated. */
  readonly unset: readonly SettingKey[];
  readonly keys: readonly (readonly [SettingKey, unknown])[];
  /** What no nearer layer may state otherwise. */
  readonly locked: readonly SettingKey[];
}

type Loser = KeyProvenance['losers'][number];
type Statement = NonNullable<KeyProvenance['winner']>;

/** Losers nearest first. Shared by all folds that go on from one, so never changed. */
type KeyState = Readonly<KeyProvenance>;

interface Lock {
  readonly key: SettingKey;
  readonly by: StatedBy;
}

/** Layers folded into one, from the farthest to the nearest so far. Never changes, so that many may go on from it. */
export interface Fold {
  readonly states: ReadonlyMap<SettingKey, KeyState>;
  readonly locks: readonly Lock[];
}

export const NOTHING_FOLDED: Fold = { states: new Map(), locks: [] };

const NO_LOSERS: Loser[] = [];

export function layerOf(by: StatedBy, settings: LaunchSettings): SettingsLayer {
  return { by, unset: [], keys: keysOf(settings), locked: [] };
}

/**
 * The fold with one layer more that is nearer than all in it. Key by key: what is nearer wins, lists replace, tags are keys of
 * their own. What a farther layer has locked stays as it was there.
 */
export function withLayer(fold: Fold, layer: SettingsLayer): Fold {
  if (layer.keys.length === 0 && layer.unset.length === 0 && layer.locked.length === 0) return fold;
  const states = new Map(fold.states);
  for (const named of layer.unset) takeAway(states, named, fold, layer.by);
  for (const [key, value] of layer.keys) state(states, key, { by: layer.by, value }, fold);
  return { states, locks: withLocks(fold, layer) };
}

function takeAway(states: Map<SettingKey, KeyState>, named: SettingKey, fold: Fold, by: StatedBy): void {
  for (const [key, { winner, losers }] of states) {
    if (winner === null || !covers(named, key) || lockOf(fold, key)) continue;
    states.set(key, { winner: null, losers: [{ ...winner, reason: 'unset', beatenBy: by }, ...losers] });
  }
}

function state(states: Map<SettingKey, KeyState>, key: SettingKey, statement: Statement, fold: Fold): void {
  const before = states.get(key);
  const losers = before?.losers ?? NO_LOSERS;
  const lock = lockOf(fold, key);
  if (lock) {
    const lost: Loser = { ...statement, reason: 'locked', beatenBy: lock.by };
    states.set(key, { winner: before?.winner ?? null, losers: [lost, ...losers] });
    return;
  }
  const beaten = before?.winner ? [{ ...before.winner, reason: 'overridden' as const, beatenBy: statement.by }] : [];
  states.set(key, { winner: statement, losers: beaten.length > 0 ? [...beaten, ...losers] : losers });
}

/** A lock of a farther layer stays whose it is. */
function withLocks(fold: Fold, { locked, by }: SettingsLayer): readonly Lock[] {
  const added = locked.filter((key) => !lockOf(fold, key));
  return added.length === 0 ? fold.locks : [...fold.locks, ...added.map((key) => ({ key, by }))];
}

export function lockOf({ locks }: Fold, key: SettingKey): Lock | undefined {
  return locks.length === 0 ? undefined : locks.find((lock) => covers(lock.key, key));
}

/** The settings that won. */
export function foldedSettings({ states }: Fold): LaunchSettings {
  const won: [SettingKey, unknown][] = [];
  for (const [key, { winner }] of states) if (winner) won.push([key, winner.value]);
  return settingsOf(won);
}
