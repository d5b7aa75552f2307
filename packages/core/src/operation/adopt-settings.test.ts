import { operations } from '@prelaunch/contracts/operations';
import type { InstanceDrift, RemediateInstanceRequest } from '@prelaunch/contracts/operations/drift';
import { describe, expect, it } from 'vitest';
import { GROUP_ID, launchSettings, serverId, serverIds } from '../../../../tests/support/builders.ts';
import { instanceId } from '../../../../tests/support/drift.ts';
import { A_WHILE_MS, audit, driftOf, ELSEWHERE, told, writesTo } from '../../../../tests/support/drift-world.ts';
import {
  CREATE,
  member,
  type OperationWorld,
  operationWorld,
  UPDATE,
} from '../../../../tests/support/operation-world.ts';
import { say } from '../../../../tests/support/plans.ts';
import { EMPTY_CATALOGUE } from '../configuration/configuration.ts';
import { remediate } from '../drift/remediate.ts';
import { isReady } from '../group/source-server.ts';
import { performOnDrift } from './drift-operations.ts';

const ID = serverId(1);
const SUBNET = 'subnet-0a1b2c3d';
const { launchConfig: _own, ...BARE } = CREATE;
const AUTHOR = member('author');
const OTHER_AUTHOR = member('admins');
const VIEWER = member('viewer');

/** A group that follows the configuration `web`, ready, and a server of it that somebody moved to another subnet. */
async function followingWorld(group: object = { configuration: { configurationId: 'web' } }): Promise<OperationWorld> {
  const world = operationWorld();
  await say(world, 'web', { settings: { subnetId: SUBNET, copyTags: true, tags: { Owner: 'web' } } });
  await world.ask({ ...BARE, ...group });
  await world.settle();
  return drifted(world);
}

/** The same of a group that states its settings itself. */
async function statingWorld(): Promise<OperationWorld> {
  const world = operationWorld();
  await world.ask({ ...CREATE, serverOverrides: { [serverId(2)]: { copyTags: false } } });
  await world.settle();
  return drifted(world);
}

async function drifted(world: OperationWorld): Promise<OperationWorld> {
  world.clock.advance(A_WHILE_MS);
  world.aws.edit(ID, { settings: { subnetId: ELSEWHERE } });
  await audit(world);
  world.clock.advance(1_000);
  return world;
}

type Asked = Partial<RemediateInstanceRequest> & Pick<RemediateInstanceRequest, 'action'>;

/** Asks as somebody who may remediate; whether they may change what is adopted into is for the gate. */
async function asked(world: OperationWorld, stated: Asked, principal = AUTHOR): Promise<InstanceDrift> {
  const request = operations.remediate_instance.request.parse({
    operation: 'remediate_instance',
    instanceId: ID,
    ...stated,
  });
  const requestId = `request-${world.now().getTime()}-${stated.action}`;
  const call = {
    input: request,
    request,
    principal,
    requestId,
    correlationId: 'c-ask',
    by: 'somebody',
    catalogue: EMPTY_CATALOGUE,
  };
  const groups = await world.groups.getMany([GROUP_ID]);
  const answer = await performOnDrift({ ...call, waitMs: 5_000, waveWaitMs: 0, readMs: 0 }, groups, world);
  expect(operations.remediate_instance.response.parse(answer)).toEqual(answer);
  return answer as InstanceDrift;
}

const draftOf = (world: OperationWorld) => world.configurations.draft('web');

