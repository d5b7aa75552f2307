import type { ApplyDeps } from '@prelaunch/core/apply/apply-server';
import type { RateBudgets, RateLimit } from '@prelaunch/core/apply/rate-budgets';
import { tokensFrom, tokenTimes } from '@prelaunch/core/apply/token-schedule';
import type { BindingStore, ConfigurationStore, RolloutStore } from '@prelaunch/core/configuration/ports';
import type { AuditDeps } from '@prelaunch/core/drift/audit-deps';
import type { InstanceStore, RunningInstances } from '@prelaunch/core/drift/ports';
import type { Group } from '@prelaunch/core/group/group';
import type { Clock, GroupStore, ServerStore } from '@prelaunch/core/group/ports';
import type { SourceServer } from '@prelaunch/core/group/source-server';
import type { OperationDeps } from '@prelaunch/core/operation/call';
import type { TargetInventory } from '@prelaunch/core/target/target-inventory';
import type { WaveStore } from '@prelaunch/core/wave/wave';
import { memoryAws } from '@prelaunch/memory/memory-aws';
import { memoryBindingStore } from '@prelaunch/memory/memory-bindings';
import { memoryConfigurationStore } from '@prelaunch/memory/memory-configurations';
import { memoryInstanceRecords } from '@prelaunch/memory/memory-instance-records';
import { memoryInstanceStore } from '@prelaunch/memory/memory-instances';
import { memoryRecovery } from '@prelaunch/memory/memory-recovery';
import { memoryGroupStore, memoryServerStore, memoryWaveStore } from '@prelaunch/memory/memory-stores';
import { memoryTargetInventory } from '@prelaunch/memory/memory-target-inventory';
import { AT } from '../support/clock.ts';
import { type DriftWorld, driftWorld } from './drift-world.ts';
import { type Faults, NO_FAULTS } from './faults.ts';
import { type KnownConfigurations, knownConfigurations, seedConfigurations } from './known-configurations.ts';
import type { Displaced } from './others.ts';
import { type Random, randomOf } from './random.ts';
import { type RememberingAws, rememberingAws } from './remembering-aws.ts';
import { INITIAL, type Scenario } from './scenario.ts';
import { type Scheduler, schedulerOf, type Task } from './scheduler.ts';

/** Everything that a use case needs from outside. */
export interface Deps extends ApplyDeps, OperationDeps {
  readonly drift: OperationDeps['drift'] & AuditDeps;
}

export interface Stores {
  readonly groups: GroupStore;
  readonly servers: ServerStore;
  readonly waves: WaveStore;
  readonly configurations: ConfigurationStore & RolloutStore;
  readonly bindings: BindingStore;
  readonly instances: InstanceStore;
  readonly records: ReturnType<typeof memoryInstanceRecords>;
  readonly running: RunningInstances;
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
  /** Decides what others do to templates, apart from all else. */
  readonly others: Random;
  /** Decides what the audit log takes, apart from all else. */
  readonly records: Random;
  readonly scheduler: Scheduler;
  readonly aws: RememberingAws;
  readonly recovery: ReturnType<typeof memoryRecovery>;
  readonly inventory: TargetInventory;
  readonly budgets: RateBudgets;
  readonly stores: Stores;
  /** What is known of configurations without asking. */
  readonly known: KnownConfigurations;
  /** Copies of what is stored now. */
  readonly groups: Map<string, Group>;
  readonly servers: Map<string, SourceServer>;
  readonly owners: Map<string, { readonly task: Task; readonly serverId: string; until: number }>;
  readonly tasks: Set<Task>;
  readonly openLateWrites: Set<LateWrite>;
  /** When a late writer took a server back, by server, until it is ready again. */
  readonly takenBack: Map<string, number>;
  readonly edited: Set<string>;
  /** What others wrote into the templates of servers and Prelaunch does not manage, by server. */
  readonly theirs: Map<string, Set<string>>;
  readonly displaced: Set<Displaced>;
  /** How often a task has put others' edits out of effect. */
  readonly displacements: Map<Task, number>;
  /** What tasks have recorded that they begin to write, and not yet that they ended: servers, and waves. */
  readonly begun: Map<Task, Set<string>>;
  /** From when on a server's template may be written, by server, once for each. */
  readonly turns: Map<string, number[]>;
  /** Servers for which a failure is in order: refused by AWS or given up by the queue. */
  readonly mayFail: Set<string>;
  /** The generation that was planned when a server last failed. */
  readonly failedUnder: Map<string, number>;
  readonly failedReads: Set<Task>;
  readonly drift: DriftWorld;
  /** How many members a group has had at most. */
  readonly mostMembers: Map<string, number>;
  readonly counts: Record<Counted, number>;
  /** Messages that wait or are in somebody's hands. */
  messages: number;
  violation: string | undefined;
  /** Milliseconds since the epoch. */
  readonly faultsEndAt: number;
  faults(): Faults;
}

