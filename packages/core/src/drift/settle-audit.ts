import { isDeepStrictEqual } from 'node:util';
import type { DriftPolicy, DriftUnknown } from '@prelaunch/contracts/drift';
import { DriftCleared, DriftDetected, DriftRemediated, type PrelaunchEvent } from '@prelaunch/contracts/events';
import type { DriftDeps } from './audit-deps.ts';
import { changeInstance } from './change-instance.ts';
import { unknownScore } from './drift-score.ts';
import { flappingOf, withLook } from './flapping.ts';
import {
  historyEntry,
  type InstanceDrift,
  isDrifting,
  isSameFinding,
  NO_REMEDIATION,
  unauditedInstance,
} from './instance-drift.ts';
import type { Judgement } from './judge.ts';
import { PRELAUNCH, UNDER_WAY_MS } from './note-remediation.ts';

export type Subject = Parameters<typeof unauditedInstance>[0];

/** What an audit came to for one instance: a judgement that depends on what was found before, or why there is none. */
export interface Finding {
  readonly subject: Subject;
  readonly policy: DriftPolicy;
  /** ISO 8601: when AWS was read, or was to be. */
  readonly readAt: string;
  readonly outcome: ((before: InstanceDrift) => Judgement) | DriftUnknown;
  /** Who put it right, should it be in sync again. */
  readonly restoredBy?: string | undefined;
  readonly correlationId: string;
}

/** How an instance stood before an audit, and stands after it. */
export interface Settled {
  readonly before: InstanceDrift;
  readonly after: InstanceDrift;
}

type SettleDeps = Pick<DriftDeps, 'instances' | 'events' | 'history' | 'now'>;

/**
 * Records what an audit found, and tells of it where it is news. What is to be told is recorded with it, since whoever is told reads
 * the item, and stays there until it was told: should this stop in between, the next audit tells it. An audit that read AWS earlier
 * than what is recorded says nothing new, but who did it.
 */
export async function settleAudit(finding: Finding, deps: SettleDeps): Promise<Settled> {
  const { instanceId } = finding.subject;
  let before = unauditedInstance(finding.subject);
  const after = await changeInstance(
    finding.subject,
    (found) => {
      before = found;
      if (isLate(found, finding)) return withActors(found, finding);
      const next = audited(found, finding);
      const untold = [...(found.untold ?? []), ...newsOf(found, next, finding, deps.now())];
      return { ...next, ...(untold.length > 0 && { untold }) };
    },
    deps,
  );
  await tell(after, deps);
  if (isNews(before, after)) await deps.history.add(instanceId, historyEntry(after, finding.readAt, 'audit'));
  return { before, after };
}

/** Told twice at worst, never not at all. */
async function tell(drift: InstanceDrift, deps: SettleDeps): Promise<void> {
  const { untold } = drift;
  if (!untold) return;
  await deps.events.publish(untold);
  await changeInstance(
    drift,
    ({ untold: left, ...told }) => (isDeepStrictEqual(left, untold) ? told : undefined),
    deps,
  );
}

/** What is gone for good differs from nothing any more. */
function isGone({ unknown }: InstanceDrift): boolean {
  return unknown?.code === 'drift.instance_gone';
}

function isLate({ auditedAt }: InstanceDrift, { readAt }: Finding): boolean {
  return auditedAt !== undefined && auditedAt > readAt;
}

/**
 * Of several events of one edit, the one that names its maker may be audited beside another and come second. Undefined where it names
 * nobody who is not known.
 */
function withActors(before: InstanceDrift, { outcome }: Finding): InstanceDrift | undefined {
  if (typeof outcome !== 'function') return undefined;
  const { differences: found } = outcome(before);
  const makerOf = ({ key, observed }: InstanceDrift['differences'][number]) =>
    found.find((one) => one.key === key && isDeepStrictEqual(one.observed, observed))?.actor ?? null;
  const differences = before.differences.map((one) => (one.actor === null ? { ...one, actor: makerOf(one) } : one));
  return isDeepStrictEqual(differences, before.differences) ? undefined : { ...before, differences };
}

function audited(before: InstanceDrift, finding: Finding): InstanceDrift {
  const { subject, readAt, outcome } = finding;
  const { unknown: _earlier, ...known } = before;
  const next = { ...known, ...subject, auditedAt: readAt };
  if (typeof outcome !== 'function' && outcome.code === 'drift.instance_gone') {
    const { proposal: _moot, ...left } = next;
    const nothing = { differences: [], notes: [], remediation: NO_REMEDIATION, score: unknownScore(finding.policy) };
    return { ...left, ...nothing, verdict: 'unknown', unknown: outcome };
  }
  // What was found to differ before stays so until it is known to be otherwise.
  if (typeof outcome !== 'function')
    return {
      ...next,
      verdict: 'unknown',
      unknown: outcome,
      score: isDrifting(before) ? before.score : unknownScore(finding.policy),
    };
  const judgement = outcome(before);
  const looks = withLook(before.looks, lookOf(judgement, finding));
  return {
    ...afterRemediation({ ...next, ...judgement }, before),
    looks,
    flapping: flappingOf(looks, before.flapping).isFlapping,
  };
}

