import { isDeepStrictEqual } from 'node:util';
import type { PrelaunchEvent } from '@prelaunch/contracts/events';
import type { RemediationLedger } from '@prelaunch/core/drift/brakes';
import { type InstanceDrift, isSameFinding } from '@prelaunch/core/drift/instance-drift';
import { isReady, type SourceServer } from '@prelaunch/core/group/source-server';
import { keysOf } from '@prelaunch/core/settings/setting-keys';
import { entryOf, livesSince, PARTS, type Part, partOf, type Told } from './drift-world.ts';
import { hasSettings } from './expected-settings.ts';
import type { Task } from './scheduler.ts';
import { violate, type World } from './world.ts';

/** How far describes of templates are behind, at most. */
export const LAG_MS_MAX = 2_000;
const MINUTE_MS = 60_000;

/** A task asks AWS about a server. */
export function readBegins({ drift, scheduler, scenario }: World, task: Task, serverId: string): void {
  if (!scenario.drifting) return;
  const begun = entryOf(drift.readsBegun, task, () => new Map<string, number>());
  if (!begun.has(serverId)) begun.set(serverId, scheduler.now());
}

/** AWS is about to answer, with what was so at that moment. 27: what Prelaunch wrote leads to no audit. */
export function readShows(world: World, task: Task, serverId: string, part: Part, moment: number): void {
  const { drift, scenario } = world;
  if (!scenario.drifting) return;
  if (drift.ofOwnWrites.has(task)) violate(world, `27: ${task.name} reads ${serverId} after Prelaunch's own write`);
  const ofTask = entryOf(drift.shown, task, () => new Map<string, Map<Part, number>>());
  entryOf(ofTask, serverId, () => new Map()).set(part, moment);
}

export function readFails({ drift, scenario }: World, task: Task, serverId: string | undefined): void {
  if (!scenario.drifting || serverId === undefined) return;
  entryOf(drift.failedReads, task, () => new Set<string>()).add(serverId);
}

/** 21: whoever audits writes nothing. */
export function writesAws(world: World, task: Task, serverId: string): void {
  if (task.kind !== 'apply') violate(world, `21: ${task.name} writes ${serverId}`);
  world.drift.lastWrites.set(serverId, world.scheduler.now());
}

export function changesInstance(world: World, task: Task): void {
  if (task.kind !== 'remediate') violate(world, `21: ${task.name} changes an instance`);
}

/** Holds what a task has just stored of a server to what is said of audits. */
export function auditedServerSaved(
  world: World,
  task: Task,
  before: SourceServer | undefined,
  after: SourceServer,
): void {
  if (!world.scenario.drifting) return;
  noteBusy(world, after);
  const wasReady = before !== undefined && isReady(before);
  if (isReady(after)) {
    if (task.kind === 'apply') readBackSinceWrite(world, task, after);
    else if (!wasReady) violate(world, `20: ${task.name} makes ${after.serverId} ready, and has not applied it`);
    if (task.kind === 'audit') renews(world, task, before, after);
  } else if (wasReady && task.kind === 'audit') takesBack(world, task, after);
  if (task.kind === 'remediate' && before?.status !== 'pending' && after.status === 'pending')
    begins(world, task, after);
}

function noteBusy({ drift: { busySince }, scheduler }: World, { serverId, status, lease }: SourceServer): void {
  if (status !== 'pending' && !lease) busySince.delete(serverId);
  else if (!busySince.has(serverId)) busySince.set(serverId, scheduler.now());
}

/** 20, 23: each side was as it should after the last write, and since the time from which on it counts as fresh. */
function readBackSinceWrite(world: World, task: Task, { serverId, desired, applied }: SourceServer): void {
  covers(world, task, serverId);
  if ([...world.openLateWrites].some((late) => late.serverId === serverId)) return;
  const verifiedAt = Date.parse(applied?.verifiedAt ?? '');
  const since = Math.max(world.drift.lastWrites.get(serverId) ?? 0, verifiedAt);
  for (const part of PARTS) {
    // What others do meanwhile is shown later.
    const from = since - (part === 'template' ? LAG_MS_MAX : 0);
    if (!wasSo(world, serverId, part, desired?.settings ?? {}, from))
      violate(world, `20: ${serverId} is ready, and its ${part} was not so since it was written and read`);
  }
}

