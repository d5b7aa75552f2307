import type { ConfigurationRef, VersionRef } from '@prelaunch/contracts/configuration';
import type { ConfigurationVersion } from './configuration.ts';
import { type ConfigurationGraph, stepName, versionAt } from './snapshot.ts';

/** Every configuration that is named on the way from one of them: when another version of one is published, there may be a path. */
export function namedFrom(ref: ConfigurationRef, graph: ConfigurationGraph): string[] {
  const followed = new Set(ref.version === undefined ? [ref.configurationId] : []);
  const named = new Set([ref.configurationId]);
  for (const configurationId of followed) {
    for (const parent of versionAt({ configurationId }, graph)?.parents ?? []) {
      named.add(parent.configurationId);
      if (parent.version === undefined) followed.add(parent.configurationId);
    }
  }
  return [...named];
}

/** A shortest circle through the first configuration that is in one. */
export function circleFrom(ref: ConfigurationRef, graph: ConfigurationGraph): readonly string[] {
  for (const configurationId of namedFrom(ref, graph)) {
    const circle = circleThrough(configurationId, graph);
    if (circle) return circle;
  }
  return [ref.configurationId];
}

/** One step on the way from child to parent; behind a pin, what is inherited is what stood in the lineage then. */
interface Step {
  readonly name: string;
  readonly version: ConfigurationVersion;
  readonly frozen: readonly VersionRef[] | undefined;
  readonly before: readonly string[];
}

/** The names on a shortest way from a configuration to any version of itself; undefined where there is none. */
function circleThrough(configurationId: string, graph: ConfigurationGraph): readonly string[] | undefined {
  const seen = new Set<string>();
  const steps = stepTo({ configurationId }, [], graph);
  for (const step of steps) {
    const before = [...step.before, step.name];
    const fresh = parentsOf(step).filter((ref) => !seen.has(stepName(ref)));
    const again = fresh.find((ref) => ref.configurationId === configurationId);
    if (again) return [...before, stepName(again)];
    for (const ref of fresh) seen.add(stepName(ref));
    steps.push(...fresh.flatMap((ref) => stepTo(ref, before, graph)));
  }
  return undefined;
}

function stepTo(ref: ConfigurationRef, before: readonly string[], graph: ConfigurationGraph): Step[] {
  const version = versionAt(ref, graph);
  if (!version) return [];
  return [{ name: stepName(ref), version, frozen: ref.version === undefined ? undefined : version.lineage, before }];
}

function parentsOf({ version, frozen }: Step): ConfigurationRef[] {
  if (!frozen) return [...version.parents];
  return version.parents.map(({ configurationId, version: pin }) => ({
    configurationId,
    version: pin ?? newestOf(configurationId, frozen),
  }));
}

/** Where a lineage has one configuration twice, the older one is pinned by somebody. */
function newestOf(configurationId: string, lineage: readonly VersionRef[]): number {
  return Math.max(0, ...lineage.filter((ref) => ref.configurationId === configurationId).map(({ version }) => version));
}
