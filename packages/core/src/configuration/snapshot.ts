import type { ConfigurationRef } from '@prelaunch/contracts/configuration';
import { type Catalogue, type ConfigurationVersion, headOf, nameOf } from './configuration.ts';

/**
 * A snapshot of the graph, or of as much of it as was loaded. `heads` answers the version that followers of a configuration have;
 * 0 where there is none.
 */
export interface ConfigurationGraph {
  readonly heads: (configurationId: string) => number;
  readonly versions: ReadonlyMap<string, ConfigurationVersion>;
}

/** What followers of each configuration have, as the catalogue says. */
export function headsIn(catalogue: Catalogue): ConfigurationGraph['heads'] {
  return (configurationId) => headOf(catalogue, configurationId);
}

/** Of a configuration that is followed, or of one that is pinned. */
export function versionAt({ configurationId, version }: ConfigurationRef, graph: ConfigurationGraph) {
  return graph.versions.get(nameOf({ configurationId, version: version ?? graph.heads(configurationId) }));
}

/** `production` where it is followed, `production@4` where it is pinned. */
export function stepName({ configurationId, version }: ConfigurationRef): string {
  return version === undefined ? configurationId : nameOf({ configurationId, version });
}
