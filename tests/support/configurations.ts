import type { ConfigurationContent } from '@prelaunch/contracts/configuration';
import type { Binding } from '@prelaunch/contracts/operations/bindings';
import {
  type Catalogue,
  type ConfigurationDraft,
  type ConfigurationVersion,
  contentHash,
  EMPTY_CATALOGUE,
} from '@prelaunch/core/configuration/configuration';
import type { RolloutProgress, StoredBinding } from '@prelaunch/core/configuration/ports';
import { AT } from './clock.ts';

function nothingStated(): ConfigurationContent {
  return { parents: [], settings: {}, variants: {}, unset: [], locked: [] };
}

/** A published version; its hash is of what it says, and its lineage is itself, where nothing else is stated. */
export function configurationVersion(stated: Partial<ConfigurationVersion> = {}): ConfigurationVersion {
  const { configurationId = 'production', version = 1 } = stated;
  const content = { ...nothingStated(), ...stated };
  return {
    configurationId,
    version,
    hash: contentHash(content),
    lineage: [{ configurationId, version }],
    author: 'user:alice',
    publishedBy: 'alice@example.com',
    publishedAt: AT,
    message: 'because',
    planHash: `sha256:${'0'.repeat(64)}`,
    ...content,
  };
}

/** A draft that nobody saved before. */
export function configurationDraft(stated: Partial<ConfigurationDraft> = {}): ConfigurationDraft {
  return {
    ...nothingStated(),
    configurationId: 'production',
    basedOn: 0,
    authors: ['user:alice'],
    savedBy: 'alice@example.com',
    savedAt: AT,
    version: 0,
    ...stated,
  };
}

/** The catalogue in which these configurations have these versions as their newest, not stored yet. */
export function catalogueOf(heads: Readonly<Record<string, number>>, stated: Partial<Catalogue> = {}): Catalogue {
  const entries = Object.entries(heads).map(([configurationId, version]) => [configurationId, { version }]);
  return { ...EMPTY_CATALOGUE, revision: entries.length, heads: Object.fromEntries(entries), ...stated };
}

/** A binding that is not stored yet, of a user and following what is published where nothing else is stated. */
export function binding(stated: Partial<StoredBinding> = {}): StoredBinding {
  const subject: Binding['subject'] = stated.subject ?? { kind: 'user', id: 'alice' };
  const { priority = 0 } = stated;
  return {
    bindingId: `${subject.kind}:${subject.kind === 'default' ? '' : subject.id}:${priority}`,
    subject,
    priority,
    configuration: { configurationId: 'production' },
    changedBy: 'ops@example.com',
    changedAt: AT,
    version: 0,
    ...stated,
  };
}

/** A rollout that has reached nothing yet. */
export function rolloutProgress(stated: Partial<RolloutProgress> = {}): RolloutProgress {
  return { configurationId: 'production', version: 1, groupIds: ['payments'], reached: [], writes: 0, ...stated };
}
