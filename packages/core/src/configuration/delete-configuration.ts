import { ContentionError } from '../errors.ts';
import { allGroups } from '../group/all-groups.ts';
import { mayBeInForce } from '../group/inheritance.ts';
import type { GroupStore } from '../group/ports.ts';
import { type Catalogue, type ConfigurationVersion, headOf, nameOf } from './configuration.ts';
import { ConfigurationInUseError, ConfigurationNotFoundError } from './configuration-errors.ts';
import { discarded, isLive } from './drafts.ts';
import type { BindingStore, ConfigurationStore } from './ports.ts';

interface Deps {
  readonly configurations: ConfigurationStore;
  readonly bindings: Pick<BindingStore, 'all'>;
  readonly groups: Pick<GroupStore, 'listIds' | 'getMany'>;
}

const ATTEMPTS_MAX = 10;
const USERS_SHOWN_MAX = 20;

/**
 * Takes a configuration that nothing uses out of the catalogue, with its draft. Its versions stay: what was pinned to something that
 * inherited from it goes on to resolve, and should its id be used again, the numbers go on. Answers the new revision.
 */
export async function deleteConfiguration(configurationId: string, deps: Deps): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const catalogue = await deps.configurations.catalogue();
    if (headOf(catalogue, configurationId) === 0) throw new ConfigurationNotFoundError(configurationId);
    const users = await usersOf(configurationId, catalogue, deps);
    if (users.length > 0) throw new ConfigurationInUseError(configurationId, users.slice(0, USERS_SHOWN_MAX));
    const next = without(configurationId, catalogue);
    // Whoever began to inherit from it meanwhile has published, and moved the catalogue.
    if (!(await deps.configurations.saveCatalogue(next))) continue;
    const draft = await deps.configurations.draft(configurationId);
    if (isLive(draft)) await deps.configurations.saveDraft(discarded(draft, draft.authors));
    return next.revision;
  }
  throw new ContentionError('the catalogue of configurations');
}

function without(configurationId: string, catalogue: Catalogue): Catalogue {
  const { [configurationId]: head, ...heads } = catalogue.heads;
  const { [configurationId]: _mark, ...rollouts } = catalogue.rollouts;
  const retired = { ...catalogue.retired, ...(head && { [configurationId]: head }) };
  return { ...catalogue, revision: catalogue.revision + 1, heads, retired, rollouts };
}

async function usersOf(configurationId: string, catalogue: Catalogue, deps: Deps): Promise<string[]> {
  const heirs = await heirsOf(configurationId, catalogue, deps);
  const bindings = (await deps.bindings.all()).filter(
    (binding) => binding.configuration.configurationId === configurationId,
  );
  const groups: string[] = [];
  for await (const { groupId, configuration } of allGroups(deps.groups))
    if (configuration?.configurationId === configurationId) groups.push(groupId);
  return [
    ...heirs.map((child) => `configuration ${nameOf(child)}`),
    ...bindings.map(({ bindingId }) => `binding ${bindingId}`),
    ...groups.map((groupId) => `protection group ${groupId}`),
  ];
}

/** Edges of versions that were never published, or that nobody has any more, say nothing. */
async function heirsOf(
  configurationId: string,
  catalogue: Catalogue,
  { configurations }: Pick<Deps, 'configurations'>,
): Promise<ConfigurationVersion[]> {
  const children = (await configurations.childrenOf([configurationId])).get(configurationId) ?? [];
  const versions = await configurations.versions(children.filter((child) => mayBeInForce(catalogue, child)));
  return [...versions.values()].filter(({ parents }) =>
    parents.some((parent) => parent.configurationId === configurationId),
  );
}
