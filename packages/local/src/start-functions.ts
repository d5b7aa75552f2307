import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccessConfiguration } from '@prelaunch/contracts/access';
import type { StatedDriftPolicy } from '@prelaunch/contracts/drift';
import { environmentOf } from '@prelaunch/topology/environment';
import { busName, LOCAL_STAGE, physicalName } from '@prelaunch/topology/names';
import type { FunctionSpec, Topology } from '@prelaunch/topology/shape';
import { bundleFunctions } from './lambda/bundle-functions.ts';
import { createFunctionPool, type FunctionPool } from './lambda/function-pool.ts';
import type { Credentials } from './runtime.ts';

/** For functions that no event source mapping bounds. */
const DIRECT_CONCURRENCY_MAX = 10;

export interface FunctionsOptions {
  readonly topology: Topology;
  /** The folder that the topology's entries are relative to. */
  readonly functionRoot: string;
  readonly logDirectory: string;
  readonly endpoint: string;
  readonly region: string;
  readonly accountId: string;
  /** As whom the function of this name calls: on Lambda each has a role of its own, and CloudTrail tells which one called. */
  readonly credentialsFor: (functionName: string) => Credentials;
  readonly queueUrl: (name: string) => string;
  readonly access: AccessConfiguration;
  readonly driftPolicy: StatedDriftPolicy;
}

export interface Functions {
  /** By logical id. */
  readonly pools: ReadonlyMap<string, FunctionPool>;
  stop(): Promise<void>;
}

/** Bundles the topology's functions and starts one execution environment of each in the background. */
export async function startFunctions(options: FunctionsOptions): Promise<Functions> {
  const { topology } = options;
  await mkdir(options.logDirectory, { recursive: true });
  const directory = await mkdtemp(join(tmpdir(), 'prelaunch-local-'));
  const removeBundles = () => rm(directory, { recursive: true, force: true });
  const entries = Object.fromEntries(Object.entries(topology.functions).map(([id, { entry }]) => [id, entry]));
  const bundles = await bundleFunctions({ entries, root: options.functionRoot, directory }).catch(async (error) => {
    await removeBundles();
    throw error;
  });

  const pools = new Map(
    Object.entries(topology.functions).map(([id, spec]) => {
      const name = physicalName(LOCAL_STAGE, id);
      const pool = createFunctionPool({
        id,
        name,
        arn: `arn:aws:lambda:${options.region}:${options.accountId}:function:${name}`,
        timeoutSeconds: spec.timeoutSeconds,
        memoryMb: spec.memoryMb,
        bundlePath: bundles.bundlePath(id),
        bootstrapPath: bundles.bootstrapPath,
        compileCacheDirectory: join(directory, 'compile-cache'),
        logPath: join(options.logDirectory, `${id}.log`),
        variables: variablesOf(name, spec, options),
        environmentsMax: environmentsMaxOf(id, topology),
      });
      return [id, pool] as const;
    }),
  );
  for (const pool of pools.values()) void pool.warm(1);

  return {
    pools,
    async stop() {
      await Promise.all([...pools.values()].map((pool) => pool.stop()));
      await removeBundles();
    },
  };
}

function environmentsMaxOf(functionId: string, { mappings }: Topology): number {
  const mapped = Object.values(mappings).filter((mapping) => mapping.function === functionId);
  if (mapped.length === 0) return DIRECT_CONCURRENCY_MAX;
  return mapped.reduce((sum, { maximumConcurrency }) => sum + maximumConcurrency, 0);
}

/** All that a function finds in its environment: what the topology gives it, and what Lambda and the SDK need. */
function variablesOf(name: string, spec: FunctionSpec, options: FunctionsOptions): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  const { accessKeyId, secretAccessKey, sessionToken } = options.credentialsFor(name);
  return {
    PATH,
    HOME,
    TZ: 'UTC',
    ...environmentOf(spec, String(options.topology.applyLeaseSeconds), {
      stage: LOCAL_STAGE,
      busName: busName(LOCAL_STAGE),
      homeAccountId: options.accountId,
      tableName: (id) => physicalName(LOCAL_STAGE, id),
      queueUrl: (id) => options.queueUrl(physicalName(LOCAL_STAGE, id)),
      accessConfiguration: JSON.stringify(options.access),
      driftPolicy: JSON.stringify(options.driftPolicy),
    }),
    AWS_ENDPOINT_URL: options.endpoint,
    AWS_REGION: options.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
    AWS_LAMBDA_FUNCTION_TIMEOUT: String(spec.timeoutSeconds),
    POWERTOOLS_SERVICE_NAME: 'prelaunch',
    POWERTOOLS_LOG_LEVEL: 'INFO',
  };
}
