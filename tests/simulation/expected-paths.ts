import type { ConfigurationRef, VersionRef } from '@prelaunch/contracts/configuration';
import { type Catalogue, type ConfigurationVersion, nameOf } from '@prelaunch/core/configuration/configuration';

/** Every version that was written, and what each inherited from when it became visible: by name, nearest first. */
export interface KnownVersions {
  readonly versions: ReadonlyMap<string, ConfigurationVersion>;
  readonly frozen: ReadonlyMap<string, readonly string[]>;
}

/** Names of versions, nearest first. Undefined: there is no path. */
export type Path = readonly string[] | undefined;

/** What somebody sees of the graph. */
export interface View {
  readonly heads: (configurationId: string) => number;
  readonly isVisible: (ref: VersionRef) => boolean;
}

/** What a group sees that has these versions: the newest, unless a rollout was stopped before it had come to the group. */
export function viewOf(catalogue: Catalogue, has: readonly VersionRef[]): View {
  const { heads } = newestView(catalogue);
  const own = new Map(has.map(({ configurationId, version }) => [configurationId, version]));
  return {
    heads(configurationId) {
      const version = own.get(configurationId);
      return version !== undefined && isHeld(catalogue, { configurationId, version })
        ? version
        : heads(configurationId);
    },
    isVisible: newestView(catalogue).isVisible,
  };
}

export function newestView(catalogue: Catalogue): View {
  const heads = (configurationId: string) => catalogue.heads[configurationId]?.version ?? 0;
  return { heads, isVisible: ({ configurationId, version }) => version <= heads(configurationId) };
}

/** What a group was planned with that had these versions then. */
export function plannedView(catalogue: Catalogue, followed: readonly VersionRef[]): View {
  const own = new Map(followed.map(({ configurationId, version }) => [configurationId, version]));
  return { heads: (configurationId) => own.get(configurationId) ?? 0, isVisible: newestView(catalogue).isVisible };
}

/** A group keeps what it has of a configuration while the newer version is stopped. Whoever has none keeps nothing. */
export function isHeld({ rollouts }: Catalogue, { configurationId, version }: VersionRef): boolean {
  const mark = rollouts[configurationId];
  return mark?.state === 'stopped' && version > 0 && version < mark.version;
}

/** What is inherited by whoever begins at a configuration, worked out without the code under test. */
export function expectedPath(
  ref: ConfigurationRef,
  view: View,
  known: KnownVersions,
  trail: readonly string[] = [],
): Path {
  const { configurationId, version } = ref;
  if (version !== undefined) {
    const pinned = { configurationId, version };
    return view.isVisible(pinned) ? known.frozen.get(nameOf(pinned)) : undefined;
  }
  const name = nameOf({ configurationId, version: view.heads(configurationId) });
  const own = known.versions.get(name);
  if (!own || trail.includes(configurationId)) return undefined;
  const above: (readonly string[])[] = [];
  for (const parent of own.parents) {
    const path = expectedPath(parent, view, known, [...trail, configurationId]);
    if (!path || path.some((one) => one.startsWith(`${configurationId}@`))) return undefined;
    above.push(path);
  }
  const merged = mergedInOrder([...above, above.flatMap(([first]) => first ?? [])]);
  return merged && [name, ...merged];
}

/** C3, as its paper says it: the first that stands behind nothing in any list. */
function mergedInOrder(lists: readonly (readonly string[])[]): Path {
  const merged: string[] = [];
  let left = lists.filter((list) => list.length > 0);
  while (left.length > 0) {
    const next = left
      .flatMap(([first]) => first ?? [])
      .find((first) => left.every((list) => !list.slice(1).includes(first)));
    if (next === undefined) return undefined;
    merged.push(next);
    left = left.map((list) => (list[0] === next ? list.slice(1) : list)).filter((list) => list.length > 0);
  }
  return merged;
}
