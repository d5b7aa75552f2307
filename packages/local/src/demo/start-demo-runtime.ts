import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { LOCAL_STAGE, physicalName } from '@prelaunch/topology/names';
import type { Runtime } from '../runtime.ts';
import type { Simulator, Where } from '../simulator/create-simulator.ts';
import { type RuntimeOptions, startRuntime } from '../start-runtime.ts';
import { clientsOf } from './clients.ts';
import { COMPARISON_REGION, DEMO_INSTANCE_PROFILE, DEMO_NETWORK } from './demo-group.ts';
import type { DemoOptions } from './demo-options.ts';

/** A second account in a second Region, reached through a role as on AWS. */
const TARGET = { accountId: '222222222222', region: 'us-west-2', externalId: 'prelaunch-local' };
const TARGET_SERVERS = 10;
const MENDABLE: ReadonlySet<string> = new Set([
  'EADDRINUSE',
  'EACCES',
  'ENOTDIR',
  'EROFS',
  'ENOSPC',
  'local.issuer-file-damaged',
  'local.access-file-invalid',
]);

export interface Fleet {
  /** In the demonstration's group. */
  readonly grouped: readonly string[];
  /** Left free to play with. */
  readonly free: readonly string[];
  readonly target: { readonly accountId: string; readonly region: string; readonly serverIds: readonly string[] };
}

/** Starts the pipeline with a fleet in the home account, and a small one in a target account. */
export async function startDemoRuntime(
  options: DemoOptions,
): Promise<{ readonly runtime: Runtime; readonly fleet: Fleet; readonly logDirectory: string }> {
  const logDirectory = options.data ? join(options.data, 'logs') : await mkdtemp(join(tmpdir(), 'prelaunch-logs-'));
  const runtime = await startRuntimeOrSayWhyNot({
    port: options.port,
    ...(options.apiPort !== undefined && { apiPort: options.apiPort }),
    seed: options.seed,
    profile: options.profile,
    logDirectory,
    ...(options.data !== undefined && { dataDirectory: options.data }),
  });
  await runtime.environments.warmUp();
  const { accountId, region } = runtime;
  addReferences(runtime.simulator, [
    { accountId, region },
    { accountId, region: COMPARISON_REGION },
    { accountId: TARGET.accountId, region: TARGET.region },
  ]);
  const serverIds = runtime.simulator.addSourceServers({ accountId, region }, Math.ceil(options.servers * 1.5));
  const fleet = {
    grouped: serverIds.slice(0, options.servers),
    free: serverIds.slice(options.servers),
    target: await targetAccount(runtime),
  };
  return { runtime, fleet, logDirectory };
}

/** What people can mend themselves is told in a line; everything else is a defect and keeps its stack. */
async function startRuntimeOrSayWhyNot(options: RuntimeOptions): Promise<Runtime> {
  try {
    return await startRuntime(options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined || !MENDABLE.has(code)) throw error;
    console.error(`error: ${code === 'EADDRINUSE' ? portInUse(error, options) : message}`);
    process.exit(1);
  }
}

function portInUse(error: unknown, { apiPort }: RuntimeOptions): string {
  const { port } = error as { port?: number };
  return `port ${port} is in use; give another with ${port === apiPort ? '--api-port' : '--port'}`;
}

/** Adds what the demonstration's settings refer to. */
function addReferences({ addNetwork, accounts }: Simulator, places: readonly Where[]): void {
  const { vpcId, subnetId, cidrBlock, securityGroupIds } = DEMO_NETWORK;
  for (const place of places) {
    addNetwork(place, { vpcId, subnets: [{ subnetId, cidrBlock }], securityGroupIds });
    accounts.addInstanceProfile(place.accountId, DEMO_INSTANCE_PROFILE);
  }
}

async function targetAccount(runtime: Runtime): Promise<Fleet['target']> {
  const { accountId, region, externalId } = TARGET;
  const roleArn = `arn:aws:iam::${accountId}:role/prelaunch-target-${LOCAL_STAGE}`;
  runtime.simulator.accounts.addRole({ roleArn, externalId });
  const TableName = physicalName(LOCAL_STAGE, 'TargetAccounts');
  await clientsOf(runtime).documents.send(new PutCommand({ TableName, Item: { accountId, roleArn, externalId } }));
  const serverIds = runtime.simulator.addSourceServers({ accountId, region }, TARGET_SERVERS);
  return { accountId, region, serverIds };
}
