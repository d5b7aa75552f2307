import { describe, expect, it } from 'vitest';
import { configurationBugs } from './configuration-bugs.ts';
import { driftBugs } from './drift-bugs.ts';
import { scenarioOf } from './scenario.ts';
import { seededBugs } from './seeded-bugs.ts';
import { simulate } from './simulate.ts';

const SEEDS_MAX = 600;

describe('a seeded bug', () => {
  const all = [...seededBugs, ...configurationBugs, ...driftBugs];

  it.each(all)('is noticed: $mistake', async ({ mistake, noticedAs, variant, faults, scenarioOf: of = scenarioOf }) => {
    for (let seed = 1; seed <= SEEDS_MAX; seed += 1) {
      const plain = of(seed);
      const scenario = { ...plain, faults: { ...plain.faults, ...faults } };
      const { violation = '' } = await simulate(scenario, variant);
      if (!noticedAs.test(violation)) continue;
      // Only a run that is right without the mistake says that the mistake was noticed.
      if ((await simulate(scenario)).violation !== undefined) continue;
      console.info(`${mistake}: seed ${seed}: ${violation}`);
      return;
    }
    expect.fail(`no seed up to ${SEEDS_MAX} notices it`);
  });
});
