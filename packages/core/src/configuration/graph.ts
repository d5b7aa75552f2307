import type { ConfigurationRef, VersionRef } from '@prelaunch/contracts/configuration';
import type { Problem } from '../settings/problems.ts';
import { behind, circleFrom, namedFrom } from './circles.ts';
import { type ConfigurationVersion, nameOf } from './configuration.ts';
import { linearized } from './linearize.ts';
import { type ConfigurationGraph, stepName, versionAt } from './snapshot.ts';

/** The path from a configuration to the ends of what it inherits, or the reasons why there is none. */
export type Lineage =
  | {
      readonly kind: 'path';
      /** Nearest first. */
      readonly path: readonly ConfigurationVersion[];
      /** The versions of it that were followed: when the newest is another one, the path is outdated. */
      readonly followed: readonly VersionRef[];
      /** How many configurations stand above each other at most. */
      readonly depth: number;
    }
  | { readonly kind: 'none'; readonly problem: LineageProblem };

interface LineageProblem extends Problem {
  /** Configurations of which a new version may mend it. */
  readonly concerns: readonly string[];
}

/** Finds lineages in one snapshot, each path once. */
export function lineages(graph: ConfigurationGraph): (ref: ConfigurationRef) => Lineage {
  const known = new Map<string, Path>();
  const find = (ref: ConfigurationRef, trail: readonly string[]): Path | Obstacle => {
    const key = stepName(ref);
    const lineage = known.get(key) ?? found(ref, trail);
    if (lineage.kind !== 'path') return lineage;
    known.set(key, lineage);
    if (trail.length === 0) return lineage;
    return lineage.path.some(({ configurationId }) => trail.includes(configurationId)) ? CIRCLE : lineage;
  };

  function found(ref: ConfigurationRef, trail: readonly string[]): Path | Obstacle {
    const version = versionAt(ref, graph);
    if (!version) return { kind: 'problem', problem: unknown(ref, trail) };
    if (ref.version !== undefined) return pinned(version, trail);
    if (trail.includes(ref.configurationId)) return CIRCLE;
    const paths: Path[] = [];
    for (const parent of version.parents) {
      const lineage = find(parent, [...trail, ref.configurationId]);
      if (lineage.kind !== 'path') return lineage;
      paths.push(lineage);
    }
    return joined(version, paths, graph);
  }

  /** What it inherited when it was published, which is nobody's to change. */
  function pinned(version: ConfigurationVersion, trail: readonly string[]): Path | Obstacle {
    const path = version.lineage.flatMap((one) => graph.versions.get(nameOf(one)) ?? []);
    if (path.length < version.lineage.length) return { kind: 'problem', problem: unknown(version, trail) };
    return { kind: 'path', path, followed: [], depth: depthOf(version, version, new Map()) };
  }

  /** As it was found when it was published: behind a pin, nothing is followed. */
  function depthOf(version: ConfigurationVersion, pin: ConfigurationVersion, depths: Map<string, number>): number {
    const place = `${nameOf(version)} ${nameOf(pin)}`;
    const known = depths.get(place);
    if (known !== undefined) return known;
    // Should a lineage be in a circle, which nobody publishes, it ends there.
    depths.set(place, 0);
    const above = version.parents.map((parent) => {
      const one = versionAt(behind(pin, parent), graph);
      return one ? depthOf(one, parent.version === undefined ? pin : one, depths) : 0;
    });
    const depth = 1 + Math.max(0, ...above);
    depths.set(place, depth);
    return depth;
  }

  return (ref) => {
    const lineage = find(ref, []);
    if (lineage.kind === 'path') return lineage;
    const problem = lineage.kind === 'circle' ? cyclic(circleFrom(ref, graph)) : lineage.problem;
    return { kind: 'none', problem: { ...problem, concerns: namedFrom(ref, graph) } };
  };
}

/** Why there is no path. Which circle it is does not depend on the way on which it was come upon, so it is looked for afterwards. */
type Obstacle = { readonly kind: 'circle' } | { readonly kind: 'problem'; readonly problem: Problem };

const CIRCLE: Obstacle = { kind: 'circle' };

type Path = Extract<Lineage, { kind: 'path' }>;

function joined(version: ConfigurationVersion, parents: readonly Path[], graph: ConfigurationGraph): Path | Obstacle {
  const own = nameOf(version);
  const firsts = parents.map(({ path }) => path[0]).flatMap((first) => (first ? [nameOf(first)] : []));
  const byFirst = new Map(parents.map(({ path }, index) => [firsts[index], path.map(nameOf)]));
  const order = linearized(own, firsts, (name) => byFirst.get(name) ?? []);
  if (order.kind === 'inconsistent') return { kind: 'problem', problem: inconsistent(version, order.between) };
  const path = order.lineage.flatMap((name) => graph.versions.get(name) ?? []);
  const { configurationId } = version;
  const all = [{ configurationId, version: version.version }, ...parents.flatMap(({ followed }) => followed)];
  return {
    kind: 'path',
    path,
    followed: [...new Map(all.map((ref) => [ref.configurationId, ref])).values()],
    depth: 1 + Math.max(0, ...parents.map(({ depth }) => depth)),
  };
}

function unknown(ref: ConfigurationRef, trail: readonly string[]): Problem {
  const child = trail.at(-1);
  const name = stepName(ref);
  const message =
    child === undefined
      ? `configuration ${name} does not exist`
      : `${child} inherits from ${name}, which does not exist`;
  return {
    code: child === undefined ? 'configuration.not_found' : 'configuration.unknown_parent',
    message,
    path: child === undefined ? 'configuration' : `configurations.${child}.parents`,
    value: name,
    allowed: 'a version that was published of a configuration that exists; publish it first',
  };
}

function cyclic(trail: readonly string[]): Problem {
  const [first = ''] = trail;
  return {
    code: 'configuration.cycle',
    message: `configurations inherit in a circle: ${trail.join(' -> ')}`,
    path: `configurations.${first}.parents`,
    value: trail.join(' -> '),
    allowed: 'parents that do not inherit from it; take one of these edges out',
  };
}

function inconsistent({ configurationId }: ConfigurationVersion, between: readonly string[]): Problem {
  return {
    code: 'configuration.inconsistent_order',
    message: `the parents of ${configurationId} and what they inherit from ask for different orders of ${between.join(', ')}`,
    path: `configurations.${configurationId}.parents`,
    value: between.join(', '),
    allowed:
      'parents in an order that agrees with that of their own parents; turn two of them round, or leave one out that another inherits from',
  };
}