describe('rollback and sync by a person', () => {
  it.each(['rollback', 'sync'] as const)(
    '%s applies the server again, in their name, and an audit tells that it is remediated',
    async (action) => {
      const world = await statingWorld();
      const answer = await asked(world, { action });
      expect(answer.remediation).toMatchObject({ status: 'done', action, requestedBy: AUTHOR.id });
      expect(await world.server()).toMatchObject({ requestedBy: AUTHOR.id, status: 'ready' });
      expect(world.aws.live(ID).subnetId).toBe(SUBNET);
      expect(await driftOf(world)).toMatchObject({
        verdict: 'in_sync',
        remediation: { status: 'done', requestedBy: AUTHOR.id },
      });
      expect(told(world).slice(-2)).toEqual(['Drift Remediated', 'Drift Cleared']);
      expect((await world.ledgers.get(GROUP_ID))?.begun).toMatchObject([{ instanceId: ID }]);
    },
  );

  it('is held by no budget, window, back-off or breaker', async () => {
    const world = await statingWorld();
    const at = world.now().toISOString();
    await world.ledgers.save({
      groupId: GROUP_ID,
      begun: [],
      ended: Array.from({ length: 9 }, () => ({ at, succeeded: false })),
      version: 0,
    });
    await world.put({
      ...(await world.group()),
      driftPolicy: {
        budget: { maxInstances: 0 },
        maintenanceWindows: [{ days: ['mon'], from: '01:00', until: '02:00' }],
      },
    });
    expect((await asked(world, { action: 'rollback' })).remediation.status).toBe('done');
  });

  it('never begins under a recovery, nor beside an apply', async () => {
    const world = await statingWorld();
    world.running.beginRecovery([serverId(2)]);
    const writes = writesTo(world);
    await expect(asked(world, { action: 'rollback' })).rejects.toMatchObject({
      code: 'drift.recovery_running',
      retryable: true,
    });
    world.running.endRecovery([serverId(2)]);
    await world.put({ ...(await world.server()), status: 'pending' });
    await expect(asked(world, { action: 'rollback' })).rejects.toMatchObject({
      code: 'drift.being_applied',
      retryable: true,
    });
    expect(writesTo(world)).toBe(writes);
    expect(await world.ledgers.get(GROUP_ID)).toBeUndefined();
  });

  it('is once for a key that is given again', async () => {
    const world = await statingWorld();
    await asked(world, { action: 'rollback', idempotencyKey: 'once-and-for-all' });
    const { begun } = (await world.ledgers.get(GROUP_ID)) ?? {};
    await asked(world, { action: 'rollback', idempotencyKey: 'once-and-for-all' });
    expect((await world.ledgers.get(GROUP_ID))?.begun).toEqual(begun);
  });

  it('of an instance that runs changes the keys that were asked for, and no others', async () => {
    const world = await statingWorld();
    const settings = { ...launchSettings(), securityGroupIds: ['sg-0a1b2c3d'], tags: { Name: 'db' } };
    world.running.addInstance({ serverId: ID, instanceId: instanceId(1), settings });
    await audit(world);
    world.clock.advance(A_WHILE_MS);
    world.running.edit(instanceId(1), { securityGroupIds: ['sg-0fffffff'], tags: { Name: 'x' } });
    await audit(world);
    const answer = await asked(world, { action: 'rollback', instanceId: instanceId(1), keys: ['tags.Name'] });
    expect(world.running.live(instanceId(1))).toMatchObject({
      securityGroupIds: ['sg-0fffffff'],
      tags: { Name: 'db' },
    });
    expect(answer).toMatchObject({
      verdict: 'drifted',
      differences: [{ key: 'securityGroupIds' }],
      remediation: { status: 'done', keys: [{ key: 'tags.Name', result: 'done' }] },
    });
  });
});

describe('a dry run', () => {
  it.each(['rollback', 'sync', 'adopt'] as const)('of %s only says what would be done', async (action) => {
    const world = await followingWorld();
    const before = {
      drift: await driftOf(world),
      writes: writesTo(world),
      group: await world.group(),
      draft: await draftOf(world),
    };
    const answer = await asked(world, { action, dryRun: true });
    expect(answer.remediation).toMatchObject({
      status: 'proposed',
      action,
      requestedBy: AUTHOR.id,
      keys: [{ key: 'subnetId', result: 'planned' }],
    });
    expect({
      drift: await driftOf(world),
      writes: writesTo(world),
      group: await world.group(),
      draft: await draftOf(world),
    }).toEqual(before);
    expect(await world.ledgers.get(GROUP_ID)).toBeUndefined();
  });

  it('takes away nothing that awaits approval', async () => {
    const world = await statingWorld();
    await asked(world, { action: 'adopt' });
    await asked(world, { action: 'rollback', dryRun: true });
    expect(await driftOf(world)).toMatchObject({
      remediation: { status: 'awaiting_approval' },
      proposal: { action: 'adopt' },
    });
  });
});

