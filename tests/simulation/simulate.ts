import type { DriftAuditRequested } from '@prelaunch/contracts/events';
import type { Change } from '@prelaunch/core/group/accept-change';
import { TARGET } from '../support/builders.ts';
import { AT } from '../support/clock.ts';
import { authorOf } from './authors.ts';
import { broughtForward } from './demand-safety.ts';
import { checkDrift } from './drift-liveness.ts';
import { noteLive } from './drift-world.ts';
import { checkSettled, checkStartedOnce, substanceOf } from './liveness.ts';
import { replaceTemplate, touched } from './others.ts';
import { type Pipeline, pipelineOf, useCases, type Wiring } from './pipeline.ts';
import { type Action, type Scenario, scenarioOf } from './scenario.ts';
import { move, putBack } from './trail.ts';
import { type Stores, violate, type World, worldOf } from './world.ts';

export interface Run {
  readonly seed: number;
  readonly steps: number;
  readonly counts: World['counts'];
  /** The final state after everything was applied once more without faults. */
  readonly substance: string;
  /** What was violated, with the steps that led there. */
  readonly violation?: string;
  readonly trace: readonly string[];
  readonly accepted: readonly Action[];
}

/** Something of the pipeline that is replaced. */
export interface Variant {
  readonly useCases?: Partial<Wiring['useCases']>;
  readonly depsOf?: Wiring['depsOf'];
  readonly storesOf?: (stores: Stores) => Stores;
}

const MINUTE_MS = 60_000;
/** Longer than the sweep takes to find a server that was forgotten. */
const CALM_SWEEPS = 4;
const SETTLE_MS_MAX = 90 * MINUTE_MS;
const STEPS_MAX = 60_000;

/** Runs one seed to its end: with faults until everything is quiet, then once more with everything applied again. */
export function simulateSeed(seed: number, variant: Variant = {}): Promise<Run> {
  return simulate(scenarioOf(seed), variant);
}

export async function simulate(scenario: Scenario, variant: Variant = {}): Promise<Run> {
  const world = worldOf(scenario, variant.storesOf);
  const wiring = { useCases: { ...useCases, ...variant.useCases }, depsOf: variant.depsOf ?? ((deps) => deps) };
  const pipeline = pipelineOf(world, wiring);
  const sweeps = sweepEachMinute(world, pipeline, wiring);
  for (const action of scenario.actions)
    world.scheduler.after(action.atMs, action.kind, () => act(world, pipeline, wiring, action));

  await settle(world, sweeps);
  if (world.violation === undefined) checkSettled(world);
  await auditEverything(world, pipeline, sweeps);
  await applyEverythingAgain(world, pipeline, wiring, sweeps);
  await auditEverything(world, pipeline, sweeps);
  return {
    seed: scenario.seed,
    steps: world.scheduler.steps(),
    counts: world.counts,
    substance: substanceOf(world),
    ...(world.violation !== undefined && { violation: world.violation }),
    trace: world.scheduler.trace(),
    accepted: acceptedOf(world),
  };
}

interface Sweeps {
  /** How many sweeps have found everything as the one before did, with nothing under way. */
  calm(): number;
  countAgain(): void;
}

function sweepEachMinute(world: World, pipeline: Pipeline, wiring: Wiring): Sweeps {
  let calm = 0;
  let before = '';
  const sweep = () => {
    const now = substanceOf(world);
    const quiet = now === before && world.tasks.size === 0 && world.messages === 0 && isOver(world);
    calm = quiet ? calm + 1 : 0;
    before = now;
    pipeline.call('reconcile', 'sweep', (deps) => wiring.useCases.reconcileGroups(deps));
    world.scheduler.after(MINUTE_MS, 'time to sweep', sweep);
  };
  world.scheduler.after(MINUTE_MS, 'time to sweep', sweep);
  const countAgain = () => {
    calm = 0;
    before = '';
  };
  return { calm: () => calm, countAgain };
}

function isOver({ scheduler, scenario }: World): boolean {
  const ends = [scenario.faultsEndMs, ...scenario.actions.map(({ atMs }) => atMs)];
  return scheduler.now() >= Date.parse(AT) + Math.max(...ends);
}

async function settle(world: World, sweeps: Sweeps): Promise<void> {
  const end = world.scheduler.now() + world.scenario.faultsEndMs + SETTLE_MS_MAX;
  while (world.violation === undefined && sweeps.calm() < CALM_SWEEPS) {
    await world.scheduler.step();
    checkStartedOnce(world);
    if (world.scheduler.now() > end || world.scheduler.steps() > STEPS_MAX) violate(world, '3: it does not settle');
  }
}

