import type { VersionRef } from '@prelaunch/contracts/configuration';
import { ConfigurationRolloutStopped } from '@prelaunch/contracts/events';
import pMap from 'p-map';
import { chunks } from '../../chunks.ts';
import { demandReapply } from '../../group/accept-change.ts';
import { allGroups } from '../../group/all-groups.ts';
import { type Group, isDefined, isLagging } from '../../group/group.ts';
import { outdatedIn } from '../../group/inheritance.ts';
import { type PlanDeps, planGroup } from '../../group/plan-group.ts';
import { getGroup } from '../../group/ports.ts';
import { updateItem } from '../../group/update-item.ts';
import type { Catalogue, RolloutMark } from '../configuration.ts';
import type { ConfigurationStore, RolloutProgress, RolloutStore } from '../ports.ts';
import { changeMark, markOf, withMark } from './change-mark.ts';

export interface RolloutDeps extends PlanDeps {
  readonly configurations: ConfigurationStore;
  readonly rollouts: RolloutStore;
}

/** `waiting`: groups of the stage are being applied; it goes on when one of them has settled. */
export interface RolloutOutcome {
  readonly kind: 'no_rollout' | 'waiting' | 'stopped' | 'done';
}

/** Each stage has as many groups as were reached before it, up to this. */
const STAGE_MAX = 25;
const GROUPS_AT_ONCE = 4;
const GROUPS_TOGETHER = 100;