describe('adopting into the configuration that a group follows', () => {
  it('saves what AWS has in the draft, in the name of who asked, and changes nothing on AWS', async () => {
    const world = await followingWorld();
    const writes = writesTo(world);
    const answer = await asked(world, { action: 'adopt' });
    expect(answer.remediation).toMatchObject({
      status: 'done',
      action: 'adopt',
      keys: [{ key: 'subnetId', from: SUBNET, to: ELSEWHERE, result: 'adopted' }],
      reason: expect.stringContaining('draft of web'),
    });
    expect(await draftOf(world)).toMatchObject({
      settings: { subnetId: ELSEWHERE, copyTags: true, tags: { Owner: 'web' } },
      authors: [AUTHOR.id],
    });
    expect(writesTo(world)).toBe(writes);
    expect(isReady(await world.server())).toBe(false);
    expect(world.records.filter(({ action }) => action === 'save_configuration_draft').at(-1)).toMatchObject({
      actor: AUTHOR.id,
    });
  });

  it('keeps what the draft says already, but not what it takes away of that key', async () => {
    const world = await followingWorld();
    await world.ask({
      operation: 'save_configuration_draft',
      configurationId: 'web',
      settings: { name: 'kept', copyTags: false },
      unset: ['subnetId', 'tenancy'],
    });
    await asked(world, { action: 'adopt' });
    expect(await draftOf(world)).toMatchObject({
      settings: { name: 'kept', copyTags: false, subnetId: ELSEWHERE },
      unset: ['tenancy'],
    });
  });

  it('says that there is nothing where AWS has nothing', async () => {
    const world = await followingWorld();
    world.aws.edit(ID, { settings: { tags: { Owner: null } } } as never);
    await audit(world);
    await asked(world, { action: 'adopt', keys: ['tags.Owner'] });
    expect((await draftOf(world))?.settings).toMatchObject({ subnetId: SUBNET, tags: { Owner: null } });
  });

  it('is refused where the group is pinned to a version, or follows nothing', async () => {
    const pinned = await followingWorld({ configuration: { configurationId: 'web', version: 1 } });
    await expect(asked(pinned, { action: 'adopt', as: 'configuration' })).rejects.toMatchObject({
      code: 'drift.not_feasible',
      problems: [
        {
          path: 'as',
          value: 'configuration',
          message: expect.stringContaining('web'),
          allowed: expect.stringContaining('override'),
        },
      ],
    });
    const stating = await statingWorld();
    await expect(asked(stating, { action: 'adopt', as: 'configuration' })).rejects.toMatchObject({
      code: 'drift.not_feasible',
      problems: [{ path: 'as', allowed: expect.stringContaining('override') }],
    });
    expect((await driftOf(stating)).remediation.status).toBe('none');
  });

  it('by somebody who may not change it is only proposed, and done when somebody approves it who may', async () => {
    const world = await followingWorld();
    const draft = await draftOf(world);
    const answer = await asked(world, { action: 'adopt' }, VIEWER);
    expect(answer.remediation).toMatchObject({ status: 'awaiting_approval', action: 'adopt', requestedBy: VIEWER.id });
    expect(await draftOf(world)).toEqual(draft);

    await expect(asked(world, { action: 'approve' }, member('viewer', 'nobody'))).rejects.toMatchObject({
      code: 'access.denied',
    });
    expect(await draftOf(world)).toEqual(draft);

    await asked(world, { action: 'approve' }, AUTHOR);
    expect(await draftOf(world)).toMatchObject({ settings: { subnetId: ELSEWHERE } });
    expect((await driftOf(world)).remediation).toMatchObject({ status: 'done', requestedBy: AUTHOR.id });
    expect(await driftOf(world)).not.toHaveProperty('proposal');
  });
});

