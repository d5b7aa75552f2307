import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { EnvironmentMessage, type InvokeMessage } from './environment-messages.ts';
import { exited, type FunctionError, type FunctionOutcome, timedOut } from './function-outcome.ts';
import type { LocalFunction } from './local-function.ts';

export interface ExecutionEnvironment {
  readonly pid: number | undefined;
  /** Runs one invocation; only one may run at a time. Kills the process when the function's time is over. */
  invoke(message: InvokeMessage): Promise<FunctionOutcome>;
  kill(): void;
  /** Resolves when the process has ended, however it ended. */
  readonly ended: Promise<void>;
}

export type EnvironmentStart =
  | { readonly kind: 'ready'; readonly environment: ExecutionEnvironment }
  | { readonly kind: 'failed'; readonly error: FunctionError };

const INIT_TIMEOUT_MS = 30_000;

/** Starts a process for one function. `started` resolves when the function is imported, or could not be. */
export function startEnvironment(spec: LocalFunction): {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  readonly started: Promise<EnvironmentStart>;
} {
  const child = forkBootstrap(spec);
  const ending = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (status, signal) => resolve(signal === null ? `exit status ${status}` : signalText(signal)));
  });
  const ended = ending.then(() => undefined);
  const environment: ExecutionEnvironment = {
    pid: child.pid,
    invoke: (message) => invoke(child, ending, spec, message),
    kill: () => child.kill('SIGKILL'),
    ended,
  };
  return { child, ended, started: initialised(child, ending, environment) };
}

function forkBootstrap(spec: LocalFunction): ChildProcess {
  const log = openSync(spec.logPath, 'a');
  try {
    return fork(spec.bootstrapPath, [pathToFileURL(spec.bundlePath).href, spec.compileCacheDirectory], {
      env: { ...spec.variables },
      execArgv: [`--title=${spec.name}`],
      stdio: ['ignore', log, log, 'ipc'],
      serialization: 'json',
    });
  } finally {
    closeSync(log);
  }
}

function initialised(
  child: ChildProcess,
  ending: Promise<string>,
  environment: ExecutionEnvironment,
): Promise<EnvironmentStart> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), INIT_TIMEOUT_MS);
    const settle = (start: EnvironmentStart): void => {
      clearTimeout(timer);
      resolve(start);
    };
    child.once('message', (received: unknown) => {
      const message = EnvironmentMessage.parse(received);
      if (message.kind === 'ready') settle({ kind: 'ready', environment });
      if (message.kind === 'init-failed') settle({ kind: 'failed', error: message.error });
    });
    void ending.then((how) => {
      const errorMessage = `Error: Runtime exited with error: ${how}`;
      settle({ kind: 'failed', error: { errorType: 'Runtime.ExitError', errorMessage } });
    });
  });
}

function invoke(
  child: ChildProcess,
  ending: Promise<string>,
  spec: LocalFunction,
  message: InvokeMessage,
): Promise<FunctionOutcome> {
  const { requestId } = message;
  return new Promise((resolve) => {
    const settle = (outcome: FunctionOutcome): void => {
      clearTimeout(timer);
      child.off('message', receive);
      resolve(outcome);
    };
    const receive = (received: unknown): void => {
      const answer = EnvironmentMessage.parse(received);
      if ((answer.kind === 'answered' || answer.kind === 'failed') && answer.requestId === requestId) settle(answer);
    };
    const timer = setTimeout(() => {
      settle(timedOut(requestId, spec.timeoutSeconds));
      child.kill('SIGKILL');
    }, spec.timeoutSeconds * 1000);
    child.on('message', receive);
    void ending.then((how) => settle(exited(requestId, how)));
    // A process that just died cannot be told anything; its end settles the invocation.
    child.send(message, () => undefined);
  });
}

function signalText(signal: NodeJS.Signals): string {
  return `signal: ${signal === 'SIGKILL' ? 'killed' : signal.slice(3).toLowerCase()}`;
}