/** Goes on with every rollout that is running. */
export async function advanceRollouts(deps: RolloutDeps): Promise<RolloutOutcome> {
  const { rollouts } = await deps.configurations.catalogue();
  const running = Object.entries(rollouts).filter(([, mark]) => mark.state === 'running');
  const failures: unknown[] = [];
  for (const [configurationId, { version }] of running) {
    // One rollout must not keep the others from going on.
    await advanceRollout({ configurationId, version }, deps).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
  return { kind: running.length > 0 ? 'waiting' : 'no_rollout' };
}

/**
 * Brings a published version to the groups that follow it, stage by stage: one group, then as many again as were reached. The next
 * stage begins when all groups so far have settled; when too many of their servers failed that had not failed before, it stops, and
 * groups that were not reached keep what they have. May be repeated and resumed at any point.
 */
export async function advanceRollout(ref: VersionRef, deps: RolloutDeps): Promise<RolloutOutcome> {
  for (;;) {
    const catalogue = await deps.configurations.catalogue();
    const mark = markOf(catalogue, ref);
    if (mark?.state !== 'running') return { kind: 'no_rollout' };
    const progress = await deps.rollouts.rollout(ref);
    if (!progress) {
      // Stored before anything is done by it: somebody else may have begun too, and come further meanwhile.
      await deps.rollouts.saveRollout(await begun(ref, catalogue, deps));
      continue;
    }
    const reached = await reachedGroups(progress, deps);
    const unplanned = [...reached.values()].filter((group) => lacks(group, ref, catalogue));
    await pMap(unplanned, (group) => replan(group, ref, deps), { concurrency: GROUPS_AT_ONCE });
    // Much may have happened meanwhile: it is all looked at anew.
    if (unplanned.length > 0) continue;
    // Counted of all servers reached, so that it stops as soon as it has to, whoever never settles.
    const failures = failuresOf(progress, reached);
    if (failures.share > mark.maxFailureShare) return stop(ref, { catalogue, mark, progress, failures }, deps);
    if ([...reached.values()].some(isUnsettled)) return { kind: 'waiting' };
    const next = nextStage(progress);
    if (next.length === 0) return finish(ref, deps);
    await reach(next, progress, deps);
  }
}

/** Everybody who follows the configuration and has another version of it, those with the fewest servers first. */
async function begun(ref: VersionRef, catalogue: Catalogue, deps: RolloutDeps): Promise<RolloutProgress> {
  const { configurationId, version } = ref;
  const following: Group[] = [];
  for await (const group of allGroups(deps.groups)) {
    if (lacks(group, ref, catalogue)) following.push(group);
  }
  const groupIds = following.sort(bySize).map(({ groupId }) => groupId);
  return { configurationId, version, groupIds, reached: [], writes: 0 };
}

/** Follows this configuration and has an earlier version of it. What it lacks of others comes with their stages. */
function lacks(group: Group, { configurationId, version }: VersionRef, catalogue: Catalogue): boolean {
  const isEarlier = (ref: VersionRef) => ref.configurationId === configurationId && ref.version < version;
  return isDefined(group) && outdatedIn(group, catalogue).some(isEarlier);
}

function bySize(one: Group, other: Group): number {
  return one.serverIds.length - other.serverIds.length || (one.groupId < other.groupId ? -1 : 1);
}

/** Groups that are gone are nobody's failure. */
async function reachedGroups({ reached }: RolloutProgress, { groups }: RolloutDeps): Promise<Map<string, Group>> {
  const ids = reached.map(({ groupId }) => groupId);
  const found = await Promise.all(chunks(ids, GROUPS_TOGETHER).map((some) => groups.getMany(some)));
  return new Map(found.flatMap((some) => [...some]).filter(([, group]) => isDefined(group)));
}

function isUnsettled(group: Group): boolean {
  return isLagging(group) || group.launchConfigStatus.status === 'pending';
}

interface Failures {
  readonly failed: number;
  readonly servers: number;
  readonly share: number;
}

function failuresOf({ reached }: RolloutProgress, groups: ReadonlyMap<string, Group>): Failures {
  let [failed, servers] = [0, 0];
  for (const { groupId, failedBefore } of reached) {
    const counts = groups.get(groupId)?.launchConfigStatus.counts;
    failed += Math.max(0, (counts?.failed ?? 0) - failedBefore);
    servers += counts?.total ?? 0;
  }
  return { failed, servers, share: servers === 0 ? 0 : failed / servers };
}

function nextStage({ groupIds, reached }: RolloutProgress): readonly string[] {
  const size = Math.min(STAGE_MAX, Math.max(1, reached.length));
  return groupIds.slice(reached.length, reached.length + size);
}

/** Noted first: should this stop half-way, what was reached is planned by the next turn. Somebody else's turn goes on elsewhere. */
async function reach(
  groupIds: readonly string[],
  progress: RolloutProgress,
  { groups, rollouts }: RolloutDeps,
): Promise<void> {
  const found = await groups.getMany(groupIds);
  const added = groupIds.map((groupId) => ({
    groupId,
    failedBefore: found.get(groupId)?.launchConfigStatus.counts.failed ?? 0,
  }));
  await rollouts.saveRollout({ ...progress, reached: [...progress.reached, ...added] });
}

async function replan({ groupId }: Group, ref: VersionRef, deps: RolloutDeps): Promise<void> {
  const catalogue = await deps.configurations.catalogue();
  const mark = markOf(catalogue, ref);
  // What was published meanwhile has stages of its own.
  if (mark?.state !== 'running') return;
  const { by, requestedBy, correlationId } = mark;
  await updateItem(
    `group ${groupId}`,
    () => getGroup(deps.groups, groupId),
    (group) =>
      group && lacks(group, ref, catalogue)
        ? demandReapply(group, 'changed', { by, requestedBy, correlationId, at: deps.now().toISOString() })
        : undefined,
    (group) => deps.groups.save(group),
  );
  await planGroup(groupId, deps);
}

interface TooMany {
  readonly catalogue: Catalogue;
  readonly mark: RolloutMark;
  readonly progress: RolloutProgress;
  readonly failures: Failures;
}

/**
 * Told before it is noted: twice at worst, never not at all. Looks anew when anything was published, stopped or resumed since the
 * catalogue was read, which was before all that was counted: a rollout that was resumed is not stopped by what is forgiven.
 */
async function stop(
  ref: VersionRef,
  { catalogue, mark, progress, failures }: TooMany,
  deps: RolloutDeps,
): Promise<RolloutOutcome> {
  const { failed, servers } = failures;
  const because = `${failed} of ${servers} servers failed; groups reached so far: ${progress.reached.length}`;
  const { configurationId, version } = ref;
  const data = {
    configurationId,
    version,
    reachedGroups: progress.reached.length,
    groups: progress.groupIds.length,
    because,
  };
  const detail = { version: '1', correlationId: mark.correlationId, data } as const;
  await deps.events.publish([{ type: ConfigurationRolloutStopped.type, detail }]);
  const next = withMark(catalogue, configurationId, { ...mark, state: 'stopped', because });
  return (await deps.configurations.saveCatalogue(next)) ? { kind: 'stopped' } : advanceRollout(ref, deps);
}

async function finish(ref: VersionRef, deps: RolloutDeps): Promise<RolloutOutcome> {
  await changeMark(ref, (mark) => (mark.state === 'running' ? 'none' : undefined), deps);
  return { kind: 'done' };
}
