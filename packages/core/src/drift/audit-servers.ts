import type { DriftPolicy, DriftUnknown } from '@prelaunch/contracts/drift';
import pMap from 'p-map';
import { CAUGHT_UP_MS } from '../apply/known-defaults.ts';
import { observedAs } from '../apply/observed-settings.ts';
import { drsPart, isStated } from '../apply/setting-parts.ts';
import { chunks } from '../chunks.ts';
import type { Group } from '../group/group.ts';
import { WRITES_AT_ONCE } from '../group/plan-group.ts';
import { hasProof, isReady, type SourceServer } from '../group/source-server.ts';
import { HASH_VERSION, sameEffect } from '../settings/normalize-settings.ts';
import { settingOf } from '../settings/setting-keys.ts';
import { applyAgain } from './apply-again.ts';
import type { AuditDeps } from './audit-deps.ts';
import { type Baseline, baselineOf, isOfThisRecipe } from './baseline.ts';
import { closeRemediation } from './close-remediation.ts';
import { type DesiredNow, desiredNow } from './desired-now.ts';
import { policyOf } from './drift-policy.ts';
import type { InstanceDrift } from './instance-drift.ts';
import { judge } from './judge.ts';
import { PRELAUNCH } from './note-remediation.ts';
import {
  type Observation,
  type ObservedServer,
  type Observer,
  observer,
  type ServerToObserve,
} from './observe-servers.ts';
import { settleAudit } from './settle-audit.ts';
import { renewed, takenBack } from './verify-ready.ts';

/** Who is known to have edited a server's settings just now, and what they left. */
export interface Edit {
  readonly actor: string;
  /** Where they edited: what is found elsewhere is not theirs. */
  readonly side: 'drs' | 'template';
  /** The template's version that was made or became the default by it: what EC2 shows before that is old. */
  readonly templateVersion?: { readonly launchTemplateId: string; readonly versionNumber: number };
}

export interface ServerAudit {
  readonly group: Group;
  readonly serverIds: readonly string[];
  readonly edit?: Edit | undefined;
  readonly correlationId: string;
}

/** Servers that are read together, and how many such parts are under way: one is stored while another is read. */
const PART = 50;
const PARTS_AT_ONCE = 3;

/** What an audit came to, and why it came to nothing for some: one server must not keep it from the others. */
export interface AuditedServers {
  readonly audited: readonly InstanceDrift[];
  readonly failures: readonly unknown[];
}

/**
 * Compares what servers of a group should have with what AWS has, and records what differs. A server that was read to have what it
 * should is as good as applied: it stays fresh for another day. One that was not is ready no more.
 */
export async function auditServers(audit: ServerAudit, deps: AuditDeps): Promise<AuditedServers> {
  const { group, serverIds } = audit;
  const began = deps.now().toISOString();
  const before = await deps.servers.getMany(serverIds);
  const members = [...before.values()].filter((server) => isAudited(server, group));
  const idle = members.filter((server) => !isBeingApplied(server));
  const observe = observer(group, idle.map(toObserve), deps);
  const policy = policyOf(group.driftPolicy, deps.policy);
  const shared = { ...audit, began, policy, desired: await desiredNow(group, deps) };
  // What one part came to is stored while the next is read.
  const parts = await pMap(chunks(members, PART), (part) => auditPart(part, observe, shared, deps), {
    concurrency: PARTS_AT_ONCE,
  });
  const outcomes = parts.flat();
  return {
    audited: outcomes.filter((one): one is InstanceDrift => !('failure' in one)),
    failures: outcomes.flatMap((one) => ('failure' in one ? [one.failure] : [])),
  };
}

type Outcome = InstanceDrift | { readonly failure: unknown };

function toObserve({ serverId, applied }: SourceServer): ServerToObserve {
  return { serverId, launchTemplateId: applied?.launchTemplateId };
}

type Shared = Omit<OneAudit, 'server' | 'newest' | 'observation' | 'baseline'>;

async function auditPart(
  members: readonly SourceServer[],
  observe: Observer,
  shared: Shared,
  deps: AuditDeps,
): Promise<Outcome[]> {
  const idle = members.filter((server) => !isBeingApplied(server)).map(({ serverId }) => serverId);
  const observations = await observe(idle);
  // Whoever applied settings meanwhile made what was read here old.
  const after = await deps.servers.getMany(idle);
  const baselines = await deps.baselines.get(members.flatMap(baselineRef));
  const one = (server: SourceServer): Promise<Outcome> => {
    const { serverId } = server;
    const found = { observation: observations.get(serverId), baseline: baselines.get(serverId) };
    return auditServer({ ...shared, ...found, server, newest: after.get(serverId) }, deps).catch(
      (failure: unknown) => ({
        failure,
      }),
    );
  };
  return pMap(members, one, { concurrency: WRITES_AT_ONCE });
}

