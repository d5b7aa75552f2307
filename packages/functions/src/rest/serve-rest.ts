import { cognitoPrincipal, iamPrincipal } from '@prelaunch/access/principals';
import type { Principal } from '@prelaunch/core/access/gate';
import { InvalidRequestError } from '@prelaunch/core/invalid-request-error';
import type { Call, OperationDeps } from '@prelaunch/core/operation/call';
import { problemsOf } from '@prelaunch/core/settings/problems';
import { answerCall, refused } from '../runtime/answer-call.ts';
import { known } from '../runtime/unknown-caller.ts';
import { type RestAnswer, refusedAnswer, servedAnswer } from './rest-answer.ts';
import { RestEvent } from './rest-event.ts';
import { inputOf, notInBody } from './rest-input.ts';
import { routeOf } from './routes.ts';

/** API Gateway gives up after 29 s, the start of the function included. */
const WAIT_MS = 20_000;

/** Serves a proxy event. Who calls is what the authorizer of the API established, and nothing else that is sent. */
export async function serveRest(received: unknown, invocationId: string, deps: OperationDeps): Promise<RestAnswer> {
  const parsed = RestEvent.safeParse(received);
  if (!parsed.success) {
    const problems = problemsOf(parsed.error, received, { code: 'request', schema: RestEvent });
    return refusedAnswer(refused(new InvalidRequestError(problems), invocationId, {}));
  }
  const requestId = parsed.data.requestContext.requestId ?? invocationId;
  const answer = await answerCall(requestId, () => callOf(parsed.data, requestId), deps);
  return answer.kind === 'served' ? servedAnswer(answer) : refusedAnswer(answer);
}

function callOf(event: RestEvent, requestId: string): Call {
  const principal = known(principalOf(event));
  const route = routeOf(event.httpMethod, event.path);
  const waits = { waitMs: WAIT_MS, waveWaitMs: WAIT_MS };
  return { input: inputOf(event, route), elsewhere: notInBody(route), principal, requestId, ...waits };
}

function principalOf({ requestContext: { authorizer, identity } }: RestEvent): Principal | undefined {
  if (authorizer?.claims !== undefined) return cognitoPrincipal(authorizer.claims);
  return identity?.userArn ? iamPrincipal(identity.userArn) : undefined;
}
