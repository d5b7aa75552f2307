import { isDeepStrictEqual } from 'node:util';
import type { StartWaveRecoveryRequest, StartWaveRecoveryResponse } from '@prelaunch/contracts/operations/waves';
import pMap from 'p-map';
import type { Target } from '../apply/ports.ts';
import type { Catalogue } from '../configuration/configuration.ts';
import { ContentionError, DomainError } from '../errors.ts';
import { type ApplyGroupDeps, bringForward, type Demand, settledGroups } from '../group/apply-group.ts';
import { type Group, isLagging } from '../group/group.ts';
import { catalogueFor, isBehind, standing } from '../group/inheritance.ts';
import { isReady, type SourceServer } from '../group/source-server.ts';
import { FieldError } from '../problem-error.ts';
import { newStarter, resumeWave, type StartJobsDeps, startJobs } from './start-jobs.ts';
import { jobsFor, type Wave, waveIdOf } from './wave.ts';
import { notReadyGroups, pathOf, readinessOf } from './wave-readiness.ts';

export interface StartWaveDeps extends ApplyGroupDeps, StartJobsDeps {}

/** The request with who makes it. */
export interface WaveCall {
  readonly request: StartWaveRecoveryRequest;
  readonly by: string;
  /** As the audit log knows them. */
  readonly requestedBy?: string | undefined;
  readonly correlationId: string;
  /** How long the way in lets its caller wait; without it, as long as the request says. */
  readonly waitMs?: number;
  /** The groups and the catalogue, where they were just read to decide about access, and how long that took. */
  readonly read?: WaveReadings & { readonly ms: number };
}

/** All that a wave has to read when its groups are ready. */
export interface WaveReadings {
  readonly groups: ReadonlyMap<string, Group>;
  readonly catalogue: Catalogue;
}

interface Member {
  readonly groupId: string;
  readonly target: Target;
  readonly serverId: string;
}

/** What a wave would start, and what stands against it. */
interface Roster {
  readonly path: StartWaveRecoveryResponse['path'];
  readonly members: readonly Member[];
  readonly notReady: StartWaveRecoveryResponse['notReady'];
  /** Servers are still being applied, and whoever asked wants to wait longer than this call may. */
  readonly unsettled?: boolean;
}

const GROUPS_AT_ONCE = 4;

/** The name of the wave was used before, for another wave. Of which groups that was is not for everybody. */
export class WaveMismatchError extends FieldError {
  override readonly name = 'WaveMismatchError';

  constructor({ executionId, waveNumber }: StartWaveRecoveryRequest) {
    super(
      'wave.mismatch',
      `wave ${waveNumber} of ${executionId} was begun before, with other groups or as the other of drill and recovery`,
      { path: 'waveNumber', value: waveNumber, allowed: 'a number that no other wave of this execution has' },
    );
  }
}

/**
 * Starts a wave's recovery jobs. Ready groups are started from one read of their status; others are verified or applied first,
 * and `onNotReady` decides about those that cannot be made ready. Repeating the call starts no server twice.
 */
export async function startWaveRecovery(call: WaveCall, deps: StartWaveDeps): Promise<StartWaveRecoveryResponse> {
  const { request } = call;
  const began = deps.now().getTime() - (call.read?.ms ?? 0);
  const readings = call.read ?? (await waveReadings(request.groupIds, deps));
  const { groups, catalogue } = readings;
  const read = deps.now().getTime();
  const path = pathOf(request.groupIds.map((id) => readiness(groups.get(id), catalogue, deps.now())));

  const waveId = waveIdOf(request.executionId, request.waveNumber);
  const earlier = path === 'fast' ? undefined : await deps.waves.get(waveId);
  const roster =
    path === 'fast' || earlier ? fastRoster([...groups.values()]) : await slowRoster(path, call, readings, deps);
  const applied = deps.now().getTime();

  const timings = () => ({
    statusReadMs: read - began,
    applyMs: applied - read,
    startMs: deps.now().getTime() - applied,
    totalMs: deps.now().getTime() - began,
  });
  if (earlier) return answer(request, await resumed(waveId, call, deps), timings());
  if (roster.unsettled) return unstarted(request, 'applying', roster, timings());
  const members = chosen(roster, request.onNotReady);
  if (members.length === 0) return unstarted(request, 'blocked', roster, timings());
  return answer(request, await startOnce({ waveId, roster, members, call }, deps), timings());
}

