import type { ApplyDeps } from '@prelaunch/core/apply/apply-server';
import type { RateBudgets } from '@prelaunch/core/apply/rate-budgets';
import type { Group } from '@prelaunch/core/group/group';
import type { GroupStore, ServerStore } from '@prelaunch/core/group/ports';
import type { SourceServer } from '@prelaunch/core/group/source-server';
import type { TargetInventory } from '@prelaunch/core/target/target-inventory';
import type { StartWaveDeps } from '@prelaunch/core/wave/start-wave';
import type { WaveStore } from '@prelaunch/core/wave/wave';
import { memoryAws } from '@prelaunch/memory/memory-aws';
import { memoryRateBudgets } from '@prelaunch/memory/memory-rate-budgets';
import { memoryRecovery } from '@prelaunch/memory/memory-recovery';
import { memoryGroupStore, memoryServerStore, memoryWaveStore } from '@prelaunch/memory/memory-stores';
import { memoryTargetInventory } from '@prelaunch/memory/memory-target-inventory';
import { AT } from '../support/clock.ts';
import { type Faults, NO_FAULTS } from './faults.ts';
import { type Random, randomOf } from './random.ts';
import { INITIAL, type Scenario } from './scenario.ts';
import { type Scheduler, schedulerOf, type Task } from './scheduler.ts';

/** Everything that a use case needs from outside. */
export interface Deps extends ApplyDeps, StartWaveDeps {}

export interface Stores {
  readonly groups: GroupStore;
  readonly servers: ServerStore;
  readonly waves: WaveStore;
}

/** A write to AWS that came after its worker had lost the lease, until that worker has said so. */
interface LateWrite {
  readonly task: Task;
  readonly serverId: string;
}

/** The twins, what is known of them without asking, and what has been seen so far. */
export interface World {
  readonly scenario: Scenario;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly aws: ReturnType<typeof memoryAws>;
  readonly recovery: ReturnType<typeof memoryRecovery>;
  readonly inventory: TargetInventory;
  readonly budgets: RateBudgets;
  readonly stores: Stores;
  /** Copies of what is stored now. */
  readonly groups: Map<string, Group>;
  readonly servers: Map<string, SourceServer>;
  readonly owners: Map<string, { readonly task: Task; until: number }>;
  readonly tasks: Set<Task>;
  readonly openLateWrites: Set<LateWrite>;
  /** When a late writer took a server back, by server, until it is ready again. */
  readonly takenBack: Map<string, number>;
  readonly edited: Set<string>;
  /** Servers for which a failure is in order: refused by AWS or given up by the queue. */
  readonly mayFail: Set<string>;
  /** The generation that was planned when a server last failed. */
  readonly failedUnder: Map<string, number>;
  readonly failedReads: Set<Task>;
  readonly counts: Record<'lateWrites' | 'windows' | 'takenBack' | 'crashes' | 'deadLetters' | 'edits', number>;
  /** Messages that wait or are in somebody's hands. */
  messages: number;
  violation: string | undefined;
  faults(): Faults;
}

export function worldOf(scenario: Scenario, storesOf: (stores: Stores) => Stores = (stores) => stores): World {
  const random = randomOf(scenario.seed ^ 0x5eed);
  const startsAt = Date.parse(AT);
  const scheduler = schedulerOf(random, startsAt);
  const aws = memoryAws();
  const { instanceType, tags, ...settings } = INITIAL;
  const template = { ...(instanceType && { instanceType }), ...(tags && { tags }) };
  for (const id of scenario.servers) aws.addServer(id, { settings, template });
  return {
    scenario,
    random,
    scheduler,
    aws,
    recovery: memoryRecovery(),
    inventory: memoryTargetInventory(),
    budgets: memoryRateBudgets(() => new Date(scheduler.now())),
    stores: storesOf({ groups: memoryGroupStore(), servers: memoryServerStore(), waves: memoryWaveStore() }),
    groups: new Map(),
    servers: new Map(),
    owners: new Map(),
    tasks: new Set(),
    openLateWrites: new Set(),
    takenBack: new Map(),
    edited: new Set(),
    mayFail: new Set(),
    failedUnder: new Map(),
    failedReads: new Set(),
    counts: { lateWrites: 0, windows: 0, takenBack: 0, crashes: 0, deadLetters: 0, edits: 0 },
    messages: 0,
    violation: undefined,
    faults: () => (scheduler.now() - startsAt < scenario.faultsEndMs ? scenario.faults : NO_FAULTS),
  };
}

/** Keeps the first one; the run stops there. */
export function violate(world: World, invariant: string): void {
  if (world.violation === undefined) world.scheduler.note(`*** ${invariant}`);
  world.violation ??= invariant;
}

export function hasWrittenLate(world: World, task: Task): boolean {
  return [...world.openLateWrites].some((late) => late.task === task);
}
