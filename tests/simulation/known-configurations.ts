import type { ConfigurationRef } from '@prelaunch/contracts/configuration';
import {
  type Catalogue,
  type ConfigurationVersion,
  contentHash,
  EMPTY_CATALOGUE,
  nameOf,
} from '@prelaunch/core/configuration/configuration';
import type { RolloutProgress, StoredBinding } from '@prelaunch/core/configuration/ports';
import type { Group } from '@prelaunch/core/group/group';
import { binding, catalogueOf, configurationVersion } from '../support/configurations.ts';
import type { Configured } from './configured.ts';
import { expectedPath, newestView, type Path } from './expected-paths.ts';
import type { Task } from './scheduler.ts';
import type { Stores } from './world.ts';

/** Copies of what is stored of configurations, and what has been seen of them. */
export interface KnownConfigurations {
  catalogue: Catalogue;
  readonly versions: Map<string, ConfigurationVersion>;
  /** What versions inherited from when they became visible, by name. */
  readonly frozen: Map<string, readonly string[]>;
  readonly rollouts: Map<string, RolloutProgress>;
  readonly bindings: Map<string, StoredBinding>;
  /** What groups were planned with, by id and generation. */
  readonly planned: Map<string, Path>;
  /** Groups that lacked a version when it was published, by its name, each with the generation for which it had settled what it had. */
  readonly lacking: Map<string, ReadonlyMap<string, number>>;
  /** In which revision of the catalogue plans were made that somebody agreed to, by their hash. */
  readonly agreed: Map<string, number>;
  readonly readings: Map<Task, Readings>;
}

/** What a task has been told so far. */
export interface Readings {
  /** Oldest first. */
  readonly catalogues: Catalogue[];
  readonly bindings: (readonly StoredBinding[])[];
  /** As they were read last. */
  readonly groups: Map<string, Group>;
  /** By the name of the version, as they were read last. */
  readonly rollouts: Map<string, RolloutProgress>;
}

export function knownConfigurations(): KnownConfigurations {
  return {
    catalogue: EMPTY_CATALOGUE,
    versions: new Map(),
    frozen: new Map(),
    rollouts: new Map(),
    bindings: new Map(),
    planned: new Map(),
    lacking: new Map(),
    agreed: new Map(),
    readings: new Map(),
  };
}

/** Puts there what a scenario begins with. The twins do at once what they are asked for. */
export function seedConfigurations(
  { published, bindings }: Configured,
  known: KnownConfigurations,
  stores: Stores,
): void {
  const heads = Object.fromEntries(published.map(({ configurationId }) => [configurationId, 1]));
  const catalogue = catalogueOf(heads);
  void stores.configurations.saveCatalogue(catalogue);
  known.catalogue = { ...catalogue, version: 1 };
  for (const { configurationId, content } of published) {
    const plain = configurationVersion({ configurationId, ...content, hash: contentHash(content) });
    known.versions.set(nameOf(plain), plain);
    const path = expectedPath({ configurationId }, newestView(catalogue), known) ?? [];
    known.frozen.set(nameOf(plain), path);
    const version = { ...plain, lineage: path.map(refNamed) };
    known.versions.set(nameOf(plain), version);
    void stores.configurations.addVersion(version);
  }
  for (const { groupId, priority, configuration } of bindings) {
    const one = binding({ subject: { kind: 'protectionGroup', id: groupId }, priority, configuration });
    void stores.bindings.save(one);
    known.bindings.set(one.bindingId, { ...one, version: 1 });
  }
}

/** A version, whose way to groups it is about. */
export type RolloutRef = Pick<RolloutProgress, 'configurationId' | 'version'>;

export function refNamed(name: string): RolloutRef {
  const [configurationId = '', version = ''] = name.split('@');
  return { configurationId, version: Number(version) };
}

export function readingsOf({ readings }: KnownConfigurations, task: Task): Readings {
  const found = readings.get(task) ?? { catalogues: [], bindings: [], groups: new Map(), rollouts: new Map() };
  readings.set(task, found);
  return found;
}

/** Where a group begins: what it names, or the binding of the highest priority. */
export function startOf(
  { groupId, configuration, deletedAt }: Group,
  bindings: Iterable<StoredBinding>,
): { readonly configuration: ConfigurationRef; readonly bindingId?: string } | undefined {
  if (deletedAt !== undefined) return undefined;
  if (configuration) return { configuration };
  const own = [...bindings].filter(({ subject }) => subject.kind === 'protectionGroup' && subject.id === groupId);
  const [first] = own.sort((one, other) => other.priority - one.priority);
  return first && { configuration: first.configuration, bindingId: first.bindingId };
}
