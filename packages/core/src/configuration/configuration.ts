import { createHash } from 'node:crypto';
import type { ConfigurationContent, VersionRef } from '@prelaunch/contracts/configuration';
import canonicalize from 'canonicalize';
import { ownValue } from '../own-value.ts';

/** A published version. It never changes. */
export interface ConfigurationVersion extends ConfigurationContent {
  readonly configurationId: string;
  readonly version: number;
  /** Of what it says; two versions that say the same have the same. */
  readonly hash: string;
  /**
   * What it inherited from when it was published, nearest first, itself included. Whoever pins this version gets exactly this,
   * whatever is published later.
   */
  readonly lineage: readonly VersionRef[];
  /** As the audit log knows them. */
  readonly author: string;
  /** As people know them. */
  readonly publishedBy: string;
  readonly publishedAt: string;
  readonly message: string;
  /** Of the plan that was agreed to: a repeat of the same publishing has the same. */
  readonly planHash: string;
  /** The version of which it says the same again. */
  readonly rolledBackTo?: number;
}

/** What waits to be published: one for each configuration. */
export interface ConfigurationDraft extends ConfigurationContent {
  readonly configurationId: string;
  /** The newest version when it was saved; 0 where there was none. */
  readonly basedOn: number;
  /** Everybody who saved it since something was published last, as the audit log knows them: none of them approves it. */
  readonly authors: readonly string[];
  readonly savedBy: string;
  readonly savedAt: string;
  /** There is no draft any more: what is left says who wrote, and which generations there were. */
  readonly discarded?: boolean;
  /** Counts writes, for compare-and-set, and as the generation that callers see. 0 means not stored yet. */
  readonly version: number;
}

/** The newest version of one configuration. */
export interface Head {
  readonly version: number;
  /** Numbers that a publisher wrote and never made visible: they are no versions. */
  readonly skipped?: readonly number[];
}

/** A version that has not come to every group yet. */
export interface RolloutMark {
  readonly version: number;
  /** The versions before it that had not come to all groups, the newest last. What groups keep while it is stopped is any before it. */
  readonly previous: readonly number[];
  readonly state: 'running' | 'stopped';
  readonly maxFailureShare: number;
  readonly because?: string;
  /** Who published, for the records of what comes of it. */
  readonly by: string;
  readonly requestedBy: string;
  readonly correlationId: string;
}

/**
 * What makes versions visible: a consistent snapshot of the whole graph in one item. Versions and edges are written first; what
 * the catalogue does not name does not exist.
 */
export interface Catalogue {
  /** Grows with each version that is published and each configuration that is deleted. */
  readonly revision: number;
  readonly heads: Readonly<Record<string, Head>>;
  /** Deleted configurations, so that their numbers are not given again. */
  readonly retired: Readonly<Record<string, Head>>;
  readonly rollouts: Readonly<Record<string, RolloutMark>>;
  /** Counts writes, for compare-and-set. 0 means not stored yet. */
  readonly version: number;
}

export const EMPTY_CATALOGUE: Catalogue = { revision: 0, heads: {}, retired: {}, rollouts: {}, version: 0 };

/** The newest version of a configuration; 0 where there is none. */
export function headOf({ heads }: Pick<Catalogue, 'heads'>, configurationId: string): number {
  return ownValue(heads, configurationId)?.version ?? 0;
}

/** True for a version that was published, of a configuration that exists. */
export function isPublished({ heads }: Pick<Catalogue, 'heads'>, { configurationId, version }: VersionRef): boolean {
  const head = ownValue(heads, configurationId);
  return head !== undefined && version >= 1 && version <= head.version && !head.skipped?.includes(version);
}

/** `production@4`: how versions are named in texts, and told apart. */
export function nameOf({ configurationId, version }: VersionRef): string {
  return `${configurationId}@${version}`;
}

/** The versions of a configuration that it inherited, newest first: where there are two, the older one is pinned by somebody. */
export function inLineage(configurationId: string, { lineage }: Pick<ConfigurationVersion, 'lineage'>): VersionRef[] {
  return lineage
    .filter((ref) => ref.configurationId === configurationId)
    .sort((one, other) => other.version - one.version);
}

/** What a version says, without what was recorded about it. */
export function contentOf(content: ConfigurationContent): ConfigurationContent {
  const { parents, settings, variants, unset, locked, description, owner } = content;
  return {
    parents,
    settings,
    variants,
    unset,
    locked,
    ...(description !== undefined && { description }),
    ...(owner !== undefined && { owner }),
  };
}

/** Fingerprint of what a version says: `sha256:` of the canonical JSON (RFC 8785). The order of parents counts, that of keys does not. */
export function contentHash(content: ConfigurationContent): string {
  const { unset, locked, ...others } = contentOf(content);
  const sorted = { ...others, unset: [...unset].sort(), locked: [...locked].sort() };
  return `sha256:${createHash('sha256')
    .update(canonicalize(sorted) ?? '')
    .digest('hex')}`;
}
