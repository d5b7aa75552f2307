import type { Group } from '../group/group.ts';

/** A verification older than this makes a wave verify first. */
const FRESH_MS = 24 * 3600 * 1000;

/** Until when settings verified at this time count as fresh. */
export function freshUntil(verifiedAt: string): string {
  return new Date(Date.parse(verifiedAt) + FRESH_MS).toISOString();
}

/** Never verified is not fresh. */
export function isFresh(verifiedAt: string | undefined, now: Date): boolean {
  return verifiedAt !== undefined && Date.parse(verifiedAt) + FRESH_MS > now.getTime();
}

/** True until the slowest-verified member of a group was verified too long ago. */
export function isGroupFresh({ launchConfigStatus: { freshUntil: until } }: Group, now: Date): boolean {
  return until !== null && Date.parse(until) > now.getTime();
}
