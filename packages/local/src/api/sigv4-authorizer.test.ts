import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Header, MultiValues, ReceivedRequest } from './received-request.ts';
import { createSigV4Authorizer, type SigningKey } from './sigv4-authorizer.ts';
import { type RequestToSign, type SigningOptions, signedHeaders } from './testing/sign-request.ts';

const REGION = 'us-east-1';
const NOW = Date.parse('2026-11-24T09:37:33Z');
const caller = { arn: 'arn:aws:iam::111111111111:user/local', accountId: '111111111111', userId: 'AIDALOCAL' };
const KEYS: Readonly<Record<string, SigningKey>> = {
  AKIAUSER: { secretAccessKey: 'local', caller },
  ASIASESSION: {
    secretAccessKey: 'other',
    session: { token: 'the/token', expiresAt: NOW + 60_000 },
    caller: { ...caller, arn: 'arn:aws:sts::111111111111:assumed-role/Operator/audit' },
  },
};
const USER = { accessKeyId: 'AKIAUSER', secretAccessKey: 'local' };
const SESSION = { accessKeyId: 'ASIASESSION', secretAccessKey: 'other', sessionToken: 'the/token' };
const GET: RequestToSign = { url: 'http://127.0.0.1:4780/protection-groups/pg-1?b=2&a=1&a=0&c=' };

const authorizer = (now = NOW) => createSigV4Authorizer({ region: REGION, keyOf: (id) => KEYS[id], now: () => now });

/** The request as the front would read it. */
function received({ url, method = 'GET', body = '' }: RequestToSign, headers: Record<string, string>): ReceivedRequest {
  const { pathname, searchParams } = new URL(url);
  const query: MultiValues = Object.fromEntries(
    [...searchParams.keys()].map((name) => [name, searchParams.getAll(name)]),
  );
  const lines = Object.entries(headers).map(([name, value]): [string, Header] => [
    name.toLowerCase(),
    { name, values: [value] },
  ]);
  return {
    ...{ method, path: pathname, decodedPath: decodeURIComponent(pathname), query, headers: new Map(lines) },
    ...{ body: Buffer.from(body), protocol: 'HTTP/1.1', sourceIp: '127.0.0.1' },
  };
}

async function signed(request: RequestToSign, options: Partial<SigningOptions> = {}) {
  const headers = await signedHeaders(request, {
    ...{ region: REGION, credentials: USER, signingDate: new Date(NOW) },
    ...options,
  });
  return received(request, headers);
}

function withHeaders(request: ReceivedRequest, change: (headers: Map<string, Header>) => unknown): ReceivedRequest {
  const headers = new Map(request.headers);
  change(headers);
  return { ...request, headers };
}

const header = (name: string, value: string): [string, Header] => [name, { name, values: [value] }];