/** In one round trip. */
export async function waveReadings(
  groupIds: readonly string[],
  deps: Pick<StartWaveDeps, 'groups' | 'configurations'>,
): Promise<WaveReadings> {
  const [groups, catalogue] = await Promise.all([deps.groups.getMany(groupIds), deps.configurations.catalogue()]);
  return { groups, catalogue };
}

function readiness(group: Group | undefined, catalogue: Catalogue, now: Date) {
  return group === undefined || group.deletedAt !== undefined ? 'not_ready' : readinessOf(group, catalogue, now);
}

function membersOf(group: Group): Member[] {
  const { groupId, accountId, region, serverIds } = group;
  return serverIds.map((serverId) => ({ groupId, serverId, target: { accountId, region } }));
}

function fastRoster(groups: readonly Group[]): Roster {
  return { path: 'fast', members: groups.flatMap(membersOf), notReady: [] };
}

/** A group that cannot be planned now stays not ready, and the caller's choice for such groups holds: it keeps no other from starting. */
async function broughtForward(group: Group, demand: Demand, deps: StartWaveDeps): Promise<void> {
  try {
    await bringForward(group, demand, deps);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
  }
}

/** Brings the groups that need it up to date, and looks at each server once they have settled or the time is up. */
async function slowRoster(
  path: Roster['path'],
  { request, by, requestedBy, correlationId, waitMs = Number.POSITIVE_INFINITY }: WaveCall,
  { groups: read, catalogue }: WaveReadings,
  deps: StartWaveDeps,
): Promise<Roster> {
  const known = request.groupIds.flatMap((id) => read.get(id) ?? []).filter(({ deletedAt }) => deletedAt === undefined);
  const needy = known.filter((group) => readinessOf(group, catalogue, deps.now()) !== 'ready');
  const demand = { reapply: 'unready', by, requestedBy, correlationId } as const;
  const wantedMs = request.applyWaitSeconds * 1000;
  const end = deps.now().getTime() + waitMs;
  await pMap(needy, (group) => broughtForward(group, { ...demand, groupId: group.groupId }, deps), {
    concurrency: GROUPS_AT_ONCE,
  });
  const settled = await settledGroups(
    known.map(({ groupId }) => groupId),
    Math.min(wantedMs, end - deps.now().getTime()),
    deps,
  );
  // Much may have been published while this waited.
  const newest = await catalogueFor(settled, deps);
  const servers = await deps.servers.getMany(settled.flatMap(({ serverIds }) => serverIds));
  const members = settled.flatMap(membersOf);
  const pending = settled.filter(({ launchConfigStatus }) => launchConfigStatus.status === 'pending');
  // Their servers are ready for what was planned before, if at all.
  const outdated = settled.filter((group) => isLagging(group) || isBehind(group, newest));
  const unplanned = new Set(outdated.map(({ groupId }) => groupId));
  const isReadyIn = (member: Member) => !unplanned.has(member.groupId) && mayStart(member, servers);
  // Repeats of a call that may not wait long find the demand of the first, and its time.
  const since = Math.max(...pending.map(({ changedAt }) => Date.parse(changedAt)));
  return {
    path,
    members,
    unsettled: waitMs < wantedMs && since + wantedMs > deps.now().getTime(),
    notReady: [
      ...notReadyGroups(request.groupIds, settled, deps.now()),
      ...members
        .filter((member) => !isReadyIn(member))
        .map((member) => reasons(member, servers, standingIn(settled, newest))),
    ],
  };
}

function standingIn(groups: readonly Group[], catalogue: Catalogue): Group[] {
  return groups.map((group) => standing(group, catalogue));
}

/** Ready, or with nothing to apply. */
function mayStart({ groupId, serverId }: Member, servers: ReadonlyMap<string, SourceServer>): boolean {
  const server = servers.get(serverId);
  return server?.groupId === groupId && (isReady(server) || server.status === 'not_configured');
}

