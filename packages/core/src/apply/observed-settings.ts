import type { LaunchSettings, SettingName } from '@prelaunch/contracts/launch-settings';
import { sameEffect } from '../settings/normalize-settings.ts';

/**
 * What AWS has, seen through what is desired: only stated settings, only stated tags and metadata options, and an instance
 * profile in the form it was stated. What remains differs from `desired` only where AWS does.
 */
export function observedAs(desired: LaunchSettings, observed: LaunchSettings): LaunchSettings {
  const seen: LaunchSettings = {};
  for (const name of settingNames(desired)) Object.assign(seen, one(name, desired, observed));
  return seen;
}

/** The stated settings that AWS has otherwise. */
export function differences(desired: LaunchSettings, observed: LaunchSettings): LaunchSettings {
  const differing = settingNames(desired).filter(
    (name) => !sameEffect(only(name, desired), one(name, desired, observed)),
  );
  return Object.assign({}, ...differing.map((name) => only(name, desired))) as LaunchSettings;
}

export function settingNames(settings: LaunchSettings): SettingName[] {
  return Object.keys(settings) as SettingName[];
}

function only(name: SettingName, settings: LaunchSettings): LaunchSettings {
  return settings[name] === undefined ? {} : { [name]: settings[name] };
}

function one(name: SettingName, desired: LaunchSettings, observed: LaunchSettings): LaunchSettings {
  switch (name) {
    case 'tags':
      return { tags: stated(desired.tags, observed.tags) };
    case 'metadataOptions':
      return { metadataOptions: stated(desired.metadataOptions, observed.metadataOptions) };
    case 'iamInstanceProfile':
      return sameProfile(desired.iamInstanceProfile, observed.iamInstanceProfile)
        ? only(name, desired)
        : only(name, observed);
    default:
      return only(name, observed);
  }
}

/** The entries of `observed` whose keys are stated. */
function stated<T extends object>(desired: T | undefined, observed: T | undefined): T {
  const keys = new Set(Object.keys(desired ?? {}));
  return Object.fromEntries(Object.entries(observed ?? {}).filter(([key]) => keys.has(key))) as T;
}

/** A profile may be stated by name and kept by ARN, or the other way round. */
export function sameProfile(one: string | null | undefined, other: string | null | undefined): boolean {
  if (!one || !other) return !one && !other;
  if (one.startsWith('arn:') === other.startsWith('arn:')) return one === other;
  return one.split('/').at(-1) === other.split('/').at(-1);
}
