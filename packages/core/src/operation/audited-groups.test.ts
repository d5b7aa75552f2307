import type { OperationRequest } from '@prelaunch/contracts/operations';
import { operations } from '@prelaunch/contracts/operations';
import { beforeEach, describe, expect, it } from 'vitest';
import { GROUP_ID, serverId, serverIds } from '../../../../tests/support/builders.ts';
import { A_WHILE_MS, audit, driftOf, ELSEWHERE, toldOf, writesTo } from '../../../../tests/support/drift-world.ts';
import { CREATE, member, type OperationWorld, operationWorld } from '../../../../tests/support/operation-world.ts';
import { agree, draftPlan, say } from '../../../../tests/support/plans.ts';
import { EMPTY_CATALOGUE } from '../configuration/configuration.ts';
import { auditGroup } from '../drift/audit-group.ts';
import { isReady } from '../group/source-server.ts';
import { type DriftRequest, performOnDrift } from './drift-operations.ts';

const ID = serverId(1);
const SUBNET = 'subnet-0a1b2c3d';
const { launchConfig: _own, ...BARE } = CREATE;

let world: OperationWorld;
beforeEach(async () => {
  world = operationWorld();
  await say(world, 'web', { settings: { subnetId: SUBNET, copyTags: true } });
  await world.ask({ ...BARE, configuration: { configurationId: 'web' } });
  await world.settle();
  world.clock.advance(A_WHILE_MS);
});

/** As the gate let it through. */
async function performed(
  operation: DriftRequest['operation'],
  stated: object,
  { waitMs = 0, deps = world } = {},
): Promise<Record<string, unknown>> {
  const request = operations[operation].request.parse({ operation, ...stated }) as DriftRequest & OperationRequest;
  const principal = member('admins');
  const call = { input: request, request, principal, requestId: 'request-1', correlationId: 'c-ask', by: 'ops' };
  const groups = await world.groups.getMany([GROUP_ID]);
  const answer = await performOnDrift(
    { ...call, catalogue: EMPTY_CATALOGUE, waitMs, waveWaitMs: 0, readMs: 0 },
    groups,
    deps,
  );
  expect(operations[operation].response.parse(answer)).toEqual(answer);
  return answer as Record<string, unknown>;
}

describe('audit_protection_group', () => {
  it('asks for the audit as the schedule does, and says where its outcome will show', async () => {
    expect(await performed('audit_protection_group', { groupId: GROUP_ID })).toMatchObject({
      ...{ groupId: GROUP_ID, auditId: 'request-1', status: 'requested', counts: null },
      statusPath: expect.stringContaining(GROUP_ID),
    });
    expect(toldOf(world, 'Drift Audit Requested')).toMatchObject([
      { detail: { correlationId: 'c-ask', data: { groupId: GROUP_ID, auditId: 'request-1', cause: 'request' } } },
    ]);
  });

  it('answers what was found where that comes in time, and never what was found before', async () => {
    await audit(world);
    world.clock.advance(A_WHILE_MS);
    world.aws.edit(ID, { settings: { subnetId: ELSEWHERE } });
    expect(await performed('audit_protection_group', { groupId: GROUP_ID })).toMatchObject({ status: 'requested' });

    const pause = async (ms: number) => {
      world.clock.advance(ms);
      const asked = toldOf(world, 'Drift Audit Requested').at(-1);
      if (asked) await auditGroup(asked.detail, world);
    };
    const deps = { ...world, pause };
    expect(await performed('audit_protection_group', { groupId: GROUP_ID }, { waitMs: 5_000, deps })).toMatchObject({
      ...{ status: 'audited', auditId: 'request-1', counts: { in_sync: 1, drifted: 1 }, highestScore: 60 },
    });
  });

  it('refuses a group that nobody has', async () => {
    await expect(performed('audit_protection_group', { groupId: 'nobody' })).rejects.toMatchObject({
      code: 'group.not_found',
    });
  });
});

describe('get_instance_drift and list_instance_drift', () => {
  it('show a server that nobody audited as such, and nothing that is not known', async () => {
    expect(await performed('get_instance_drift', { instanceId: ID })).toMatchObject({
      ...{ instanceId: ID, verdict: 'unknown', unknown: { code: 'drift.not_audited' }, score: null, auditedAt: null },
      baseline: { version: 1, settings: { subnetId: SUBNET } },
    });
    await expect(performed('get_instance_drift', { instanceId: serverId(5) })).rejects.toMatchObject({
      code: 'instance.not_found',
    });
  });

  it('show what was found, the worst first', async () => {
    world.aws.edit(serverId(2), { settings: { subnetId: ELSEWHERE } });
    await audit(world);
    expect(await performed('get_instance_drift', { instanceId: serverId(2) })).toMatchObject({
      ...{ verdict: 'drifted', score: 60, exceedsThreshold: true, history: [{ event: 'audit', verdict: 'drifted' }] },
    });
    const { instances } = await performed('list_instance_drift', { groupId: GROUP_ID });
    expect(instances).toMatchObject([
      { instanceId: serverId(2), score: 60, verdict: 'drifted' },
      { instanceId: ID, score: 0, verdict: 'in_sync' },
    ]);
    expect(await performed('list_instance_drift', { minScore: 1 })).toMatchObject({ instances: [{ score: 60 }] });
    const page = await performed('list_instance_drift', { limit: 1 });
    expect(await performed('list_instance_drift', { limit: 1, nextToken: page.nextToken })).toMatchObject({
      instances: [{ instanceId: ID }],
    });
  });
});

describe('servers of a group that follows a configuration', () => {
  it('are compared with what they were planned with while a rollout has not reached them', async () => {
    const plan = await draftPlan(world, 'web', { settings: { subnetId: ELSEWHERE, copyTags: true } });
    await agree(world, plan);
    const writes = writesTo(world);
    // Published, and nobody has planned the group again yet.
    expect((await world.server()).desired?.settings.subnetId).toBe(SUBNET);
    await audit(world);
    expect(await driftOf(world)).toMatchObject({ verdict: 'in_sync' });
    expect(writesTo(world)).toBe(writes);

    await world.settle();
    world.clock.advance(A_WHILE_MS);
    for (const id of serverIds(2)) expect(isReady(await world.server(id))).toBe(true);
    await audit(world);
    expect(await driftOf(world)).toMatchObject({ verdict: 'in_sync' });
    expect(world.aws.live(ID).subnetId).toBe(ELSEWHERE);
  });
});
