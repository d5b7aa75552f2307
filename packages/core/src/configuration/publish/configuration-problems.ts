import { isDeepStrictEqual } from 'node:util';
import { CONFIGURATION_LIMITS, type ConfigurationRef } from '@prelaunch/contracts/configuration';
import type { PublishProblem } from '@prelaunch/contracts/operations/configurations';
import { contradictions } from '../../settings/combination-rules.ts';
import { effectiveSettings } from '../../settings/effective-settings.ts';
import { type Fold, foldedSettings, lockOf } from '../../settings/fold-layers.ts';
import { shown } from '../../settings/problems.ts';
import { covers, keysOf, type SettingKey } from '../../settings/setting-keys.ts';
import { type Catalogue, type ConfigurationVersion, contentHash, headOf, nameOf } from '../configuration.ts';
import type { Lineage } from '../graph.ts';
import { foldOf, type GraphView, pathOf } from '../graph-view.ts';
import { inheritedFrom, NOTHING_INHERITED } from '../inherited-settings.ts';
import type { GraphViews } from './graph-views.ts';

type Path = Extract<Lineage, { kind: 'path' }>;

/** What is wrong with a version by itself, and with what it makes of the configurations that inherit from it. */
export function configurationProblems(
  next: ConfigurationVersion,
  affected: readonly string[],
  { catalogue, head, views }: { catalogue: Catalogue; head: ConfigurationVersion | undefined; views: GraphViews },
): PublishProblem[] {
  return [
    ...unchanged(next, head),
    ...tooMany(next, catalogue),
    ...firstOf(problemsOfAll(next, affected, views)),
    ...lockedByAncestors(next, views.after),
  ];
}

/** What keeps the version itself from having a path keeps everything from it that inherits from it. */
function problemsOfAll(next: ConfigurationVersion, affected: readonly string[], views: GraphViews): PublishProblem[] {
  const own = lineageProblems(next.configurationId, views);
  const hasPath = views.after.lineageOf({ configurationId: next.configurationId }).kind === 'path';
  const others = hasPath ? affected.filter((id) => id !== next.configurationId) : [];
  return [...own, ...others.flatMap((configurationId) => lineageProblems(configurationId, views))];
}

/** What is wrong with one configuration is met by all that inherit from it: told once, of the nearest. */
function firstOf(problems: readonly PublishProblem[]): PublishProblem[] {
  const first = new Map<string, PublishProblem>();
  for (const problem of problems) {
    const id = JSON.stringify([problem.path, identityOf(problem)]);
    first.set(id, first.get(id) ?? problem);
  }
  return [...first.values()];
}

function unchanged(next: ConfigurationVersion, head: ConfigurationVersion | undefined): PublishProblem[] {
  if (!head || contentHash(head) !== contentHash(next)) return [];
  const message = `${next.configurationId} says just what ${nameOf(head)} says`;
  return [
    {
      code: 'configuration.unchanged',
      message,
      path: 'configurationId',
      value: next.configurationId,
      allowed: 'something else than the newest version says',
    },
  ];
}

function tooMany({ configurationId }: ConfigurationVersion, catalogue: Catalogue): PublishProblem[] {
  const { configurations } = CONFIGURATION_LIMITS;
  if (headOf(catalogue, configurationId) > 0 || Object.keys(catalogue.heads).length < configurations) return [];
  const message = `there are ${configurations} configurations already`;
  const allowed = `at most ${configurations} configurations; delete some that nothing uses`;
  return [{ code: 'configuration.too_many', message, path: 'configurationId', value: configurationId, allowed }];
}

/** Of one affected configuration: only what was not wrong before. */
function lineageProblems(configurationId: string, { before, after }: GraphViews): PublishProblem[] {
  const lineage = after.lineageOf({ configurationId });
  if (lineage.kind === 'none') {
    const { concerns: _concerns, ...problem } = lineage.problem;
    return [problem];
  }
  const known = new Set(resultProblems(configurationId, before).map(identityOf));
  const added = resultProblems(configurationId, after).filter((problem) => !known.has(identityOf(problem)));
  return [...tooDeep(configurationId, lineage), ...added];
}

function identityOf({ code, allowed, value }: PublishProblem): string {
  return JSON.stringify([code, allowed, value]);
}

function tooDeep(configurationId: string, { depth, path }: Path): PublishProblem[] {
  if (depth <= CONFIGURATION_LIMITS.depth) return [];
  const message = `${configurationId} would have ${depth} configurations above each other: ${path.map(nameOf).join(', ')}`;
  const allowed = `at most ${CONFIGURATION_LIMITS.depth} above each other`;
  return [
    {
      code: 'configuration.too_deep',
      message,
      path: `configurations.${configurationId}.parents`,
      value: depth,
      allowed,
    },
  ];
}

