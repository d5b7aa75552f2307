import type { Call } from './call.ts';
import type { ServiceError } from './errors.ts';
import type { SimulatorRequest, SimulatorResponse } from './simulator-request.ts';
import type { Place } from './state.ts';

/** How one service reads requests, runs them, and writes answers and errors. */
export interface ServiceProtocol {
  operationOf(request: SimulatorRequest): string;
  /** Which token bucket the call draws from; none means unlimited. */
  rateClassOf(operation: string, request: SimulatorRequest): string;
  /** Ids of the servers and launch templates that the call names. */
  resourceIdsOf(request: SimulatorRequest, place: Place): string[];
  /** Runs the call to its end in one go, so that no other call sees half of it. */
  run(operation: string, request: SimulatorRequest, call: Call): SimulatorResponse;
  writeError(error: ServiceError, requestId: string): SimulatorResponse;
  errors: StandardErrors;
}

/** The refusals that can meet any call, in the service's own codes. */
export interface StandardErrors {
  throttled(retryAfterSeconds: number): ServiceError;
  internal(retryAfterSeconds: number): ServiceError;
  conflict(resourceId: string): ServiceError;
  accessDenied(callerArn: string, operation: string): ServiceError;
  invalidToken(): ServiceError;
  expiredToken(): ServiceError;
}
