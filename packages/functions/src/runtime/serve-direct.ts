import { callerPrincipal } from '@prelaunch/access/principals';
import type { OperationResponse } from '@prelaunch/contracts/operations';
import type { OperationError } from '@prelaunch/contracts/operations/operation-error';
import type { OperationDeps } from '@prelaunch/core/operation/call';
import { answerCall } from './answer-call.ts';
import { known } from './unknown-caller.ts';

/** As long as other ways in keep their callers waiting, so that a change means the same on each. */
const WAIT_MS = 20_000;
/** The longest that a request may ask for; the function itself may run a little longer. */
const WAVE_WAIT_MS = 840_000;

/** Where Lambda says that an invocation came from. */
export interface Invocation {
  readonly awsRequestId: string;
  readonly invokedFunctionArn: string;
}

/** Serves `{ operation, ... }`. Who calls is told by the alias under which IAM let them invoke the function. */
export async function serveDirect(
  input: unknown,
  { awsRequestId: requestId, invokedFunctionArn }: Invocation,
  deps: OperationDeps,
): Promise<OperationResponse | OperationError> {
  const call = { input, requestId, waitMs: WAIT_MS, waveWaitMs: WAVE_WAIT_MS };
  const callOf = () => ({ ...call, principal: known(callerPrincipal(invokedFunctionArn)) });
  const answer = await answerCall(requestId, callOf, deps);
  return answer.kind === 'served' ? answer.response : answer.answer;
}
