import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { signedHeaders } from '@prelaunch/local/api/testing/sign-request';
import type { Runtime } from '@prelaunch/local/runtime';
import { startRuntime } from '@prelaunch/local/start-runtime';
import type { Topology } from '@prelaunch/topology/shape';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const FUNCTION_ROOT = fileURLToPath(new URL('../../packages/local/src/testing/functions/', import.meta.url));
const ROLE = { roleArn: 'arn:aws:iam::222222222222:role/Operator', externalId: 'shared-secret' };
const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const MIB = 1024 * 1024;

/** Nothing but a function behind the API, which answers with the event that it got. */
const topology: Topology = {
  ...{ applyLeaseSeconds: 25, tables: {}, queues: {}, topics: {}, rules: {}, mappings: {}, schedules: {} },
  functions: {
    api: {
      ...{ entry: 'api.ts', timeoutSeconds: 10, memoryMb: 256, aliases: ['live'] },
      uses: { tables: [], queues: [], bus: false, targetAccounts: [], recovery: false, access: false, drift: false },
    },
  },
};

let folder: string;
let runtime: Runtime;
let token: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prelaunch-test-'));
  runtime = await startRuntime({
    ...{ port: 0, apiPort: 0, seed: 1, profile: 'instant', topology, functionRoot: FUNCTION_ROOT },
    ...{ logDirectory: join(folder, 'logs'), issuerDirectory: folder },
  });
  token = await runtime.api.issuer.token({ user: 'ada', groups: ['prelaunch-viewer', 'prelaunch-operator'] });
});

afterAll(async () => {
  await runtime.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Asks with a token, unless other headers are given. */
function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${runtime.api.url}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, ...init.headers },
  });
}

/** The event that the function got. */
async function eventOf(path: string, init?: RequestInit) {
  const response = await ask(path, init);
  expect(response.status).toBe(200);
  return JSON.parse(await response.text());
}

/** Sends just these bytes and reads until the connection ends. */
async function raw(bytes: string): Promise<string> {
  const { hostname, port } = new URL(runtime.api.url);
  const socket = connect(Number(port), hostname);
  socket.write(bytes);
  return text(socket);
}

async function expectError(response: Response, status: number, code: string, message?: string): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/json');
  const { error } = (await response.json()) as { error: object };
  expect(error).toEqual({
    ...{ code, message: message === undefined ? expect.any(String) : expect.stringContaining(message) },
    ...{ retryable: false, details: [], requestId: response.headers.get('x-amzn-requestid') },
  });
  expect(JSON.stringify(error)).not.toMatch(/secret reason|\bat .*\.ts|node_modules/);
}

