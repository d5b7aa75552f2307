import { setMaxListeners } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { AccessConfiguration } from '@prelaunch/contracts/access';
import { StatedDriftPolicy } from '@prelaunch/contracts/drift';
import { LOCAL_STAGE, physicalName } from '@prelaunch/topology/names';
import type { Topology } from '@prelaunch/topology/shape';
import { wiring } from '@prelaunch/topology/topology';
import shippedPolicy from '../../../drift-policy.json' with { type: 'json' };
import { ISSUER_DIRECTORY } from './api/issuer-file.ts';
import { type LocalApi, startLocalApi } from './api/start-local-api.ts';
import { defaultAccess } from './default-access.ts';
import { describeRuntime } from './describe-runtime.ts';
import { createRequestLedger } from './endpoint/request-ledger.ts';
import type { Service } from './endpoint/service.ts';
import { startEndpoint } from './endpoint/start-endpoint.ts';
import { DEFAULT_BUS } from './events/event-buses.ts';
import { startEventing } from './events/start-eventing.ts';
import type { FunctionPool } from './lambda/function-pool.ts';
import { createLambdaService } from './lambda/lambda-service.ts';
import { hasQualifier } from './lambda/qualified-name.ts';
import { startMappings } from './mappings/start-mappings.ts';
import { MissingPartError } from './missing-part-error.ts';
import { createQueues } from './queues/create-queues.ts';
import { createEmbeddedSqs } from './queues/embedded-sqs.ts';
import type { Credentials, Environments, Runtime } from './runtime.ts';
import { startSchedules } from './schedules/start-schedules.ts';
import { createSimulator } from './simulator/create-simulator.ts';
import { ConnectionLost } from './simulator/errors.ts';
import type { LatencyProfileName } from './simulator/latency-profiles.ts';
import { SIMULATED_SERVICES, simulatedService } from './simulator-services.ts';
import { startFunctions } from './start-functions.ts';
import { createTables } from './tables/create-tables.ts';
import { createEmbeddedDynamoDb } from './tables/embedded-dynamodb.ts';
import { createTopics } from './topics/create-topics.ts';
import { createEmbeddedSns } from './topics/embedded-sns.ts';

export interface RuntimeOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Where the API listens; any free port without it. */
  readonly apiPort?: number;
  /** Where the key of the API's local issuer is kept; in the repository without it. */
  readonly issuerDirectory?: string;
  readonly host?: '127.0.0.1';
  readonly seed: number;
  readonly profile: LatencyProfileName;
  /** Where tables are kept; in memory without it. Queues are always in memory: what was accepted is announced again. */
  readonly dataDirectory?: string;
  /** One log file per function. */
  readonly logDirectory: string;
  readonly homeAccountId?: string;
  readonly region?: string;
  /** Who has which role; what the repository ships, and all that one person needs, without it. */
  readonly access?: AccessConfiguration;
  /** What is to be done about drift where a group does not say; what the repository ships without it. */
  readonly driftPolicy?: StatedDriftPolicy;
  readonly topology?: Topology;
  /** The folder that the topology's function entries are relative to. */
  readonly functionRoot?: string;
}

const CREDENTIALS: Credentials = { accessKeyId: 'AKIAPRELAUNCHLOCAL00', secretAccessKey: 'local' };
const REPOSITORY_ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** The function behind the API. */
const API_FUNCTION = 'api';
/** How long invocations in flight may take when the runtime stops. */
const STOP_GRACE_MS = 2000;
/** Recovery jobs go on by the clock; their events leave when somebody looks. */
const SETTLE_JOBS_MS = 1000;

type Closer = () => unknown;

