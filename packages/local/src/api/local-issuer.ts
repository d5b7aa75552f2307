import { createHash, randomUUID } from 'node:crypto';
import { type JSONWebKeySet, SignJWT } from 'jose';
import { readIssuerKey } from './issuer-file.ts';

/** Ids only; nothing is ever fetched from there. */
export const LOCAL_ISSUER = 'https://local.prelaunch.invalid/local';
export const LOCAL_AUDIENCE = 'prelaunch-local';

const LIFETIME_SECONDS = 3600;

export interface TokenRequest {
  readonly user?: string | undefined;
  /** Cognito groups. */
  readonly groups?: readonly string[] | undefined;
  readonly expiresInSeconds?: number | undefined;
  /** Claims that win over the usual ones. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** Stands in for a Cognito user pool: signs ID tokens as one does. */
export interface LocalIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly jwks: JSONWebKeySet;
  token(request?: TokenRequest): Promise<string>;
}

/** Reads the key pair in `directory`, or makes one. */
export async function createLocalIssuer(directory: string, now: () => number = Date.now): Promise<LocalIssuer> {
  const { kid, privateKey, publicJwk } = await readIssuerKey(directory);
  return {
    issuer: LOCAL_ISSUER,
    audience: LOCAL_AUDIENCE,
    jwks: { keys: [publicJwk] },
    token: (request = {}) =>
      new SignJWT(claimsOf(request, now())).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey),
  };
}

function claimsOf({ user = 'local', groups = [], expiresInSeconds, claims }: TokenRequest, now: number) {
  const seconds = Math.floor(now / 1000);
  return {
    sub: userId(user),
    'cognito:username': user,
    ...(groups.length > 0 && { 'cognito:groups': groups }),
    iss: LOCAL_ISSUER,
    aud: LOCAL_AUDIENCE,
    token_use: 'id',
    auth_time: seconds,
    iat: seconds,
    exp: seconds + (expiresInSeconds ?? LIFETIME_SECONDS),
    jti: randomUUID(),
    ...claims,
  };
}

/** A UUID, as subjects are in Cognito; the same user has the same one each time. */
function userId(user: string): string {
  const digits = createHash('sha256').update(user).digest('hex');
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20, 32),
  ].join('-');
}
