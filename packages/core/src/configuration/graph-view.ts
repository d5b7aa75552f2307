import type { ConfigurationRef } from '@prelaunch/contracts/configuration';
import type { Inherited } from '../settings/effective-settings.ts';
import type { Fold } from '../settings/fold-layers.ts';
import type { ConfigurationVersion } from './configuration.ts';
import { type Lineage, lineages } from './graph.ts';
import { inheritedFrom, NOTHING_INHERITED } from './inherited-settings.ts';
import type { ConfigurationGraph } from './snapshot.ts';

/** What can be asked of one snapshot of the graph; each answer is found once. */
export interface GraphView {
  lineageOf(ref: ConfigurationRef): Lineage;
  /** Undefined where there is no path. The same for the same lineage. */
  inheritedBy(ref: ConfigurationRef): Inherited | undefined;
}

export function graphViewOf(graph: ConfigurationGraph): GraphView {
  const lineageOf = lineages(graph);
  const inherited = new Map<Lineage, Inherited>();
  return {
    lineageOf,
    inheritedBy(ref) {
      const lineage = lineageOf(ref);
      const known = inherited.get(lineage);
      if (known || lineage.kind === 'none') return known;
      const made = inheritedFrom(lineage.path);
      inherited.set(lineage, made);
      return made;
    },
  };
}

/** Nearest first; empty where there is no path. */
export function pathOf(ref: ConfigurationRef, view: GraphView): readonly ConfigurationVersion[] {
  const lineage = view.lineageOf(ref);
  return lineage.kind === 'path' ? lineage.path : [];
}

/** What it comes to without variants; nothing where there is no path. */
export function foldOf(ref: ConfigurationRef, view: GraphView): Fold {
  return (view.inheritedBy(ref) ?? NOTHING_INHERITED).foldFor(undefined);
}