/** Settings that only wait for a newer configuration were not moved by anybody. */
function lookOf({ differences }: Judgement, { readAt: at, restoredBy }: Finding) {
  const inSync = differences.every(({ verdict }) => verdict === 'stale');
  const writer = inSync ? restoredBy : differences.find(({ actor }) => actor !== null)?.actor;
  return { at, inSync, ...(writer && { writer }) };
}

/**
 * What was put right is done when it is read back, whatever else still differs. What was proposed about something else has nothing to be
 * about any more.
 */
function afterRemediation({ proposal, ...next }: InstanceDrift, before: InstanceDrift): InstanceDrift {
  const { remediation } = before;
  if (isSameFinding(before, next)) return { ...next, ...(proposal && { proposal }) };
  if (isDone(before, next)) {
    const keys = remediation.keys.map((one) => (one.result === 'planned' ? { ...one, result: 'done' as const } : one));
    return { ...next, remediation: { ...remediation, status: 'done', keys } };
  }
  // Some of it shows earlier than the rest.
  return isLess(before, next) && remediation.status === 'in_progress' ? next : { ...next, remediation: NO_REMEDIATION };
}

/** None of what was to be put right differs any more, and nothing else has come. */
function isDone(before: InstanceDrift, after: InstanceDrift): boolean {
  const { status, keys } = before.remediation;
  if (status !== 'in_progress' || after.verdict === 'unknown' || !isLess(before, after)) return false;
  const planned = new Set(keys.filter(({ result }) => result === 'planned').map(({ key }) => key));
  return !after.differences.some(({ key }) => planned.has(key));
}

/** Some of what differed does not any more, and the rest is the same. */
function isLess(before: InstanceDrift, after: InstanceDrift): boolean {
  const left = new Set(after.differences.map(({ key }) => key));
  return isSameFinding({ differences: before.differences.filter(({ key }) => left.has(key)) }, after);
}

function isNews(before: InstanceDrift, after: InstanceDrift): boolean {
  return before.verdict !== after.verdict || before.score.score !== after.score.score || !isSameFinding(before, after);
}

function newsOf(
  before: InstanceDrift,
  after: InstanceDrift,
  { correlationId, policy }: Finding,
  now: Date,
): PrelaunchEvent[] {
  if (after.verdict === 'unknown' && !isGone(after)) return [];
  const { instanceId, kind, serverId, groupId } = after;
  const subject = { instanceId, kind, serverId, groupId };
  const detailOf = <Data>(data: Data) => ({ version: '1' as const, correlationId, data: { ...subject, ...data } });
  const news: PrelaunchEvent[] = [];
  const { action, keys, requestedBy } = before.remediation;
  if (isDone(before, after) && action !== null) {
    const done = keys.filter(({ result }) => result === 'planned').map(({ key }) => key);
    const data = { action, keys: done, requestedBy: requestedBy ?? PRELAUNCH };
    news.push({ type: DriftRemediated.type, detail: detailOf(data) });
  }
  if (isDrifting(after)) {
    const isNew = !isSameFinding(before, after) && !isLess(before, after);
    const waits = before.untold?.some(({ type }) => type === DriftDetected.type);
    if (isNew || (!waits && mayGoOn(before, after, policy, now)))
      news.push({ type: DriftDetected.type, detail: detailOf({ ...detected(after), repeated: !isNew }) });
  } else if (isDrifting(before)) {
    const since = before.differences.map((one) => one.since).sort()[0] ?? after.auditedAt ?? '';
    news.push({ type: DriftCleared.type, detail: detailOf({ since }) });
  }
  return news;
}

/**
 * Whether what was told before is told again, so that somebody deals with it: nobody has so far, a brake may have let go, whoever began
 * may have died, it failed, or the policy is another by now. Whether it is time is for the brakes to say.
 */
function mayGoOn(before: InstanceDrift, after: InstanceDrift, policy: DriftPolicy, now: Date): boolean {
  const { status, until, requestedBy, at, action } = before.remediation;
  const wanted = after.verdict === 'in_sync' || after.verdict === 'unknown' ? null : policy.actions[after.verdict];
  switch (status) {
    case 'none':
      return after.score.exceedsThreshold;
    case 'in_progress':
      return Date.parse(at ?? '') + UNDER_WAY_MS <= now.getTime();
    case 'failed':
      return requestedBy === PRELAUNCH;
    case 'held':
      return until === null || Date.parse(until) <= now.getTime();
    case 'alerted':
      return wanted !== action;
    case 'proposed':
      return policy.mode !== 'dry_run';
    case 'not_feasible':
      return wanted !== action;
    default:
      return false;
  }
}

function detected({ verdict, score, flapping, differences }: InstanceDrift) {
  return {
    verdict: verdict as Exclude<InstanceDrift['verdict'], 'in_sync' | 'unknown'>,
    score: score.score ?? 0,
    threshold: score.threshold,
    exceedsThreshold: score.exceedsThreshold,
    flapping,
    differences: differences.map(({ key, verdict: of, actor }) => ({ key, verdict: of, actor })),
  };
}
