import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { bundleLoaders } from '@prelaunch/topology/bundle-loaders';
import { environmentOf } from '@prelaunch/topology/environment';
import { wiring } from '@prelaunch/topology/topology';
import { describe, expect, it } from 'vitest';
import access from '../../access.json';
import shippedPolicy from '../../drift-policy.json' with { type: 'json' };
import { bundleHandler } from './support/bundle-handler.ts';
import { physical } from './support/physical.ts';
import { planOf, TYPE, variablesOf } from './support/plan.ts';
import { ACCOUNT, REGION } from './support/provider-stub.ts';
import { STAGES } from './support/stages.ts';

/** SST's own variables, for resources that are linked. Nothing is linked here, so nothing reads them. */
const SST_VARIABLES = ['SST_KEY', 'SST_KEY_FILE', 'SST_RESOURCE_App'];

const LOG_RETENTION_DAYS = 30;
const LOAD_TIMEOUT_MS = 30_000;

describe.each(STAGES)('the functions of stage %s', (stage) => {
  const plan = planOf(stage);
  const functions = plan.all(TYPE.function);
  const { bus, logGroup, name, queueUrl } = physical(stage);

  it('are those of the topology, each with its time and memory', () => {
    const expected = Object.entries(wiring.functions).map(([id, { timeoutSeconds, memoryMb }]) => [
      name(id),
      { timeout: timeoutSeconds, memorySize: memoryMb },
    ]);
    const rendered = functions.map(({ inputs }) => [
      inputs.name,
      { timeout: inputs.timeout, memorySize: inputs.memorySize },
    ]);
    expect(rendered).toHaveLength(expected.length);
    expect(Object.fromEntries(rendered)).toEqual(Object.fromEntries(expected));
  });

  it('have exactly the environment that the topology gives them', () => {
    const accessConfiguration = JSON.stringify(access);
    const driftPolicy = JSON.stringify(shippedPolicy);
    const resolver = {
      stage,
      busName: bus,
      homeAccountId: ACCOUNT,
      tableName: name,
      queueUrl,
      accessConfiguration,
      driftPolicy,
    };
    const expected = Object.entries(wiring.functions).map(([id, spec]) => [
      name(id),
      environmentOf(spec, String(wiring.applyLeaseSeconds), resolver),
    ]);
    const rendered = functions.map((fn) => [
      fn.inputs.name,
      Object.fromEntries(
        Object.entries(variablesOf(fn.inputs)).filter(([variable]) => !SST_VARIABLES.includes(variable)),
      ),
    ]);
    expect(Object.fromEntries(rendered)).toEqual(Object.fromEntries(expected));
  });

  it('write JSON logs to a group of their own that forgets', () => {
    const expected = Object.keys(wiring.functions).map((id) => [
      logGroup(id),
      { name: logGroup(id), retentionInDays: LOG_RETENTION_DAYS },
    ]);
    expect(plan.inputsBy('name', TYPE.logGroup)).toEqual(Object.fromEntries(expected));
    for (const { inputs } of functions) {
      expect(inputs.loggingConfig).toEqual({ logFormat: 'JSON', logGroup: `/aws/lambda/${inputs.name}` });
    }
  });

  it.each(functions)('run $name from a bundle, on arm64 and Node 24', ({ inputs }) => {
    expect(inputs).toMatchObject({
      architectures: ['arm64'],
      handler: 'bundle.handler',
      packageType: 'Zip',
      runtime: 'nodejs24.x',
      s3Key: expect.stringMatching(/^assets\/.*\.zip$/),
    });
  });
});

describe('the bundles', () => {
  const plan = planOf('test');

  it.each(Object.entries(wiring.functions))('run the entry that the topology names for %s', async (id, { entry }) => {
    const fn = plan.all(TYPE.function).find(({ inputs }) => inputs.name === physical('test').name(id));
    const handler = entry.replace('.ts', '.handler');
    const properties = { loader: bundleLoaders, splitting: true };
    const { out } = await bundleHandler(plan.work, { functionID: `expected-${id}`, handler, properties });
    expect(fn && (await readFile(plan.bundleOf(fn), 'utf8'))).toBe(
      await readFile(path.join(out, 'bundle.mjs'), 'utf8'),
    );
  });

  // They stand in a temporary folder, where no node_modules is found: what a bundle does not contain, it cannot import.
  it.each(plan.all(TYPE.function))('load as $name with nothing but their own code and environment', async (fn) => {
    const print = `import('${pathToFileURL(plan.bundleOf(fn))}').then(({ handler }) => console.log(typeof handler))`;
    const env = { ...variablesOf(fn.inputs), AWS_REGION: REGION, AWS_LAMBDA_FUNCTION_NAME: String(fn.inputs.name) };
    const { stdout } = await promisify(execFile)(process.execPath, ['--eval', print], {
      env,
      timeout: LOAD_TIMEOUT_MS,
    });
    expect(stdout.trim()).toBe('function');
  });
});
