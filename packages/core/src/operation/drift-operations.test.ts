import { DriftAuditRequested } from '@prelaunch/contracts/events';
import { operations } from '@prelaunch/contracts/operations';
import { beforeEach, describe, expect, it } from 'vitest';
import { serverId } from '../../../../tests/support/builders.ts';
import { createdWorld, member, type OperationWorld } from '../../../../tests/support/operation-world.ts';

const GROUP = { groupId: 'payments' };
const AUDIT = { operation: 'audit_protection_group', ...GROUP };
const GET = { operation: 'get_instance_drift', instanceId: serverId(1) };
const REMEDIATE = { operation: 'remediate_instance', instanceId: serverId(1) };
const LIST = { operation: 'list_instance_drift', ...GROUP };

let world: OperationWorld;

/** Somebody moved the subnet of one of two servers, and nobody audited it yet. */
beforeEach(async () => {
  world = await createdWorld();
  world.aws.edit(serverId(1), { settings: { subnetId: 'subnet-0e5f6a7b' } });
});

/** Somebody with the roles of an operator and of an author, by their name. */
function both(name: string) {
  return { principal: { ...member('operator', 'author'), id: name } };
}

describe('audit_protection_group', () => {
  it('answers what the audit came to', async () => {
    expect(await world.ask(AUDIT)).toEqual({
      ...GROUP,
      auditId: expect.stringMatching(/^request-/),
      status: 'audited',
      counts: { in_sync: 1, stale: 0, drifted: 1, diverged: 0, unknown: 0 },
      highestScore: expect.any(Number),
    });
  });

  it('answers where to look when the time is up, and a repeat with the same key waits for the same audit', async () => {
    const keyed = { ...AUDIT, idempotencyKey: 'k' };
    const open = operations.audit_protection_group.response.parse(await world.ask(keyed, { waitMs: 0 }));
    expect(open).toMatchObject({ status: 'requested', counts: null, statusPath: '/instances?groupId=payments' });
    const { auditId } = open;
    expect(await world.ask(keyed)).toMatchObject({ auditId, status: 'audited', counts: { drifted: 1 } });
    const asked = world.events.published.filter(({ type }) => type === DriftAuditRequested.type);
    expect(asked).toMatchObject([{ detail: { data: { auditId, cause: 'request' } } }]);
  });

  it('is refused for a group that there is not', async () => {
    await expect(world.ask({ ...AUDIT, groupId: 'unknown' })).rejects.toMatchObject({ code: 'group.not_found' });
  });
});

describe('remediate_instance', () => {
  beforeEach(() => world.ask(AUDIT));

  it('answers where to look when the time is up, and what came of it otherwise', async () => {
    const open = operations.remediate_instance.response.parse(
      await world.ask({ ...REMEDIATE, action: 'sync' }, { waitMs: 0 }),
    );
    expect(open).toMatchObject({
      remediation: { status: 'in_progress' },
      statusPath: `/instances/${serverId(1)}/drift`,
    });
    await world.pause(1000);
    await world.pause(1000);
    const after = operations.get_instance_drift.response.parse(await world.ask(GET));
    expect(after).toMatchObject({ verdict: 'in_sync', remediation: { status: 'done', action: 'sync' } });
    expect(after).not.toHaveProperty('statusPath');
  });

  it('does once what is asked for with one key', async () => {
    const keyed = { ...REMEDIATE, action: 'rollback', idempotencyKey: 'k' };
    expect(await world.ask(keyed)).toMatchObject({ remediation: { status: 'done' } });
    expect(await world.ask(keyed)).toMatchObject({ verdict: 'in_sync', remediation: { status: 'done' } });
    await expect(world.ask({ ...keyed, instanceId: serverId(2) })).rejects.toMatchObject({
      code: 'idempotency.mismatch',
    });
  });

  it('changes nothing under a recovery or a drill, and may be repeated after it', async () => {
    world.running.beginRecovery([serverId(2)]);
    const asked = { ...REMEDIATE, action: 'rollback', idempotencyKey: 'k' };
    await expect(world.ask(asked)).rejects.toMatchObject({ code: 'drift.recovery_running', retryable: true });
    expect(world.aws.live(serverId(1))).toMatchObject({ subnetId: 'subnet-0e5f6a7b' });
    world.running.endRecovery([serverId(2)]);
    expect(await world.ask(asked)).toMatchObject({ verdict: 'in_sync', remediation: { status: 'done' } });
  });

  it('lets nobody adopt what they may not change: they propose, and somebody else who may approves', async () => {
    const adopt = { ...REMEDIATE, action: 'adopt', as: 'override' };
    const operator = { principal: member('operator') };
    expect(await world.ask(adopt, operator)).toMatchObject({ remediation: { status: 'awaiting_approval' } });
    const approve = { ...REMEDIATE, action: 'approve' };
    await expect(world.ask(approve, operator)).rejects.toMatchObject({ code: 'drift.approved_by_proposer' });
    const unable = { principal: { ...member('operator'), id: 'another' } };
    await expect(world.ask(approve, unable)).rejects.toMatchObject({
      code: 'access.denied',
      problems: [{ path: 'action', value: 'payments' }],
    });
    expect(await world.group()).toHaveProperty('serverOverrides', {});
    await world.ask(approve, both('able'));
    expect(await world.group()).toMatchObject({
      serverOverrides: { [serverId(1)]: { subnetId: 'subnet-0e5f6a7b' } },
    });
  });

  it('has an override approved by somebody else even if whoever proposes it may change the group', async () => {
    const adopt = { ...REMEDIATE, action: 'adopt', as: 'override' };
    expect(await world.ask(adopt, both('a'))).toMatchObject({ remediation: { status: 'awaiting_approval' } });
    const own = world.ask({ ...REMEDIATE, action: 'approve' }, both('a'));
    await expect(own).rejects.toMatchObject({ code: 'drift.approved_by_proposer' });
  });
});

describe('list_instance_drift', () => {
  beforeEach(() => world.ask(AUDIT));

  it('has pages, the worst first', async () => {
    const read = async (stated: object) =>
      operations.list_instance_drift.response.parse(await world.ask({ ...LIST, ...stated }));
    const first = await read({ limit: 1 });
    expect(first.instances).toMatchObject([{ instanceId: serverId(1), verdict: 'drifted', keys: ['subnetId'] }]);
    const last = await read({ limit: 1, nextToken: first.nextToken });
    expect(last.instances).toMatchObject([{ instanceId: serverId(2), verdict: 'in_sync', score: 0 }]);
    expect(last).not.toHaveProperty('nextToken');
    expect((await read({ minScore: 1 })).instances).toHaveLength(1);
  });

  it.each<[unknown, boolean]>([
    ['25', true],
    ['99.5', true],
    [100, true],
    ['', false],
    ['1e1', false],
    ['0x10', false],
    [null, false],
    [true, false],
    [[], false],
    ['101', false],
    [-1, false],
  ])('takes the score %j: %s', async (minScore, isTaken) => {
    const asked = world.ask({ ...LIST, minScore });
    if (isTaken) await expect(asked).resolves.toHaveProperty('instances');
    else await expect(asked).rejects.toMatchObject({ code: 'request.invalid', problems: [{ path: 'minScore' }] });
  });
});
