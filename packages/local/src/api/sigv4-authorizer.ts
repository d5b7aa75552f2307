import { createHash, timingSafeEqual } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { type Authorization, type Authorize, invalid, type Refused } from './authorization.ts';
import { parseLongDate, parseSignature, type StatedSignature } from './parse-signature.ts';
import { headerOf, type ReceivedRequest } from './received-request.ts';
import { Sha256 } from './sha256.ts';

/** An access key that somebody was given. */
export interface SigningKey {
  readonly secretAccessKey: string;
  /** Keys of a session come with a token and an end. */
  readonly session?: { readonly token: string; readonly expiresAt: number };
  readonly caller: { readonly arn: string; readonly accountId: string; readonly userId: string };
}

export interface SigV4AuthorizerOptions {
  readonly region: string;
  readonly keyOf: (accessKeyId: string) => SigningKey | undefined;
  readonly now?: () => number;
}

const SERVICE = 'execute-api';
const DATE_OFF_MS_MAX = 5 * 60_000;
const DATE = 'x-amz-date';
const TOKEN = 'x-amz-security-token';
const BODY_HASH = 'x-amz-content-sha256';

const UNKNOWN_KEY = invalid('The access key is not known here.');
const FOREIGN_TOKEN = invalid('The session token does not belong to the access key.');
const NOT_MATCHING =
  'The signature does not match the request. Check the secret access key, and that method, path, query, signed headers and body are those that were signed.';

/** Does what IAM authorization does: signs the received request again with the key it names, and compares. */
export function createSigV4Authorizer({ region, keyOf, now = Date.now }: SigV4AuthorizerOptions): Authorize {
  return async (request) => {
    const stated = parseSignature(headerOf(request, 'authorization') ?? '');
    if (!stated) return invalid('The signature in the Authorization header is malformed.');
    const at = parseLongDate(headerOf(request, DATE) ?? '');
    if (at === undefined) return invalid(`The request has no ${DATE} header such as 20260131T235959Z.`);
    const key = keyOf(stated.accessKeyId);
    const refused =
      refusalOfScope(stated, { region, at, now: now() }) ??
      refusalOfHeaders(request, stated) ??
      refusalOfKey(headerOf(request, TOKEN), key, now());
    if (refused || !key) return refused ?? UNKNOWN_KEY;
    return verified(request, { stated, key, at });
  };
}

async function verified(
  request: ReceivedRequest,
  signing: { readonly stated: StatedSignature; readonly key: SigningKey; readonly at: number },
): Promise<Authorization> {
  const { accessKeyId, signature } = signing.stated;
  const bodyHash = createHash('sha256').update(request.body).digest('hex');
  if ((headerOf(request, BODY_HASH) ?? bodyHash) !== bodyHash)
    return invalid(`${BODY_HASH} is not the hash of the body.`);
  const expected = await signatureOf(request, { ...signing, bodyHash });
  if (!isSame(expected, signature)) return invalid(NOT_MATCHING);
  const { arn: userArn, accountId, userId } = signing.key.caller;
  return { kind: 'iam', principal: { accessKeyId, accountId, userArn, userId } };
}

function refusalOfScope(
  { service, region, day }: StatedSignature,
  here: { readonly region: string; readonly at: number; readonly now: number },
): Refused | undefined {
  if (service !== SERVICE) return invalid(`The signature is for another service than ${SERVICE}.`);
  if (region !== here.region) return invalid(`The signature is for another Region than ${here.region}.`);
  if (Math.abs(here.at - here.now) > DATE_OFF_MS_MAX)
    return invalid('The signature is too old, or from the future: its date is off by more than five minutes.');
  const stated = new Date(here.at).toISOString().slice(0, 10).replaceAll('-', '');
  if (day !== stated) return invalid(`The day of the signature is not that of ${DATE}.`);
  return undefined;
}

/** What is not signed could be changed on the way, so the headers that decide about a request have to be. */
function refusalOfHeaders(
  { headers, query }: ReceivedRequest,
  { signedHeaders }: StatedSignature,
): Refused | undefined {
  const unsigned = ['host', DATE, TOKEN].find(
    (name) => !signedHeaders.has(name) && (name === 'host' || headers.has(name)),
  );
  if (unsigned !== undefined) return invalid(`The header ${unsigned} is not signed.`);
  const absent = [...signedHeaders].find((name) => !headers.has(name));
  if (absent !== undefined) return invalid(`The signed header ${absent} is missing.`);
  // Signers leave the first out of what they sign, and the second cannot be told from the object that holds the query.
  const uncovered = Object.keys(query).find((name) => /^(x-amz-signature|__proto__)$/i.test(name));
  if (uncovered !== undefined) return invalid(`The query parameter ${uncovered} cannot be signed.`);
  return undefined;
}

function refusalOfKey(token: string | undefined, key: SigningKey | undefined, now: number): Refused | undefined {
  if (!key) return UNKNOWN_KEY;
  const { session } = key;
  if (!session) return token === undefined ? undefined : FOREIGN_TOKEN;
  if (token === undefined) return invalid(`The access key is that of a session, and ${TOKEN} is missing.`);
  if (!isSame(token, session.token)) return FOREIGN_TOKEN;
  if (now >= session.expiresAt) return invalid('The session has expired.');
  return undefined;
}

async function signatureOf(
  { method, path, query, headers }: ReceivedRequest,
  signing: {
    readonly stated: StatedSignature;
    readonly key: SigningKey;
    readonly bodyHash: string;
    readonly at: number;
  },
): Promise<string> {
  const { signedHeaders, accessKeyId, region } = signing.stated;
  const { secretAccessKey } = signing.key;
  const credentials = { accessKeyId, secretAccessKey };
  const signer = new SignatureV4({ service: SERVICE, region, credentials, sha256: Sha256, applyChecksum: false });
  const received = [...signedHeaders].map((name) => [name, headers.get(name)?.values.join(',') ?? ''] as const);
  const signed = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname: '',
      path,
      query: query as Record<string, string[]>,
      // The signer takes the hash of the body from there; it is signed as a header only if it was.
      headers: { ...Object.fromEntries(received), [BODY_HASH]: signing.bodyHash },
    },
    {
      signingDate: new Date(signing.at),
      // It would leave some headers out by itself, such as user-agent, which others do sign.
      signableHeaders: new Set(signedHeaders),
      unsignableHeaders: new Set(signedHeaders.has(BODY_HASH) ? [] : [BODY_HASH]),
    },
  );
  return parseSignature(signed.headers.authorization ?? '')?.signature ?? '';
}

/** Compares hashes, which are of one length, so that the time taken tells nothing of either text. */
function isSame(one: string, other: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}
