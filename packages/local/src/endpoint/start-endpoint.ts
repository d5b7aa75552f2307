import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { credentialScopeOf } from './credential-scope.ts';
import { errorAnswer } from './error-answer.ts';
import type { RequestLedger } from './request-ledger.ts';
import type { Service, ServiceAnswer } from './service.ts';
import { invocationIdOf } from './trace-id.ts';

const BODY_BYTES_MAX = 16 * 1024 * 1024;
/** Longer than SDK agents keep idle sockets, so that a request never meets a socket that is just being closed. */
const KEEP_ALIVE_MS = 120_000;

export interface EndpointOptions {
  readonly host: string;
  readonly port: number;
  readonly services: ReadonlyMap<string, Service>;
  readonly ledger: RequestLedger;
  /** What `GET /` answers to somebody who looks. */
  readonly describe: (url: string) => unknown;
  /** True for an error that must cut the connection instead of being answered. */
  readonly isConnectionLost: (error: unknown) => boolean;
}

export interface Endpoint {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves every service on one port: the SigV4 credential scope says which service a request is for. */
export async function startEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, (request, response) => {
    answer(request, options).then(
      (answered) => send(response, answered),
      (error: unknown) => fail(request, response, error, options),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host}:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, options: EndpointOptions): Promise<ServiceAnswer> {
  const { headers, method = 'GET', url = '/' } = request;
  const scope = credentialScopeOf(headers, url);
  if (!scope) return unsigned(request, options);
  const service = options.services.get(scope.service);
  if (!service) return unknownService(scope.service, options);
  const body = await bodyOf(request);
  if (body === undefined) return errorAnswer(scope.service, tooLarge);
  return service({ ...scope, method, url, headers, body }, (action, targets) =>
    options.ledger.record({
      service: scope.service,
      action,
      targets,
      invocationId: invocationIdOf(headers['x-amzn-trace-id']?.toString()),
    }),
  );
}

const tooLarge = {
  status: 413,
  code: 'RequestEntityTooLargeException',
  message: `The request is larger than ${BODY_BYTES_MAX} bytes.`,
};

function unsigned({ method, url, headers }: IncomingMessage, { describe }: EndpointOptions): ServiceAnswer {
  if (method === 'GET' && url === '/') {
    const body = `${JSON.stringify(describe(`http://${headers.host}`), undefined, 2)}\n`;
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }
  return errorAnswer(undefined, {
    status: 403,
    code: 'MissingAuthenticationToken',
    message:
      'The request has no AWS Signature Version 4 credential scope, so there is no telling which service it is for.',
  });
}

function unknownService(service: string, { services }: EndpointOptions): ServiceAnswer {
  return errorAnswer(service, {
    status: 501,
    code: 'ServiceNotEmulated',
    message: `There is no local "${service}" service. Served here: ${[...services.keys()].sort().join(', ')}.`,
  });
}

function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= BODY_BYTES_MAX) chunks.push(chunk);
    });
    request.on('end', () => {
      const [only] = chunks;
      if (length > BODY_BYTES_MAX) resolve(undefined);
      else resolve(only && chunks.length === 1 ? only.toString() : Buffer.concat(chunks).toString());
    });
    request.on('error', reject);
  });
}

function send(response: ServerResponse, { status, headers, body }: ServiceAnswer): void {
  if (response.destroyed) return;
  const bytes = Buffer.from(body);
  response.writeHead(status, { 'x-amzn-requestid': randomUUID(), ...headers, 'content-length': bytes.length });
  response.end(bytes);
}

function fail(request: IncomingMessage, response: ServerResponse, error: unknown, options: EndpointOptions): void {
  if (options.isConnectionLost(error) || request.socket.destroyed) {
    request.socket.destroy();
    return;
  }
  console.error(error);
  const service = credentialScopeOf(request.headers, request.url ?? '/')?.service;
  send(response, errorAnswer(service, { status: 500, code: 'InternalFailure', message: String(error) }));
}