describe('adopting as an override of the group', () => {
  it('is proposed, and done when another author approves it: the server becomes ready and nothing is written to AWS', async () => {
    const world = await statingWorld();
    const { generation } = await world.group();
    const writes = writesTo(world);

    const answer = await asked(world, { action: 'adopt' });
    expect(answer.remediation).toMatchObject({
      status: 'awaiting_approval',
      keys: [{ key: 'subnetId', to: ELSEWHERE }],
    });
    expect((await world.group()).generation).toBe(generation);
    await expect(asked(world, { action: 'approve' })).rejects.toMatchObject({
      code: 'drift.approved_by_proposer',
      problems: [{ path: 'action', value: 'approve' }],
    });

    const approved = await asked(world, { action: 'approve' }, OTHER_AUTHOR);
    expect(approved.remediation).toMatchObject({
      status: 'done',
      requestedBy: OTHER_AUTHOR.id,
      keys: [{ result: 'adopted' }],
    });
    await world.settle();
    expect(await world.group()).toMatchObject({
      generation: generation + 1,
      serverOverrides: { [ID]: { subnetId: ELSEWHERE }, [serverId(2)]: { copyTags: false } },
    });
    expect(isReady(await world.server())).toBe(true);
    expect(writesTo(world)).toBe(writes);
    world.clock.advance(A_WHILE_MS);
    await audit(world);
    expect(await driftOf(world)).toMatchObject({ verdict: 'in_sync' });
    expect(isReady(await world.server())).toBe(true);
    expect(writesTo(world)).toBe(writes);
    expect((await world.group()).launchConfigStatus.status).toBe('ready');
  });

  it('may be asked for where the group follows a configuration too', async () => {
    const world = await followingWorld();
    await asked(world, { action: 'adopt', as: 'override' });
    expect(await driftOf(world)).toMatchObject({ proposal: { action: 'adopt', as: 'override', keys: ['subnetId'] } });
    await asked(world, { action: 'approve' }, OTHER_AUTHOR);
    expect((await world.group()).serverOverrides).toEqual({ [ID]: { subnetId: ELSEWHERE } });
  });

  it('undoes no override that somebody else changed meanwhile', async () => {
    const world = await statingWorld();
    await asked(world, { action: 'adopt' });
    const getMany: OperationWorld['groups']['getMany'] = async (ids) => {
      const found = await world.groups.getMany(ids);
      if (once) {
        once = false;
        const group = await world.group();
        await world.put({
          ...group,
          generation: group.generation + 1,
          serverOverrides: { [serverId(2)]: { copyTags: true } },
        });
      }
      return found;
    };
    let once = true;
    const drift = { ...world, groups: { ...world.groups, getMany } };
    await expect(asked({ ...world, drift }, { action: 'approve' }, OTHER_AUTHOR)).rejects.toThrow();
    expect((await world.group()).serverOverrides).toEqual({ [serverId(2)]: { copyTags: true } });
  });

  it('has nothing to approve any more when something else was found', async () => {
    const world = await statingWorld();
    await asked(world, { action: 'adopt' });
    world.aws.edit(ID, { settings: { subnetId: 'subnet-0ccccccc' } });
    await audit(world);
    await expect(asked(world, { action: 'approve' }, OTHER_AUTHOR)).rejects.toMatchObject({
      code: 'drift.nothing_awaits',
      problems: [{ path: 'action', value: 'approve' }],
    });
  });
});