/** Members for which something is stated. */
function isAudited({ groupId, status }: SourceServer, group: Group): boolean {
  return groupId === group.groupId && status !== 'not_configured';
}

/**
 * A worker is at it, or will be: what AWS has now is not what it will have. Nobody is at one that has failed, however far it was
 * written.
 */
export function isBeingApplied({ status, dirty, lease }: SourceServer): boolean {
  return status === 'pending' || (dirty && status !== 'failed') || lease !== undefined;
}

function baselineRef({ serverId: instanceId, baselineVersion: version }: SourceServer) {
  return version === undefined ? [] : [{ instanceId, version }];
}

interface OneAudit extends ServerAudit {
  /** ISO 8601, before anything was read. */
  readonly began: string;
  readonly server: SourceServer;
  readonly newest: SourceServer | undefined;
  readonly observation: Observation | undefined;
  readonly baseline: Baseline | undefined;
  readonly desired: DesiredNow;
  readonly policy: DriftPolicy;
}

async function auditServer(one: OneAudit, deps: AuditDeps): Promise<InstanceDrift> {
  const { server, newest, group, policy, correlationId } = one;
  const { serverId } = server;
  const { groupId, accountId, region } = group;
  const subject = { instanceId: serverId, kind: 'source_server' as const, serverId, groupId, accountId, region };
  const told = { subject, policy, correlationId };
  const compared = await comparable(one, deps);
  if ('code' in compared) {
    // An audit that could not tell is as old as its beginning: it says nothing of what was found since.
    const { before, after } = await settleAudit({ ...told, readAt: one.began, outcome: compared }, deps);
    return closeRemediation(before, after, newest ?? server, deps);
  }

  const { observed, baseline, desired, current, isNew } = compared;
  // DRS makes another template where somebody deleted the one that was known.
  if (isNew || observed.launchTemplateId !== baseline.launchTemplateId)
    await deps.owners.note(observed.launchTemplateId, serverId);
  await followed(compared, deps);
  const { before: earlier, after } = await settleAudit(
    {
      ...told,
      readAt: observed.readAt,
      restoredBy: restorer(current, one),
      outcome: (before) =>
        judge(
          { desired, baseline: baseline.settings, observed: observed.settings },
          {
            kind: 'source_server',
            policy,
            now: deps.now(),
            earlier: before.differences,
            actorOf: (key) => actorOf(settingOf(key), observed, one),
          },
        ),
    },
    deps,
  );
  // What was read since counts, not this.
  if (after.auditedAt === observed.readAt) await restored(compared, { group, correlationId }, deps);
  return closeRemediation(earlier, after, current, deps);
}

interface Comparable {
  readonly current: SourceServer;
  readonly observed: ObservedServer;
  readonly baseline: Baseline;
  /** The baseline was made of what was read now; whoever claims its version captures it. */
  readonly isNew: boolean;
  readonly desired: NonNullable<ReturnType<DesiredNow>>;
}

/** All that a verdict needs, or why there is none: whatever is not known for sure is no drift. */
async function comparable(one: OneAudit, deps: AuditDeps): Promise<Comparable | DriftUnknown> {
  const { server, newest, observation } = one;
  if (!observation) return unknown('drift.being_applied', 'its settings are being applied');
  if (observation.kind === 'gone') await takenBack(server, { ...observation.unknown, readAt: one.began }, deps);
  if (observation.kind !== 'observed') return observation.unknown;
  const { observed } = observation;
  if (!newest || isApplied(server, newest))
    return unknown('drift.changed_meanwhile', 'its settings were applied while it was audited');
  if (isOlderThanKnown(observed, one, deps.now()))
    return unknown('drift.stale_read', `EC2 does not show the newest version of ${observed.launchTemplateId} yet`);
  const desired = one.desired(server);
  if (!desired) return unknown('drift.not_desired', 'what the group states for it is refused');
  const found = baselineFor(one, newest, observed);
  if (!found) return unknown('drift.no_baseline', 'it was never read to be as it should');
  const { baseline } = found;
  if (isOfThisRecipe(baseline)) return { current: newest, observed, desired, ...found };
  // Not drift: what was captured has to be fingerprinted anew first, and the next audit tells.
  const rehashed = baselineOf({ ...baseline, version: baseline.version + 1 });
  const saved = await deps.servers.save({ ...newest, baselineVersion: rehashed.version });
  if (saved) await deps.baselines.capture(rehashed);
  return unknown(
    'drift.hash_version',
    `its baseline was fingerprinted by recipe ${baseline.hashVersion}, now it is ${HASH_VERSION}`,
  );
}

