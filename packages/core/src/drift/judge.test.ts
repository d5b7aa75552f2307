import { DriftDifference, DriftNote, type DriftPolicy, DriftScore } from '@prelaunch/contracts/drift';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anySettings, anySettingsWithNulls } from '../../../../tests/support/arbitraries.ts';
import { AT, after } from '../../../../tests/support/clock.ts';
import { driftDifference } from '../../../../tests/support/drift.ts';
import { keysOf, traitsOf } from '../settings/setting-keys.ts';
import { compareSettings } from './compare-settings.ts';
import { DEFAULT_DRIFT_POLICY, policyOf } from './drift-policy.ts';
import { pointerOf } from './ignore-rules.ts';
import { desiredOfInstance, type Judging, judge } from './judge.ts';

const KINDS = ['source_server', 'recovery_instance'] as const;
const sides = fc.record({ desired: anySettingsWithNulls, baseline: anySettings, observed: anySettings });

function judging(stated: Partial<Judging> = {}): Judging {
  return {
    kind: 'source_server',
    policy: DEFAULT_DRIFT_POLICY,
    now: new Date(AT),
    earlier: [],
    actorOf: () => null,
    ...stated,
  };
}

function ignoring(paths: readonly string[]): DriftPolicy {
  const stated = { reason: 'known', owner: 'network', expiresAt: after(1).toISOString() };
  return policyOf({ ignore: paths.map((path) => ({ path, ...stated })) }, DEFAULT_DRIFT_POLICY);
}

/** Somebody moved the subnet from one to another. */
function moved(observed: string, stated: Partial<Judging> = {}) {
  const right: LaunchSettings = { subnetId: 'subnet-0a1b2c3d' };
  const found = judge({ desired: right, baseline: right, observed: { subnetId: observed } }, judging(stated));
  const [difference] = found.differences;
  if (!difference) throw new Error('nothing was found');
  return difference;
}

