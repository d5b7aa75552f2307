import { DriftPolicy, type IgnoreRule, StatedDriftPolicy } from '@prelaunch/contracts/drift';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_DRIFT_POLICY, policyOf } from './drift-policy.ts';

const percent = fc.integer({ min: 0, max: 100 });
const action = fc.constantFrom('alert' as const, 'rollback' as const, 'sync' as const);
const parts = {
  weights: { critical: percent, network: percent, compute: percent, other: percent },
  actions: { stale: action, drifted: action, diverged: action },
  budget: {
    windowMinutes: fc.integer({ min: 1, max: 1440 }),
    maxInstances: fc.nat(5000),
    maxShare: fc.double({ min: 0, max: 1, noNaN: true }),
  },
};
const RULE = { path: '/tags/A*', reason: 'known', owner: 'network', expiresAt: '2027-01-31T00:00:00Z' };
const time = fc.constantFrom('00:00', '22:30', '23:59');
const lists = {
  maintenanceWindows: fc.array(
    fc.record({ days: fc.constantFrom('sat' as const, 'sun' as const).map((day) => [day]), from: time, until: time }),
    {
      maxLength: 3,
    },
  ),
  ignore: fc.array(fc.constant<IgnoreRule>(RULE), { maxLength: 3 }),
};
const plain = {
  threshold: percent,
  launchBlockingFloor: percent,
  mode: fc.constantFrom('automatic' as const, 'approval' as const, 'dry_run' as const),
};
const whole: fc.Arbitrary<DriftPolicy> = fc.record(
  {
    ...plain,
    ...lists,
    weights: fc.record(parts.weights),
    actions: fc.record(parts.actions),
    budget: fc.record(parts.budget),
  },
  { noNullPrototype: true },
);
const some = { requiredKeys: [] as [], noNullPrototype: true };
const stated: fc.Arbitrary<StatedDriftPolicy> = fc.record(
  {
    ...plain,
    ...lists,
    weights: fc.record(parts.weights, some),
    actions: fc.record(parts.actions, some),
    budget: fc.record(parts.budget, some),
  },
  some,
);

const NESTED = ['weights', 'actions', 'budget'] as const;

/** Every single thing that a policy decides, by its path; lists are one. */
function decisions(policy: StatedDriftPolicy): Map<string, unknown> {
  const isNested = (name: string) => (NESTED as readonly string[]).includes(name);
  return new Map(
    Object.entries(policy).flatMap(([name, value]): [string, unknown][] =>
      isNested(name) ? Object.entries(value ?? {}).map(([key, inner]) => [`${name}.${key}`, inner]) : [[name, value]],
    ),
  );
}

describe('policyOf', () => {
  it('is what the group states, and all else as the environment has it', () => {
    fc.assert(
      fc.property(stated, whole, (group, environment) => {
        const merged = decisions(policyOf(group, environment));
        expect(merged).toEqual(new Map([...decisions(environment), ...decisions(group)]));
      }),
    );
  });

  it('is the environment where a group states nothing', () => {
    expect(policyOf(undefined, DEFAULT_DRIFT_POLICY)).toEqual(DEFAULT_DRIFT_POLICY);
    expect(policyOf({}, DEFAULT_DRIFT_POLICY)).toEqual(DEFAULT_DRIFT_POLICY);
  });

  it('takes undefined for not stated', () => {
    const silent = { threshold: undefined, weights: { critical: undefined }, budget: undefined, ignore: undefined };
    expect(policyOf(silent, DEFAULT_DRIFT_POLICY)).toStrictEqual(DEFAULT_DRIFT_POLICY);
  });

  it('always makes a policy that is allowed of one that is', () => {
    fc.assert(
      fc.property(stated, whole, (group, environment) => {
        expect(StatedDriftPolicy.safeParse(group).error).toBeUndefined();
        expect(DriftPolicy.safeParse(policyOf(group, environment)).error).toBeUndefined();
      }),
    );
  });
});

describe('DEFAULT_DRIFT_POLICY', () => {
  it('is allowed, and changes nothing on AWS that somebody changed there', () => {
    expect(DriftPolicy.parse(DEFAULT_DRIFT_POLICY)).toEqual(DEFAULT_DRIFT_POLICY);
    expect(DEFAULT_DRIFT_POLICY.actions).toMatchObject({ drifted: 'alert', diverged: 'alert' });
  });

  it('is exceeded by every key of a class that reaches machines, and by whatever may fail a launch', () => {
    const { threshold, weights, launchBlockingFloor } = DEFAULT_DRIFT_POLICY;
    expect(weights.critical).toBeGreaterThanOrEqual(threshold);
    expect(weights.network).toBeGreaterThanOrEqual(threshold);
    expect(launchBlockingFloor).toBeGreaterThanOrEqual(threshold);
    expect(weights.compute + weights.other).toBeLessThan(threshold);
  });
});
