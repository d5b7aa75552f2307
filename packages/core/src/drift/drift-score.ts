import type { DriftPolicy, DriftScore } from '@prelaunch/contracts/drift';
import type { SettingKey } from '../settings/setting-keys.ts';

interface Weighed {
  readonly key: SettingKey;
  readonly weight: number;
  readonly mayFailLaunch: boolean;
}

const SCORE_MAX = 100;

/**
 * The weights of all that differs, added up and bounded. A source server whose launch may fail scores at least the floor; an
 * instance that runs was launched already.
 */
export function driftScore(
  differences: readonly Weighed[],
  { threshold, launchBlockingFloor }: Pick<DriftPolicy, 'threshold' | 'launchBlockingFloor'>,
): DriftScore {
  const sum = differences.reduce((total, { weight }) => total + weight, 0);
  const bounded = Math.min(SCORE_MAX, sum);
  const blocking = differences.filter(({ mayFailLaunch }) => mayFailLaunch).map(({ key }) => key);
  const lifted = blocking.length > 0 && launchBlockingFloor > bounded;
  const score = lifted ? launchBlockingFloor : bounded;
  return {
    score,
    threshold,
    exceedsThreshold: differences.length > 0 && score >= threshold,
    sum,
    floor: lifted ? { score: launchBlockingFloor, keys: blocking } : null,
  };
}

/** The score of what could not be told. */
export function unknownScore({ threshold }: Pick<DriftPolicy, 'threshold'>): DriftScore {
  return { score: null, threshold, exceedsThreshold: false, sum: 0, floor: null };
}
