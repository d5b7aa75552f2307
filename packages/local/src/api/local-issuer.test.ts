import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalIssuer } from './local-issuer.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prelaunch-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the local issuer', () => {
  it('makes a key that only its owner may read, and keeps it', async () => {
    const directory = join(folder, 'new', 'place');
    const { jwks } = await createLocalIssuer(directory);
    expect(jwks.keys).toMatchObject([{ kty: 'RSA', alg: 'RS256', use: 'sig' }]);
    expect(jwks.keys[0]).not.toHaveProperty('d');
    expect((await stat(join(directory, 'local-issuer.json'))).mode & 0o777).toBe(0o600);
    expect((await createLocalIssuer(directory)).jwks).toEqual(jwks);
  });

  it('agrees on one key when several make it at once', async () => {
    const issuers = await Promise.all([1, 2, 3, 4].map(() => createLocalIssuer(folder)));
    expect(new Set(issuers.map(({ jwks }) => jwks.keys[0]?.kid)).size).toBe(1);
    expect(await readdir(folder)).toEqual(['local-issuer.json']);
  });

  it.each([
    ['no JSON', () => '{'],
    ['nothing', () => ''],
    ['no key', () => '{"kid":"a","privateKey":{"kty":"RSA"}}'],
    ['parts of two keys', (text: string) => text.replace(/"n":"(.{8})(.{8})/, '"n":"$2$1')],
  ])('names the file when it holds %s', async (_case, damaged) => {
    await createLocalIssuer(folder);
    const path = join(folder, 'local-issuer.json');
    await writeFile(path, damaged(await readFile(path, 'utf8')));
    const expected = { code: 'local.issuer-file-damaged', message: expect.stringContaining(path) };
    await expect(createLocalIssuer(folder)).rejects.toMatchObject(expected);
  });
});
