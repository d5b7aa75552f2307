import { describe, expect, it } from 'vitest';
import { seededBugs } from './seeded-bugs.ts';
import { simulateSeed } from './simulate.ts';

const SEEDS_MAX = 600;

describe('a seeded bug', () => {
  it.each(seededBugs)('is noticed: $mistake', async ({ mistake, noticedAs, variant }) => {
    for (let seed = 1; seed <= SEEDS_MAX; seed += 1) {
      const { violation = '' } = await simulateSeed(seed, variant);
      if (!noticedAs.test(violation)) continue;
      // Only a run that is right without the mistake says that the mistake was noticed.
      if ((await simulateSeed(seed)).violation !== undefined) continue;
      console.info(`${mistake}: seed ${seed}: ${violation}`);
      return;
    }
    expect.fail(`no seed up to ${SEEDS_MAX} notices it`);
  });
});