/** 23: what counts as fresh from a time on was so then or later, and nobody had begun to look before. */
function renews(world: World, task: Task, before: SourceServer | undefined, after: SourceServer): void {
  const { serverId, desired, applied } = after;
  if (!applied || applied.verifiedAt === before?.applied?.verifiedAt) return;
  const verifiedAt = Date.parse(applied.verifiedAt);
  const begun = world.drift.readsBegun.get(task)?.get(serverId) ?? 0;
  if (verifiedAt > begun) violate(world, `23: ${serverId} is fresh from after the reads began`);
  if (verifiedAt < Date.parse(before?.applied?.verifiedAt ?? ''))
    violate(world, `23: ${serverId} is less fresh than it was`);
  for (const part of PARTS) {
    const from = verifiedAt - (part === 'template' ? LAG_MS_MAX : 0);
    if (!wasSo(world, serverId, part, desired?.settings ?? {}, from))
      violate(world, `23: ${serverId} is fresh, and its ${part} was not so`);
  }
  covers(world, task, serverId);
}

function wasSo(world: World, serverId: string, part: Part, settings: object, from: number): boolean {
  return livesSince(world, serverId, from).some((live) => hasSettings(partOf(part, live), partOf(part, settings)));
}

/** 22: ready is taken back only from what AWS was read to have otherwise, in full. */
function takesBack(world: World, task: Task, { serverId, desired }: SourceServer): void {
  world.takenBack.set(serverId, world.scheduler.steps());
  world.counts.takenBackByAudits += 1;
  if (world.drift.failedReads.get(task)?.has(serverId))
    violate(world, `22: ${task.name} takes ${serverId} back after a read that failed`);
  const lives = livesSince(world, serverId, task.startedMs - LAG_MS_MAX);
  if (lives.every((live) => hasSettings(live, desired?.settings ?? {})))
    violate(world, `22: ${task.name} takes ${serverId} back, and AWS has what was applied`);
}

/** Holds what a task has just stored of an instance to what is said of audits. */
export function instanceSaved(world: World, task: Task, after: InstanceDrift): void {
  const { drift } = world;
  const { instanceId } = after;
  const before = drift.instances.get(instanceId);
  drift.instances.set(instanceId, structuredClone({ ...after, version: after.version + 1 }));
  news(world, task, before, after);
  if (task.kind === 'audit' && after.auditedAt !== before?.auditedAt && after.verdict !== 'unknown')
    covers(world, task, instanceId);
  if (after.verdict !== 'unknown' && !isSameFinding(after, before ?? { differences: [] })) finds(world, task, after);
}

/** 22: what is called drift was read in full, and was so, and nobody was about to apply it all the time. */
function finds(world: World, task: Task, { instanceId, differences }: InstanceDrift): void {
  world.counts.findings += 1;
  if (world.drift.failedReads.get(task)?.has(instanceId))
    violate(world, `22: ${task.name} judges ${instanceId} after a read that failed`);
  if (differences.length > 0 && (world.drift.busySince.get(instanceId) ?? Number.POSITIVE_INFINITY) <= task.startedMs)
    violate(world, `22: ${task.name} judges ${instanceId}, which is being applied`);
  const lives = livesSince(world, instanceId, task.startedMs - LAG_MS_MAX).map((live) => new Map(keysOf(live)));
  for (const { key, observed } of differences)
    if (!lives.some((live) => isDeepStrictEqual(live.get(key) ?? null, observed)))
      violate(world, `22: ${instanceId} is said to have ${key} ${observed}, which AWS had not`);
}

/** 25: news is recorded before it is told, and told before it is forgotten. */
function news(world: World, task: Task, before: InstanceDrift | undefined, after: InstanceDrift): void {
  const { recorded, published } = world.drift;
  const earlier = (before?.untold ?? []).map(textOf);
  const now = (after.untold ?? []).map(textOf);
  const known = entryOf(recorded, after.instanceId, () => []);
  known.push(...now.slice(earlier.length));
  for (const text of earlier)
    if (!now.includes(text) && !published.has(text))
      violate(world, `25: ${task.name} forgets news of ${after.instanceId} that nobody was told`);
}