/** Each group once, undisturbed; and no more comes of that than has to. */
async function auditEverything(world: World, pipeline: Pipeline, sweeps: Sweeps, tries = 0): Promise<void> {
  if (world.violation !== undefined || !world.scenario.drifting) return;
  const { begun } = world.drift;
  const groups = [...world.groups.values()].filter(({ deletedAt }) => deletedAt === undefined);
  for (const { groupId } of groups) pipeline.audit(auditRequest(groupId, 'everything'));
  sweeps.countAgain();
  await settle(world, sweeps);
  // What the queue gave up on is tried again now and then, whether or not anybody audits.
  if (tries < TRIES_MAX && isAppliedSince(world)) return auditEverything(world, pipeline, sweeps, tries + 1);
  const members = groups.reduce((total, { serverIds }) => total + serverIds.length, 0);
  const most = groups.length + members * FOLLOWS_MAX;
  const follows = world.drift.begun - begun;
  if (follows > most) violate(world, `27: ${follows} audits and remediations follow from ${groups.length} audits`);
  if (world.violation === undefined) checkSettled(world);
  if (world.violation === undefined) checkDrift(world);
}

const TRIES_MAX = 3;

function isAppliedSince({ servers, drift }: World): boolean {
  return [...servers.values()].some(({ serverId, applied }) => {
    const audited = drift.instances.get(serverId);
    const isOpen = audited?.verdict !== 'in_sync' && audited?.auditedAt !== undefined;
    return isOpen && applied !== undefined && applied.verifiedAt > (audited.auditedAt ?? '');
  });
}

/** Of one that differs: it is put right, audited after that, and each write of that is told by the trail and by DRS. */
const FOLLOWS_MAX = 10;

function auditRequest(groupId: string, auditId: string, serverIds?: readonly string[]): DriftAuditRequested {
  const data = { groupId, auditId, cause: 'request' as const, ...(serverIds && { serverIds: [...serverIds] }) };
  return { version: '1', correlationId: auditId, data };
}

/** Errors go away and edits by others are corrected by a re-apply, and by that alone. */
async function applyEverythingAgain(world: World, pipeline: Pipeline, wiring: Wiring, sweeps: Sweeps): Promise<void> {
  if (world.violation !== undefined) return;
  for (const { groupId, deletedAt } of world.groups.values()) {
    if (deletedAt !== undefined) continue;
    const request = { groupId, force: true, by: 'operator', correlationId: 'again' };
    pipeline.call('operation', `applies ${groupId} again`, (deps) =>
      wiring.useCases.applyLaunchConfigs(request, 0, deps),
    );
  }
  sweeps.countAgain();
  await settle(world, sweeps);
  world.edited.clear();
  world.mayFail.clear();
  if (world.violation === undefined) checkSettled(world);
}

function act(world: World, pipeline: Pipeline, wiring: Wiring, action: Action) {
  const { useCases: does } = wiring;
  switch (action.kind) {
    case 'change':
      return pipeline.publish(action.change);
    case 'apply': {
      const { groupId, force, waitMs } = action;
      const request = { groupId, force, by: 'operator', correlationId: 'demand' };
      return pipeline.call('operation', `applies ${groupId}`, async (deps, task) => {
        const asked = world.known.catalogue;
        await does.applyLaunchConfigs(request, waitMs, deps);
        broughtForward(world, task, groupId, asked);
      });
    }
    case 'wave': {
      const { executionId, groupIds } = action;
      const request = { ...WAVE, executionId, groupIds: [...groupIds] };
      const call = { request, by: 'orchestrator', correlationId: 'wave' };
      return pipeline.call('wave', `starts ${groupIds}`, (deps) => does.startWaveRecovery(call, deps));
    }
    case 'edit': {
      world.counts.edits += 1;
      world.edited.add(action.serverId);
      return edit(world, action);
    }
    case 'replace':
      replaceTemplate(world, action.serverId);
      return noteLive(world, action.serverId);
    case 'move':
      return move(world, action.serverId, action.settings);
    case 'put_back':
      return putBack(world, action.serverId);
    case 'audit':
      return pipeline.audit(auditRequest(action.groupId, 'asked', action.serverIds));
    case 'schedule':
      return pipeline.call('audit', 'schedules audits', (deps) =>
        does.scheduleAudits({ ...deps, slots: world.stores.records.slots }),
      );
    case 'recover': {
      const { serverId, forMs } = action;
      world.drift.recoveredSince.set(serverId, world.scheduler.now());
      world.drift.running.beginRecovery([serverId]);
      world.scheduler.after(forMs, `the recovery of ${serverId} is over`, () => {
        world.drift.recoveredSince.delete(serverId);
        world.drift.running.endRecovery([serverId]);
      });
      return undefined;
    }
    default:
      return authorOf(world, pipeline, wiring)(action);
  }
}

/** Somebody changes a server's launch settings in the console: at once, for the pipeline. */
async function edit(world: World, { serverId, settings }: Extract<Action, { kind: 'edit' }>): Promise<void> {
  const { instanceType, ...changes } = settings;
  touched(world, serverId);
  await world.aws.update(TARGET, serverId, changes);
  if (instanceType !== undefined) world.aws.edit(serverId, { settings: { instanceType } });
}

const WAVE = {
  operation: 'start_wave_recovery',
  waveNumber: 1,
  isDrill: false,
  onNotReady: 'proceed',
  applyWaitSeconds: 60,
} as const;

/** The newest change of each group that was taken. */
function acceptedOf({ scenario, groups }: World): Action[] {
  const isNewest = ({ group }: Change) => groups.get(group.groupId)?.revision === group.revision;
  return scenario.actions.filter((action) => action.kind === 'change' && isNewest(action.change));
}
