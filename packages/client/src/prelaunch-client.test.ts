import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import openapi from '@prelaunch/contracts/openapi.json' with { type: 'json' };
import { type OperationName, operations } from '@prelaunch/contracts/operations';
import { inputOf } from '@prelaunch/functions/rest/rest-input';
import { routeOf } from '@prelaunch/functions/rest/routes';
import { build } from 'esbuild';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import { PrelaunchApiError } from './api-error.ts';
import { camelCase, type FieldsOf, type PrelaunchClient, prelaunchClient } from './prelaunch-client.ts';
import { anyFields } from './testing/any-fields.ts';

interface Received {
  readonly input: unknown;
  readonly headers: IncomingMessage['headers'];
}

type Reply = (response: ServerResponse) => void;

let server: Server;
let baseUrl: string;
let client: PrelaunchClient;
let received: Received[];
let reply: Reply;

const deleted = { groupId: 'pg-1', generation: 8, status: 'deleted' };

function answering(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function receive(request: IncomingMessage): Promise<Received> {
  const chunks = await request.toArray();
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
  const path = pathname.replace(/^\/production/, '');
  const event = {
    httpMethod: request.method ?? '',
    path,
    headers: request.headers as Record<string, string>,
    queryStringParameters: Object.fromEntries(searchParams),
    multiValueQueryStringParameters: undefined,
    body: Buffer.concat(chunks).toString('utf8'),
    isBase64Encoded: false,
    requestContext: {},
  };
  return { input: inputOf(event, routeOf(event.httpMethod, path)), headers: request.headers };
}

beforeAll(async () => {
  server = createServer((request, response) => {
    receive(request).then(
      (one) => {
        received.push(one);
        reply(response);
      },
      (error: unknown) => response.destroy(error as Error),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/production`;
  client = prelaunchClient({ baseUrl, authorization: () => 'Bearer a.b.c' });
});

afterAll(() => server.close());

beforeEach(() => {
  received = [];
  reply = answering(200, deleted);
});

async function failure(call: Promise<unknown>): Promise<PrelaunchApiError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof PrelaunchApiError) return error;
  throw new Error('was expected to throw a PrelaunchApiError', { cause: error });
}

/** Fields as the schema of the operation reads them, since a query has numbers as text; those that it refuses as they are. */
function understood(name: OperationName, input: unknown): object {
  const shape: Readonly<Record<string, z.ZodType>> = operations[name].request.shape;
  const fields = Object.entries(Object(input) as object).map(([field, value]) => {
    const parsed = shape[field]?.safeParse(value);
    return [field, parsed?.success ? parsed.data : value];
  });
  return Object.fromEntries(fields);
}

describe('prelaunchClient', () => {
  it.each(Object.keys(operations) as OperationName[])(
    'sends %s so that the API understands the same fields',
    async (name) => {
      const method = client[camelCase(name) as keyof PrelaunchClient] as (fields: object) => Promise<unknown>;
      await fc.assert(
        fc.asyncProperty(anyFields[name], async (fields) => {
          received = [];
          // What comes back is of no interest here, and is no answer of most operations.
          await method(fields).catch(() => undefined);
          const sent = { operation: name, ...JSON.parse(JSON.stringify(fields)) };
          expect(understood(name, received[0]?.input)).toEqual(understood(name, sent));
        }),
        { numRuns: 60 },
      );
    },
  );

  it('has a method for each operation of the OpenAPI document, under the same name', () => {
    const ids = Object.values<object>(openapi.paths).flatMap((item) =>
      Object.values<{ operationId: string }>(item as Record<string, never>).map(({ operationId }) => operationId),
    );
    const withoutSecondWays = ids.filter((id) => !id.endsWith('Simply'));
    expect(Object.keys(client).toSorted()).toEqual(withoutSecondWays.toSorted());
  });

  it('has the type of each operation in its methods', () => {
    expectTypeOf<Parameters<PrelaunchClient['deleteProtectionGroup']>[0]>().toEqualTypeOf<
      FieldsOf<'delete_protection_group'>
    >();
    expectTypeOf<FieldsOf<'delete_protection_group'>>().not.toHaveProperty('invokedBy');
    // @ts-expect-error A group cannot be got without saying which.
    const wrong: FieldsOf<'get_protection_group'> = {};
    expect(wrong).toEqual({});
  });

  it('asks for the authorization with each call', async () => {
    let calls = 0;
    const counting = prelaunchClient({ baseUrl: `${baseUrl}/`, authorization: async () => `Bearer ${++calls}` });
    await counting.deleteProtectionGroup({ groupId: 'pg-1' });
    await counting.deleteProtectionGroup({ groupId: 'pg-1' });
    expect(received.map(({ headers }) => headers.authorization)).toEqual(['Bearer 1', 'Bearer 2']);
  });

  it('states the generation as an entity tag, and keys as headers', async () => {
    await client.deleteProtectionGroup({ groupId: 'pg-1', generation: 7, idempotencyKey: 'key 1', correlationId: 'c' });
    expect(received[0]?.headers).toMatchObject({
      'if-match': '"7"',
      'idempotency-key': 'key 1',
      'x-correlation-id': 'c',
    });
  });

  it('tells what is done', async () => {
    const answer = await client.deleteProtectionGroup({ groupId: 'pg-1' });
    expect(answer).toEqual({ kind: 'done', response: deleted });
  });

  it('tells what is accepted and not done yet, with where and when to look again', async () => {
    reply = answering(202, deleted, { location: '/somewhere', 'retry-after': '5' });
    const there = await client.deleteProtectionGroup({ groupId: 'pg-1' });
    expect(there).toEqual({ kind: 'accepted', response: deleted, lookAgain: { path: '/somewhere', afterSeconds: 5 } });
    reply = answering(202, deleted);
    const same = await client.deleteProtectionGroup({ groupId: 'pg-1' });
    expect(same).toEqual({ kind: 'accepted', response: deleted, lookAgain: { afterSeconds: 2 } });
  });

  it('takes answers that have gained fields', async () => {
    reply = answering(200, { ...deleted, later: true });
    const { response } = await client.deleteProtectionGroup({ groupId: 'pg-1' });
    expect(response).toEqual(deleted);
  });

  it('throws errors of the API with all that they say', async () => {
    const details = [{ path: 'groupId', value: 'pg-1', allowed: 'the id of a protection group' }];
    const error = { code: 'store.busy', message: 'later', retryable: true, details, requestId: 'r-1' };
    reply = answering(503, { error }, { 'retry-after': '2' });
    const thrown = await failure(client.getProtectionGroup({ groupId: 'pg-1' }));
    expect(thrown).toMatchObject({ ...error, status: 503, retryAfterSeconds: 2, name: 'PrelaunchApiError' });
  });

  it('throws what a gateway answers instead, retryable where that is', async () => {
    reply = answering(429, { message: 'Too Many Requests' }, { 'x-amzn-requestid': 'r-2' });
    const throttled = await failure(client.getProtectionGroup({ groupId: 'pg-1' }));
    expect(throttled).toMatchObject({
      status: 429,
      code: 'client.unexpected_answer',
      retryable: true,
      requestId: 'r-2',
    });
    expect(throttled.message).toContain('Too Many Requests');

    reply = (response) => response.writeHead(403).end('<html>no</html>');
    const page = await failure(client.getProtectionGroup({ groupId: 'pg-1' }));
    expect(page).toMatchObject({ status: 403, code: 'client.unexpected_answer', retryable: false, details: [] });
  });

  it.each([['{}'], ['not JSON'], ['']])('throws where a success is no answer of the operation: %s', async (text) => {
    reply = (response) => response.writeHead(200).end(text);
    const thrown = await failure(client.getProtectionGroup({ groupId: 'pg-1' }));
    expect(thrown).toMatchObject({ status: 200, code: 'client.unexpected_answer', retryable: false });
  });

  it('throws that the API is unreachable, also when the answer breaks off', async () => {
    reply = (response) => response.destroy();
    expect(await failure(client.getProtectionGroup({ groupId: 'pg-1' }))).toMatchObject({
      status: 0,
      code: 'client.unreachable',
      retryable: true,
    });
    reply = (response) => response.writeHead(200, { 'content-length': 100 }).write('{', () => response.destroy());
    expect(await failure(client.getProtectionGroup({ groupId: 'pg-1' }))).toMatchObject({ code: 'client.unreachable' });
  });

  it('throws what the signal was aborted with, before and during the call', async () => {
    const reason = new Error('enough');
    reply = () => undefined;
    await expect(client.getProtectionGroup({ groupId: 'pg-1' }, { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    const controller = new AbortController();
    reply = (response) => response.writeHead(200).write('{', () => controller.abort(reason));
    await expect(client.getProtectionGroup({ groupId: 'pg-1' }, { signal: controller.signal })).rejects.toBe(reason);
  });

  it.each(['', '.', '..'])('refuses %j in a path, where URLs would drop it', async (executionId) => {
    const call = client.startWaveRecovery({ executionId, waveNumber: 1, groupIds: ['pg-1'] });
    await expect(call).rejects.toThrow('executionId cannot stand in a path');
    expect(received).toEqual([]);
  });

  it('runs in browsers: it needs nothing of Node', async () => {
    const entryPoints = [new URL('./prelaunch-client.ts', import.meta.url).pathname];
    const { outputFiles } = await build({
      entryPoints,
      bundle: true,
      write: false,
      platform: 'browser',
      format: 'esm',
    });
    expect(outputFiles[0]?.text).not.toMatch(/\b(Buffer|process)\b\./);
  });
});
