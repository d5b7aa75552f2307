import { isDeepStrictEqual } from 'node:util';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { keysOf, type SettingKey } from './setting-keys.ts';

/** One key whose value differs; undefined where it is not stated. */
export interface ChangedKey {
  readonly key: SettingKey;
  readonly from: unknown;
  readonly to: unknown;
}

/** The keys in which settings differ. */
export function changedKeys(before: LaunchSettings, after: LaunchSettings): ChangedKey[] {
  const earlier = new Map(keysOf(before));
  const later = new Map(keysOf(after));
  const keys = new Set([...earlier.keys(), ...later.keys()]);
  return [...keys].flatMap((key) => {
    const [from, to] = [earlier.get(key), later.get(key)];
    return isDeepStrictEqual(from, to) ? [] : [{ key, from, to }];
  });
}
