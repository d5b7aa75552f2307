import { ApplyLaunchConfigsResponse } from '@prelaunch/contracts/operations/launch-configs';
import { applyFloorMs } from '../demo/apply-floor.ts';
import { type Clients, clientsOf } from '../demo/clients.ts';
import { COMPARISON_REGION, changeOf, type DemoGroup, publishChange } from '../demo/demo-group.ts';
import { type GroupItem, settledGroup } from '../demo/group-item.ts';
import { invokeOperation } from '../demo/invoke-operation.ts';
import { startDemoRuntime } from '../demo/start-demo-runtime.ts';
import type { Runtime } from '../runtime.ts';
import type { LatencyProfileName } from '../simulator/latency-profiles.ts';
import { type ApplyRow, isReady } from './apply-row.ts';

export interface Measurement {
  readonly servers: number;
  readonly profile: LatencyProfileName;
  readonly seed: number;
}

export interface Measured {
  readonly row: ApplyRow;
  /** What the functions logged. */
  readonly logDirectory: string;
}

/** As many as all environments of the worker take at once, so that none of them is cold afterwards. */
const WARM_UP_SERVERS = 100;
const GROUP_ID = 'pg-bench';
const REVISION = 1;

/** Measures one group in a runtime of its own, where half as many servers again belong to no group. */
export async function measureApply({ servers, profile, seed }: Measurement): Promise<Measured> {
  const { runtime, fleet, logDirectory } = await startDemoRuntime({ servers, profile, seed, port: 0 });
  try {
    const clients = clientsOf(runtime);
    await warmUpCode(runtime, clients);
    const first = await firstApply(runtime, clients, fleet.grouped);
    const floorMs = applyFloorMs(servers, profile);
    const ratioToFloor = floorMs === 0 ? null : Math.round((first.ms / floorMs) * 100) / 100;
    const row = { servers, profile, floorMs, ratioToFloor, ...first };
    const again = isReady(row) ? await secondApply(runtime, clients) : undefined;
    return { row: { ...row, again }, logDirectory };
  } finally {
    await runtime.stop();
  }
}

/** Rate limits count per Region, so a warm-up elsewhere leaves the measured Region's tokens alone. */
async function warmUpCode(runtime: Runtime, clients: Clients): Promise<void> {
  const place = { accountId: runtime.accountId, region: COMPARISON_REGION };
  const serverIds = runtime.simulator.addSourceServers(place, WARM_UP_SERVERS);
  await applied(clients, { ...place, groupId: 'pg-warm-up', serverIds });
}

async function firstApply({ simulator, accountId, region }: Runtime, clients: Clients, serverIds: readonly string[]) {
  const before = simulator.calls.snapshot();
  const { ms, group } = await applied(clients, { groupId: GROUP_ID, accountId, region, serverIds });
  const calls = simulator.calls.since(before);
  const { counts, errors } = group.launchConfigStatus;
  return {
    ms,
    awsCalls: { reads: calls.reads(), writes: calls.writes() },
    throttled: calls.count({ outcome: 'throttled' }),
    ready: counts.ready,
    failed: counts.failed,
    errorCodes: [...new Set(errors.map(({ code, awsCode }) => awsCode ?? code))],
  };
}

/** Publishes a group of new servers, where everything differs, and waits for its status as a wave would read it. */
async function applied(clients: Clients, group: Omit<DemoGroup, 'revision'>): Promise<Timed> {
  const change = changeOf({ ...group, revision: REVISION });
  return timed(async () => {
    await publishChange(clients, change);
    return settledGroup(clients, { groupId: group.groupId, revision: REVISION }, ignoreLook);
  });
}

async function secondApply({ simulator }: Runtime, clients: Clients): Promise<ApplyRow['again']> {
  const before = simulator.calls.snapshot();
  const { ms } = await timed(async () => {
    const request = { operation: 'apply_launch_configs', groupId: GROUP_ID, force: true };
    await invokeOperation(clients, request, ApplyLaunchConfigsResponse);
    // The operation answers after half a minute at the latest; a large group may take longer.
    return settledGroup(clients, { groupId: GROUP_ID, revision: REVISION }, ignoreLook);
  });
  const calls = simulator.calls.since(before);
  return { ms, reads: calls.reads(), writes: calls.writes() };
}

const ignoreLook = () => undefined;

interface Timed {
  readonly ms: number;
  readonly group: GroupItem;
}

async function timed(work: () => Promise<GroupItem>): Promise<Timed> {
  const began = performance.now();
  const group = await work();
  return { ms: Math.round(performance.now() - began), group };
}
