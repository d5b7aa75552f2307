import type { FunctionOutcome } from '../lambda/function-outcome.ts';
import type { Credentials } from '../runtime.ts';
import { userCaller } from '../simulator/callers.ts';
import type { Session } from '../simulator/sts/credentials.ts';
import { HOME_USER } from '../simulator/sts/credentials.ts';
import { createAuthorize } from './authorize.ts';
import { createJwtAuthorizer } from './jwt-authorizer.ts';
import { createLocalIssuer, type LocalIssuer } from './local-issuer.ts';
import { createSigV4Authorizer, type SigningKey } from './sigv4-authorizer.ts';
import { startApiFront } from './start-api-front.ts';

export interface LocalApiOptions {
  readonly host: string;
  readonly port: number;
  readonly region: string;
  readonly accountId: string;
  /** Where the issuer's key is kept. */
  readonly issuerDirectory: string;
  /** The keys of the user of the home account. */
  readonly credentials: Credentials;
  /** The session that an access key was issued for. */
  readonly sessionOf: (accessKeyId: string) => Session | undefined;
  readonly invoke: (event: string) => Promise<FunctionOutcome>;
}

/** The API as clients reach it. */
export interface LocalApi {
  readonly url: string;
  /** Signs the tokens that the API takes. */
  readonly issuer: LocalIssuer;
}

/** Starts the front with both authorizers: tokens of the local issuer, and signatures with keys that were given out here. */
export async function startLocalApi(options: LocalApiOptions): Promise<LocalApi & { stop(): Promise<void> }> {
  const issuer = await createLocalIssuer(options.issuerDirectory);
  const jwt = createJwtAuthorizer(issuer);
  const sigV4 = createSigV4Authorizer({ region: options.region, keyOf: (id) => signingKeyOf(id, options) });
  const { url, stop } = await startApiFront({ ...options, authorize: createAuthorize({ jwt, sigV4 }) });
  return { url, issuer, stop };
}

/** Unlike the AWS endpoint, which takes any key for the local user's, the API takes only keys that exist. */
function signingKeyOf(
  accessKeyId: string,
  { credentials, accountId, sessionOf }: LocalApiOptions,
): SigningKey | undefined {
  if (accessKeyId === credentials.accessKeyId)
    return { secretAccessKey: credentials.secretAccessKey, caller: userCaller(accountId, HOME_USER) };
  const session = sessionOf(accessKeyId);
  if (!session) return undefined;
  const { secretAccessKey, sessionToken, expiresAt, caller } = session;
  return { secretAccessKey, session: { token: sessionToken, expiresAt }, caller };
}
