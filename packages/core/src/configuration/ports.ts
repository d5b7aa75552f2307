import type { VersionRef } from '@prelaunch/contracts/configuration';
import type { Binding, BindingSubject } from '@prelaunch/contracts/operations/bindings';
import type { Catalogue, ConfigurationDraft, ConfigurationVersion } from './configuration.ts';

/**
 * Keeps the graph. Reads are strongly consistent, except that versions never change and may be remembered. Writes answer false when
 * somebody wrote first; then nothing was written.
 */
export interface ConfigurationStore {
  /** `EMPTY_CATALOGUE` where nothing was published yet. */
  catalogue(): Promise<Catalogue>;
  /** Compare-and-set on `version`. */
  saveCatalogue(catalogue: Catalogue): Promise<boolean>;
  /** Those that exist, by `nameOf`. Whether they are visible is for the catalogue to say. */
  versions(refs: readonly VersionRef[]): Promise<Map<string, ConfigurationVersion>>;
  /** Every version of one configuration that was written, newest first, before a given one. */
  history(
    configurationId: string,
    options: { readonly before?: number; readonly limit: number },
  ): Promise<ConfigurationVersion[]>;
  /**
   * Writes a version that does not exist, with an edge from each of its parents. False when the number is taken, whoever took it.
   */
  addVersion(version: ConfigurationVersion): Promise<boolean>;
  /** Which versions of which configurations ever named one of these as a parent, pinned or not, by parent. */
  childrenOf(configurationIds: readonly string[]): Promise<Map<string, VersionRef[]>>;
  /** One that was discarded too. */
  draft(configurationId: string): Promise<ConfigurationDraft | undefined>;
  /** Compare-and-set on `version`. */
  saveDraft(draft: ConfigurationDraft): Promise<boolean>;
}

/** A binding as stored. */
export interface StoredBinding extends Binding {
  /** Counts writes, for compare-and-set. 0 means not stored yet. */
  readonly version: number;
}

/** Keeps bindings, by subject and priority. Reads are strongly consistent. */
export interface BindingStore {
  /** All bindings of these subjects. */
  of(subjects: readonly BindingSubject[]): Promise<StoredBinding[]>;
  all(): Promise<StoredBinding[]>;
  /** Compare-and-set on `version`; of a new one, false when the subject has one of this priority. */
  save(binding: StoredBinding): Promise<boolean>;
  /** Only the binding as it was read. */
  delete(binding: StoredBinding): Promise<boolean>;
}

/** How far a published version has come. */
export interface RolloutProgress {
  readonly configurationId: string;
  readonly version: number;
  /** Groups that followed the configuration when it began, in the order in which they are reached. */
  readonly groupIds: readonly string[];
  /** The first of them: planned again, each with how many of its servers had failed before. */
  readonly reached: readonly { readonly groupId: string; readonly failedBefore: number }[];
  /** Counts writes, for compare-and-set. 0 means not stored yet. */
  readonly writes: number;
}

/** Keeps rollouts while they last. Reads are strongly consistent. */
export interface RolloutStore {
  rollout(ref: VersionRef): Promise<RolloutProgress | undefined>;
  /** Compare-and-set on `writes`. */
  saveRollout(progress: RolloutProgress): Promise<boolean>;
}
