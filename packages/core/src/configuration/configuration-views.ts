import type { ConfigurationContent, VersionRef } from '@prelaunch/contracts/configuration';
import type {
  Configuration,
  ConfigurationSummary,
  ConfigurationDraft as DraftView,
  Rollout,
} from '@prelaunch/contracts/operations/configurations';
import type { ConfigurationDraft, ConfigurationVersion, RolloutMark } from './configuration.ts';
import type { RolloutProgress } from './ports.ts';

/** A version as lists and histories show it. */
export function summaryOf(version: ConfigurationVersion): ConfigurationSummary {
  const { parents, description, owner } = version;
  return { ...publishedView(version), parents: [...parents], description: description ?? null, owner: owner ?? null };
}

/** What was recorded about a version. */
export function publishedView(published: ConfigurationVersion) {
  const { configurationId, version, publishedBy: author, publishedAt, message, hash, rolledBackTo } = published;
  return { configurationId, version, author, publishedAt, message, hash, rolledBackTo: rolledBackTo ?? null };
}

export function configurationView(
  version: ConfigurationVersion,
  {
    path,
    draft,
    rollout,
  }: { path: readonly VersionRef[]; draft: ConfigurationDraft | undefined; rollout: Rollout | null },
): Configuration {
  return {
    ...publishedView(version),
    ...contentView(version),
    path: path.map(({ configurationId, version: number }) => ({ configurationId, version: number })),
    draft: draft ? { generation: draft.version, savedBy: draft.savedBy, savedAt: draft.savedAt } : null,
    rollout,
  };
}

export function draftView(draft: ConfigurationDraft): DraftView {
  const { configurationId, version: generation, basedOn, authors, savedBy, savedAt } = draft;
  return {
    configurationId,
    generation,
    basedOn: basedOn === 0 ? null : basedOn,
    ...contentView(draft),
    authors: [...authors],
    savedBy,
    savedAt,
  };
}

export function rolloutView(mark: RolloutMark | undefined, progress: RolloutProgress | undefined): Rollout | null {
  if (!mark) return null;
  const { version, state, because } = mark;
  const groups = progress?.groupIds.length ?? null;
  return { version, state, groups, reached: progress?.reached.length ?? 0, because: because ?? null };
}

function contentView({ parents, settings, variants, unset, locked, description, owner }: ConfigurationContent) {
  return {
    parents: [...parents],
    settings: { ...settings },
    variants: { ...variants },
    unset: [...unset],
    locked: [...locked],
    description: description ?? null,
    owner: owner ?? null,
  };
}
