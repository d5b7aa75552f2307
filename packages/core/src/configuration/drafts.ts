import type { ConfigurationContent } from '@prelaunch/contracts/configuration';
import { ContentionError } from '../errors.ts';
import { type ConfigurationDraft, contentOf, headOf } from './configuration.ts';
import { DraftMismatchError, DraftNotFoundError } from './configuration-errors.ts';
import type { ConfigurationStore } from './ports.ts';

/** Who saves, and what of the draft they have seen. */
interface DraftChange {
  readonly configurationId: string;
  /** The generation the caller has seen, if the change depends on it; 0 for there being none. */
  readonly expected?: number | undefined;
}

interface DraftAuthor {
  /** As the audit log knows them. */
  readonly id: string;
  readonly by: string;
  readonly at: string;
}

const ATTEMPTS_MAX = 10;
/** The item has room for them; none of those who come first is ever forgotten while a draft lives. */
const AUTHORS_MAX = 100;

/** Saves what a configuration is to say next, whole. It says nothing to anybody before it is published. */
export async function saveDraft(
  { configurationId, expected }: DraftChange,
  content: ConfigurationContent,
  author: DraftAuthor,
  { configurations }: { readonly configurations: ConfigurationStore },
): Promise<ConfigurationDraft> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const [before, catalogue] = await Promise.all([configurations.draft(configurationId), configurations.catalogue()]);
    refuseUnseen(configurationId, expected, isLive(before) ? before.version : 0);
    const authors = [...new Set([...(before?.authors ?? []), author.id])];
    if (authors.length > AUTHORS_MAX) throw new ContentionError(`the draft of ${configurationId}`);
    const draft: ConfigurationDraft = {
      configurationId,
      ...contentOf(content),
      basedOn: headOf(catalogue, configurationId),
      authors,
      savedBy: author.by,
      savedAt: author.at,
      version: before?.version ?? 0,
    };
    if (await configurations.saveDraft(draft)) return { ...draft, version: draft.version + 1 };
  }
  throw new ContentionError(`the draft of ${configurationId}`);
}

export async function knownDraft(
  configurationId: string,
  { configurations }: { readonly configurations: Pick<ConfigurationStore, 'draft'> },
): Promise<ConfigurationDraft> {
  const draft = await configurations.draft(configurationId);
  if (!isLive(draft)) throw new DraftNotFoundError(configurationId);
  return draft;
}

/** Answers the draft that is gone now. */
export async function discardDraft(
  { configurationId, expected }: DraftChange,
  { configurations }: { readonly configurations: Pick<ConfigurationStore, 'draft' | 'saveDraft'> },
): Promise<ConfigurationDraft> {
  const draft = await knownDraft(configurationId, { configurations });
  refuseUnseen(configurationId, expected, draft.version);
  if (!(await configurations.saveDraft(discarded(draft, draft.authors))))
    throw new ContentionError(`the draft of ${configurationId}`);
  return draft;
}

/** What is left of a draft, and of whom it is known that they wrote what may come again. */
export function discarded(draft: ConfigurationDraft, authors: readonly string[]): ConfigurationDraft {
  const { configurationId, basedOn, savedBy, savedAt, version } = draft;
  const nothing = { parents: [], settings: {}, variants: {}, unset: [], locked: [] };
  return { configurationId, ...nothing, basedOn, authors, savedBy, savedAt, discarded: true, version };
}

export function isLive(draft: ConfigurationDraft | undefined): draft is ConfigurationDraft {
  return draft !== undefined && draft.discarded !== true;
}

function refuseUnseen(configurationId: string, expected: number | undefined, current: number): void {
  if (expected !== undefined && expected !== current) throw new DraftMismatchError(configurationId, expected, current);
}
