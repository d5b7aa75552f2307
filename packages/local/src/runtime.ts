import type { LocalApi } from './api/start-local-api.ts';
import type { RequestLedger } from './endpoint/request-ledger.ts';
import type { PublishedEvent } from './events/start-eventing.ts';
import type { FunctionOutcome } from './lambda/function-outcome.ts';
import type { EnvironmentState } from './lambda/function-pool.ts';
import type { LocalFunction } from './lambda/local-function.ts';
import type { Simulator } from './simulator/create-simulator.ts';

/** The processes that functions run in. */
export interface Environments {
  list(): EnvironmentState[];
  /**
   * Starts every environment that the topology's queues may need. On AWS they start side by side on machines of their own; here
   * they would share two cores with the work, which would measure this machine.
   */
  warmUp(): Promise<void>;
  /** What an environment of a function is started with. */
  specOf(functionId: string): LocalFunction;
  /** Ends a process at once, as `kill -9` does. False when there is no such environment. */
  kill(pid: number): boolean;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** With the credentials of a role's session. */
  readonly sessionToken?: string;
}

/** The whole pipeline, running on this machine behind one AWS endpoint. */
export interface Runtime {
  readonly endpoint: string;
  readonly region: string;
  readonly accountId: string;
  /** Good for any client. */
  readonly credentials: Credentials;
  /** The API of the function `api`, with authorization as on AWS, and who signs its tokens. */
  readonly api: LocalApi;
  readonly simulator: Simulator;
  readonly environments: Environments;
  /** What was really asked over the endpoint. */
  readonly requests: RequestLedger;
  /** Invokes a function by its logical id, through an alias of it where one is named. */
  invoke(functionId: string, event: unknown, alias?: string): Promise<FunctionOutcome>;
  /** Fires a schedule now, by its logical id; gives the function's outcome, without retries. */
  fireSchedule(scheduleId: string): Promise<FunctionOutcome>;
  /** Puts an event of AWS itself on a bus, which PutEvents refuses. */
  publish(busName: string, event: PublishedEvent): void;
  /** Ends schedules, pollers, functions and servers. Invocations in flight get a short while to end. */
  stop(): Promise<void>;
}
