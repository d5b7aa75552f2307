import { isDeepStrictEqual } from 'node:util';
import type { ConfigurationContent } from '@prelaunch/contracts/configuration';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';

/** Settings that nobody may state. */
export const INVALID = { copyTags: 'yes' };
/** EC2 refuses this instance type whenever it is asked for. */
export const REFUSED_TYPE = 'p9.refused';

export type Expected =
  | { readonly kind: 'invalid' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'settings'; readonly settings: LaunchSettings };

/** What a version says, as far as it reaches servers. */
export type Content = Pick<ConfigurationContent, 'settings' | 'variants' | 'unset' | 'locked'>;

interface Stated {
  readonly launchConfig?: unknown;
  readonly serverOverrides?: Readonly<Record<string, unknown>>;
}

/** What one member should have, worked out without the code under test. `path`: what its group inherits, nearest first. */
export function expectedOf(group: Stated, serverId: string, path: readonly Content[] = []): Expected {
  const stated = [group.launchConfig, group.serverOverrides?.[serverId]] as readonly (LaunchSettings | undefined)[];
  if (stated.some((settings) => isDeepStrictEqual(settings, INVALID))) return { kind: 'invalid' };
  const { instanceType } = folded(path, stated, undefined);
  const { targetInstanceTypeRightSizingMethod: _none, ...settings } = folded(path, stated, instanceType);
  if (Object.keys(settings).length === 0) return { kind: 'nothing' };
  const implied = settings.instanceType !== undefined && { targetInstanceTypeRightSizingMethod: 'NONE' as const };
  return { kind: 'settings', settings: { ...settings, ...implied } };
}

/** Everything stated once more, the farthest first, each key by itself; what is locked stays. */
function folded(
  path: readonly Content[],
  stated: readonly (LaunchSettings | undefined)[],
  instanceType: string | undefined,
): LaunchSettings {
  const found = new Map<string, unknown>();
  const locks = new Set<string>();
  const state = (settings: LaunchSettings = {}) => {
    for (const [key, value] of keysOf(settings)) if (!locks.has(key)) found.set(key, value);
  };
  for (const { settings, variants, unset, locked } of path.toReversed()) {
    for (const key of unset) if (!locks.has(key)) found.delete(key);
    state(settings);
    for (const [pattern, variant] of Object.entries(variants)) if (matches(pattern, instanceType)) state(variant);
    for (const key of locked) locks.add(key);
  }
  stated.forEach(state);
  const tags = [...found].filter(([key]) => key.startsWith(TAG)).map(([key, value]) => [key.slice(TAG.length), value]);
  const others = [...found].filter(([key]) => !key.startsWith(TAG));
  return Object.fromEntries([...others, ...(tags.length > 0 ? [['tags', Object.fromEntries(tags)]] : [])]);
}

const TAG = 'tags.';

function keysOf({ tags = {}, ...settings }: LaunchSettings): [string, unknown][] {
  return [
    ...Object.entries(settings),
    ...Object.entries(tags).map(([key, value]): [string, unknown] => [TAG + key, value]),
  ];
}

/** Scenarios have patterns of one family only. */
function matches(pattern: string, instanceType: string | undefined): boolean {
  return instanceType?.startsWith(pattern.replace('*', '')) ?? false;
}

/** Whether AWS has what is stated. Everything that is stated is there in some value from the start. */
export function hasSettings(live: LaunchSettings, { tags = {}, ...stated }: LaunchSettings): boolean {
  const known: Readonly<Record<string, unknown>> = { ...live };
  const plain = Object.entries(stated).every(([name, value]) => isDeepStrictEqual(known[name], value));
  return plain && Object.entries(tags).every(([key, value]) => live.tags?.[key] === value);
}
