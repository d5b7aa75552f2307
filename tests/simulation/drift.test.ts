import { describe, expect, it } from 'vitest';
import { driftScenarioOf } from './drifting.ts';
import { type Run, simulate } from './simulate.ts';

/** How long to go on by default; `SIMULATION_SEEDS` asks for a number of seeds instead. */
const SWEEP_MS = 6_000;
const seedsAsked = Number(process.env.SIMULATION_SEEDS ?? 0);
const firstSeed = Number(process.env.SIMULATION_FIRST_SEED ?? 1);

/** Seeds that showed a defect, by what went wrong. A seed takes the same way for as long as scenarios and calls stay the same. */
const pinned = [
  { defect: 'who was made ready since is to be applied again, and its group is called ready', seeds: [174, 435] },
  { defect: 'who has failed half-way is taken for being applied for ever', seeds: [27, 68, 116, 135] },
  { defect: 'an edit after the reads of an apply, and before its record, is left alone', seeds: [220, 301] },
  { defect: 'an edit is left alone after an audit to which EC2 showed the version before it', seeds: [788, 883] },
  { defect: 'a remediation that stopped before its server was queued is under way for ever', seeds: [1386] },
];

function described({ seed, violation, trace }: Run): string {
  return `seed ${seed} violates invariant ${violation}\n${trace.join('\n')}`;
}

describe('audits and remediations under seeded schedules', () => {
  it.each(pinned.flatMap(({ seeds, defect }) => seeds.map((seed) => ({ defect, seed }))))(
    'keep their invariants with seed $seed: $defect',
    async ({ seed }) => {
      const run = await simulate(driftScenarioOf(seed));
      expect(run.violation, described(run)).toBeUndefined();
    },
  );

  it(
    'keep their invariants whatever is moved, put back, told twice, lost, refused or dies',
    async () => {
      const total: Record<string, number> & { seeds: number; steps: number } = { seeds: 0, steps: 0 };
      const violations: Run[] = [];
      const began = performance.now();
      for (let seed = firstSeed; goesOn(total.seeds, began); seed += 1) {
        const run = await simulate(driftScenarioOf(seed));
        if (run.violation !== undefined) violations.push(run);
        total.seeds += 1;
        total.steps += run.steps;
        for (const [name, count] of Object.entries(run.counts)) total[name] = (total[name] ?? 0) + count;
      }
      const seconds = (performance.now() - began) / 1000;
      console.info({ ...total, stepsPerSecond: Math.round(total.steps / seconds), violated: violations.length });
      // Audits may be wrong only where something is moved, found, taken back, put right, held, left alone or lost.
      for (const count of ['edits', 'findings', 'takenBackByAudits', 'remediated', 'held', 'leftAlone', 'trailLost'])
        expect(total[count], count).toBeGreaterThan(0);
      const [first] = violations;
      const seeds = violations.map(({ seed, violation }) => `${seed} ${violation}`).join('\n');
      expect(violations.length, first && `${seeds}\n${described(first)}`).toBe(0);
    },
    seedsAsked > 0 ? 24 * 3_600_000 : undefined,
  );

  it('run the same way again with the same seed', async () => {
    const scenario = driftScenarioOf(7);
    expect(await simulate(scenario)).toEqual(await simulate(scenario));
  });
});

function goesOn(seeds: number, began: number): boolean {
  return seedsAsked > 0 ? seeds < seedsAsked : performance.now() - began < SWEEP_MS;
}
