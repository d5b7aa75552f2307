import { InstanceKind, StatedDriftPolicy } from '@prelaunch/contracts/drift';
import { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { AT } from '../../../../tests/support/clock.ts';
import { DEFAULT_DRIFT_POLICY, policyOf } from './drift-policy.ts';
import { desiredOfInstance, judge } from './judge.ts';
import policies from './testing/golden/policies.json' with { type: 'json' };
import recoveryInstances from './testing/golden/recovery-instances.json' with { type: 'json' };
import sourceServers from './testing/golden/source-servers.json' with { type: 'json' };

/**
 * What counts as drift, case by case, in files that anybody may read. `desired` is what the configuration says now, `baseline` what AWS had
 * when it was last known to be right, or what an instance was launched with, `observed` what AWS has.
 */
const Entry = z.strictObject({
  title: z.string(),
  kind: InstanceKind,
  policy: StatedDriftPolicy.optional(),
  desired: LaunchSettings,
  baseline: LaunchSettings,
  observed: LaunchSettings,
  expect: z.strictObject({
    verdict: z.enum(['in_sync', 'stale', 'drifted', 'diverged']),
    score: z.number(),
    findings: z.array(z.strictObject({ key: z.string(), verdict: z.enum(['stale', 'drifted', 'diverged']) })),
    notes: z.array(z.strictObject({ key: z.string(), policy: z.enum(['compatible', 'behavioural', 'ignored']) })),
  }),
});

const CATALOGUE = { 'source servers': sourceServers, policies, 'recovery instances': recoveryInstances };

/** The outcome of an audit at noon of 1 March 2026, as the catalogue words it. */
function outcomeOf({ kind, policy, desired, baseline, observed }: z.output<typeof Entry>) {
  const wanted = kind === 'recovery_instance' ? desiredOfInstance(desired, baseline) : desired;
  const { verdict, score, differences, notes } = judge(
    { desired: wanted, baseline, observed },
    {
      kind,
      policy: policyOf(policy, DEFAULT_DRIFT_POLICY),
      now: new Date(AT),
      earlier: [],
      actorOf: () => null,
    },
  );
  return {
    verdict,
    score: score.score,
    findings: differences.map(({ key, verdict: of }) => ({ key, verdict: of })),
    notes: notes.map(({ key, policy: by }) => ({ key, policy: by })),
  };
}

describe.each(Object.entries(CATALOGUE))('the golden catalogue of %s', (_name, entries) => {
  it.each(entries.map((entry) => [entry.title, entry] as const))('%s', (_title, entry) => {
    const parsed = Entry.parse(entry);
    expect(outcomeOf(parsed)).toEqual(parsed.expect);
  });
});

describe('the golden catalogue', () => {
  it('tells every case by a title of its own', () => {
    const titles = Object.values(CATALOGUE).flatMap((entries) => entries.map(({ title }) => title));
    expect(titles.length).toBeGreaterThanOrEqual(30);
    expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
  });
});
