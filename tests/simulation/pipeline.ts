import type { DriftAuditRequested, PrelaunchEvent } from '@prelaunch/contracts/events';
import type { ApplyRequest } from '@prelaunch/contracts/messages';
import { applyServer } from '@prelaunch/core/apply/apply-server';
import { recordDeadLetter } from '@prelaunch/core/apply/record-dead-letter';
import { nameOf } from '@prelaunch/core/configuration/configuration';
import { advanceRollout, advanceRollouts } from '@prelaunch/core/configuration/rollout/advance-rollout';
import { auditEdit } from '@prelaunch/core/drift/audit-edit';
import { auditGroup } from '@prelaunch/core/drift/audit-group';
import { remediate } from '@prelaunch/core/drift/remediate';
import { scheduleAudits } from '@prelaunch/core/drift/schedule-audits';
import type { Change } from '@prelaunch/core/group/accept-change';
import { applyLaunchConfigs } from '@prelaunch/core/group/apply-group';
import { planChange } from '@prelaunch/core/group/plan-group';
import { reconcileGroups } from '@prelaunch/core/group/reconcile-groups';
import { performOnConfigurations } from '@prelaunch/core/operation/configuration-operations';
import { aggregateGroup } from '@prelaunch/core/status/aggregate-group';
import { startWaveRecovery } from '@prelaunch/core/wave/start-wave';
import { backoffSeconds } from '@prelaunch/functions/runtime/backoff';
import { leftAlone } from './drift-safety.ts';
import type { Told } from './drift-world.ts';
import { type Outlets, portsOf } from './ports.ts';
import { taskEnded } from './safety.ts';
import type { Task, TaskKind } from './scheduler.ts';
import { OWN } from './trail.ts';
import type { Deps, World } from './world.ts';

export const useCases = {
  planChange,
  applyServer,
  aggregateGroup,
  recordDeadLetter,
  reconcileGroups,
  applyLaunchConfigs,
  startWaveRecovery,
  advanceRollout,
  advanceRollouts,
  performOnConfigurations,
  auditGroup,
  auditEdit,
  remediate,
  scheduleAudits,
};
type UseCases = typeof useCases;

/** What may be replaced to see whether the invariants notice. */
export interface Wiring {
  readonly useCases: UseCases;
  readonly depsOf: (deps: Deps, task: Task) => Deps;
}

export interface Pipeline {
  publish(change: Change): void;
  audit(request: DriftAuditRequested): void;
  /** One operation, as a program calls it: not repeated when it fails. */
  call(kind: TaskKind, what: string, run: Run<unknown>): void;
  /** As `call`, for whoever wants the answer. Whoever serves it may die: then there is none. */
  ask<Answer>(kind: TaskKind, what: string, run: Run<Answer>): Promise<Answer>;
}

type Run<Answer> = (deps: Deps, task: Task) => Promise<Answer>;

interface Queue {
  readonly kind: TaskKind;
  readonly request?: ApplyRequest;
  readonly visibilityMs: number;
  readonly receivesMax: number;
  readonly exhausted: () => void;
}

type Starting = Pick<Queue, 'kind' | 'request'>;

interface Message {
  readonly what: string;
  readonly handle: Run<unknown>;
  receives: number;
  settled: boolean;
}