describe('with a token', () => {
  it('the function gets the event of a REST API, with the claims as text', async () => {
    const response = await ask('/protection-groups/pg%20%C3%BC/status?a=1&b=x+y&a=%C3%BC', {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain', 'User-Agent': 'test/1', 'X-Custom': 'one' },
      body: 'hällo',
    });
    const event = JSON.parse(await response.text());
    const { host } = new URL(runtime.api.url);
    expect(event).toMatchObject({
      resource: '/{proxy+}',
      path: '/protection-groups/pg%20%C3%BC/status',
      httpMethod: 'POST',
      headers: { host, 'X-Custom': 'one', 'X-Forwarded-For': '127.0.0.1' },
      multiValueHeaders: { host: [host], 'X-Custom': ['one'] },
      queryStringParameters: { a: 'ü', b: 'x y' },
      multiValueQueryStringParameters: { a: ['1', 'ü'], b: ['x y'] },
      pathParameters: { proxy: 'protection-groups/pg ü/status' },
      stageVariables: null,
      body: 'hällo',
      isBase64Encoded: false,
    });
    expect(event.requestContext).toEqual({
      resourceId: expect.any(String),
      resourcePath: '/{proxy+}',
      apiId: expect.any(String),
      stage: 'local',
      path: '/protection-groups/pg%20%C3%BC/status',
      httpMethod: 'POST',
      protocol: 'HTTP/1.1',
      requestId: response.headers.get('x-amzn-requestid'),
      requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      requestTimeEpoch: expect.any(Number),
      accountId: '111111111111',
      identity: expect.objectContaining({ sourceIp: '127.0.0.1', userAgent: 'test/1', userArn: null, accessKey: null }),
      authorizer: {
        claims: expect.objectContaining({
          sub: UUID,
          'cognito:groups': 'prelaunch-viewer,prelaunch-operator',
          iss: runtime.api.issuer.issuer,
          token_use: 'id',
        }),
      },
    });
    expect(event.requestContext.requestId).toEqual(UUID);
  });

  it('a request without query and body has nulls there, and the root is a resource of its own', async () => {
    expect(await eventOf('/')).toMatchObject({
      ...{ resource: '/', pathParameters: null, body: null, isBase64Encoded: false },
      ...{ queryStringParameters: null, multiValueQueryStringParameters: null },
    });
  });

  it('is taken without the word Bearer too, as API Gateway does', async () => {
    expect((await ask('/a', { headers: { authorization: token } })).status).toBe(200);
  });

  it('a body that is no UTF-8 comes in base64', async () => {
    const body = Buffer.from([0xff, 0xfe, 0x00]);
    expect(await eventOf('/a', { method: 'PUT', body })).toMatchObject({
      body: body.toString('base64'),
      isBase64Encoded: true,
    });
  });

  it.each(['DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'REPORT'])('%s is handed on', async (method) => {
    const response = await ask('/a', { method });
    expect(response.status).toBe(200);
    if (method !== 'HEAD') expect(await response.json()).toMatchObject({ httpMethod: method });
  });

  it.each(['//a//b', '/a/../b', '/a%2Fb', '/a;b=c', "/a'<>"])('the path %s is handed on as it is', async (path) => {
    const { hostname, port } = new URL(runtime.api.url);
    const sent = httpRequest({ hostname, port, path, headers: { authorization: token } }).end();
    const [response] = await Promise.race([
      new Promise<[import('node:http').IncomingMessage]>((resolve) => sent.once('response', (got) => resolve([got]))),
      new Promise<never>((_resolve, reject) => sent.once('error', reject)),
    ]);
    expect(JSON.parse(await text(response))).toMatchObject({ path, requestContext: { path } });
  });

  it('names that objects have by themselves are names like others', async () => {
    const response = await ask('/a?__proto__=1&constructor=2', { headers: { constructor: 'x' } });
    const body = await response.text();
    expect(body).toContain('"queryStringParameters":{"__proto__":"1","constructor":"2"}');
    expect(body).toContain('"constructor":["x"]');
  });

  it('nothing that a client sends looks like the front itself', async () => {
    const claims = { 'cognito:groups': 'prelaunch-approver' };
    const injected = JSON.stringify({ claims, authorizer: { claims }, identity: { userArn: 'arn:evil' } });
    const { requestContext } = await eventOf(
      `/a?requestContext=${encodeURIComponent(injected)}&authorizer=${encodeURIComponent(injected)}`,
      {
        method: 'POST',
        headers: {
          ...{ requestContext: injected, authorizer: injected, claims: injected, 'x-amzn-requestid': 'evil' },
          ...{ 'x-amzn-oidc-data': 'evil', 'x-amzn-request-context': injected, 'x-forwarded-for': '6.6.6.6' },
          ...{ 'x-amz-user-arn': 'arn:evil', 'cognito-groups': 'prelaunch-approver', 'x-forwarded-proto': 'https' },
        },
        body: injected,
      },
    );
    expect(JSON.stringify(requestContext)).not.toMatch(/evil|approver|6\.6\.6\.6/);
    expect(requestContext.authorizer.claims['cognito:groups']).toBe('prelaunch-viewer,prelaunch-operator');
  });
});

