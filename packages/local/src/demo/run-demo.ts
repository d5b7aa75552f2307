import { ApplyLaunchConfigsResponse } from '@prelaunch/contracts/operations/launch-configs';
import { StartWaveRecoveryResponse } from '@prelaunch/contracts/operations/waves';
import type { LaunchConfigStatus } from '@prelaunch/contracts/status';
import type { Runtime } from '../runtime.ts';
import type { LatencyProfileName } from '../simulator/latency-profiles.ts';
import { applyFloorMs } from './apply-floor.ts';
import { type Clients, clientsOf } from './clients.ts';
import { DEMO_CONFIGURATION } from './demo-graph.ts';
import { COMPARISON_REGION, changeOf, DEMO_GROUP_ID, DEMO_SETTINGS, publishChange } from './demo-group.ts';
import { GROUPS_TABLE, readGroup, settledGroup, storedGroupIds } from './group-item.ts';
import { invokeOperation } from './invoke-operation.ts';
import { publishGraph } from './publish-graph.ts';
import { applyAtRuntime } from './runtime-apply.ts';

export interface DemoResult {
  readonly servers: number;
  readonly profile: LatencyProfileName;
  readonly seed: number;
  readonly preApply: {
    readonly ms: number;
    readonly ready: number;
    readonly failed: number;
    readonly awsCalls: { readonly reads: number; readonly writes: number };
  };
  readonly wave: {
    readonly path: string;
    readonly ms: number;
    readonly tableReads: number;
    readonly startRecoveryCalls: number;
  };
  readonly runtimeApply: { readonly ms: number };
  readonly reductionPercent: number;
  readonly floorMs: number;
}

/** What a demonstration tells while it runs. Counts are of servers. */
export interface DemoView {
  configured(configurationIds: readonly string[]): void;
  verifying(groupId: string): void;
  published(groupId: string, servers: number): void;
  applying(status: LaunchConfigStatus): void;
  applied(status: LaunchConfigStatus, result: DemoResult['preApply'] & { readonly floorMs: number }): void;
  waveStarted(wave: DemoResult['wave']): void;
  applyingAtRuntime(done: number, of: number): void;
  compared(result: DemoResult): void;
}

/**
 * The main job, once: a change event for a group, the settings that it inherits applied and read back, the group ready, a wave started
 * from one status read; then the same number of servers the old way. Everything over the wire, by the endpoint.
 */
export async function runDemo(
  runtime: Runtime,
  options: {
    readonly servers: number;
    readonly profile: LatencyProfileName;
    readonly seed: number;
    readonly serverIds: readonly string[];
  },
  view: DemoView,
): Promise<DemoResult> {
  const clients = clientsOf(runtime);
  view.configured(
    await publishGraph(async (request, schema) => (await invokeOperation(clients, request, schema)).answer),
  );
  await verifyStored(clients, view);
  const floorMs = applyFloorMs(options.servers, options.profile);
  const preApply = await preApplied(runtime, clients, options.serverIds, { floorMs, view });
  const wave = await startWave(runtime, clients);
  view.waveStarted(wave);
  const runtimeApply = { ms: await comparison(runtime, clients, options.servers, view) };
  const reductionPercent = Math.round((1 - wave.ms / runtimeApply.ms) * 1000) / 10;
  const { servers, profile, seed } = options;
  const result = { servers, profile, seed, preApply, wave, runtimeApply, reductionPercent, floorMs };
  view.compared(result);
  return result;
}

/** Simulated AWS starts anew with the runtime, so what kept tables call ready has to be applied and read back again. */
async function verifyStored(clients: Clients, view: DemoView): Promise<void> {
  for (const groupId of await storedGroupIds(clients)) {
    view.verifying(groupId);
    const request = { operation: 'apply_launch_configs', groupId, force: true };
    await invokeOperation(clients, request, ApplyLaunchConfigsResponse);
  }
}

async function preApplied(
  runtime: Runtime,
  clients: Clients,
  serverIds: readonly string[],
  { floorMs, view }: { readonly floorMs: number; readonly view: DemoView },
): Promise<DemoResult['preApply']> {
  const { accountId, region, simulator } = runtime;
  const revision = ((await readGroup(clients, DEMO_GROUP_ID))?.revision ?? 0) + 1;
  const inherited = { configuration: DEMO_CONFIGURATION };
  const change = changeOf({ groupId: DEMO_GROUP_ID, accountId, region, revision, serverIds, ...inherited });
  const before = simulator.calls.snapshot();
  const began = performance.now();
  await publishChange(clients, change);
  view.published(DEMO_GROUP_ID, serverIds.length);
  const group = { groupId: DEMO_GROUP_ID, revision };
  const { launchConfigStatus } = await settledGroup(clients, group, (status) => view.applying(status));
  const ms = Math.round(performance.now() - began);
  const calls = simulator.calls.since(before);
  const { ready, failed } = launchConfigStatus.counts;
  const preApply = { ms, ready, failed, awsCalls: { reads: calls.reads(), writes: calls.writes() } };
  view.applied(launchConfigStatus, { ...preApply, floorMs });
  return preApply;
}

const READS: ReadonlySet<string> = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan']);

async function startWave(runtime: Runtime, clients: Clients): Promise<DemoResult['wave']> {
  const called = runtime.simulator.calls.snapshot();
  const began = performance.now();
  const request = {
    operation: 'start_wave_recovery',
    executionId: `demo-${Date.now()}`,
    waveNumber: 1,
    groupIds: [DEMO_GROUP_ID],
    isDrill: true,
  };
  const { answer, invocationId } = await invokeOperation(clients, request, StartWaveRecoveryResponse);
  const ms = Math.round(performance.now() - began);
  if (answer.status !== 'started') throw new Error(`the wave was ${answer.status}`);
  // What this very invocation asked: folds of late outcomes read the table too, and are not the wave's.
  const reads = runtime.requests
    .duringInvocation(invocationId)
    .filter(({ action, targets }) => READS.has(action) && targets.includes(GROUPS_TABLE));
  return {
    path: answer.path,
    ms,
    tableReads: reads.length,
    startRecoveryCalls: runtime.simulator.calls.since(called).count({ operation: 'StartRecovery' }),
  };
}

async function comparison(runtime: Runtime, clients: Clients, servers: number, view: DemoView): Promise<number> {
  const serverIds = runtime.simulator.addSourceServers(
    { accountId: runtime.accountId, region: COMPARISON_REGION },
    servers,
  );
  const target = { drs: clients.drs(COMPARISON_REGION), ec2: clients.ec2(COMPARISON_REGION) };
  view.applyingAtRuntime(0, servers);
  const began = performance.now();
  await applyAtRuntime(target, serverIds, DEMO_SETTINGS, (done) => view.applyingAtRuntime(done, servers));
  return Math.round(performance.now() - began);
}
