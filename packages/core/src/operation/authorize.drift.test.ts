import { InstanceDrift, ListInstanceDriftResponse } from '@prelaunch/contracts/operations/drift';
import { beforeEach, describe, expect, it } from 'vitest';
import { serverId } from '../../../../tests/support/builders.ts';
import { instanceId } from '../../../../tests/support/drift.ts';
import { CREATE, createdWorld, member, type OperationWorld } from '../../../../tests/support/operation-world.ts';
import { serveOperation } from './serve-operation.ts';

const GET = { operation: 'get_instance_drift', instanceId: serverId(1) };
const REMEDIATE = { operation: 'remediate_instance', instanceId: serverId(1), action: 'sync' };
const LIST = { operation: 'list_instance_drift' };
const AUDIT = { operation: 'audit_protection_group', groupId: 'payments' };

let world: OperationWorld;

/** `payments` has two servers, and somebody moved the subnet of the first; `ledger` has one. */
beforeEach(async () => {
  world = await createdWorld({ tags: { team: 'payments' } });
  await world.ask({ ...CREATE, groupId: 'ledger', serverIds: [serverId(3)] });
  world.aws.edit(serverId(1), { settings: { subnetId: 'subnet-0e5f6a7b' } });
  await world.ask(AUDIT);
  await world.ask({ ...AUDIT, groupId: 'ledger' });
});

async function listed(stated: object, ...groups: string[]) {
  const answer = await world.ask({ ...LIST, ...stated }, { principal: member(...groups) });
  return ListInstanceDriftResponse.parse(answer).instances.map((one) => one.instanceId);
}

describe('who may do what about drift', () => {
  it('lists the instances of those groups that the caller may get', async () => {
    expect(await listed({}, 'viewer')).toEqual([serverId(1), serverId(2), serverId(3)]);
    expect(await listed({}, 'ledger-operators')).toEqual([serverId(3)]);
    expect(await listed({}, 'base-viewers')).toEqual([]);
    expect(await listed({ groupId: 'ledger' }, 'ledger-operators')).toEqual([serverId(3)]);
    await expect(listed({ groupId: 'payments' }, 'ledger-operators')).rejects.toMatchObject({ code: 'access.denied' });
  });

  it('tells the same of an instance of others and of one that nobody knows', async () => {
    const told = [serverId(1), serverId(9), instanceId(9)].map(async (id) => {
      const principal = member('ledger-operators');
      const refusals = [{ ...GET }, { ...REMEDIATE }].map((asked) =>
        world.ask({ ...asked, instanceId: id }, { principal }).catch((error: unknown) => error),
      );
      return JSON.stringify(await Promise.all(refusals)).replaceAll(id, 'ID');
    });
    const answers = await Promise.all(told);
    expect(answers[0]).toContain('access.denied');
    expect(answers[0]).not.toContain('payments');
    expect(new Set(answers).size).toBe(1);
    await expect(world.ask({ ...GET, instanceId: serverId(9) }, { principal: member('viewer') })).rejects.toMatchObject(
      { code: 'instance.not_found', problems: [{ path: 'instanceId', value: serverId(9) }] },
    );
  });

  it('records the decision under the group of the instance', async () => {
    await expect(world.ask(REMEDIATE, { principal: member('viewer') })).rejects.toMatchObject({
      code: 'access.denied',
    });
    const decision = { kind: 'decision', action: 'remediate_instance', groupId: 'payments', result: 'denied' };
    expect(world.records.at(-1)).toMatchObject(decision);
  });

  it('shows viewers which keys differ, and no values', async () => {
    const seen = InstanceDrift.parse(await world.ask(GET, { principal: member('viewer') }));
    expect(seen).toMatchObject({ verdict: 'drifted', differences: [{ key: 'subnetId', observed: '[redacted]' }] });
    expect(JSON.stringify(seen)).not.toContain('subnet-0');
    const operator = InstanceDrift.parse(await world.ask(GET, { principal: member('operator') }));
    expect(operator.differences).toMatchObject([{ observed: 'subnet-0e5f6a7b', desired: 'subnet-0a1b2c3d' }]);
  });

  it('shows and does nothing for a group that got the server after access was decided', async () => {
    let reads = 0;
    const servers = {
      ...world.servers,
      getMany: async (ids: readonly string[]) => {
        reads += 1;
        const found = await world.servers.getMany(ids);
        // Somebody moves it between the first look and the second.
        return reads === 1 ? found : new Map([...found].map(([id, one]) => [id, { ...one, groupId: 'ledger' }]));
      },
    };
    for (const input of [GET, REMEDIATE]) {
      reads = 0;
      const call = { input, principal: member('admins'), requestId: 'r', waitMs: 0, waveWaitMs: 0 };
      const served = serveOperation(call, { ...world, drift: { ...world.drift, servers } });
      await expect(served).rejects.toMatchObject({ code: 'store.contention' });
    }
    expect(await world.server()).toMatchObject({ status: 'failed', drifted: true });
  });
});