/** The queues and the bus between the use cases: at least once, in no order, back after a while when nobody finished it. */
export function pipelineOf(world: World, wiring: Wiring): Pipeline {
  const { scheduler, random, faults } = world;
  let tasks = 0;

  function start<Answer>({ kind, request }: Starting, what: string, run: Run<Answer>): Promise<Answer> {
    tasks += 1;
    const task: Task = {
      name: `${kind}#${tasks}`,
      kind,
      request,
      startedStep: scheduler.steps(),
      startedMs: scheduler.now(),
      alive: true,
    };
    scheduler.note(`${task.name} begins: ${what}`);
    world.tasks.add(task);
    const over = (outcome: string) => {
      world.tasks.delete(task);
      taskEnded(world, task);
      scheduler.note(`    ${task.name} ${outcome}`);
    };
    return run(wiring.depsOf(portsOf(world, task, outlets), task), task).then(
      (answer) => {
        over('is done');
        return answer;
      },
      (error: unknown) => {
        over(`fails: ${error instanceof Error ? error.message : error}`);
        throw error;
      },
    );
  }

  function enqueue(queue: Queue, what: string, handle: Message['handle']): void {
    const copies = random.chance(faults().duplicate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const delayMs = random.chance(faults().delay) ? random.int(0, 90_000) : random.int(1, 300);
      world.messages += 1;
      deliverLater(queue, { what, handle, receives: 0, settled: false }, delayMs);
    }
  }

  function deliverLater(queue: Queue, message: Message, ms: number): () => void {
    return scheduler.after(ms, `delivers ${queue.kind} ${message.what}`, () => deliver(queue, message));
  }

  function deliver(queue: Queue, message: Message): void {
    if (message.settled) return;
    message.receives += 1;
    if (message.receives > queue.receivesMax) {
      settle(message);
      queue.exhausted();
      return;
    }
    const callOff = deliverLater(queue, message, queue.visibilityMs);
    start(queue, message.what, message.handle).then(
      () => {
        callOff();
        settle(message);
      },
      (error: unknown) => {
        callOff();
        const unit = () => random.int(0, 999) / 1000;
        deliverLater(queue, message, backoffSeconds(error, message.receives, unit) * 1000);
      },
    );
  }

  function settle(message: Message): void {
    if (!message.settled) world.messages -= 1;
    message.settled = true;
  }

  const lost = () => scheduler.note('    given up');
  const { useCases: does } = wiring;

  function plan(change: Change): void {
    const queue: Queue = { kind: 'plan', visibilityMs: 360_000, receivesMax: 5, exhausted: lost };
    const what = `${change.group.groupId} r${change.group.revision}`;
    const received = { ...change, at: new Date(scheduler.now()).toISOString() };
    enqueue(queue, what, (deps) => does.planChange(received, deps));
  }

  function apply(request: ApplyRequest): void {
    const exhausted = () => {
      world.counts.deadLetters += 1;
      world.mayFail.add(request.serverId);
      const queue: Queue = { kind: 'dead_letter', visibilityMs: 900_000, receivesMax: 1000, exhausted: lost };
      enqueue(queue, request.serverId, (deps) => does.recordDeadLetter(request, deps));
    };
    const { applyReceivesMax } = world.scenario.faults;
    const queue: Queue = { kind: 'apply', request, visibilityMs: 120_000, receivesMax: applyReceivesMax, exhausted };
    enqueue(queue, `${request.groupId} ${request.serverId}`, (deps) => does.applyServer(request, deps));
  }

  function audit(request: DriftAuditRequested): void {
    const queue: Queue = { kind: 'audit', visibilityMs: 360_000, receivesMax: 10, exhausted: lost };
    enqueue(queue, `${request.data.auditId} of ${request.data.groupId}`, (deps) => {
      world.drift.begun += 1;
      return does.auditGroup(request, deps.drift);
    });
  }

  /** Trails come after a while, twice, in no order, or not at all. */
  function tell(told: Told): void {
    const { trails } = world.drift;
    if (scheduler.now() < world.faultsEndAt && trails.chance(world.scenario.drifting?.trailLost ?? 0)) {
      world.counts.trailLost += 1;
      return;
    }
    const queue: Queue = { kind: 'audit', visibilityMs: 360_000, receivesMax: 10, exhausted: lost };
    scheduler.after(trails.int(100, trails.pick([1_500, 8_000])), `the trail tells ${told.what}`, () =>
      enqueue(queue, told.what, async (deps, task) => {
        world.drift.begun += 1;
        if (told.isOwn) world.drift.ofOwnWrites.add(task);
        const { kind } = await does.auditEdit(told.call, OWN, deps.drift);
        if (kind !== 'already_audited') return;
        world.counts.leftAlone += 1;
        leftAlone(world, task, told);
      }),
    );
  }

  function remediateDrift(instanceId: string, correlationId: string): void {
    const queue: Queue = { kind: 'remediate', visibilityMs: 360_000, receivesMax: 10, exhausted: lost };
    enqueue(queue, instanceId, (deps) => {
      world.drift.begun += 1;
      return does.remediate(instanceId, correlationId, deps.drift);
    });
  }

  /** Where nobody uses configurations, nobody listens: so seeds take the way they took before. */
  function rollOut(what: string, handle: Message['handle']): void {
    if (!world.scenario.configured) return;
    enqueue({ kind: 'rollout', visibilityMs: 720_000, receivesMax: 5, exhausted: lost }, what, handle);
  }

  function route(event: PrelaunchEvent): void {
    switch (event.type) {
      case 'Protection Group Changed': {
        const { data, correlationId } = event.detail;
        plan({ ...data, correlationId, source: 'prelaunch', at: '' });
        break;
      }
      case 'Launch Config Applied':
      case 'Launch Config Apply Failed': {
        const { groupId } = event.detail.data;
        const queue: Queue = { kind: 'aggregate', visibilityMs: 90_000, receivesMax: 10, exhausted: lost };
        enqueue(queue, groupId, (deps) => does.aggregateGroup(groupId, deps));
        break;
      }
      case 'Configuration Published': {
        const { data } = event.detail;
        rollOut(nameOf(data), (deps) => does.advanceRollout(data, deps));
        break;
      }
      case 'Launch Config Status Changed':
        rollOut(`after ${event.detail.data.groupId}`, (deps) => does.advanceRollouts(deps));
        break;
      case 'Drift Audit Requested':
        if (world.scenario.drifting) audit(event.detail);
        break;
      case 'Drift Detected':
        remediateDrift(event.detail.data.instanceId, event.detail.correlationId);
        break;
      case 'Remediation Held':
        world.counts.held += 1;
        break;
      case 'Drift Cleared':
      case 'Drift Remediated':
      case 'Configuration Rollout Stopped':
        // For people; nobody in the pipeline listens.
        break;
    }
  }

  const outlets: Outlets = {
    send: async (requests) => requests.forEach(apply),
    publish: async (events) => events.forEach(route),
  };
  world.drift.tell = tell;
  return {
    publish: plan,
    audit,
    call: (kind, what, run) => void start({ kind }, what, run).catch(() => undefined),
    ask: (kind, what, run) => start({ kind }, what, run),
  };
}