/** Whether settings were applied, or are to be, between two looks at a server. Another audit that took it back meanwhile does not matter. */
function isApplied(before: SourceServer, after: SourceServer): boolean {
  if (isBeingApplied(after) || after.desired?.hash !== before.desired?.hash) return true;
  const isTakenBack = before.status === 'ready' && after.status === 'failed' && after.drifted === true;
  return after.changedAt !== before.changedAt && !isTakenBack;
}

function unknown(code: DriftUnknown['code'], message: string): DriftUnknown {
  return { code, message };
}

/** EC2 may show what was before for a while: before what was read back last, and before the edit that led here. */
function isOlderThanKnown(
  { launchTemplateId, launchTemplateVersion }: ObservedServer,
  { server: { applied }, edit }: OneAudit,
  now: Date,
): boolean {
  const known =
    applied && Date.parse(applied.verifiedAt) + CAUGHT_UP_MS > now.getTime()
      ? [{ launchTemplateId: applied.launchTemplateId, versionNumber: applied.launchTemplateVersion }]
      : [];
  return [...known, ...(edit?.templateVersion ? [edit.templateVersion] : [])].some(
    (one) => one.launchTemplateId === launchTemplateId && one.versionNumber > launchTemplateVersion,
  );
}

/** The newest baseline; where none was captured though what is desired was read back once, what was read now if it is still that. */
function baselineFor(
  { server, group, baseline }: OneAudit,
  { baselineVersion = 0 }: SourceServer,
  { settings, launchTemplateId, launchTemplateVersion, readAt: capturedAt }: ObservedServer,
): Pick<Comparable, 'baseline' | 'isNew'> | undefined {
  if (baseline) return { baseline, isNew: false };
  const { desired, serverId: instanceId, planned } = server;
  if (!desired || !hasProof(server)) return undefined;
  const isNew = sameEffect(desired.settings, observedAs(desired.settings, settings));
  const made = baselineOf({
    ...{ instanceId, version: baselineVersion + 1, capturedAt },
    configRevision: planned?.configRevision ?? 0,
    generation: planned?.generation ?? group.generation,
    // What was only applied names no template, so that the one that was read is noted.
    ...(isNew && { launchTemplateId, launchTemplateVersion }),
    settings: isNew ? settings : desired.settings,
  });
  return { baseline: made, isNew };
}

function isAsApplied({ current: { desired }, observed: { settings } }: Comparable): boolean {
  return desired !== undefined && sameEffect(desired.settings, observedAs(desired.settings, settings));
}

/** The server's item, which waves go by, follows what was read. A baseline is captured by whoever claimed its version there. */
async function followed(compared: Comparable, deps: AuditDeps): Promise<void> {
  const { current, observed, baseline, isNew } = compared;
  if (!isAsApplied(compared)) return takenBack(current, { ...DIFFERS, readAt: observed.readAt }, deps);
  if (!isReady(current)) return;
  const renewal = await renewed(current, observed, isNew ? baseline.version : current.baselineVersion, deps);
  if (renewal && isNew) await deps.baselines.capture(baseline);
}

/** Somebody put it back on AWS. Only an apply, which reads it once more, makes it ready again. */
async function restored(
  compared: Comparable,
  { group, correlationId }: Pick<ServerAudit, 'group' | 'correlationId'>,
  deps: AuditDeps,
): Promise<void> {
  const { serverId, status, drifted, errors } = compared.current;
  // One that was applied since, and refused, would be refused again.
  const isAsFound = errors[0]?.code === DIFFERS.code || errors[0]?.code === 'drift.instance_gone';
  if (isAsApplied(compared) && status === 'failed' && drifted && isAsFound)
    await applyAgain(serverId, group, { correlationId }, deps);
}

const DIFFERS = { code: 'drift.detected', message: 'AWS has other settings than were applied' } as const;

/** Prelaunch, where it applied the settings since they were found to differ: only that makes a server ready again. */
function restorer(server: SourceServer, { edit }: OneAudit): string | undefined {
  return edit?.actor ?? (isReady(server) ? PRELAUNCH : undefined);
}

/** Whoever the event names, for what they edited; else whoever made the template's default version, for what the template holds. */
function actorOf(
  setting: ReturnType<typeof settingOf>,
  { templateWriter }: ObservedServer,
  { edit }: OneAudit,
): string | null {
  const side = isStated(drsPart({ [setting]: null })) ? 'drs' : 'template';
  if (edit?.side === side) return edit.actor;
  return side === 'template' ? (templateWriter ?? null) : null;
}
