import { isDeepStrictEqual } from 'node:util';
import type { SourceServer, Written } from '../group/source-server.ts';
import type { TemplateVersion } from './ports.ts';

/** By then EC2 shows every describe what was written. */
export const CAUGHT_UP_MS = 60_000;

/** A version that somebody knew to be the default at some time. */
export type KnownDefault = Pick<Written, 'launchTemplateId' | 'launchTemplateVersion'>;

/** What is known of a server's template: from its item, and from what this worker has written itself since it took the server. */
export interface Knowledge {
  readonly server: Pick<SourceServer, 'applied' | 'written'>;
  readonly own: Written | undefined;
}

/** The newest version that is known to have been the default a moment ago. */
export function newestKnown({ server: { applied, written }, own }: Knowledge, now: Date): KnownDefault | undefined {
  const recent = [recently(applied, applied?.verifiedAt, now), recently(written, written?.at, now), own];
  return recent.reduce((newest, one) => (one && !(newest && isLater(newest, one)) ? one : newest), undefined);
}

/**
 * True when a version that was read as the default cannot be what was before the last write that is known of. Under leases the newest
 * version is made the default, so no older one is believed for a while. A worker that comes late may make an older one the default:
 * then only that one is believed; and none where nobody knows whose write was the last.
 */
export function isSurelyShown(
  { launchTemplateId, versionNumber }: TemplateVersion,
  { server: { applied, written }, own }: Knowledge,
  now: Date,
): boolean {
  const here = <Known extends KnownDefault>(known: Known | undefined) =>
    known?.launchTemplateId === launchTemplateId ? known : undefined;
  const proof = here(recently(applied, applied?.verifiedAt, now));
  const left = here(recently(written, written?.at, now));
  const note = own ? here(noteOf(own, left, { at: own.at, isLate: false })) : left;
  if (versionNumber < Math.max(proof?.launchTemplateVersion ?? 0, note?.launchTemplateVersion ?? 0)) return false;
  return !note?.doubt || (note.doubt === 'late' && note.launchTemplateVersion === versionNumber);
}

/** What a worker leaves behind that has written and has no result, in place of the note of another one. */
export function noteOf(
  own: Written,
  others: Written | undefined,
  { at, isLate }: { readonly at: string; readonly isLate: boolean },
): Written {
  // What was noted before this worker wrote was written before, too.
  const beside = others && others.at >= own.at ? others : undefined;
  const isAgreed = !beside || (beside.doubt !== 'disputed' && isDeepStrictEqual(versionOf(beside), versionOf(own)));
  const doubt = isLate || beside?.doubt ? 'late' : undefined;
  return { ...versionOf(own), at, ...(isAgreed ? doubt && { doubt } : { doubt: 'disputed' }) };
}

function versionOf({ launchTemplateId, launchTemplateVersion }: Written): KnownDefault {
  return { launchTemplateId, launchTemplateVersion };
}

function recently<Known>(known: Known | undefined, at: string | undefined, now: Date): Known | undefined {
  return at !== undefined && Date.parse(at) > now.getTime() - CAUGHT_UP_MS ? known : undefined;
}

function isLater(one: KnownDefault, other: KnownDefault): boolean {
  return one.launchTemplateId === other.launchTemplateId && one.launchTemplateVersion > other.launchTemplateVersion;
}
