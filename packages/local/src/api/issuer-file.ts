import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CompactSign,
  type CryptoKey,
  calculateJwkThumbprint,
  compactVerify,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';
import * as z from 'zod';
import { IssuerFileError } from './issuer-file-error.ts';

const FILE_NAME = 'local-issuer.json';
const ALGORITHM = 'RS256';
const PROBE = Buffer.from('probe');
const OWNER_ONLY = 0o600;

/** Kept out of version control. */
export const ISSUER_DIRECTORY = fileURLToPath(new URL('../../../../.prelaunch', import.meta.url));

const text = z.string().min(1);
const IssuerFile = z.object({
  kid: text,
  privateKey: z.object({
    kty: z.literal('RSA'),
    ...{ n: text, e: text, d: text, p: text, q: text, dp: text, dq: text, qi: text },
  }),
});

export interface IssuerKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** The key that tokens are signed with. It is made where there is none, so that tokens stay good over restarts. */
export async function readIssuerKey(directory: string): Promise<IssuerKey> {
  const path = join(directory, FILE_NAME);
  const kept = (await readOrUndefined(path)) ?? (await createFile(directory, path));
  try {
    const { kid, privateKey } = IssuerFile.parse(JSON.parse(kept));
    const key = await importJWK(privateKey, ALGORITHM);
    if (key instanceof Uint8Array) throw new TypeError('not a key pair');
    const { kty, n, e } = privateKey;
    const publicJwk = { kty, n, e, kid, alg: ALGORITHM, use: 'sig' };
    // The parts of a damaged key may each be readable and still not belong together.
    await compactVerify(await new CompactSign(PROBE).setProtectedHeader({ alg: ALGORITHM }).sign(key), publicJwk);
    return { kid, privateKey: key, publicJwk };
  } catch (cause) {
    throw new IssuerFileError(path, { cause });
  }
}

/** Written whole under another name and then linked: of two processes that do so at once one wins, and both read its key. */
async function createFile(directory: string, path: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, await newKeyText(), { mode: OWNER_ONLY, flag: 'wx' });
    await link(draft, path).catch(unlessCode('EEXIST'));
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(path, 'utf8');
}

async function newKeyText(): Promise<string> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  return `${JSON.stringify({ kid: await calculateJwkThumbprint(jwk), privateKey: jwk })}\n`;
}

function readOrUndefined(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(unlessCode('ENOENT'));
}

function unlessCode(expected: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== expected) throw error;
    return undefined;
  };
}
