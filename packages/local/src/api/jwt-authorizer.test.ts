import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createJwtAuthorizer, type JwtAuthorizer } from './jwt-authorizer.ts';
import { createLocalIssuer, type LocalIssuer } from './local-issuer.ts';

const NOW_SECONDS = 1_800_000_000;
const clock = { at: 0 };
const now = () => clock.at;

let folder: string;
let issuer: LocalIssuer;
let authorize: JwtAuthorizer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prelaunch-test-'));
  clock.at = NOW_SECONDS * 1000;
  issuer = await createLocalIssuer(folder, now);
  authorize = createJwtAuthorizer({ ...issuer, now });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const withClaims = (claims: Record<string, unknown>) => issuer.token({ claims });

/** A token with the right claims, signed by somebody else under a key id of the issuer or another one. */
async function foreignToken(kid: string | undefined): Promise<string> {
  const { privateKey } = await generateKeyPair('RS256');
  const { iss, aud } = { iss: issuer.issuer, aud: issuer.audience };
  const claims = { iss, aud, sub: 'a', token_use: 'id', iat: NOW_SECONDS, exp: NOW_SECONDS + 60 };
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', ...(kid && { kid }) }).sign(privateKey);
}

const kid = () => issuer.jwks.keys[0]?.kid ?? '';

const refusals: readonly (readonly [string, () => Promise<string>, string])[] = [
  ['an expired token', () => withClaims({ exp: NOW_SECONDS - 60 }), 'The token has expired.'],
  ['a token without an end', () => withClaims({ exp: undefined }), 'The token lacks the claim exp.'],
  ['a token of another issuer', () => withClaims({ iss: 'https://other' }), 'The token comes from another issuer.'],
  ['a token for another audience', () => withClaims({ aud: 'other' }), 'The token is for another audience.'],
  ['a token without an audience', () => withClaims({ aud: undefined }), 'The token lacks the claim aud.'],
  ['a token of nobody', () => withClaims({ sub: undefined }), 'The token lacks the claim sub.'],
  ['a token of an empty subject', () => withClaims({ sub: '' }), 'The token does not say whose it is (sub).'],
  ['an access token', () => withClaims({ token_use: 'access' }), 'The token is no ID token (token_use).'],
  ['a token for later', () => withClaims({ nbf: NOW_SECONDS + 60 }), 'The token is not valid yet.'],
  ['a token from the future', () => withClaims({ iat: NOW_SECONDS + 60 }), 'The token was issued in the future (iat).'],
  [
    'a token that another key signed',
    () => foreignToken(kid()),
    'The signature of the token is not that of its issuer.',
  ],
  ['a token that names no key', () => foreignToken(undefined), 'The signature of the token is not that of its issuer.'],
  ['a token of an unknown key', () => foreignToken('other'), 'The token is signed with a key that is not known.'],
  [
    'a token without a signature',
    async () => `${new UnsecuredJWT({}).encode()}A`,
    'The token is not signed with RS256.',
  ],
  [
    'a token that is signed with the public key as if it were a secret',
    () =>
      new SignJWT({ sub: 'a' })
        .setProtectedHeader({ alg: 'HS256', kid: kid() })
        .sign(Buffer.from(JSON.stringify(issuer.jwks.keys[0]))),
    'The token is not signed with RS256.',
  ],
  ['three words', async () => 'a.b.c', 'The token is malformed.'],
];

describe('the JWT authorizer', () => {
  it('takes what the local issuer signed, and shows its claims as API Gateway does', async () => {
    const token = await issuer.token({ user: 'ada', groups: ['prelaunch-viewer', 'prelaunch-operator'] });
    expect(await authorize(token)).toMatchObject({
      kind: 'cognito',
      claims: {
        sub: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
        'cognito:username': 'ada',
        'cognito:groups': 'prelaunch-viewer,prelaunch-operator',
        token_use: 'id',
        iss: 'https://local.prelaunch.invalid/local',
      },
    });
  });

  it.each(refusals)('refuses %s', async (_case, token, message) => {
    expect(await authorize(await token())).toEqual({ kind: 'refused', code: 'auth.invalid', message });
  });

  it('refuses a token whose claims were changed', async () => {
    const [header, , signature] = (await issuer.token()).split('.');
    const [, payload] = (await issuer.token({ groups: ['prelaunch-approver'] })).split('.');
    expect(await authorize([header, payload, signature].join('.'))).toMatchObject({ kind: 'refused' });
  });

  it('forgives clocks that are a little apart', async () => {
    expect(await authorize(await withClaims({ iat: NOW_SECONDS + 3, exp: NOW_SECONDS - 3 }))).toMatchObject({
      kind: 'cognito',
    });
  });

  it('remembers a good token no longer than it is good', async () => {
    const token = await issuer.token({ expiresInSeconds: 100 });
    const first = await authorize(token);
    expect(await authorize(token)).toBe(first);
    clock.at += 106_000;
    expect(await authorize(token)).toMatchObject({ kind: 'refused', message: 'The token has expired.' });
    clock.at = NOW_SECONDS * 1000;
  });
});