describe('with a signature', () => {
  const signed = (path: string, more: { method?: string; body?: string; credentials?: Keys } = {}) =>
    askSigned(`${runtime.api.url}${path}`, { ...more, credentials: more.credentials ?? runtime.credentials });

  it("the function is told the caller's ARN, and not the signature", async () => {
    const response = await signed('/a/b?c=d&c=b&e=', { method: 'POST', body: '{"f":"ü"}' });
    const event = JSON.parse(await response.text());
    expect(event.requestContext.identity).toMatchObject({
      accessKey: runtime.credentials.accessKeyId,
      accountId: '111111111111',
      userArn: 'arn:aws:iam::111111111111:user/local',
      caller: expect.stringMatching(/^AIDA/),
    });
    expect(event.requestContext).not.toHaveProperty('authorizer');
    expect(Object.keys(event.headers)).not.toContain('authorization');
  });

  it('a session of AssumeRole is known by its own ARN', async () => {
    const response = await signed('/a', { credentials: await sessionOf(runtime) });
    const { requestContext } = JSON.parse(await response.text());
    expect(requestContext.identity).toMatchObject({
      accountId: '222222222222',
      userArn: 'arn:aws:sts::222222222222:assumed-role/Operator/audit',
    });
  });

  it('keys that were not given out here are refused, and so are wrong secrets and forged tokens', async () => {
    const session = await sessionOf(runtime);
    const { credentials } = runtime;
    await expectError(
      await signed('/a', { credentials: { ...credentials, accessKeyId: 'any' } }),
      ...([401, 'auth.invalid', 'not known here'] as const),
    );
    for (const keys of [
      { ...credentials, secretAccessKey: 'any' },
      { ...session, secretAccessKey: 'any' },
      { ...session, sessionToken: 'any' },
      { accessKeyId: session.accessKeyId, secretAccessKey: session.secretAccessKey },
    ])
      await expectError(await signed('/a', { credentials: keys }), 401, 'auth.invalid');
  });

  it('a body that was changed on the way is refused', async () => {
    const url = `${runtime.api.url}/a`;
    const headers = await signedHeaders({ url, method: 'POST', body: '{"force":false}' }, runtime);
    await expectError(await fetch(url, { method: 'POST', headers, body: '{"force":true}' }), 401, 'auth.invalid');
  });

  it('curl signs as the front expects', async () => {
    const { accessKeyId, secretAccessKey } = runtime.credentials;
    const signer = [
      '--aws-sigv4',
      `aws:amz:${runtime.region}:execute-api`,
      '--user',
      `${accessKeyId}:${secretAccessKey}`,
    ];
    const url = `${runtime.api.url}/protection-groups/pg-1?limit=3`;
    const { stdout } = await promisify(execFile)('curl', ['-s', ...signer, '-d', '{"a":1}', url]);
    expect(JSON.parse(stdout)).toMatchObject({
      body: '{"a":1}',
      requestContext: { identity: { userArn: 'arn:aws:iam::111111111111:user/local' } },
    });
  });

  it.skipIf(!hasBoto())('boto signs as the front expects', async () => {
    const program = [
      'import sys, json',
      'from botocore.auth import SigV4Auth',
      'from botocore.awsrequest import AWSRequest',
      'from botocore.credentials import Credentials',
      'from botocore.httpsession import URLLib3Session',
      'url, region, key, secret, token = sys.argv[1:]',
      "request = AWSRequest(method='PUT', url=url, data=b'{\"a\": 1}', headers={'Content-Type': 'application/json'})",
      "SigV4Auth(Credentials(key, secret, token), 'execute-api', region).add_auth(request)",
      'print(URLLib3Session().send(request.prepare()).text)',
    ].join('\n');
    const { accessKeyId, secretAccessKey, sessionToken = '' } = await sessionOf(runtime);
    const url = `${runtime.api.url}/a%20b/%C3%BC:c?z=1&a=%2F%20&a=1`;
    const asked = ['-c', program, url, runtime.region, accessKeyId, secretAccessKey, sessionToken];
    const { stdout } = await promisify(execFile)('python3', asked);
    expect(JSON.parse(stdout)).toMatchObject({
      queryStringParameters: { a: '1', z: '1' },
      requestContext: { identity: { userArn: 'arn:aws:sts::222222222222:assumed-role/Operator/audit' } },
    });
  });
});