/** Starts the whole topology on this machine: tables, queues, bus, functions and simulated DRS, EC2 and STS, behind one endpoint. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const closers: Closer[] = [];
  try {
    return await start(options, closers);
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

/** Starts part by part; each leaves behind how it is closed, and closing goes the other way round. */
async function start(options: RuntimeOptions, closers: Closer[]): Promise<Runtime> {
  const { host = '127.0.0.1', homeAccountId: accountId = '111111111111', region = 'us-east-1' } = options;
  const { topology = wiring, functionRoot = REPOSITORY_ROOT, port, logDirectory } = options;
  const place = { accountId, region };
  const stopping = new AbortController();
  const { signal } = stopping;
  setMaxListeners(0, signal);

  const dynamoDb = createEmbeddedDynamoDb(await tableDirectory(options.dataDirectory));
  closers.push(() => dynamoDb.close());
  await createTables(topology.tables, LOCAL_STAGE, dynamoDb);

  const services = new Map<string, Service>();
  let api: LocalApi | undefined;
  const ledger = createRequestLedger();
  const { url, stop: stopEndpoint } = await startEndpoint({
    host,
    port,
    services,
    ledger,
    describe: (endpoint) =>
      describeRuntime({ ...place, endpoint, api: api?.url, services: [...services.keys()], topology }),
    isConnectionLost: (error) => error instanceof ConnectionLost,
  });
  closers.push(stopEndpoint);

  const sqs = await createEmbeddedSqs({ ...place, endpoint: url });
  const queues = createQueues(topology.queues, LOCAL_STAGE, sqs);
  const sns = await createEmbeddedSns({ ...place, sqs });
  createTopics(topology.topics, LOCAL_STAGE, sns);
  const eventing = startEventing({ ...place, rules: topology.rules, sqs, sns, signal });
  const emit = (event: Parameters<typeof eventing.publish>[1]) => eventing.publish(DEFAULT_BUS, event);
  const simulator = createSimulator({ seed: options.seed, profile: options.profile, homeAccountId: accountId, emit });
  const settling = setInterval(() => simulator.settle(), SETTLE_JOBS_MS);
  closers.push(() => clearInterval(settling));
  services.set('dynamodb', dynamoDb.service).set('events', eventing.service);
  services.set('sqs', sqs.service).set('sns', sns.service);
  for (const name of SIMULATED_SERVICES) services.set(name, simulatedService(name, simulator));

  const credentials = CREDENTIALS;
  const { access = defaultAccess(accountId), driftPolicy = StatedDriftPolicy.parse(shippedPolicy) } = options;
  // On Lambda, the session of a function has its name.
  const credentialsFor = (name: string) =>
    simulator.accounts.openSession({ accountId, roleName: name, sessionName: name });
  const functionOptions = { topology, functionRoot, logDirectory, endpoint: url, credentialsFor, access, driftPolicy };
  const { pools, stop: stopFunctions } = await startFunctions({ ...place, ...functionOptions, queueUrl: sqs.queueUrl });
  closers.push(stopFunctions);
  services.set('lambda', createLambdaService({ pools: byName(pools), aliases: aliasesByName(topology), signal }));

  const mappings = startMappings({ ...place, mappings: topology.mappings, queues, pools, signal });
  closers.push(() => Promise.race([mappings.finished, sleep(STOP_GRACE_MS, undefined, { ref: false })]));
  closers.push(() => {
    stopping.abort();
    sqs.wakeAll();
  });
  const schedules = startSchedules({ ...place, schedules: topology.schedules, pools, send: sqs.send, signal });
  closers.push(schedules.stop);

  const invoke = (functionId: string, payload: string, alias?: string) => {
    const pool = poolOf(pools, functionId);
    if (!hasQualifier(topology.functions[functionId]?.aliases ?? [], alias))
      throw new MissingPartError(`alias of ${functionId}`, alias ?? '');
    return pool.invoke(payload, alias);
  };
  const { stop: stopApi, ...startedApi } = await startLocalApi({
    ...{ ...place, host, credentials, port: options.apiPort ?? 0 },
    issuerDirectory: options.issuerDirectory ?? ISSUER_DIRECTORY,
    sessionOf: simulator.accounts.sessionOf,
    invoke: async (event) => invoke(API_FUNCTION, event),
  });
  closers.push(stopApi);
  api = startedApi;

  return {
    endpoint: url,
    region,
    accountId,
    credentials,
    api: startedApi,
    simulator,
    environments: environmentsOf(pools, topology),
    requests: ledger,
    invoke: async (functionId, event, alias) => invoke(functionId, JSON.stringify(event) ?? '', alias),
    fireSchedule: schedules.fire,
    publish: eventing.publish,
    stop: () => closeAll(closers),
  };
}

async function closeAll(closers: Closer[]): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

async function tableDirectory(dataDirectory: string | undefined): Promise<string | undefined> {
  if (dataDirectory === undefined) return undefined;
  const directory = join(dataDirectory, 'dynamodb');
  await mkdir(directory, { recursive: true });
  return directory;
}

function byName(pools: ReadonlyMap<string, FunctionPool>): ReadonlyMap<string, FunctionPool> {
  return new Map([...pools.values()].map((pool) => [pool.spec.name, pool]));
}

function aliasesByName({ functions }: Topology): ReadonlyMap<string, readonly string[]> {
  return new Map(Object.entries(functions).map(([id, { aliases = [] }]) => [physicalName(LOCAL_STAGE, id), aliases]));
}

function environmentsOf(pools: ReadonlyMap<string, FunctionPool>, { mappings }: Topology): Environments {
  const list = () => [...pools.values()].flatMap((pool) => pool.environments());
  return {
    list,
    async warmUp() {
      const wanted = Object.values(mappings).map((mapping) =>
        pools.get(mapping.function)?.warm(mapping.maximumConcurrency),
      );
      await Promise.all([...wanted, ...[...pools.values()].map((pool) => pool.warm(1))]);
    },
    specOf: (id) => poolOf(pools, id).spec,
    kill: (pid) => list().some((environment) => environment.pid === pid) && process.kill(pid, 'SIGKILL'),
  };
}

function poolOf(pools: ReadonlyMap<string, FunctionPool>, functionId: string): FunctionPool {
  const pool = pools.get(functionId);
  if (!pool) throw new MissingPartError('function', functionId);
  return pool;
}