describe('the signature authorizer', () => {
  it.each<[string, RequestToSign]>([
    ['a read with a query', GET],
    ['a write', { url: 'http://127.0.0.1/a', method: 'POST', body: '{"ü":1}', headers: { 'user-agent': 'x  y' } }],
    ['a path with encoded characters', { url: 'http://127.0.0.1/a%20b/%C3%BC:c%2Fd/' }],
    ['the root', { url: 'http://127.0.0.1/' }],
  ])('takes %s that the user of the home account signed', async (_case, request) => {
    const principal = {
      accessKeyId: 'AKIAUSER',
      accountId: caller.accountId,
      userArn: caller.arn,
      userId: 'AIDALOCAL',
    };
    expect(await authorizer()(await signed(request))).toEqual({ kind: 'iam', principal });
  });

  it('takes signatures over headers that some signers leave out, and minds them', async () => {
    const request = { ...GET, headers: { 'user-agent': 'test/1', 'x-amzn-trace-id': 'Root=1' } };
    const signableHeaders = new Set(['user-agent', 'x-amzn-trace-id']);
    const asked = await signed(request, { signableHeaders });
    expect(await authorizer()(asked)).toMatchObject({ kind: 'iam' });
    const changed = withHeaders(asked, (headers) => headers.set(...header('user-agent', 'test/2')));
    expect(await authorizer()(changed)).toMatchObject({ kind: 'refused' });
  });

  it('takes what a session signed, and knows it by its own ARN', async () => {
    expect(await authorizer()(await signed(GET, { credentials: SESSION }))).toMatchObject({
      kind: 'iam',
      principal: { userArn: 'arn:aws:sts::111111111111:assumed-role/Operator/audit' },
    });
  });

  it.each<[string, (request: ReceivedRequest) => ReceivedRequest]>([
    ['another method', (request) => ({ ...request, method: 'DELETE' })],
    ['another path', (request) => ({ ...request, path: '/protection-groups/pg-2' })],
    ['another query', (request) => ({ ...request, query: { ...request.query, a: ['2', '0'] } })],
    ['a longer query', (request) => ({ ...request, query: { ...request.query, d: [''] } })],
    ['another host', (request) => withHeaders(request, (headers) => headers.set(...header('host', 'other')))],
    ['another date', (request) => withHeaders(request, (all) => all.set(...header('x-amz-date', '20261124T093734Z')))],
    ['a doubled header', (request) => withHeaders(request, (all) => all.get('host')?.values.push('other'))],
  ])('refuses %s than was signed', async (_case, change) => {
    expect(await authorizer()(change(await signed(GET)))).toMatchObject({
      code: 'auth.invalid',
      message: expect.stringContaining('does not match'),
    });
  });

  it('refuses another body than was signed, with the hash as a header and without', async () => {
    const request = await signed({ ...GET, method: 'POST', body: 'a' });
    const changed = { ...request, body: Buffer.from('b') };
    expect(await authorizer()(changed)).toMatchObject({ message: 'x-amz-content-sha256 is not the hash of the body.' });
    const hash = createHash('sha256').update('b').digest('hex');
    const lying = withHeaders(changed, (headers) => headers.set(...header('x-amz-content-sha256', hash)));
    expect(await authorizer()(lying)).toMatchObject({ message: expect.stringContaining('does not match') });
  });

  it.each<[string, RequestToSign, Partial<SigningOptions>, string]>([
    [
      'an unknown key',
      GET,
      { credentials: { ...USER, accessKeyId: 'AKIAOTHER' } },
      'The access key is not known here.',
    ],
    ['a wrong secret', GET, { credentials: { ...USER, secretAccessKey: 'guess' } }, 'does not match'],
    ['another service', GET, { service: 'lambda' }, 'for another service'],
    ['another Region', GET, { region: 'eu-west-1' }, 'for another Region'],
    ['an old signature', GET, { signingDate: new Date(NOW - 301_000) }, 'more than five minutes'],
    ['one from the future', GET, { signingDate: new Date(NOW + 301_000) }, 'more than five minutes'],
    ['a session without its token', GET, { credentials: { ...SESSION, sessionToken: '' } }, 'is missing'],
    ['a session with a wrong token', GET, { credentials: { ...SESSION, sessionToken: 'forged' } }, 'does not belong'],
    ['a user with a token', GET, { credentials: { ...USER, sessionToken: 'the/token' } }, 'does not belong'],
    [
      'a query that signers leave out',
      { url: `${GET.url}&X-Amz-Signature=0` },
      {},
      'The query parameter X-Amz-Signature cannot be signed.',
    ],
  ])('refuses %s', async (_case, request, options, message) => {
    expect(await authorizer()(await signed(request, options))).toMatchObject({
      kind: 'refused',
      code: 'auth.invalid',
      message: expect.stringContaining(message),
    });
  });

  it('refuses a session whose time is over', async () => {
    const request = await signed(GET, { credentials: SESSION });
    expect(await authorizer(NOW + 60_000)(request)).toMatchObject({ message: 'The session has expired.' });
  });

  it.each(['host', 'x-amz-date'])('refuses a signature that leaves out %s', async (name) => {
    const request = withHeaders(await signed(GET), (headers) => {
      const value = headers.get('authorization')?.values[0] ?? '';
      headers.set(...header('authorization', value.replace(`${name};`, '').replace(`;${name}`, '')));
    });
    expect(await authorizer()(request)).toMatchObject({ message: `The header ${name} is not signed.` });
  });

  it('refuses a session token that is not signed', async () => {
    const request = withHeaders(await signed(GET), (headers) => headers.set(...header('x-amz-security-token', 'a')));
    expect(await authorizer()(request)).toMatchObject({ message: 'The header x-amz-security-token is not signed.' });
  });

  it.each([
    ['no date', (headers: Map<string, Header>) => headers.delete('x-amz-date')],
    ['a date that is none', (headers: Map<string, Header>) => headers.set(...header('x-amz-date', '20261399T996199Z'))],
    ['a scope of another day', (headers: Map<string, Header>) => edit(headers, '/20261124/', '/20261123/')],
    ['no scope', (headers: Map<string, Header>) => edit(headers, 'Credential', 'Credentials')],
    ['a signed header that is missing', (headers: Map<string, Header>) => edit(headers, '=host;', '=absent;host;')],
    ['a short signature', (headers: Map<string, Header>) => edit(headers, /.$/, '')],
    ['an empty header', (headers: Map<string, Header>) => edit(headers, /HMAC-SHA256.*/, 'HMAC-SHA256')],
  ])('refuses %s', async (_case, change) => {
    expect(await authorizer()(withHeaders(await signed(GET), change))).toMatchObject({ code: 'auth.invalid' });
  });
});

function edit(headers: Map<string, Header>, from: string | RegExp, to: string): void {
  const value = headers.get('authorization')?.values[0] ?? '';
  headers.set(...header('authorization', value.replace(from, to)));
}
