import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { type Authorization, invalid, type Refused } from './authorization.ts';
import { claimTexts } from './claim-texts.ts';

export interface JwtAuthorizerOptions {
  readonly issuer: string;
  readonly audience: string;
  /** The issuer's public keys. They are at hand; nothing is fetched. */
  readonly jwks: JSONWebKeySet;
  readonly now?: () => number;
}

/** Judges one token. */
export type JwtAuthorizer = (token: string) => Promise<Authorization>;

/** How far the clocks of issuer and front may be apart. */
const CLOCK_TOLERANCE_SECONDS = 5;
const VERDICTS_KEPT_MAX = 1000;
const ALGORITHM = 'RS256';
/** ID tokens name their audience, and API Gateway's Cognito authorizer takes them where no scopes are asked for. */
const TOKEN_USE = 'id';

interface Verdict {
  readonly authorization: Authorization;
  readonly expiresAt: number;
}

/**
 * Does what a Cognito authorizer does. Tokens that were found good are remembered by their text until they expire, as
 * API Gateway remembers them; refused ones are judged each time.
 */
export function createJwtAuthorizer({ jwks, issuer, audience, now = Date.now }: JwtAuthorizerOptions): JwtAuthorizer {
  const keys = createLocalJWKSet(jwks);
  const verdicts = new Map<string, Verdict>();
  const verify = async (token: string): Promise<Authorization> => {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: [ALGORITHM],
      issuer,
      audience,
      requiredClaims: ['sub', 'exp', 'iat', 'token_use'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(now()),
    });
    const refused = refusalOfClaims(payload, now());
    if (refused) return refused;
    const authorization: Authorization = { kind: 'cognito', claims: claimTexts(payload) };
    remember(verdicts, token, { authorization, expiresAt: (payload.exp ?? 0) * 1000 });
    return authorization;
  };
  return async (token) => {
    const known = verdicts.get(token);
    if (known && now() < known.expiresAt) return known.authorization;
    verdicts.delete(token);
    return verify(token).catch(refusalOf);
  };
}

/** What jose does not check. */
function refusalOfClaims({ sub, iat = 0, token_use: use }: JWTPayload, now: number): Refused | undefined {
  if (typeof sub !== 'string' || sub === '') return invalid('The token does not say whose it is (sub).');
  if (use !== TOKEN_USE) return invalid('The token is no ID token (token_use).');
  if (iat * 1000 > now + CLOCK_TOLERANCE_SECONDS * 1000) return invalid('The token was issued in the future (iat).');
  return undefined;
}

function remember(verdicts: Map<string, Verdict>, token: string, verdict: Verdict): void {
  verdicts.set(token, verdict);
  if (verdicts.size <= VERDICTS_KEPT_MAX) return;
  const [oldest] = verdicts.keys();
  if (oldest !== undefined) verdicts.delete(oldest);
}

function refusalOf(error: unknown): Refused {
  if (error instanceof errors.JWTExpired) return invalid('The token has expired.');
  if (error instanceof errors.JWTClaimValidationFailed) return invalid(claimProblem(error));
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return invalid('The signature of the token is not that of its issuer.');
  if (error instanceof errors.JWKSNoMatchingKey) return invalid('The token is signed with a key that is not known.');
  if (error instanceof errors.JOSEAlgNotAllowed) return invalid(`The token is not signed with ${ALGORITHM}.`);
  if (error instanceof errors.JOSEError) return invalid('The token is malformed.');
  throw error;
}

function claimProblem({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (reason === 'missing') return `The token lacks the claim ${claim}.`;
  if (claim === 'iss') return 'The token comes from another issuer.';
  if (claim === 'aud') return 'The token is for another audience.';
  if (claim === 'nbf') return 'The token is not valid yet.';
  return `The claim ${claim} of the token is malformed.`;
}
