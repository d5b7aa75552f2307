import type { ConfigurationRef } from '@prelaunch/contracts/configuration';
import { type ConfigurationVersion, inLineage, nameOf } from './configuration.ts';
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

/** One step on the way from child to parent; behind a pin, what is inherited is what stood in the lineage of what was pinned. */
interface Step {
  readonly name: string;
  readonly version: ConfigurationVersion;
  readonly pin: ConfigurationVersion | undefined;
  readonly before: readonly string[];
}

/** The names on a shortest way from a configuration to any version of itself; undefined where there is none. */
function circleThrough(configurationId: string, graph: ConfigurationGraph): readonly string[] | undefined {
  const seen = new Set<string>();
  const steps = stepTo({ configurationId }, undefined, { before: [], graph });
  for (const step of steps) {
    const before = [...step.before, step.name];
    for (const parent of step.version.parents) {
      const ref = behind(step.pin, parent);
      if (ref.configurationId === configurationId) return [...before, stepName(ref)];
      const pin = parent.version === undefined ? step.pin : versionAt(ref, graph);
      const place = `${stepName(ref)} ${pin ? nameOf(pin) : ''}`;
      if (!seen.has(place)) steps.push(...stepTo(ref, pin, { before, graph }));
      seen.add(place);
    }
  }
  return undefined;
}

function stepTo(
  ref: ConfigurationRef,
  pin: ConfigurationVersion | undefined,
  { before, graph }: { readonly before: readonly string[]; readonly graph: ConfigurationGraph },
): Step[] {
  const version = versionAt(ref, graph);
  return version ? [{ name: stepName(ref), version, pin, before }] : [];
}

/** A parent as it stands behind a pin. */
export function behind(pin: ConfigurationVersion | undefined, parent: ConfigurationRef): ConfigurationRef {
  if (!pin || parent.version !== undefined) return parent;
  const { configurationId } = parent;
  return inLineage(configurationId, pin)[0] ?? { configurationId, version: 0 };
}
