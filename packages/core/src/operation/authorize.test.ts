import type { LaunchConfigStatus } from '@prelaunch/contracts/status';
import { describe, expect, it } from 'vitest';
import { launchSettings, statusError } from '../../../../tests/support/builders.ts';
import {
  CREATE,
  createdWorld,
  member,
  operationWorld,
  STATUS,
  UPDATE,
} from '../../../../tests/support/operation-world.ts';
import { serveOperation } from './serve-operation.ts';

describe('who may do what', () => {
  it('denies what no role covers, does nothing, and names the policies to the log alone', async () => {
    const world = await createdWorld();
    const denied = world.ask({ ...UPDATE, name: 'Mine' }, { principal: member('viewer') });
    await expect(denied).rejects.toMatchObject({ code: 'access.denied', policies: [] });
    await expect(denied).rejects.not.toThrow(/polic/);
    expect(await world.group()).toMatchObject({ name: 'Payments' });
    expect(world.records.at(-1)).toMatchObject({ kind: 'decision', result: 'denied', actor: 'cognito:viewer' });
  });

  it('tells nobody without a role whether a group exists', async () => {
    const world = await createdWorld();
    const principal = member('ledger-operators');
    for (const groupId of ['payments', 'unknown'])
      await expect(world.ask({ ...STATUS, groupId }, { principal })).rejects.toMatchObject({ code: 'access.denied' });
    await expect(world.ask({ ...STATUS, groupId: 'ledger' }, { principal })).rejects.toMatchObject({
      code: 'group.not_found',
    });
  });

  it('lets nobody tag a group into or out of what their role is for', async () => {
    const world = await createdWorld({ tags: { team: 'payments' } });
    const principal = member('payments-authors');
    await world.ask({ ...UPDATE, name: 'Ours' }, { principal });
    for (const tags of [{}, null, { team: 'ledger' }])
      await expect(world.ask({ ...UPDATE, tags }, { principal })).rejects.toMatchObject({ code: 'access.denied' });
    await world.ask({ ...CREATE, groupId: 'ledger', serverIds: [] });
    const taken = world.ask({ ...UPDATE, groupId: 'ledger', tags: { team: 'payments' } }, { principal });
    await expect(taken).rejects.toMatchObject({ code: 'access.denied' });
    const made = { ...CREATE, groupId: 'more', serverIds: [] };
    await expect(world.ask(made, { principal })).rejects.toMatchObject({ code: 'access.denied' });
    expect(await world.ask({ ...made, tags: { team: 'payments' } }, { principal })).toMatchObject({ groupId: 'more' });
  });

  it('lets nobody take over the history of a group that was deleted', async () => {
    const world = await createdWorld({ tags: { team: 'ledger' } });
    await world.ask({ operation: 'delete_protection_group', groupId: 'payments' });
    const mine = { ...CREATE, tags: { team: 'payments' } };
    const taken = world.ask(mine, { principal: member('payments-authors') });
    await expect(taken).rejects.toMatchObject({ code: 'access.denied' });
  });

  it('goes on with no wave under a name that stands for other groups', async () => {
    const world = await createdWorld();
    const wave = { operation: 'start_wave_recovery', executionId: 'e', waveNumber: 1, groupIds: ['payments'] };
    const failing = { ...world.recovery, start: () => Promise.reject(new Error('refused')) };
    const call = { input: wave, principal: member('admins'), requestId: 'r', waitMs: 0, waveWaitMs: 0 };
    await serveOperation(call, { ...world, recovery: failing });
    const other = { ...wave, groupIds: ['ledger'], isDrill: true };
    const asked = world.ask(other, { principal: member('ledger-operators') });
    await expect(asked).rejects.toMatchObject({ code: 'wave.mismatch', problems: [{ path: 'waveNumber' }] });
    await expect(asked).rejects.not.toThrow(/payments/);
    expect(world.recovery.started).toEqual([]);
  });

  it('does nothing by tags that changed after they were judged', async () => {
    const world = await createdWorld({ tags: { team: 'payments' } });
    let reads = 0;
    const groups = {
      ...world.groups,
      getMany: async (ids: readonly string[]) => {
        reads += 1;
        if (reads === 2) await world.put({ ...(await world.group()), tags: { team: 'ledger' } });
        return world.groups.getMany(ids);
      },
    };
    const input = { ...UPDATE, name: 'Mine' };
    const call = { input, principal: member('payments-authors'), requestId: 'r', waitMs: 0, waveWaitMs: 0 };
    await expect(serveOperation(call, { ...world, groups })).rejects.toMatchObject({ code: 'store.contention' });
    expect(await world.group()).toMatchObject({ name: 'Payments' });
  });

  it('shows which settings are stated but not what they say to those who may only see the status', async () => {
    const world = await createdWorld();
    const secret = statusError({ path: 'subnetId', value: 'subnet-0a1b2c3d', message: 'no subnet-0a1b2c3d' });
    const stored = await world.group();
    const errors: LaunchConfigStatus['errors'] = [secret];
    await world.put({ ...stored, launchConfigStatus: { ...stored.launchConfigStatus, errors } });
    for (const operation of ['get_protection_group', 'get_launch_config_status', 'list_protection_groups']) {
      const input = operation === 'list_protection_groups' ? { operation } : { operation, groupId: 'payments' };
      const shown = await world.ask(input, { principal: member('viewer') });
      expect(JSON.stringify(shown)).not.toContain('subnet-0a1b2c3d');
    }
    expect(await world.ask(STATUS, { principal: member('viewer') })).toMatchObject({
      errors: [{ code: secret.code, path: 'subnetId', value: '[redacted]', message: '[redacted]' }],
    });
    const group = { operation: 'get_protection_group', groupId: 'payments' };
    expect(await world.ask(group, { principal: member('viewer') })).toMatchObject({
      launchConfig: { copyTags: '[redacted]', subnetId: '[redacted]' },
    });
    expect(await world.ask(group, { principal: member('operator') })).toMatchObject({ launchConfig: launchSettings() });
  });

  it('is not moved by what the request says of its caller', async () => {
    const world = await createdWorld();
    const principal = { ...member('viewer'), label: 'admins@example.com' };
    const input = { ...UPDATE, name: 'Mine', invokedBy: 'admins' };
    await expect(world.ask(input, { principal })).rejects.toMatchObject({ code: 'access.denied' });
  });

  it('names a caller who is known as such, whatever the request says', async () => {
    const world = operationWorld();
    await world.ask({ ...CREATE, invokedBy: 'somebody else' });
    expect(await world.group()).toMatchObject({ changedBy: 'admins@example.com' });
  });

  it('shows no group that was moved out of sight while its outcome was awaited', async () => {
    const world = await createdWorld({ tags: { team: 'payments' } });
    const pause = async (ms: number) => {
      world.clock.advance(ms);
      const stored = await world.group();
      await world.put({
        ...stored,
        tags: { team: 'ledger' },
        launchConfigStatus: { ...stored.launchConfigStatus, status: 'ready' },
      });
    };
    const input = { ...UPDATE, launchConfig: { copyTags: false } };
    const call = { input, principal: member('payments-authors'), requestId: 'r', waitMs: 20_000, waveWaitMs: 0 };
    await expect(serveOperation(call, { ...world, pause })).rejects.toMatchObject({ code: 'access.denied' });
  });

  it('names a caller whom nothing else names as the request does', async () => {
    const world = operationWorld();
    const { label: _none, ...principal } = member('admins');
    await world.ask({ ...CREATE, invokedBy: 'OrchestrationRole' }, { principal });
    expect(await world.group()).toMatchObject({ changedBy: 'OrchestrationRole', requestedBy: 'cognito:admins' });
  });
});
