import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type AnswerDependencies, answerRequest, FUNCTION_FAILED } from './answer-request.ts';
import { answerClientError } from './client-error.ts';
import type { FrontAnswer } from './front-answer.ts';
import { errorAnswer } from './front-error.ts';

export interface ApiFrontOptions extends Pick<AnswerDependencies, 'authorize' | 'invoke'> {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** The account of the API. */
  readonly accountId: string;
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

export interface ApiFront {
  readonly url: string;
  /** Takes no more requests; those in flight get a short while to be answered. */
  stop(): Promise<void>;
}

/** As long as API Gateway waits for a function. */
const TIMEOUT_MS = 29_000;
/** Longer than clients keep idle sockets, so that a request never meets a socket that is just being closed. */
const KEEP_ALIVE_MS = 120_000;
/** How long a request may take to arrive. */
const ARRIVAL_MS = 30_000;
const STOP_GRACE_MS = 2000;

/** Does on this machine what API Gateway does in front of the function `api`: authenticates, builds events, sends answers. */
export async function startApiFront(options: ApiFrontOptions): Promise<ApiFront> {
  const { host, now = Date.now, timeoutMs = TIMEOUT_MS, accountId } = options;
  const deps = { ...options, timeoutMs };
  const serverOptions = { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: ARRIVAL_MS, requireHostHeader: false };
  const server = createServer(serverOptions, (incoming, response) => {
    const requestId = randomUUID();
    answerRequest(incoming, { requestId, at: now(), accountId, port: portOf(server) }, deps)
      .catch((error: unknown) => answerOfDefect(error, incoming, requestId))
      .then((answer) => send(response, answer, { requestId, keepAlive: server.listening }));
  });
  server.on('clientError', answerClientError);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, resolve);
  });
  return { url: `http://${host}:${portOf(server)}`, stop: () => stop(server) };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo | null)?.port ?? 0;
}

/** Undefined when nobody waits for an answer any more. */
function answerOfDefect(error: unknown, incoming: IncomingMessage, requestId: string): FrontAnswer | undefined {
  if (incoming.destroyed && !incoming.complete) return undefined;
  console.error(error);
  return errorAnswer(FUNCTION_FAILED, requestId);
}

function send(
  response: ServerResponse,
  answer: FrontAnswer | undefined,
  { requestId, keepAlive }: { readonly requestId: string; readonly keepAlive: boolean },
): void {
  if (!answer || response.destroyed) return;
  const { status, headers, body } = answer;
  const hasBody = status !== 204 && status !== 304;
  response.writeHead(status, {
    ...(headers as Record<string, string | string[]>),
    'x-amzn-requestid': requestId,
    ...(hasBody && { 'content-length': Buffer.byteLength(body) }),
    ...(!keepAlive && { connection: 'close' }),
  });
  response.end(hasBody ? body : undefined);
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await Promise.race([closed, wait(STOP_GRACE_MS, undefined, { ref: false })]);
  server.closeAllConnections();
  await closed;
}
