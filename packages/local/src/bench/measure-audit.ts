import { setTimeout as pause } from 'node:timers/promises';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import { DriftDifference, DriftVerdict } from '@prelaunch/contracts/drift';
import { DriftAuditRequested } from '@prelaunch/contracts/events';
import { ProtectionGroup } from '@prelaunch/contracts/operations/protection-groups';
import { busName, LOCAL_STAGE, physicalName } from '@prelaunch/topology/names';
import * as z from 'zod';
import { type Clients, clientsOf } from '../demo/clients.ts';
import { settledGroup } from '../demo/group-item.ts';
import { invokeOperation } from '../demo/invoke-operation.ts';
import { startDemoRuntime } from '../demo/start-demo-runtime.ts';
import type { Runtime } from '../runtime.ts';
import { auditFloorMs } from './audit-floor.ts';
import type { AuditRow } from './audit-row.ts';
import type { Measurement } from './measure-apply.ts';
import { RIGHT_SIZED, seededEdit, statedSettings } from './seeded-edits.ts';

const GROUP_ID = 'pg-bench';
const EDITS_ONE_BY_ONE = 20;
const LOOK_AGAIN_MS = 20;
const WAIT_MS_MAX = 30 * 60_000;
/** Nothing was audited for so long: nothing waits any more. */
const QUIET_MS = 5_000;

const Audited = z.object({
  instanceId: z.string(),
  verdict: DriftVerdict,
  auditedAt: z.string().optional(),
  differences: z.array(DriftDifference),
});
type Audited = z.output<typeof Audited>;

/** Measures audits of one group in a runtime of its own, whose servers have what is stated from the start. */
export async function measureAudit({ servers, profile, seed }: Measurement): Promise<{
  readonly row: AuditRow;
  readonly logDirectory: string;
}> {
  const { runtime, fleet, logDirectory } = await startDemoRuntime({ servers, profile, seed, port: 0 });
  try {
    const clients = clientsOf(runtime);
    await readyGroup(runtime, clients, fleet.grouped);
    await rightSized(runtime, clients, fleet.grouped);
    const before = runtime.simulator.calls.snapshot();
    const ms = await audit(clients, 'untouched');
    const calls = runtime.simulator.calls.since(before);
    const found = await audited(clients);
    const floorMs = auditFloorMs(servers, profile);
    const untouched = {
      ms,
      floorMs,
      ratioToFloor: Math.round((ms / floorMs) * 100) / 100,
      awsCalls: calls.counts().reduce((sum, { count }) => sum + count, 0),
      awsCallsByOperation: Object.fromEntries(calls.counts().map(({ operation, count }) => [operation, count])),
      falsePositives: fleet.grouped.filter((id) => found.get(id)?.verdict !== 'in_sync').length,
    };
    const detection = await detected(runtime, clients, { seed, serverIds: fleet.grouped.slice(0, EDITS_ONE_BY_ONE) });
    const flood = await flooded(runtime, clients, { seed, serverIds: fleet.grouped });
    return { row: { servers, profile, ...untouched, detection, ...flood }, logDirectory };
  } finally {
    await runtime.stop();
  }
}

async function readyGroup(runtime: Runtime, clients: Clients, serverIds: readonly string[]): Promise<void> {
  const { accountId, region, simulator } = runtime;
  const { versions, defaultVersion } = simulator.launchTemplateOf(serverIds[0] ?? '');
  const launchConfig = statedSettings(versions.find((one) => one.versionNumber === defaultVersion)?.data ?? {});
  const group = { groupId: GROUP_ID, name: 'Benchmark', accountId, region, serverIds, launchConfig };
  await invokeOperation(clients, { operation: 'create_protection_group', ...group }, ProtectionGroup);
  const settled = await settledGroup(clients, { groupId: GROUP_ID, revision: 0 }, () => undefined);
  const { status, errors } = settled.launchConfigStatus;
  if (status !== 'ready') throw new Error(`the group is ${status}: ${JSON.stringify(errors[0])}`);
}