type Counted =
  | 'lateWrites'
  | 'windows'
  | 'takenBack'
  | 'crashes'
  | 'deadLetters'
  | 'edits'
  | 'lagging'
  | 'waits'
  | 'displaced'
  | 'raced'
  | 'unrecorded'
  | 'authors'
  | 'refused'
  | 'published'
  | 'reached'
  | 'stopped'
  | 'resumed'
  | 'done'
  | 'takenBackByAudits'
  | 'findings'
  | 'remediated'
  | 'held'
  | 'trailLost'
  | 'leftAlone';

export function worldOf(scenario: Scenario, storesOf: (stores: Stores) => Stores = (stores) => stores): World {
  const random = randomOf(scenario.seed ^ 0x5eed);
  const startsAt = Date.parse(AT);
  const scheduler = schedulerOf(random, startsAt);
  const now = () => scheduler.now();
  const aws = rememberingAws(memoryAws(), now);
  const { instanceType, tags, ...settings } = INITIAL;
  const template = { ...(instanceType && { instanceType }), ...(tags && { tags }) };
  for (const id of scenario.servers) aws.addServer(id, { settings, template, unmanaged: { kernel: 'theirs' } });
  const known = knownConfigurations();
  const drift = driftWorld(scenario.seed);
  const stores = memoryStores(drift.running, () => new Date(now()));
  if (scenario.configured) seedConfigurations(scenario.configured, known, stores);
  return {
    scenario,
    random,
    others: randomOf(scenario.seed ^ 0x07e125),
    records: randomOf(scenario.seed ^ 0x4ec04d),
    scheduler,
    aws,
    recovery: memoryRecovery(),
    inventory: memoryTargetInventory(),
    budgets: budgetsOf(scenario.rate, now),
    stores: storesOf(stores),
    known,
    groups: new Map(),
    servers: new Map(),
    owners: new Map(),
    tasks: new Set(),
    openLateWrites: new Set(),
    takenBack: new Map(),
    edited: new Set(),
    theirs: new Map(scenario.servers.map((id) => [id, new Set(['kernel'])])),
    displaced: new Set(),
    displacements: new Map(),
    begun: new Map(),
    turns: new Map(),
    mayFail: new Set(),
    failedUnder: new Map(),
    failedReads: new Set(),
    drift,
    mostMembers: new Map(),
    counts: {
      ...{ lateWrites: 0, windows: 0, takenBack: 0, crashes: 0, deadLetters: 0, edits: 0 },
      ...{ lagging: 0, waits: 0, displaced: 0, raced: 0, unrecorded: 0 },
      ...{ authors: 0, refused: 0, published: 0, reached: 0, stopped: 0, resumed: 0, done: 0 },
      ...{ takenBackByAudits: 0, findings: 0, remediated: 0, held: 0, trailLost: 0, leftAlone: 0 },
    },
    messages: 0,
    violation: undefined,
    faultsEndAt: startsAt + scenario.faultsEndMs,
    faults: () => (scheduler.now() - startsAt < scenario.faultsEndMs ? scenario.faults : NO_FAULTS),
  };
}

function memoryStores(running: RunningInstances, now: Clock): Stores {
  return {
    groups: memoryGroupStore(),
    servers: memoryServerStore(),
    waves: memoryWaveStore(),
    configurations: memoryConfigurationStore(),
    bindings: memoryBindingStore(),
    instances: memoryInstanceStore(),
    records: memoryInstanceRecords(now),
    running,
  };
}

/** One token bucket per kind of request, as all workers share them. */
function budgetsOf(rate: RateLimit, now: () => number): RateBudgets {
  const lastTaken = new Map<string, number>();
  return {
    async take(_target, rateClass, count) {
      const from = tokensFrom(lastTaken.get(rateClass), tokenTimes(rate, count, new Date(now())));
      lastTaken.set(rateClass, from);
      return from;
    },
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
