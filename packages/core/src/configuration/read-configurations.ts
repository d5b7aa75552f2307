import type { VersionRef } from '@prelaunch/contracts/configuration';
import type {
  CompareConfigurationVersionsResponse,
  Configuration,
  ListConfigurationsResponse,
  ListConfigurationVersionsResponse,
} from '@prelaunch/contracts/operations/configurations';
import { versionDifferences } from './compare-versions.ts';
import { type Catalogue, type ConfigurationVersion, headOf, isPublished, nameOf } from './configuration.ts';
import { ConfigurationNotFoundError, VersionNotFoundError } from './configuration-errors.ts';
import { configurationView, rolloutView, summaryOf } from './configuration-views.ts';
import { isLive } from './drafts.ts';
import { lineages } from './graph.ts';
import { loadGraph } from './load-graph.ts';
import type { ConfigurationStore, RolloutStore } from './ports.ts';
import { markOf } from './rollout/change-mark.ts';
import { headsIn } from './snapshot.ts';

interface Deps {
  readonly configurations: ConfigurationStore;
  readonly rollouts: RolloutStore;
}

/** A published version. Throws when there is no such configuration, or no such version of it, naming the field. */
export async function publishedVersion(
  ref: VersionRef,
  { catalogue, field }: { catalogue: Catalogue; field: string },
  { configurations }: { readonly configurations: Pick<ConfigurationStore, 'versions'> },
): Promise<ConfigurationVersion> {
  if (headOf(catalogue, ref.configurationId) === 0) throw new ConfigurationNotFoundError(ref.configurationId);
  if (!isPublished(catalogue, ref)) throw new VersionNotFoundError(field, ref.configurationId, ref.version);
  const found = (await configurations.versions([ref])).get(nameOf(ref));
  if (!found) throw new VersionNotFoundError(field, ref.configurationId, ref.version);
  return found;
}

/** The newest version, or the one that is asked for, which shows what it inherited then. */
export async function getConfiguration(
  { configurationId, version }: { configurationId: string; version?: number | undefined },
  deps: Deps,
): Promise<Configuration> {
  const catalogue = await deps.configurations.catalogue();
  const ref = { configurationId, version: version ?? headOf(catalogue, configurationId) };
  const found = await publishedVersion(ref, { catalogue, field: 'version' }, deps);
  const mark = markOf(catalogue, { configurationId, version: headOf(catalogue, configurationId) });
  const [draft, path, progress] = await Promise.all([
    deps.configurations.draft(configurationId),
    version === undefined ? currentPath(configurationId, catalogue, deps) : found.lineage,
    mark && deps.rollouts.rollout({ configurationId, version: mark.version }),
  ]);
  return configurationView(found, {
    path,
    draft: isLive(draft) ? draft : undefined,
    rollout: rolloutView(mark, progress),
  });
}

async function currentPath(configurationId: string, catalogue: Catalogue, deps: Deps): Promise<readonly VersionRef[]> {
  const graph = await loadGraph([{ configurationId }], catalogue, deps.configurations, headsIn(catalogue));
  const lineage = lineages(graph)({ configurationId });
  return lineage.kind === 'path' ? lineage.path : [];
}

const TOGETHER = 100;

/** Up to `limit` configurations after a given id, in the order of their ids, of those that may be seen. */
export async function listConfigurations(
  { limit, after, isVisible }: { limit: number; after?: string | undefined; isVisible: (id: string) => boolean },
  { configurations }: { readonly configurations: Pick<ConfigurationStore, 'catalogue' | 'versions'> },
): Promise<Omit<ListConfigurationsResponse, 'nextToken'> & { readonly after?: string }> {
  const catalogue = await configurations.catalogue();
  const ids = Object.keys(catalogue.heads)
    .filter((id) => (after === undefined || id > after) && isVisible(id))
    .sort();
  const page = ids
    .slice(0, limit)
    .map((configurationId) => ({ configurationId, version: headOf(catalogue, configurationId) }));
  const found = await configurations.versions(page);
  const last = page.at(-1);
  return {
    catalogueRevision: catalogue.revision,
    configurations: page.flatMap((ref) => found.get(nameOf(ref)) ?? []).map(summaryOf),
    ...(ids.length > limit && last && { after: last.configurationId }),
  };
}

/** The versions of a configuration that were published, newest first. */
export async function listVersions(
  { configurationId, limit, before }: { configurationId: string; limit: number; before?: number | undefined },
  { configurations }: { readonly configurations: Pick<ConfigurationStore, 'catalogue' | 'history'> },
): Promise<Omit<ListConfigurationVersionsResponse, 'nextToken'> & { readonly before?: number }> {
  const catalogue = await configurations.catalogue();
  const head = headOf(catalogue, configurationId);
  if (head === 0) throw new ConfigurationNotFoundError(configurationId);
  const found: ConfigurationVersion[] = [];
  let next = Math.min(before ?? head + 1, head + 1);
  while (next > 1 && found.length <= limit) {
    const some = await configurations.history(configurationId, { before: next, limit: TOGETHER });
    if (some.length === 0) break;
    found.push(...some.filter((version) => isPublished(catalogue, version)));
    next = some.at(-1)?.version ?? 1;
  }
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return { versions: page.map(summaryOf), ...(found.length > limit && last && { before: last.version }) };
}

export async function compareVersions(
  { configurationId, fromVersion, toVersion }: { configurationId: string; fromVersion: number; toVersion: number },
  { configurations }: { readonly configurations: Pick<ConfigurationStore, 'catalogue' | 'versions'> },
): Promise<CompareConfigurationVersionsResponse> {
  const catalogue = await configurations.catalogue();
  const versionAt = (version: number, field: string) =>
    publishedVersion({ configurationId, version }, { catalogue, field }, { configurations });
  const [from, to] = await Promise.all([versionAt(fromVersion, 'fromVersion'), versionAt(toVersion, 'toVersion')]);
  const differences = versionDifferences(from, to);
  return { configurationId, fromVersion, toVersion, same: differences.length === 0, differences };
}
