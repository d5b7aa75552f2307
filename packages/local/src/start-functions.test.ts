import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Functions, startFunctions } from './start-functions.ts';
import { fixtureFunctionRoot, smallTopology } from './testing/small-topology.ts';

let folder: string;
let functions: Functions;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prelaunch-test-'));
  functions = await startFunctions({
    topology: smallTopology,
    functionRoot: fixtureFunctionRoot,
    logDirectory: folder,
    endpoint: 'http://127.0.0.1:1',
    region: 'us-east-1',
    accountId: '111111111111',
    queueUrl: (name) => name,
    access: { grants: [] },
    driftPolicy: {},
    credentialsFor: (name) => ({
      accessKeyId: `key of ${name}`,
      secretAccessKey: `secret of ${name}`,
      ...(name.endsWith('-echo') && { sessionToken: `token of ${name}` }),
    }),
  });
});

afterAll(async () => {
  await functions.stop();
  await rm(folder, { recursive: true });
});

describe('startFunctions', () => {
  it('gives each function the credentials that are for it, with the token of its session where there is one', () => {
    expect(functions.pools.get('echo')?.spec.variables).toMatchObject({
      AWS_ACCESS_KEY_ID: 'key of prelaunch-local-echo',
      AWS_SECRET_ACCESS_KEY: 'secret of prelaunch-local-echo',
      AWS_SESSION_TOKEN: 'token of prelaunch-local-echo',
    });
    const { variables } = functions.pools.get('work')?.spec ?? {};
    expect(variables).toHaveProperty('AWS_ACCESS_KEY_ID', 'key of prelaunch-local-work');
    expect(variables).not.toHaveProperty('AWS_SESSION_TOKEN');
  });
});