/** Template versions that Prelaunch did not make, with a type that nobody states; their events lead to audits of their own. */
async function rightSized({ simulator }: Runtime, clients: Clients, serverIds: readonly string[]): Promise<void> {
  for (const serverId of serverIds.slice(0, Math.ceil(serverIds.length / 4)))
    simulator.editElsewhere(serverId, RIGHT_SIZED);
  await quiet(clients);
}

/** Asks for an audit of the group as its schedule does. Milliseconds until its outcome stands. */
async function audit({ events, documents }: Clients, auditId: string): Promise<number> {
  const began = performance.now();
  const detail = { version: '1', correlationId: auditId, data: { groupId: GROUP_ID, auditId, cause: 'schedule' } };
  const entry = {
    EventBusName: busName(LOCAL_STAGE),
    Source: 'prelaunch',
    DetailType: DriftAuditRequested.type,
    Detail: JSON.stringify(detail),
  };
  await events.send(new PutEventsCommand({ Entries: [entry] }));
  const Key = { subject: `group#${GROUP_ID}`, item: 'audit' };
  await until(async () => {
    const TableName = physicalName(LOCAL_STAGE, 'InstanceRecords');
    const { Item } = await documents.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    return Item?.auditId === auditId;
  });
  return Math.round(performance.now() - began);
}

interface Edited {
  readonly seed: number;
  readonly serverIds: readonly string[];
}

/** Each server is edited when the one before was found. */
async function detected(
  { simulator }: Runtime,
  clients: Clients,
  { seed, serverIds }: Edited,
): Promise<AuditRow['detection']> {
  const times: number[] = [];
  for (const serverId of serverIds) {
    const { key, edit } = seededEdit(seed, serverId);
    const began = performance.now();
    simulator.editElsewhere(serverId, edit);
    await until(async () => isFound(await auditedOne(clients, serverId), key));
    times.push(Math.round(performance.now() - began));
  }
  const sorted = times.sort((one, other) => one - other);
  return { edits: times.length, medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0, mostMs: sorted.at(-1) ?? 0 };
}

/** Every server is edited at once, with another seed, so that those that were edited before are edited elsewhere. */
async function flooded(
  { simulator }: Runtime,
  clients: Clients,
  { seed, serverIds }: Edited,
): Promise<Pick<AuditRow, 'seededEdits' | 'floodMs' | 'missed'>> {
  const edits = new Map(serverIds.map((id) => [id, seededEdit(seed + 1, id)]));
  for (const [serverId, { edit }] of edits) simulator.editElsewhere(serverId, edit);
  const floodMs = await quiet(clients);
  await audit(clients, 'edited');
  const found = await audited(clients);
  const missed = [...edits].filter(([serverId, { key }]) => !isFound(found.get(serverId), key)).length;
  return { seededEdits: edits.size, floodMs, missed };
}

function isFound(audited: Audited | undefined, key: string): boolean {
  return audited?.differences.some((one) => one.key === key && one.verdict === 'drifted') ?? false;
}

const TableName = physicalName(LOCAL_STAGE, 'Instances');

async function audited({ documents }: Clients): Promise<Map<string, Audited>> {
  const found = new Map<string, Audited>();
  for await (const { Items = [] } of paginateScan({ client: documents }, { TableName, ConsistentRead: true })) {
    for (const item of Items.map((one) => Audited.parse(one))) found.set(item.instanceId, item);
  }
  return found;
}

async function auditedOne({ documents }: Clients, instanceId: string): Promise<Audited | undefined> {
  const { Item } = await documents.send(new GetCommand({ TableName, Key: { instanceId }, ConsistentRead: true }));
  return Item && Audited.parse(Item);
}

/** Milliseconds until the last audit, once none came for a while. */
async function quiet(clients: Clients): Promise<number> {
  const began = performance.now();
  let last = { at: began, newest: '' };
  await until(async () => {
    const times = [...(await audited(clients)).values()].flatMap(({ auditedAt }) => auditedAt ?? []);
    const newest = times.sort().at(-1) ?? '';
    if (newest !== last.newest) last = { at: performance.now(), newest };
    await pause(500);
    return performance.now() - last.at > QUIET_MS;
  });
  return Math.round(last.at - began);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + WAIT_MS_MAX;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error('it took longer than half an hour; the logs say why');
    await pause(LOOK_AGAIN_MS);
  }
}
