import type { DriftDifference } from '@prelaunch/contracts/drift';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { observedAs, sameProfile } from '../apply/observed-settings.ts';
import { normalizeSettings, sameEffect } from '../settings/normalize-settings.ts';
import { keysOf, type SettingKey, settingsOf } from '../settings/setting-keys.ts';
import { behaviourBehind } from './field-policy.ts';

/** The three sides of a comparison. */
export interface Sides {
  /** What the configuration says now. */
  readonly desired: LaunchSettings;
  /** What AWS had when it was last known to be right. */
  readonly baseline: LaunchSettings;
  /** What AWS has, all of it that Prelaunch knows of. */
  readonly observed: LaunchSettings;
}

/** One key that differs; undefined where there is no value. */
export interface KeyFinding {
  readonly key: SettingKey;
  readonly verdict: DriftDifference['verdict'];
  readonly desired: unknown;
  readonly baseline: unknown;
  readonly observed: unknown;
}

/** A key that AWS has otherwise than the baseline, and that is nobody's drift; undefined where AWS has it no more. */
export interface KeyNote {
  readonly key: SettingKey;
  readonly policy: 'compatible' | 'behavioural';
  readonly reason: string;
  readonly observed: unknown;
}

export interface Comparison {
  readonly findings: readonly KeyFinding[];
  readonly notes: readonly KeyNote[];
}

/**
 * Compares key by key. What is desired decides which keys are managed: what AWS has beside them contradicts nobody, and is noted.
 * A key that is as desired is in sync whatever the baseline had: the baseline is then only older. Having none is a value like any
 * other, since a baseline has all that AWS had. Findings and notes are in the order of their keys, however settings are ordered.
 */
export function compareSettings(sides: Sides): Comparison {
  const desired = normalizeSettings(sides.desired);
  const baseline = normalizeSettings(sides.baseline);
  const observed = normalizeSettings(sides.observed);
  const findings = sameEffect(desired, observedAs(desired, observed))
    ? []
    : keysOf(desired).flatMap(([key, stated]): KeyFinding[] => {
        const seen = seenAs(key, stated, observed);
        if (sameValue(key, stated, seen)) return [];
        const before = seenAs(key, stated, baseline);
        const verdict = verdictOf(key, { stated, before, seen });
        return [{ key, verdict, desired: stated, baseline: before, observed: seen }];
      });
  return { findings: findings.sort(byKey), notes: notesOf({ desired, baseline, observed }).sort(byKey) };
}

interface Values {
  readonly stated: unknown;
  readonly before: unknown;
  readonly seen: unknown;
}

function verdictOf(key: SettingKey, { stated, before, seen }: Values): KeyFinding['verdict'] {
  if (sameValue(key, before, seen)) return 'stale';
  return sameValue(key, stated, before) ? 'drifted' : 'diverged';
}

/** The value of a key in settings, in the form in which it is stated: only stated metadata options, a profile by name or by ARN. */
function seenAs(key: SettingKey, stated: unknown, settings: LaunchSettings): unknown {
  return new Map(keysOf(observedAs(settingsOf([[key, stated]]), settings))).get(key);
}

function sameValue(key: SettingKey, one: unknown, other: unknown): boolean {
  if (key === 'iamInstanceProfile') return sameProfile(one as Profile, other as Profile);
  return sameEffect(only(key, one), only(key, other));
}

type Profile = LaunchSettings['iamInstanceProfile'];

function only(key: SettingKey, value: unknown): LaunchSettings {
  return value === undefined ? {} : settingsOf([[key, value]]);
}

/** What AWS has, or has no more, that nobody states, where it moved since the baseline. */
function notesOf({ desired, baseline, observed }: Sides): KeyNote[] {
  const before = unstated(desired, baseline);
  const after = unstated(desired, observed);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key): KeyNote[] => {
    const value = after.get(key);
    if (sameValue(key, before.get(key), value)) return [];
    const behaviour = behaviourBehind(key, observed);
    const reason = behaviour ?? 'nobody states it';
    return [{ key, policy: behaviour ? 'behavioural' : 'compatible', reason, observed: value }];
  });
}

/** The keys of settings that are not stated; of metadata options, those that are not. */
function unstated({ metadataOptions, ...desired }: LaunchSettings, settings: LaunchSettings): Map<SettingKey, unknown> {
  const stated = new Set(keysOf(desired).map(([key]) => key));
  const options = Object.entries(settings.metadataOptions ?? {}).filter(
    ([option]) => !Object.hasOwn(metadataOptions ?? {}, option),
  );
  const others = settings.metadataOptions && { ...settings, metadataOptions: Object.fromEntries(options) };
  return new Map(keysOf(others ?? settings).filter(([key]) => !stated.has(key)));
}

function byKey(one: { readonly key: SettingKey }, other: { readonly key: SettingKey }): number {
  return one.key < other.key ? -1 : 1;
}