describe('without a right to ask', () => {
  it.each(['/a', '/', '/openapi.json/', '/openapi.jso%6e', '//openapi.json'])('%s is refused', async (path) => {
    await expectError(await fetch(`${runtime.api.url}${path}`), 401, 'auth.missing', 'no Authorization header');
  });

  it.each(['/openapi.json', '/asyncapi.json'])('%s can be read, and only read', async (path) => {
    const response = await fetch(`${runtime.api.url}${path}?a=b`, { headers: { authorization: 'Bearer nonsense' } });
    const { requestContext } = JSON.parse(await response.text());
    expect(requestContext).not.toHaveProperty('authorizer');
    await expectError(await fetch(`${runtime.api.url}${path}`, { method: 'POST' }), 401, 'auth.missing');
  });

  it.each([
    ['a word', 'nonsense', 'neither a JSON Web Token nor a signature'],
    ['a password', 'Basic YTpi', 'neither a JSON Web Token nor a signature'],
    ['an empty token', 'Bearer ', 'neither a JSON Web Token nor a signature'],
    ['three words', 'Bearer a.b.c', 'malformed'],
    ['an empty signature', 'AWS4-HMAC-SHA256', 'malformed'],
    ['another algorithm', 'AWS4-ECDSA-P256-SHA256 Credential=a', 'neither'],
  ])('%s is refused', async (_case, authorization, message) => {
    await expectError(await ask('/a', { headers: { authorization } }), 401, 'auth.invalid', message);
  });

  it('tokens that are not good are refused, each with its reason', async () => {
    const { issuer } = runtime.api;
    const refusals = [
      [await issuer.token({ expiresInSeconds: -60 }), 'expired'],
      [await issuer.token({ claims: { iss: 'https://other' } }), 'another issuer'],
      [await issuer.token({ claims: { aud: 'other' } }), 'another audience'],
      [`${token.slice(0, -8)}AAAAAAAA`, 'not that of its issuer'],
    ] as const;
    for (const [bad, message] of refusals)
      await expectError(await ask('/a', { headers: { authorization: `Bearer ${bad}` } }), 401, 'auth.invalid', message);
  });

  it('two Authorization headers are refused', async () => {
    const lines = [`authorization: ${token}`, 'authorization: Bearer a.b.c'];
    expect(await raw(`GET /a HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${lines.join('\r\n')}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 401 .*more than one Authorization header/s,
    );
  });
});

describe('odd requests', () => {
  it.each(['/%zz', '/a%', '/%ff', '/a?b=%zz', '/a?%c3=1'])('%s cannot be decoded', async (path) => {
    const { hostname, port } = new URL(runtime.api.url);
    const answer = await raw(`GET ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nconnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 400 .*"request.malformed".*"requestId"/s);
  });

  it.each([
    ['no host', 'GET /a HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['a whole URL', 'GET http://a/b HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', 400],
    ['a star', 'OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', 400],
    ['an unknown method', 'BREW /a HTTP/1.1\r\nhost: a\r\n\r\n', 400],
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['two lengths', 'POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', 400],
    [
      'a length and chunks',
      'POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a header with a line break in it', 'GET /a HTTP/1.1\r\nhost: a\r\nx: a\rb\r\n\r\n', 400],
    ['huge headers', `GET /a HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`, 431],
  ])('%s is answered in the shape of errors, and the connection ends', async (_case, bytes, status) => {
    const answer = await raw(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const [, body = ''] = answer.split('\r\n\r\n');
    expect(JSON.parse(body)).toMatchObject({ error: { retryable: false, details: [], requestId: UUID } });
  });

  it('a body may be large, but not larger than API Gateway and Lambda take', async () => {
    const sent = (bytes: number) => ask('/a', { method: 'POST', body: 'x'.repeat(bytes) });
    expect((await sent(2 * MIB)).status).toBe(200);
    await expectError(await sent(6 * MIB), 413, 'request.too_large', 'larger than a function takes');
    await expectError(await sent(10 * MIB + 1), 413, 'request.too_large', 'larger than 10485760 bytes');
    expect((await sent(1)).status).toBe(200);
  });

  it('a client that goes away before the end of its body leaves nothing behind', async () => {
    const { hostname, port } = new URL(runtime.api.url);
    const socket = connect(Number(port), hostname);
    socket.write('POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nabc');
    await new Promise<void>((resolve) => socket.end(() => resolve()));
    socket.destroy();
    expect((await ask('/a')).status).toBe(200);
  });
});

describe('the function', () => {
  const answering = (answer: unknown) => ask('/answer', { method: 'POST', body: JSON.stringify(answer) });

  it('chooses status, headers and body', async () => {
    const response = await answering({
      statusCode: 418,
      headers: { 'content-type': 'text/plain', 'x-amzn-requestid': 'mine', 'content-length': '1' },
      multiValueHeaders: { 'set-cookie': ['a=1', 'b=2'] },
      body: 'dGVh',
      isBase64Encoded: true,
    });
    expect(response.status).toBe(418);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.headers.get('x-amzn-requestid')).toEqual(UUID);
    expect(await response.text()).toBe('tea');
    expect((await answering({ statusCode: 204, body: 'ignored' })).status).toBe(204);
  });

  it.each([
    ['nothing', null],
    ['text', 'x'],
    ['no status code', { body: 'x' }],
    ['a body that is no text', { statusCode: 200, body: { a: 1 } }],
    ['a header that splits the response', { statusCode: 200, headers: { a: 'b\r\nc: d' } }],
  ])('that answers %s is told apart from the API', async (_case, answer) => {
    await expectError(await answering(answer), 502, 'api.function_failed', 'failed to answer');
  });

  it.each(['/throw', '/exit', '/large'])('that fails (%s) does not show why', async (path) => {
    await expectError(await ask(path), 502, 'api.function_failed', 'failed to answer');
  });

  it('is told by which alias it was invoked', async () => {
    await expect(runtime.invoke('api', { path: '/a' }, 'live')).resolves.toMatchObject({ kind: 'answered' });
    await expect(runtime.invoke('api', { path: '/a' }, 'other')).rejects.toThrow('no alias of api "other"');
  });
});

describe('the runtime', () => {
  it('says where its API is', async () => {
    expect(await (await fetch(runtime.endpoint)).json()).toMatchObject({ api: runtime.api.url });
  });

  it('answers what is in flight before it stops', async () => {
    const directory = join(folder, randomUUID());
    const other = await startRuntime({
      ...{ port: 0, seed: 1, profile: 'instant', topology, functionRoot: FUNCTION_ROOT },
      ...{ logDirectory: join(directory, 'logs'), issuerDirectory: directory },
    });
    const authorization = await other.api.issuer.token();
    const asking = fetch(`${other.api.url}/slow`, { headers: { authorization } });
    await vi.waitUntil(() => other.environments.list().some(({ state }) => state === 'busy'), { interval: 1 });
    await other.stop();
    expect((await asking).status).toBe(200);
    await expect(fetch(`${other.api.url}/a`)).rejects.toThrow();
    // Each directory has a key of its own.
    await expectError(await ask('/a', { headers: { authorization } }), 401, 'auth.invalid', 'key that is not known');
  });
});

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

async function askSigned(url: string, asked: { method?: string; body?: string; credentials: Keys }): Promise<Response> {
  const { method = 'GET', body, credentials } = asked;
  const request = { url, method, ...(body !== undefined && { body }) };
  const headers = await signedHeaders(request, { region: runtime.region, credentials });
  return fetch(url, { method, headers, ...(body !== undefined && { body }) });
}

/** Keys that the simulated STS issues. */
async function sessionOf({ endpoint, region, credentials, simulator }: Runtime): Promise<Keys> {
  simulator.accounts.addRole(ROLE);
  const sts = new STSClient({ endpoint, region, credentials });
  const input = { RoleArn: ROLE.roleArn, RoleSessionName: 'audit', ExternalId: ROLE.externalId };
  const { Credentials } = await sts.send(new AssumeRoleCommand(input));
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
}

function hasBoto(): boolean {
  try {
    execFileSync('python3', ['-c', 'import botocore'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