function reasons(
  { groupId, serverId }: Member,
  servers: ReadonlyMap<string, SourceServer>,
  groups: readonly Group[],
): Roster['notReady'][number] {
  const server = servers.get(serverId);
  const held = groups.flatMap(({ heldElsewhere }) => heldElsewhere).filter((error) => error.serverId === serverId);
  const own = server?.groupId === groupId ? [...server.errors, ...(server.lastError ? [server.lastError] : [])] : [];
  const group = groups.find((one) => one.groupId === groupId);
  const behind = (group?.launchConfigStatus.errors ?? []).filter(({ code }) => code === 'configuration.behind');
  return { groupId, serverId, errors: [...held, ...behind, ...own] };
}

function chosen({ members, notReady }: Roster, onNotReady: StartWaveRecoveryRequest['onNotReady']): readonly Member[] {
  if (notReady.length === 0) return members;
  const unready = new Set(notReady.map(({ serverId }) => serverId));
  switch (onNotReady) {
    case 'block':
      return [];
    case 'skip':
      return members.filter(({ serverId }) => !unready.has(serverId));
    case 'proceed':
      return members;
  }
}

/** Stores the intent first. Where an earlier or a simultaneous call stored it already, that wave is gone on with instead. */
async function startOnce(
  intent: { waveId: string; roster: Roster; members: readonly Member[]; call: WaveCall },
  deps: StartWaveDeps,
): Promise<Wave | undefined> {
  const { waveId, roster, members, call } = intent;
  const { groupIds, isDrill } = call.request;
  const { path, notReady } = roster;
  const jobs = jobsFor(members, new Set(notReady.flatMap(({ serverId }) => serverId ?? [])));
  const starter = newStarter(jobs, deps);
  const wave = {
    waveId,
    groupIds,
    isDrill,
    jobs,
    starter,
    path,
    notReady,
    startedAt: deps.now().toISOString(),
    version: 0,
  };
  return (await deps.waves.save(wave)) ? startJobs({ ...wave, version: 1 }, call, deps) : resumed(waveId, call, deps);
}

/** The wave as an earlier call began it, if it was the same wave: a drill must not pass for the recovery. Undefined while that call is still at it. */
async function resumed(waveId: string, call: WaveCall, deps: StartWaveDeps): Promise<Wave | undefined> {
  const { request, waitMs = Number.POSITIVE_INFINITY } = call;
  const wave = await deps.waves.get(waveId);
  if (!wave) throw new ContentionError(`wave ${waveId}`);
  const same =
    wave.isDrill === request.isDrill && isDeepStrictEqual([...wave.groupIds].sort(), [...request.groupIds].sort());
  // Before anything is gone on with: access was decided for the groups of this request.
  if (!same) throw new WaveMismatchError(request);
  return resumeWave(waveId, call, waitMs, deps);
}

type Timings = StartWaveRecoveryResponse['timings'];

function answer(
  request: StartWaveRecoveryRequest,
  wave: Wave | undefined,
  timings: Timings,
): StartWaveRecoveryResponse {
  if (!wave) return unstarted(request, 'applying', fastRoster([]), timings);
  const { executionId, waveNumber } = request;
  const { path, notReady, jobs } = wave;
  const recoveryJobs = jobs.flatMap(({ jobId, target, serverIds }) =>
    jobId ? [{ jobId, ...target, serverIds: [...serverIds] }] : [],
  );
  const failedJobs = jobs.flatMap(({ error, target, serverIds }) =>
    error ? [{ ...target, serverIds: [...serverIds], error }] : [],
  );
  return { executionId, waveNumber, status: statusOf(wave), path, jobs: recoveryJobs, notReady, failedJobs, timings };
}

function statusOf({ jobs, notReady }: Wave): StartWaveRecoveryResponse['status'] {
  const started = jobs.filter(({ jobId }) => jobId !== undefined);
  if (started.length === 0) return 'failed';
  const servers = new Set(started.flatMap(({ serverIds }) => serverIds));
  const leftOut = notReady.some(({ serverId }) => serverId === undefined || !servers.has(serverId));
  return started.length === jobs.length && !leftOut ? 'started' : 'partially_started';
}

function unstarted(
  request: StartWaveRecoveryRequest,
  status: 'blocked' | 'applying',
  { path, notReady }: Roster,
  timings: Timings,
): StartWaveRecoveryResponse {
  const { executionId, waveNumber } = request;
  return { executionId, waveNumber, status, path, jobs: [], notReady, failedJobs: [], timings };
}