describe('approving what the policy proposed', () => {
  it('carries it out in the name of who approved it', async () => {
    const world = await statingWorld();
    await world.put({ ...(await world.group()), driftPolicy: { mode: 'approval', actions: { drifted: 'rollback' } } });
    expect(await remediate(ID, 'c', world)).toEqual({ kind: 'awaiting_approval' });
    const answer = await asked(world, { action: 'approve' });
    expect(answer.remediation).toMatchObject({ status: 'done', action: 'rollback', requestedBy: AUTHOR.id });
    expect(world.aws.live(ID).subnetId).toBe(SUBNET);
  });
});

describe('what cannot be done is refused, with what can', () => {
  it('an instance that nobody knows', async () => {
    const world = await statingWorld();
    await expect(asked(world, { action: 'rollback', instanceId: serverId(9) })).rejects.toMatchObject({
      code: 'instance.not_found',
      problems: [{ path: 'instanceId', value: serverId(9), allowed: expect.any(String) }],
    });
  });

  it('one that does not differ, was not audited, or could not be read', async () => {
    const world = await statingWorld();
    const refusal = (id: string, message: RegExp) => ({
      code: 'drift.nothing_differs',
      problems: [
        { path: 'instanceId', value: id, message: expect.stringMatching(message), allowed: expect.any(String) },
      ],
    });
    const [, second = ''] = serverIds(2);
    await expect(asked(world, { action: 'rollback', instanceId: second })).rejects.toMatchObject(
      refusal(second, /nothing/),
    );
    const get = () => Promise.reject(new Error('boom'));
    await audit({ ...world, launchConfigurations: { ...world.launchConfigurations, get } });
    await expect(asked(world, { action: 'rollback' })).rejects.toMatchObject(refusal(ID, /boom|not known to differ/));
  });

  it('a group that was deleted', async () => {
    const world = await statingWorld();
    await world.put({ ...(await world.group()), deletedAt: world.now().toISOString() });
    await expect(asked(world, { action: 'rollback' })).rejects.toMatchObject({ code: 'group.not_found' });
  });

  it('keys that do not differ, and keys of what is applied as a whole', async () => {
    const world = await statingWorld();
    await expect(asked(world, { action: 'adopt', keys: ['subnetId', 'tenancy'] })).rejects.toMatchObject({
      code: 'drift.not_feasible',
      problems: [{ path: 'keys.1', value: 'tenancy', allowed: expect.stringContaining('subnetId') }],
    });
    world.aws.edit(ID, { settings: { subnetId: ELSEWHERE } });
    await world.aws.update({ accountId: '', region: '' }, ID, { copyTags: false });
    await audit(world);
    await expect(asked(world, { action: 'rollback', keys: ['subnetId'] })).rejects.toMatchObject({
      code: 'drift.not_feasible',
      problems: [{ path: 'keys', value: ['subnetId'], message: expect.stringContaining('as a whole') }],
    });
  });

  it('a rollback to what the configuration does not say any more', async () => {
    const world = await statingWorld();
    await world.put({ ...(await world.group()), launchConfig: launchSettings({ subnetId: 'subnet-0ddddddd' }) });
    await audit(world);
    await expect(asked(world, { action: 'rollback' })).rejects.toMatchObject({
      code: 'drift.not_feasible',
      problems: [{ path: 'action', value: 'rollback', message: expect.stringContaining('moved on') }],
    });
  });

  it('approval where nothing awaits it', async () => {
    const world = await statingWorld();
    await expect(asked(world, { action: 'approve' })).rejects.toMatchObject({ code: 'drift.nothing_awaits' });
  });
});

describe('a server that is to be as AWS has it', () => {
  it('is changed by hand too: whoever updates the group makes it ready without a write to AWS', async () => {
    const world = await statingWorld();
    const writes = writesTo(world);
    await world.ask({
      ...UPDATE,
      serverOverrides: { [ID]: { subnetId: ELSEWHERE }, [serverId(2)]: { copyTags: false } },
    });
    await world.settle();
    expect(isReady(await world.server())).toBe(true);
    expect(writesTo(world)).toBe(writes);
  });
});
