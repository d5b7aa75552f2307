import type { DriftDifference } from '@prelaunch/contracts/drift';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { driftDifference } from '../../../../tests/support/drift.ts';
import { changeOf, type PlannedKey, planRemediation } from './plan-remediation.ts';

const VERDICTS = ['stale', 'drifted', 'diverged'] as const;
const anyDifference: fc.Arbitrary<DriftDifference> = fc
  .record({
    verdict: fc.constantFrom(...VERDICTS),
    feasibility: fc.constantFrom('apply' as const, 'in_place' as const, 'needs_stop' as const, 'needs_launch' as const),
    key: fc.constantFrom('subnetId', 'tags.Owner', 'securityGroupIds'),
    desired: fc.constantFrom('d1', 'd2', null),
    baseline: fc.constantFrom('b1', 'b2', null),
    observed: fc.constantFrom('o1', null),
  })
  .map(driftDifference);

function planned(key: string, to: unknown, result: PlannedKey['result'] = 'planned'): PlannedKey {
  return { key, feasibility: 'in_place', from: null, to, result };
}

describe('planRemediation', () => {
  it('says of each key what it has and gets, in their order', () => {
    const action = fc.constantFrom('rollback' as const, 'sync' as const);
    const kind = fc.constantFrom('source_server' as const, 'recovery_instance' as const);
    fc.assert(
      fc.property(kind, action, fc.array(anyDifference), (of, what, differences) => {
        const keys = planRemediation(of, what, differences);
        const expected = differences.map(({ key, feasibility, observed: from, desired, baseline }) => {
          return { key, feasibility, from, to: what === 'sync' ? desired : baseline };
        });
        expect(keys).toMatchObject(expected);
        for (const { result, reason } of keys) expect(reason === undefined).toBe(result === 'planned');
      }),
    );
  });

  it.each([
    ['source_server', 'sync', 'stale', 'apply', undefined],
    ['source_server', 'sync', 'drifted', 'apply', undefined],
    ['source_server', 'sync', 'diverged', 'apply', undefined],
    ['source_server', 'rollback', 'drifted', 'apply', undefined],
    ['source_server', 'rollback', 'stale', 'apply', 'the configuration has moved on'],
    ['source_server', 'rollback', 'diverged', 'apply', 'the configuration has moved on'],
    ['recovery_instance', 'sync', 'stale', 'in_place', undefined],
    ['recovery_instance', 'sync', 'diverged', 'in_place', undefined],
    ['recovery_instance', 'rollback', 'drifted', 'in_place', undefined],
    ['recovery_instance', 'rollback', 'diverged', 'in_place', undefined],
    ['recovery_instance', 'rollback', 'stale', 'in_place', 'as it was launched'],
    ['recovery_instance', 'sync', 'drifted', 'needs_stop', 'stopping'],
    ['recovery_instance', 'rollback', 'drifted', 'needs_stop', 'stopping'],
    ['recovery_instance', 'sync', 'stale', 'needs_launch', 'launching'],
    ['recovery_instance', 'rollback', 'diverged', 'needs_launch', 'launching'],
  ] as const)('of a %s: %s of what is %s and %s', (kind, action, verdict, feasibility, obstacle) => {
    const [found] = planRemediation(kind, action, [driftDifference({ verdict, feasibility })]);
    const result = obstacle === undefined ? 'planned' : 'not_feasible';
    expect(found).toMatchObject({ result, ...(obstacle && { reason: expect.stringContaining(obstacle) }) });
  });
});

describe('changeOf', () => {
  it('has what is planned, and nothing else', () => {
    const keys = [
      planned('securityGroupIds', ['sg-0a1b2c3d']),
      planned('tags.Owner', 'dr'),
      planned('tags.Tier', '1'),
      planned('instanceType', 'm7i.large', 'not_feasible'),
      planned('monitoring', { enabled: true }, 'failed'),
    ];
    expect(changeOf(keys)).toEqual({ securityGroupIds: ['sg-0a1b2c3d'], tags: { Owner: 'dr', Tier: '1' } });
    expect(changeOf([])).toEqual({});
  });

  it('takes away what is to be none, each in the way in which EC2 has none', () => {
    const keys = ['iamInstanceProfile', 'tags.Old', 'monitoring', 'metadataOptions'].map((key) => planned(key, null));
    expect(changeOf(keys)).toEqual({
      iamInstanceProfile: null,
      tags: { Old: null },
      monitoring: { enabled: false },
      metadataOptions: {},
    });
  });
});
