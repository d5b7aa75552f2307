import type { ChildProcess } from 'node:child_process';
import { newInvocationId, traceHeaderOf } from '../endpoint/trace-id.ts';
import type { FunctionOutcome } from './function-outcome.ts';
import type { LocalFunction } from './local-function.ts';
import { qualifiedArn } from './qualified-name.ts';
import { type ExecutionEnvironment, startEnvironment } from './start-environment.ts';

export interface EnvironmentState {
  readonly functionId: string;
  readonly pid: number;
  readonly state: 'starting' | 'idle' | 'busy';
}

export interface FunctionPool {
  readonly spec: LocalFunction;
  /**
   * Runs the function with a JSON event, in an idle environment, in a new one, or when one becomes free. The function sees in
   * its context by which ARN it was asked for: with a qualifier where its caller gave one.
   */
  invoke(payload: string, qualifier?: string): Promise<FunctionOutcome>;
  /** Starts environments ahead of events, up to `count` in all and as many as there may be. Resolves when none is starting. */
  warm(count: number): Promise<void>;
  environments(): EnvironmentState[];
  /** Ends all environments; what still runs or waits fails. Resolves when the processes are gone. */
  stop(): Promise<void>;
}

interface Member {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  readonly started: Promise<unknown>;
  state: EnvironmentState['state'];
  environment?: ExecutionEnvironment;
}

interface Waiting {
  readonly requestId: string;
  readonly payload: string;
  readonly invokedFunctionArn: string;
  readonly resolve: (outcome: FunctionOutcome) => void;
  readonly since: number;
}

/**
 * How long somebody waits before one more environment is started, for each that there is. On AWS each has a machine of its own, so
 * one more is started at once. Here they share a few cores: one that is just being freed answers sooner than a new one, and
 * starting takes processor from those that work.
 */
const PATIENCE_MS = 50;

/** The execution environments of one function: separate processes, started on demand, kept when idle. */
export function createFunctionPool(spec: LocalFunction): FunctionPool {
  const members = new Set<Member>();
  const queue: Waiting[] = [];
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const start = (): void => {
    const { child, ended, started } = startEnvironment(spec);
    const member: Member = { child, ended, started, state: 'starting' };
    members.add(member);
    void ended.then(() => {
      members.delete(member);
      // Somebody may have waited for the room that this one took.
      dispatch();
    });
    void started.then((outcome) => {
      if (outcome.kind === 'ready') {
        member.environment = outcome.environment;
        member.state = 'idle';
      } else {
        members.delete(member);
        // Whoever waited for this environment gets its failure; starting the next one for them would loop.
        const first = queue.shift();
        first?.resolve({ kind: 'failed', requestId: first.requestId, error: outcome.error });
      }
      dispatch();
    });
  };

  const dispatch = (): void => {
    for (const member of members) {
      if (member.state !== 'idle' || !member.environment || !isAlive(member.child)) continue;
      const next = queue.shift();
      if (!next) return;
      void run(member, member.environment, next);
    }
    growIfImpatient();
  };

  /** One at a time, and only for somebody who has waited long: what has just started is slow at first, and would seem too few. */
  const growIfImpatient = (): void => {
    clearTimeout(timer);
    const [longest] = queue;
    const isStarting = [...members].some(({ state }) => state === 'starting');
    if (!longest || isStarting || members.size >= spec.environmentsMax) return;
    const patienceMs = longest.since + PATIENCE_MS * members.size - performance.now();
    if (patienceMs <= 0) start();
    else timer = setTimeout(dispatch, Math.ceil(patienceMs));
  };

  const run = async (member: Member, environment: ExecutionEnvironment, waiting: Waiting): Promise<void> => {
    member.state = 'busy';
    const { requestId, payload, invokedFunctionArn } = waiting;
    const outcome = await environment.invoke({
      requestId,
      payload,
      deadline: Date.now() + spec.timeoutSeconds * 1000,
      traceHeader: traceHeaderOf(requestId),
      invokedFunctionArn,
    });
    member.state = 'idle';
    waiting.resolve(outcome);
    dispatch();
  };

  const grow = (count: number): void => {
    const wanted = stopped ? 0 : Math.min(count, spec.environmentsMax);
    while (members.size < wanted) start();
  };

  return {
    spec,
    invoke: (payload, qualifier) =>
      new Promise((resolve) => {
        const requestId = newInvocationId(Date.now());
        if (stopped) {
          resolve(refusedByStop(requestId));
          return;
        }
        const invokedFunctionArn = qualifiedArn(spec.arn, qualifier);
        queue.push({ requestId, payload, invokedFunctionArn, resolve, since: performance.now() });
        dispatch();
      }),
    async warm(count) {
      grow(Math.min(count, 1));
      const [first] = members;
      // It leaves its compiled code behind, with which the others start sooner.
      await first?.started;
      grow(count);
      await Promise.all([...members].map(({ started }) => started));
    },
    environments: () =>
      [...members].flatMap(({ child, state }) =>
        child.pid === undefined ? [] : [{ functionId: spec.id, pid: child.pid, state }],
      ),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      for (const { requestId, resolve } of queue.splice(0)) resolve(refusedByStop(requestId));
      const all = [...members];
      for (const { child } of all) child.kill('SIGKILL');
      await Promise.all(all.map(({ ended }) => ended));
    },
  };
}

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null && !child.killed;
}

function refusedByStop(requestId: string): FunctionOutcome {
  const errorMessage = 'The local runtime is stopping.';
  return { kind: 'failed', requestId, error: { errorType: 'Runtime.Stopped', errorMessage } };
}
