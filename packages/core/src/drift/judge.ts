import { isDeepStrictEqual } from 'node:util';
import type {
  DriftDifference,
  DriftNote,
  DriftPolicy,
  DriftScore,
  DriftVerdict,
  InstanceKind,
} from '@prelaunch/contracts/drift';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { type SettingKey, traitsOf } from '../settings/setting-keys.ts';
import { compareSettings, type KeyFinding, type Sides } from './compare-settings.ts';
import { driftScore } from './drift-score.ts';
import { feasibilityOf, instancePart } from './field-policy.ts';
import { ignoredBy, pointerOf } from './ignore-rules.ts';

/** What an audit found of one instance. */
export interface Judgement {
  readonly verdict: Exclude<DriftVerdict, 'unknown'>;
  readonly score: DriftScore;
  readonly differences: readonly DriftDifference[];
  readonly notes: readonly DriftNote[];
}

export interface Judging {
  readonly kind: InstanceKind;
  readonly policy: DriftPolicy;
  readonly now: Date;
  /** What was found before: who did it, and since when, stays. */
  readonly earlier: readonly DriftDifference[];
  /** Who changed a key that was found to differ now, where that is known. */
  readonly actorOf: (key: SettingKey) => string | null;
}

/** The verdict on one instance, with all that differs weighed. What somebody answers for is noted, not counted. */
export function judge(sides: Sides, judging: Judging): Judgement {
  const { policy, now } = judging;
  const { findings, notes } = compareSettings(sides);
  const rules = new Map(findings.map(({ key }) => [key, ignoredBy(key, policy.ignore, now)]));
  const differences = findings.filter(({ key }) => !rules.get(key)).map((finding) => differenceOf(finding, judging));
  const ignored = findings.flatMap(({ key, observed }): DriftNote[] => {
    const rule = rules.get(key);
    if (!rule) return [];
    const { reason, owner, expiresAt } = rule;
    return [{ key, path: pointerOf(key), policy: 'ignored', reason, owner, expiresAt, observed: observed ?? null }];
  });
  return {
    verdict: verdictOf(differences),
    score: driftScore(differences, policy),
    differences,
    notes: [
      ...ignored,
      ...notes.map((note) => ({ ...note, path: pointerOf(note.key), observed: note.observed ?? null })),
    ],
  };
}

/** What is desired of an instance that runs: what the configuration says of it, and else what it was launched with. */
export function desiredOfInstance(desired: LaunchSettings, baseline: LaunchSettings): LaunchSettings {
  const [launched, said] = [instancePart(baseline), instancePart(desired)];
  const metadataOptions = { ...launched.metadataOptions, ...said.metadataOptions };
  const tags = { ...launched.tags, ...said.tags };
  return {
    ...launched,
    ...said,
    ...(Object.keys(metadataOptions).length > 0 && { metadataOptions }),
    ...(Object.keys(tags).length > 0 && { tags }),
  };
}

function differenceOf(finding: KeyFinding, { kind, policy, now, earlier, actorOf }: Judging): DriftDifference {
  const { key, verdict } = finding;
  const { keyClass, mayFailLaunch } = traitsOf(key);
  const observed = finding.observed ?? null;
  const known = earlier.find((one) => one.key === key && isDeepStrictEqual(one.observed, observed));
  return {
    key,
    path: pointerOf(key),
    verdict,
    desired: finding.desired ?? null,
    baseline: finding.baseline ?? null,
    observed,
    keyClass,
    weight: policy.weights[keyClass],
    mayFailLaunch: mayFailLaunch && kind === 'source_server',
    feasibility: feasibilityOf(key, kind),
    // A configuration that moved on is nobody's doing on AWS.
    actor: verdict === 'stale' ? null : (known?.actor ?? actorOf(key)),
    since: known?.since ?? now.toISOString(),
  };
}

function verdictOf(differences: readonly DriftDifference[]): Judgement['verdict'] {
  const verdicts = new Set(differences.map(({ verdict }) => verdict));
  if (verdicts.size > 1) return 'diverged';
  return [...verdicts][0] ?? 'in_sync';
}
