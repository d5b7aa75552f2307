import type { ConfigurationRef, VersionRef } from '@prelaunch/contracts/configuration';
import { type Catalogue, type ConfigurationVersion, isPublished, nameOf } from './configuration.ts';
import type { ConfigurationStore } from './ports.ts';
import { type ConfigurationGraph, headsIn } from './snapshot.ts';

/** How a version was come to: by those who follow it, by somebody who pins it, or as a part of what a pin brings along. */
type Way = 'followed' | 'pinned' | 'frozen';

interface Reached extends VersionRef {
  readonly way: Way;
}

/**
 * As much of the graph as some configurations inherit from. One read of what is not remembered for each step from child to parent;
 * what does not exist is absent.
 */
export async function loadGraph(
  refs: readonly ConfigurationRef[],
  catalogue: Catalogue,
  store: Pick<ConfigurationStore, 'versions'>,
  heads: ConfigurationGraph['heads'] = headsIn(catalogue),
): Promise<ConfigurationGraph> {
  const versions = new Map<string, ConfigurationVersion>();
  const seen = new Set<string>();
  let next = refs.map((ref) => reachedBy(ref, heads));
  while (next.length > 0) {
    const fresh = next.filter((ref) => ref.version > 0 && (ref.way !== 'pinned' || isPublished(catalogue, ref)));
    // Once each, also where several lead to it at the same step: or the ways would multiply from step to step.
    const byKey = new Map(fresh.map((ref) => [keyOf(ref), ref]));
    const unseen = [...byKey].flatMap(([key, ref]) => (seen.has(key) ? [] : [ref]));
    for (const key of byKey.keys()) seen.add(key);
    const found = await store.versions(unseen.filter((ref) => !versions.has(nameOf(ref))));
    for (const [name, version] of found) versions.set(name, version);
    next = unseen.flatMap((ref) => beyond(ref, versions.get(nameOf(ref)), heads));
  }
  return { heads, versions };
}

function reachedBy({ configurationId, version }: ConfigurationRef, heads: ConfigurationGraph['heads']): Reached {
  if (version !== undefined) return { configurationId, version, way: 'pinned' };
  return { configurationId, version: heads(configurationId), way: 'followed' };
}

function beyond(
  { way }: Reached,
  version: ConfigurationVersion | undefined,
  heads: ConfigurationGraph['heads'],
): Reached[] {
  if (!version) return [];
  switch (way) {
    case 'followed':
      return version.parents.map((parent) => reachedBy(parent, heads));
    case 'pinned':
      return version.lineage.map((ref) => ({ ...ref, way: 'frozen' }));
    case 'frozen':
      return [];
  }
}

function keyOf(ref: Reached): string {
  return `${nameOf(ref)} ${ref.way}`;
}
