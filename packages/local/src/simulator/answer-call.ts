import type { Call, Caller } from './call.ts';
import type { createCallLedger } from './call-ledger.ts';
import { ConnectionLost, ServiceError } from './errors.ts';
import type { createFaultScript, Fault } from './fault-script.ts';
import { drawLatencyMs, type LatencyProfile, type SimulatedService } from './latency-profiles.ts';
import { ownEntry } from './own-entry.ts';
import type { ServiceProtocol } from './service-protocol.ts';
import type { SimulatorRequest, SimulatorResponse } from './simulator-request.ts';
import type { World } from './state.ts';
import type { Credentials } from './sts/credentials.ts';
import type { TokenBuckets } from './token-bucket.ts';

export interface AnswerDependencies {
  protocols: Readonly<Record<SimulatedService, ServiceProtocol>>;
  profile: LatencyProfile;
  seed: number;
  homeAccountId: string;
  now: () => number;
  credentials: Credentials;
  buckets: TokenBuckets;
  faults: ReturnType<typeof createFaultScript>;
  ledger: ReturnType<typeof createCallLedger>;
  world: World;
  requestId: () => string;
  /** The call at the present time, with the jobs of its place settled. */
  settledCall: (caller: Caller, region: string) => Call;
  /** Counts calls per operation, which keys the latency draws. */
  nextSequence: (operation: string) => number;
}

/** Answers one request: who calls, may they call now, what goes wrong, how long it takes, and only then the change in one go. */
export async function answerCall(request: SimulatorRequest, deps: AnswerDependencies): Promise<SimulatorResponse> {
  const protocol = deps.protocols[request.service];
  const operation = protocol.operationOf(request);
  const draws = `${request.service}.${operation}`;
  const latencyMs = drawLatencyMs(
    deps.profile.latency[request.service],
    deps.seed,
    `${draws} ${deps.nextSequence(draws)}`,
  );
  let account = deps.homeAccountId;
  const { region, service, accessKeyId } = request;
  const count = (outcome: 'ok' | 'throttled' | 'error'): void =>
    deps.ledger.record({ account, region, service, operation, accessKeyId, outcome });
  try {
    const caller = deps.credentials.callerOf(request, deps.now(), protocol.errors);
    account = caller.accountId;
    const fault = admit({ request, protocol, operation, caller }, deps);
    await wait(latencyMs);
    const response = runWithFault({ request, protocol, operation, caller }, fault, deps);
    count('ok');
    return response;
  } catch (error) {
    count(isThrottle(error) ? 'throttled' : 'error');
    if (error instanceof ServiceError) return protocol.writeError(error, deps.requestId());
    throw error;
  }
}

interface Arrival {
  request: SimulatorRequest;
  protocol: ServiceProtocol;
  operation: string;
  caller: Caller;
}

/** Takes a token and, if a fault is scripted for the call, takes that. Both happen on arrival, before the latency. */
function admit({ request, protocol, operation, caller }: Arrival, deps: AnswerDependencies): Fault | undefined {
  const rateClass = protocol.rateClassOf(operation, request);
  const limit = ownEntry(deps.profile.rateLimits[request.service], rateClass);
  const key = [caller.accountId, request.region, request.service, rateClass].join(' ');
  const verdict = limit ? deps.buckets.take(key, limit) : { kind: 'taken' as const };
  if (verdict.kind === 'empty') throw protocol.errors.throttled(Math.max(1, Math.ceil(verdict.retryAfterMs / 1_000)));
  if (deps.faults.pending().length === 0) return undefined;
  const resourceIds = protocol.resourceIdsOf(request, deps.world.place(caller.accountId, request.region));
  return deps.faults.take({ operation, accountId: caller.accountId, resourceIds });
}

function runWithFault(
  { request, protocol, operation, caller }: Arrival,
  fault: Fault | undefined,
  deps: AnswerDependencies,
): SimulatorResponse {
  const run = (): SimulatorResponse => protocol.run(operation, request, deps.settledCall(caller, request.region));
  switch (fault?.kind) {
    case undefined:
      return run();
    case 'throttle':
      throw protocol.errors.throttled(fault.retryAfterSeconds ?? 1);
    case 'internal':
      throw protocol.errors.internal(fault.retryAfterSeconds ?? 1);
    case 'conflict':
      throw protocol.errors.conflict(
        protocol.resourceIdsOf(request, deps.world.place(caller.accountId, request.region))[0] ?? '',
      );
    case 'access_denied':
      throw protocol.errors.accessDenied(caller.arn, operation);
    case 'error':
      throw new ServiceError(fault.status, fault.code, fault.message, fault.members);
    case 'interleave':
      return interleaved(run, fault);
    case 'commit_then_timeout':
      run();
      throw new ConnectionLost(`The connection of ${operation} died after its change`);
    case 'hang':
      throw new ConnectionLost(`The connection of ${operation} died before its change`);
  }
}

function interleaved(
  call: () => SimulatorResponse,
  { when, run }: { when: 'before' | 'after'; run: () => void },
): SimulatorResponse {
  if (when === 'before') run();
  const response = call();
  if (when === 'after') run();
  return response;
}

const THROTTLE_CODES = ['RequestLimitExceeded', 'ThrottlingException', 'Throttling', 'EC2ThrottledException'];

function isThrottle(error: unknown): boolean {
  return error instanceof ServiceError && THROTTLE_CODES.includes(error.code);
}

async function wait(milliseconds: number): Promise<void> {
  if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
