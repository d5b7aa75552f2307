import type { Brake, DriftPolicy } from '@prelaunch/contracts/drift';
import { isOpen, nextOpening } from './maintenance-windows.ts';

/** What was put right in a group lately, and what came of it. */
export interface RemediationLedger {
  readonly groupId: string;
  /** The newest beginning of each instance within the longest window, oldest first. */
  readonly begun: readonly { readonly instanceId: string; readonly at: string }[];
  /** Every end, oldest first. */
  readonly ended: readonly { readonly at: string; readonly succeeded: boolean }[];
  /** Counts writes of the item, for compare-and-set. 0 means not stored yet. */
  readonly version: number;
}

export function emptyLedger(groupId: string): RemediationLedger {
  return { groupId, begun: [], ended: [], version: 0 };
}

/** What keeps a remediation from beginning, and until when, where that ends by itself. */
export interface Held {
  readonly brake: Brake;
  readonly reason: string;
  readonly until: string | null;
}

export interface Situation {
  readonly instanceId: string;
  readonly policy: DriftPolicy;
  /** How many servers the group has. */
  readonly members: number;
  readonly isFlapping: boolean;
  readonly writers: readonly string[];
  readonly now: Date;
}

const MINUTE_MS = 60_000;
/** Longer than any window that a policy may state. */
const REMEMBERED_MS = 24 * 60 * MINUTE_MS;
const BEGUN_MAX = 5_000;
const ENDED_MAX = 100;

/** The breaker opens when at least so many ended, and at least so large a share of them failed. */
const BREAKER_ENDED_MIN = 4;
const BREAKER_FAILED_SHARE = 0.5;

const BACK_OFF_FIRST_MS = MINUTE_MS;
const BACK_OFF_MAX_MS = 6 * 60 * MINUTE_MS;

/** The first of what a group's policy and its past hold against one more remediation now. Undefined: go ahead. */
export function heldBy(ledger: RemediationLedger, situation: Situation): Held | undefined {
  return (
    flapping(situation) ??
    outsideWindows(situation) ??
    breakerOpen(ledger, situation) ??
    backingOff(ledger, situation) ??
    budgetUsed(ledger, situation)
  );
}

function flapping({ isFlapping, writers }: Situation): Held | undefined {
  if (!isFlapping) return undefined;
  const names = writers.length > 0 ? writers.join(' and ') : 'somebody';
  return { brake: 'flapping', reason: `the settings go to and fro; ${names} wrote them`, until: null };
}

function outsideWindows({ policy: { maintenanceWindows }, now }: Situation): Held | undefined {
  if (isOpen(maintenanceWindows, now)) return undefined;
  const until = nextOpening(maintenanceWindows, now)?.toISOString() ?? null;
  return { brake: 'maintenance_window', reason: 'no maintenance window of the group is open', until };
}

/** Where much of it fails, going on would only fail more. It closes when enough of them have left the window. */
function breakerOpen({ ended }: RemediationLedger, { policy, now }: Situation): Held | undefined {
  const windowMs = policy.budget.windowMinutes * MINUTE_MS;
  const recent = since(ended, now.getTime() - windowMs);
  if (!failsTooOften(recent)) return undefined;
  const closing = recent.find(({ at }) => !failsTooOften(since(recent, Date.parse(at))));
  const reason = `${failedOf(recent).length} of the last ${recent.length} remediations of the group failed`;
  return { brake: 'breaker_open', reason, until: closing ? leaves(closing, windowMs) : null };
}

type Ended = RemediationLedger['ended'];

function failsTooOften(ended: Ended): boolean {
  return ended.length >= BREAKER_ENDED_MIN && failedOf(ended).length / ended.length >= BREAKER_FAILED_SHARE;
}

function failedOf(ended: Ended): Ended {
  return ended.filter(({ succeeded }) => !succeeded);
}

/** Of things noted, those after a time in epoch milliseconds. */
function since<Noted extends { readonly at: string }>(noted: readonly Noted[], time: number): Noted[] {
  return noted.filter(({ at }) => Date.parse(at) > time);
}

/** When something noted is out of a window. */
function leaves({ at }: { readonly at: string }, windowMs: number): string {
  return new Date(Date.parse(at) + windowMs).toISOString();
}

/** After each failure in a row twice as long. */
function backingOff({ ended }: RemediationLedger, { now }: Situation): Held | undefined {
  const lastSuccess = ended.findLastIndex(({ succeeded }) => succeeded);
  const failures = ended.slice(lastSuccess + 1);
  const last = failures.at(-1);
  if (!last) return undefined;
  const waitMs = Math.min(BACK_OFF_MAX_MS, BACK_OFF_FIRST_MS * 2 ** (failures.length - 1));
  const until = Date.parse(last.at) + waitMs;
  if (until <= now.getTime()) return undefined;
  return {
    brake: 'backing_off',
    reason: `the last ${failures.length} remediations of the group failed`,
    until: new Date(until).toISOString(),
  };
}

/** Instances, not actions: one that is put right twice counts once. */
function budgetUsed({ begun }: RemediationLedger, { instanceId, policy, members, now }: Situation): Held | undefined {
  const { windowMinutes, maxInstances, maxShare } = policy.budget;
  const windowMs = windowMinutes * MINUTE_MS;
  const recent = since(begun, now.getTime() - windowMs);
  const limit = Math.min(maxInstances, shareOf(members, maxShare));
  const isCounted = limit > 0 && recent.some((one) => one.instanceId === instanceId);
  if (recent.length < limit || isCounted) return undefined;
  // With it gone, there is room for one more. Without any budget there is none.
  const leaving = recent[recent.length - limit];
  return {
    brake: 'budget_used',
    reason: `${recent.length} instances of the group were put right within ${windowMinutes} minutes, and ${limit} may be`,
    until: leaving ? leaves(leaving, windowMs) : null,
  };
}

/** A share of a small group is at least one, unless it is none. Seven percent of 100 are 7, and not the 7.000000000000001 of floats. */
function shareOf(members: number, share: number): number {
  return Math.ceil(Number((share * members).toPrecision(12)));
}

/** The ledger with one more beginning. What is older than any window is forgotten, and so is an earlier beginning of the same. */
export function withBegun(ledger: RemediationLedger, instanceId: string, now: Date): RemediationLedger {
  const remembered = since(ledger.begun, now.getTime() - REMEMBERED_MS).filter((one) => one.instanceId !== instanceId);
  return { ...ledger, begun: [...remembered, { instanceId, at: now.toISOString() }].slice(-BEGUN_MAX) };
}

export function withEnded(ledger: RemediationLedger, succeeded: boolean, now: Date): RemediationLedger {
  return { ...ledger, ended: [...ledger.ended, { at: now.toISOString(), succeeded }].slice(-ENDED_MAX) };
}
