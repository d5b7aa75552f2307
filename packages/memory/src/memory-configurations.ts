import type { VersionRef } from '@prelaunch/contracts/configuration';
import {
  type Catalogue,
  type ConfigurationDraft,
  type ConfigurationVersion,
  EMPTY_CATALOGUE,
  nameOf,
} from '@prelaunch/core/configuration/configuration';
import type { ConfigurationStore, RolloutProgress, RolloutStore } from '@prelaunch/core/configuration/ports';
import { countedItems } from './counted-items.ts';

/** The graph in memory. Everything is copied in and out, except that a version is given out as the one object: it never changes. */
export function memoryConfigurationStore(): ConfigurationStore & RolloutStore {
  return { ...memoryCatalogue(), ...memoryVersions(), ...memoryDrafts(), ...memoryRollouts() };
}

const CATALOGUE = 'catalogue';

function memoryCatalogue(): Pick<ConfigurationStore, 'catalogue' | 'saveCatalogue'> {
  const catalogues = countedItems<Catalogue>(
    ({ version }) => version,
    (catalogue, version) => ({ ...catalogue, version }),
  );
  return {
    catalogue: async () => catalogues.get(CATALOGUE) ?? EMPTY_CATALOGUE,
    saveCatalogue: async (catalogue) => catalogues.save(CATALOGUE, catalogue),
  };
}

function memoryVersions(): Pick<ConfigurationStore, 'versions' | 'history' | 'addVersion' | 'childrenOf'> {
  const versions = new Map<string, Map<number, ConfigurationVersion>>();
  const children = new Map<string, Map<string, VersionRef>>();

  function addEdge(parentId: string, { configurationId, version }: VersionRef): void {
    const found = children.get(parentId) ?? new Map<string, VersionRef>();
    const child = { configurationId, version };
    children.set(parentId, found.set(nameOf(child), child));
  }

  return {
    async versions(refs) {
      const found = refs.flatMap(({ configurationId, version }) => versions.get(configurationId)?.get(version) ?? []);
      return new Map(found.map((version) => [nameOf(version), version]));
    },
    async history(configurationId, { before = Number.POSITIVE_INFINITY, limit }) {
      const all = [...(versions.get(configurationId)?.values() ?? [])];
      const older = all.filter(({ version }) => version < before);
      return older.sort((one, other) => other.version - one.version).slice(0, limit);
    },
    async addVersion(version) {
      // As in the table, where edges are written first, and stay when the number is taken.
      for (const parent of version.parents) addEdge(parent.configurationId, version);
      const ofOne = versions.get(version.configurationId) ?? new Map<number, ConfigurationVersion>();
      if (ofOne.has(version.version)) return false;
      versions.set(version.configurationId, ofOne.set(version.version, structuredClone(version)));
      return true;
    },
    async childrenOf(configurationIds) {
      return new Map(configurationIds.map((id) => [id, structuredClone([...(children.get(id)?.values() ?? [])])]));
    },
  };
}

function memoryDrafts(): Pick<ConfigurationStore, 'draft' | 'saveDraft'> {
  const drafts = countedItems<ConfigurationDraft>(
    ({ version }) => version,
    (draft, version) => ({ ...draft, version }),
  );
  return {
    draft: async (configurationId) => drafts.get(configurationId),
    saveDraft: async (draft) => drafts.save(draft.configurationId, draft),
  };
}

function memoryRollouts(): RolloutStore {
  const rollouts = countedItems<RolloutProgress>(
    ({ writes }) => writes,
    (progress, writes) => ({ ...progress, writes }),
  );
  return {
    rollout: async (ref) => rollouts.get(nameOf(ref)),
    saveRollout: async (progress) => rollouts.save(nameOf(progress), progress),
  };
}