export function told(world: World, task: Task, event: PrelaunchEvent): void {
  if (event.type !== 'Drift Detected' && event.type !== 'Drift Cleared' && event.type !== 'Drift Remediated') return;
  const { drift } = world;
  drift.published.add(textOf(event));
  if (!drift.recorded.get(event.detail.data.instanceId)?.includes(textOf(event)))
    violate(world, `25: ${task.name} tells ${event.type} of ${event.detail.data.instanceId}, which nobody recorded`);
}

function textOf(event: PrelaunchEvent): string {
  return JSON.stringify(event);
}

/** 26: no group has more put right of itself within a window than its policy allows, and what was begun is not forgotten. */
export function ledgerSaved(world: World, after: RemediationLedger): void {
  const { groupId, begun } = after;
  const before = world.drift.ledgers.get(groupId);
  world.drift.ledgers.set(groupId, structuredClone(after));
  const isKept = ({ instanceId, at }: (typeof begun)[number]) =>
    begun.some((kept) => kept.instanceId === instanceId && kept.at >= at);
  const lost = before?.begun.find((one) => !isKept(one));
  if (lost) violate(world, `26: that ${lost.instanceId} of ${groupId} was begun is forgotten`);
  const { windowMinutes, maxInstances, maxShare } = world.scenario.drifting?.policy.budget ?? NO_BUDGET;
  const members = world.mostMembers.get(groupId) ?? 0;
  const most = Math.min(maxInstances, Math.ceil(maxShare * members));
  for (const { at } of begun) {
    const end = Date.parse(at);
    const within = begun.filter(
      (one) => Date.parse(one.at) <= end && Date.parse(one.at) > end - windowMinutes * MINUTE_MS,
    );
    const instances = new Set(within.map(({ instanceId }) => instanceId));
    if (instances.size > most) violate(world, `26: ${instances.size} of ${groupId} are put right, and ${most} may be`);
  }
}

const NO_BUDGET = { windowMinutes: 0, maxInstances: 0, maxShare: 0 };

/** 26: nothing is put right that is not in the books, or while a recovery has been under way all the time. */
function begins(world: World, task: Task, { serverId, groupId = '' }: SourceServer): void {
  const { drift, scheduler, scenario } = world;
  world.counts.remediated += 1;
  const { windowMinutes = 0 } = scenario.drifting?.policy.budget ?? {};
  const from = task.startedMs - windowMinutes * MINUTE_MS;
  const isKnown = drift.ledgers
    .get(groupId)
    ?.begun.some((one) => one.instanceId === serverId && Date.parse(one.at) >= from);
  if (!isKnown) violate(world, `26: ${task.name} puts ${serverId} right, and the books of ${groupId} do not know`);
  const recovered = world.groups.get(groupId)?.serverIds.find((id) => {
    const since = drift.recoveredSince.get(id);
    return since !== undefined && since <= task.startedMs;
  });
  if (recovered) violate(world, `26: ${task.name} puts ${serverId} right while ${recovered} is recovered`);
  scheduler.note(`    ${serverId} is put right`);
}

/** What a task's reads have shown of a server is stored from now on. */
function covers({ drift }: World, task: Task, serverId: string): void {
  const covered = entryOf(drift.covered, serverId, () => new Map<Part, number>());
  for (const [part, moment] of drift.shown.get(task)?.get(serverId) ?? [])
    covered.set(part, Math.max(moment, covered.get(part) ?? 0));
}

/** 28: what the trail tells of is left alone only where it was read since. */
export function leftAlone(world: World, task: Task, { serverId, part, at, what }: Told): void {
  if (!part) return;
  const moment = world.drift.covered.get(serverId)?.get(part) ?? 0;
  if (moment < at) violate(world, `28: ${task.name} leaves alone what nobody read since: ${what}`);
}