function resultProblems(configurationId: string, view: GraphView): PublishProblem[] {
  return [...contradictory(configurationId, view), ...lockConflicts(configurationId, view)];
}

/** What no nearer layer could make right without stating it anew. What a setting implies is not missing. */
function contradictory(configurationId: string, view: GraphView): PublishProblem[] {
  const { settings, statedAt } = effectiveSettings(view.inheritedBy({ configurationId }) ?? NOTHING_INHERITED, []);
  const found = contradictions(settings, statedAt);
  return found.map((problem) => ({ ...problem, message: `${configurationId}: ${problem.message}` }));
}

/** Two of which neither inherits from the other lock the same key, and mean different values. */
function lockConflicts(configurationId: string, view: GraphView): PublishProblem[] {
  const lockers = pathOf({ configurationId }, view).filter(({ locked }) => locked.length > 0);
  return lockers.flatMap((one, index) =>
    lockers.slice(index + 1).flatMap((other) => {
      if (inheritsFrom(one, other, view)) return [];
      const keys = lockedByBoth(one, other);
      const differing = keys.filter((key) => disagree(key, one, other, view));
      return differing.map((key) => lockConflict(key, one, other, configurationId));
    }),
  );
}

/** Where one locks all tags and the other a single one, that one. */
function lockedByBoth(one: ConfigurationVersion, other: ConfigurationVersion): SettingKey[] {
  const own = one.locked.filter((key) => other.locked.some((named) => covers(named, key)));
  const others = other.locked.filter((key) => one.locked.some((named) => covers(named, key)));
  return [...new Set([...own, ...others])];
}

function disagree(key: SettingKey, one: ConfigurationVersion, other: ConfigurationVersion, view: GraphView): boolean {
  return !isDeepStrictEqual(valueIn(key, one, view), valueIn(key, other, view));
}

function lockConflict(
  key: SettingKey,
  one: ConfigurationVersion,
  other: ConfigurationVersion,
  meeting: string,
): PublishProblem {
  return {
    code: 'configuration.lock_conflict',
    message: `${meeting}: ${nameOf(one)} and ${nameOf(other)} lock ${key} with different values, and neither inherits from the other`,
    path: `configurations.${one.configurationId}.locked`,
    value: key,
    allowed: `one lock of ${key}; take it out of ${one.configurationId} or ${other.configurationId}, or let one inherit from the other`,
  };
}

/** What it comes to by itself, the values of a tag or a setting as stated. */
function valueIn(key: SettingKey, version: ConfigurationVersion, view: GraphView): unknown {
  const settings = foldedSettings(foldOf(refIn(version, view), view));
  return Object.fromEntries(keysOf(settings).filter(([name]) => covers(key, name)));
}

export function inheritsFrom(one: ConfigurationVersion, other: ConfigurationVersion, view: GraphView): boolean {
  return pathOf(refIn(one, view), view).some((ancestor) => nameOf(ancestor) === nameOf(other));
}

/** One that is the newest inherits what it follows, any other what it had when it was published. */
function refIn({ configurationId, version }: ConfigurationVersion, view: GraphView): ConfigurationRef {
  const [newest] = pathOf({ configurationId }, view);
  return newest?.version === version ? { configurationId } : { configurationId, version };
}

/** What its author has to take out: nothing that it says about these keys would have any effect. */
function lockedByAncestors(next: ConfigurationVersion, after: GraphView): PublishProblem[] {
  const lineage = after.lineageOf({ configurationId: next.configurationId });
  if (lineage.kind === 'none') return [];
  const above = inheritedFrom(lineage.path.slice(1)).foldFor(undefined);
  const stated = [
    ...keysOf(next.settings).map(([key]) => ({ key, path: `settings.${key}` })),
    ...Object.entries(next.variants).flatMap(([pattern, settings]) =>
      keysOf(settings).map(([key]) => ({ key, path: `variants.${pattern}.${key}` })),
    ),
    ...next.unset.map((key, index) => ({ key, path: `unset.${index}` })),
  ];
  return stated.flatMap(({ key, path }) => lockedAbove(next, key, path, above));
}

function lockedAbove(next: ConfigurationVersion, key: SettingKey, path: string, above: Fold): PublishProblem[] {
  const by = lockOf(above, key)?.by;
  if (by?.layer !== 'configuration') return [];
  const owner = nameOf(by);
  return [
    {
      code: 'configuration.locked',
      message: `${next.configurationId} states ${key}, which ${owner} has locked`,
      path: `configurations.${next.configurationId}.${path}`,
      value: shown(key, key),
      allowed: `nothing about ${key}: take it out, or have it unlocked in ${by.configurationId} first`,
    },
  ];
}
