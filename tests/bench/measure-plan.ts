import { rm } from 'node:fs/promises';
import { dynamoConfigurationStore } from '@prelaunch/aws/dynamo-configurations';
import { dynamoGroupStore } from '@prelaunch/aws/dynamo-stores';
import { ConfigurationDraft, PublishPlan } from '@prelaunch/contracts/operations/configurations';
import type { Group } from '@prelaunch/core/group/group';
import { clientsOf } from '@prelaunch/local/demo/clients';
import { invokeOperation } from '@prelaunch/local/demo/invoke-operation';
import { startDemoRuntime } from '@prelaunch/local/demo/start-demo-runtime';
import type { Runtime } from '@prelaunch/local/runtime';
import type { LatencyProfileName } from '@prelaunch/local/simulator/latency-profiles';
import { LOCAL_STAGE, physicalName } from '@prelaunch/topology/names';
import { group, serverIds } from '../support/builders.ts';
import type { BigGraph, Draw } from './big-graph.ts';

export interface PlanFigures {
  readonly planServers: number;
  /** From the request to the answer, over HTTP, in the function that serves operations: the median of several. */
  readonly planMs: number;
  readonly changedServers: number;
  /** Of one plan. */
  readonly catalogueReads: number;
}

const SERVERS_PER_GROUP = 100;
const TIMES = 5;

/**
 * Plans publishing a configuration that every group follows, each second server with settings of its own. Groups and versions are
 * stored as they would be; no server is applied, since a plan does not look at AWS.
 */
export async function measurePlan(
  graph: BigGraph,
  draw: Draw,
  { servers, profile, seed }: { servers: number; profile: LatencyProfileName; seed: number },
): Promise<PlanFigures> {
  const { runtime, logDirectory } = await startDemoRuntime({ servers: 1, profile, seed, port: 0 });
  try {
    const configurationId = await store(runtime, graph, { servers, draw });
    const clients = clientsOf(runtime);
    const save = { operation: 'save_configuration_draft', configurationId, settings: { name: 'changed by the plan' } };
    await invokeOperation(clients, save, ConfigurationDraft);
    const request = { operation: 'plan_configuration_publish', configurationId };
    const plan = () => invokeOperation(clients, request, PublishPlan);
    // Versions are read once by each environment, and code takes some calls to become fast.
    await plan();
    await plan();
    const times: number[] = [];
    for (let time = 0; time < TIMES; time += 1) {
      const began = performance.now();
      await plan();
      times.push(performance.now() - began);
    }
    const { answer, invocationId } = await plan();
    const planMs = Math.round(times.sort((one, other) => one - other)[Math.floor(TIMES / 2)] ?? Number.NaN);
    return {
      planServers: answer.servers,
      planMs,
      changedServers: answer.changedServers,
      ...readsOf(runtime, invocationId),
    };
  } finally {
    await runtime.stop();
    await rm(logDirectory, { recursive: true });
  }
}

/** Answers the configuration at the root that the most groups inherit from. */
async function store(
  runtime: Runtime,
  { catalogue, versions, leaves }: BigGraph,
  load: { servers: number; draw: Draw },
) {
  const { documents } = clientsOf(runtime);
  const configurations = dynamoConfigurationStore(documents, physicalName(LOCAL_STAGE, 'Configurations'));
  const groups = dynamoGroupStore(documents, physicalName(LOCAL_STAGE, 'ProtectionGroups'));
  for (const version of versions) await configurations.addVersion(version);
  if (!(await configurations.saveCatalogue(catalogue))) throw new Error('the tables are not empty');
  const root = rootOf(versions);
  const following = leaves.filter((leaf) => lineageOf(leaf, versions).includes(root));
  for (let index = 0; index * SERVERS_PER_GROUP < load.servers; index += 1)
    await groups.save(groupOf(index, following[load.draw(following.length, 'follows', index)] ?? root));
  return root;
}

function rootOf(versions: BigGraph['versions']): string {
  const heirs = new Map<string, number>();
  for (const { lineage } of versions)
    for (const { configurationId } of lineage) heirs.set(configurationId, (heirs.get(configurationId) ?? 0) + 1);
  const roots = versions.filter(({ parents }) => parents.length === 0).map(({ configurationId }) => configurationId);
  return roots.sort((one, other) => (heirs.get(other) ?? 0) - (heirs.get(one) ?? 0))[0] ?? '';
}

function lineageOf(configurationId: string, versions: BigGraph['versions']): string[] {
  const lineage = versions.find((version) => version.configurationId === configurationId)?.lineage ?? [];
  return lineage.map((ancestor) => ancestor.configurationId);
}

function groupOf(index: number, configurationId: string): Group {
  const members = serverIds(SERVERS_PER_GROUP, index * SERVERS_PER_GROUP + 1);
  const own = members.filter((_, place) => place % 2 === 0).map((id) => [id, { tags: { Server: id } }]);
  const configuration = { configurationId };
  return group({
    groupId: `group-${String(index).padStart(3, '0')}`,
    serverIds: members,
    configuration,
    launchConfig: { copyTags: true },
    serverOverrides: Object.fromEntries(own),
  });
}

function readsOf(runtime: Runtime, invocationId: string): Pick<PlanFigures, 'catalogueReads'> {
  const table = physicalName(LOCAL_STAGE, 'Configurations');
  const asked = runtime.requests.duringInvocation(invocationId);
  const reads = asked.filter(({ action, targets }) => action === 'GetItem' && targets.includes(table));
  // One of them is the draft.
  return { catalogueReads: reads.length - 1 };
}
