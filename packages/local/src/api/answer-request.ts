import type { IncomingMessage } from 'node:http';
import type { FunctionOutcome } from '../lambda/function-outcome.ts';
import type { Authorization, Authorize } from './authorization.ts';
import type { FrontAnswer } from './front-answer.ts';
import { errorAnswer, type FrontError } from './front-error.ts';
import { isOpen } from './open-routes.ts';
import { proxyAnswer } from './proxy-answer.ts';
import { type EventContext, proxyEvent } from './proxy-event.ts';
import { BODY_BYTES_MAX, readBody } from './read-body.ts';
import { receivedRequest } from './received-request.ts';

export interface AnswerDependencies {
  readonly authorize: Authorize;
  readonly invoke: (event: string) => Promise<FunctionOutcome>;
  /** How long the function has, its wait for a free environment included. */
  readonly timeoutMs: number;
}

/** Events and answers may not be larger on Lambda. */
const PAYLOAD_BYTES_MAX = 6 * 1024 * 1024;
const OPEN: Authorization = { kind: 'open' };

const MALFORMED: FrontError = {
  status: 400,
  code: 'request.malformed',
  message: 'The path or the query of the request cannot be decoded.',
};
const NO_HOST: FrontError = { status: 400, code: 'request.malformed', message: 'The request has no Host header.' };
const TOO_LARGE: FrontError = {
  status: 413,
  code: 'request.too_large',
  message: `The request is larger than a function takes; its body may have ${PAYLOAD_BYTES_MAX} bytes at most, less its headers.`,
};
const BODY_TOO_LARGE: FrontError = {
  status: 413,
  code: 'request.too_large',
  message: `The body of the request is larger than ${BODY_BYTES_MAX} bytes.`,
};
const TIMED_OUT: FrontError = {
  status: 504,
  code: 'api.function_failed',
  message: 'The API took too long to answer. Whether the request had an effect is not known.',
};
/** Says nothing of why: that is in the function's log, under the id of the request. */
export const FUNCTION_FAILED: FrontError = {
  status: 502,
  code: 'api.function_failed',
  message: 'The API failed to answer. Whether the request had an effect is not known.',
};

/** One request, from its body to its answer. Rejects only when the client went away, or for a defect. */
export async function answerRequest(
  incoming: IncomingMessage,
  context: EventContext,
  deps: AnswerDependencies,
): Promise<FrontAnswer> {
  const refuse = (error: FrontError) => errorAnswer(error, context.requestId);
  const body = await readBody(incoming);
  if (!body) return refuse(BODY_TOO_LARGE);
  const request = receivedRequest(incoming, body);
  if (!request) return refuse(MALFORMED);
  if (!request.headers.has('host')) return refuse(NO_HOST);
  const authorization = isOpen(request) ? OPEN : await deps.authorize(request);
  if (authorization.kind === 'refused') {
    const { code, message } = authorization;
    return refuse({ status: 401, code, message });
  }
  const event = proxyEvent(request, authorization, context);
  if (isLarger(event)) return refuse(TOO_LARGE);
  const outcome = await outcomeInTime(event, deps);
  if (outcome === 'late') return refuse(TIMED_OUT);
  if (outcome.kind === 'failed' || isLarger(outcome.payload)) return refuse(FUNCTION_FAILED);
  return proxyAnswer(outcome.payload) ?? refuse(FUNCTION_FAILED);
}

function outcomeInTime(event: string, { invoke, timeoutMs }: AnswerDependencies): Promise<FunctionOutcome | 'late'> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve('late'), timeoutMs);
    invoke(event)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

/** A character has three bytes at most, so only texts that may be too large are measured. */
function isLarger(payload: string): boolean {
  return payload.length * 3 > PAYLOAD_BYTES_MAX && Buffer.byteLength(payload) > PAYLOAD_BYTES_MAX;
}