describe('judge', () => {
  it('says what the contract allows', () => {
    fc.assert(
      fc.property(sides, fc.constantFrom(...KINDS), (one, kind) => {
        const { differences, notes, score } = judge(one, judging({ kind, policy: ignoring(['/tags', '/s*']) }));
        for (const difference of differences) expect(DriftDifference.safeParse(difference).error).toBeUndefined();
        for (const note of notes) expect(DriftNote.safeParse(note).error).toBeUndefined();
        expect(DriftScore.safeParse(score).error).toBeUndefined();
      }),
    );
  });

  it('calls all of it what its differences are called, and diverged where they are called differently', () => {
    fc.assert(
      fc.property(sides, (one) => {
        const { verdict, differences } = judge(one, judging());
        const verdicts = [...new Set(differences.map((difference) => difference.verdict))];
        expect(verdict).toBe(verdicts.length > 1 ? 'diverged' : (verdicts[0] ?? 'in_sync'));
      }),
    );
  });

  it('weighs each difference by its class, and has a floor for source servers alone', () => {
    fc.assert(
      fc.property(sides, fc.constantFrom(...KINDS), (one, kind) => {
        const { differences, score } = judge(one, judging({ kind }));
        for (const { key, path, keyClass, weight, mayFailLaunch, feasibility } of differences) {
          const traits = traitsOf(key);
          expect(path).toBe(pointerOf(key));
          expect([keyClass, weight]).toEqual([traits.keyClass, DEFAULT_DRIFT_POLICY.weights[traits.keyClass]]);
          expect(mayFailLaunch).toBe(kind === 'source_server' && traits.mayFailLaunch);
          expect(feasibility === 'apply').toBe(kind === 'source_server');
        }
        if (kind === 'recovery_instance') expect(score.floor).toBeNull();
        const mayFail = differences.some(({ mayFailLaunch }) => mayFailLaunch);
        if (mayFail) expect(score.score).toBeGreaterThanOrEqual(DEFAULT_DRIFT_POLICY.launchBlockingFloor);
      }),
    );
  });

  it('counts or notes every finding, and never more by a rule', () => {
    const paths = fc.subarray(['/tags', '/tags/*a*', '/s*', '/*Id', '/securityGroupIds', '/*']);
    fc.assert(
      fc.property(sides, paths, (one, ignored) => {
        const plain = judge(one, judging());
        const { score, differences, notes } = judge(one, judging({ policy: ignoring(ignored) }));
        expect(score.score).toBeLessThanOrEqual(plain.score.score ?? 0);
        const left = notes.filter(({ policy }) => policy === 'ignored').map(({ key }) => key);
        const counted = differences.map(({ key }) => key);
        expect([...left, ...counted].sort()).toEqual(compareSettings(one).findings.map(({ key }) => key));
        expect(notes.filter(({ policy }) => policy !== 'ignored')).toEqual(plain.notes);
      }),
    );
  });

  it('takes up again what a rule left alone once that has expired', () => {
    fc.assert(
      fc.property(sides, (one) => {
        const policy = ignoring(['/*']);
        expect(judge(one, judging({ policy })).verdict).toBe('in_sync');
        const { policy: _rules, ...late } = judging({ now: after(1) });
        expect(judge(one, { ...late, policy })).toEqual(judge(one, judging({ now: after(1) })));
      }),
    );
  });

  it('says who answers for what is ignored, why, and until when', () => {
    const right: LaunchSettings = { tags: { Owner: 'dr' } };
    const policy = ignoring(['/tags/Owner']);
    const { notes } = judge({ desired: right, baseline: right, observed: {} }, judging({ policy }));
    const expiresAt = after(1).toISOString();
    const told = { policy: 'ignored', reason: 'known', owner: 'network', expiresAt, observed: null };
    expect(notes).toEqual([{ key: 'tags.Owner', path: '/tags/Owner', ...told }]);
  });

  it('says null where there is no value', () => {
    const { differences, notes } = judge(
      { desired: { subnetId: 'subnet-0a1b2c3d' }, baseline: { instanceType: 't3.micro' }, observed: {} },
      judging(),
    );
    expect(differences).toEqual([expect.objectContaining({ baseline: null, observed: null })]);
    expect(notes).toEqual([expect.objectContaining({ key: 'instanceType', observed: null })]);
  });

  it('remembers since when something differs and who did it, as long as AWS has the same', () => {
    const earlier = [driftDifference({ observed: 'subnet-0e5f6a7b', actor: 'alice', since: AT })];
    const later = { now: after(60_000), earlier, actorOf: () => 'bob' };
    expect(moved('subnet-0e5f6a7b', later)).toMatchObject({ actor: 'alice', since: AT });
    expect(moved('subnet-0c9d8e7f', later)).toMatchObject({ actor: 'bob', since: after(60_000).toISOString() });
    expect(moved('subnet-0e5f6a7b', { ...later, earlier: [] })).toMatchObject({ actor: 'bob' });
    const another = [driftDifference({ key: 'instanceType', observed: 'subnet-0e5f6a7b', actor: 'alice' })];
    expect(moved('subnet-0e5f6a7b', { ...later, earlier: another })).toMatchObject({ actor: 'bob' });
  });

  it('remembers it when AWS lists the same groups in another order', () => {
    const right: LaunchSettings = { securityGroupIds: ['sg-0a1b2c3d'] };
    const seen = ['sg-1a1b2c3d', 'sg-2a1b2c3d'];
    const first = judge(
      { desired: right, baseline: right, observed: { securityGroupIds: seen } },
      judging({ actorOf: () => 'alice' }),
    );
    const again = judge(
      { desired: right, baseline: right, observed: { securityGroupIds: [...seen].reverse() } },
      judging({ now: after(1), earlier: first.differences, actorOf: () => 'bob' }),
    );
    expect(again).toEqual(first);
  });

  it('accuses nobody of a configuration that moved on', () => {
    const before: LaunchSettings = { subnetId: 'subnet-0a1b2c3d' };
    const { differences } = judge(
      { desired: { subnetId: 'subnet-0e5f6a7b' }, baseline: before, observed: before },
      judging({ actorOf: () => 'bob' }),
    );
    expect(differences).toEqual([expect.objectContaining({ verdict: 'stale', actor: null })]);
  });
});

describe('desiredOfInstance', () => {
  const ON_INSTANCES = new Set<string>([
    ...['instanceType', 'subnetId', 'securityGroupIds', 'iamInstanceProfile', 'privateIpAddress', 'metadataOptions'],
    ...['monitoring', 'tenancy', 'tags'],
  ]);
  const GIVEN = ['securityGroupIds', 'privateIpAddress'];

  it('is what is said of instances, and all else as it was launched, key by key', () => {
    fc.assert(
      fc.property(anySettingsWithNulls, anySettings, (said, launched) => {
        const wanted = desiredOfInstance(said, launched);
        const isSaid = ([key, value]: [string, unknown]) => !(value === null && GIVEN.includes(key));
        const ofInstances = (settings: LaunchSettings) =>
          keysOf(settings).filter(([key]) => ON_INSTANCES.has(key.startsWith('tags.') ? 'tags' : key));
        const expected = new Map([...ofInstances(launched), ...ofInstances(said).filter(isSaid)]);
        if (said.metadataOptions || launched.metadataOptions)
          expected.set('metadataOptions', { ...launched.metadataOptions, ...said.metadataOptions });
        const found = new Map(keysOf(wanted));
        // To say that there are no tags says nothing about any.
        for (const keys of [expected, found]) keys.delete('tags');
        expect(found).toEqual(expected);
      }),
    );
  });

  it('differs from nothing on an instance that was launched as is said, until somebody changes it', () => {
    fc.assert(
      fc.property(anySettings, (launched) => {
        const desired = desiredOfInstance(launched, launched);
        const found = judge(
          { desired, baseline: launched, observed: launched },
          judging({ kind: 'recovery_instance' }),
        );
        expect(found).toMatchObject({ verdict: 'in_sync', differences: [], notes: [] });
      }),
    );
  });
});
