import type { CloudTrailCall } from '@prelaunch/contracts/aws-events';
import { beforeEach, describe, expect, it } from 'vitest';
import { ACCOUNT, launchSettings, REGION, serverId, TARGET } from '../../../../tests/support/builders.ts';
import { AT } from '../../../../tests/support/clock.ts';
import { instanceId } from '../../../../tests/support/drift.ts';
import {
  A_WHILE_MS,
  appliedWorld,
  audit,
  driftOf,
  ELSEWHERE,
  told,
  toldOf,
  writesTo,
} from '../../../../tests/support/drift-world.ts';
import type { MemoryWorld } from '../../../../tests/support/memory-world.ts';
import type { LaunchConfigurations } from '../apply/ports.ts';
import { isReady } from '../group/source-server.ts';
import { auditEdit } from './audit-edit.ts';

const ID = serverId(1);
const TEMPLATE = 'lt-0a1b2c3d4e5f60718';
const INSTANCE = instanceId(1);
const ENI = `eni-${INSTANCE.slice(2)}`;
const MALLORY = 'arn:aws:sts::111111111111:assumed-role/Admin/mallory';
const OWN = { homeAccountId: '222222222222', sourceIdentity: 'prelaunch', sessionPrefix: 'prelaunch-test-' };

let world: MemoryWorld;
beforeEach(async () => {
  world = await appliedWorld();
  await world.owners.note(TEMPLATE, ID);
});

type Detail = CloudTrailCall['detail'];

/** Somebody called AWS just now. */
function call(eventName: string, requestParameters: object, stated: Partial<Detail> = {}): CloudTrailCall {
  const source = eventName === 'UpdateLaunchConfiguration' ? 'aws.drs' : 'aws.ec2';
  return {
    ...{ source, 'detail-type': 'AWS API Call via CloudTrail', account: ACCOUNT, region: REGION, id: 'envelope-1' },
    detail: {
      ...{ eventName, eventSource: `${source.slice(4)}.amazonaws.com`, awsRegion: REGION, eventID: 'event-1' },
      // Trails tell whole seconds.
      eventTime: world
        .now()
        .toISOString()
        .replace(/\.\d+Z$/, 'Z'),
      userIdentity: { type: 'AssumedRole', arn: MALLORY, accountId: ACCOUNT },
      requestParameters: requestParameters as Record<string, unknown>,
      ...stated,
    },
  };
}

const ofServer = (id = ID) => call('UpdateLaunchConfiguration', { sourceServerID: id, copyTags: false });
const ofTemplate = (versionNumber = 9) =>
  call(
    'ModifyLaunchTemplate',
    { ModifyLaunchTemplateRequest: { LaunchTemplateId: TEMPLATE, SetDefaultVersion: String(versionNumber) } },
    {
      responseElements: {
        ModifyLaunchTemplateResponse: {
          launchTemplate: { launchTemplateId: TEMPLATE, defaultVersionNumber: versionNumber },
        },
      },
    },
  );

async function elsewhere(id = ID): Promise<number> {
  const version = world.aws.edit(id, { settings: { subnetId: ELSEWHERE } });
  return version;
}

/** How often DRS is asked. */
function counting(): { deps: MemoryWorld; reads: string[] } {
  const reads: string[] = [];
  const get: LaunchConfigurations['get'] = async (target, id) => {
    reads.push(id);
    return world.aws.get(target, id);
  };
  return { deps: { ...world, launchConfigurations: { ...world.launchConfigurations, get } }, reads };
}

describe('an edit of launch settings', () => {
  it.each([
    ['in its launch template, in the name of who made it', () => ofTemplate(4), MALLORY],
    ['elsewhere, in the name of nobody', () => ofServer(), null],
  ])('%s, is audited at once, and nothing else is', async (_what, made, actor) => {
    await elsewhere();
    const event = made();
    world.clock.advance(5_000);
    const { deps, reads } = counting();

    expect(await auditEdit(event, OWN, deps)).toEqual({ kind: 'audited' });

    expect(reads).toEqual([ID]);
    expect(await driftOf(world)).toMatchObject({
      verdict: 'drifted',
      differences: [{ key: 'subnetId', actor }],
    });
    expect(toldOf(world, 'Drift Detected')).toMatchObject([
      { detail: { correlationId: 'event-1', data: { differences: [{ actor }] } } },
    ]);
    expect(isReady(await world.server())).toBe(false);
    expect(toldOf(world, 'Launch Config Apply Failed')).toMatchObject([{ detail: { data: { serverId: ID } } }]);
    expect(await world.history.newest(ID, 1)).toMatchObject([{ actor }]);
  });

  it('keeps who made it, when an audit finds it again that knows of nobody', async () => {
    await elsewhere();
    await auditEdit(ofTemplate(4), OWN, world);
    world.clock.advance(A_WHILE_MS);
    await audit(world);
    expect(await driftOf(world)).toMatchObject({ differences: [{ actor: MALLORY }] });
  });

  it('that puts it back names who did so', async () => {
    await elsewhere();
    await auditEdit(ofServer(), OWN, world);
    world.clock.advance(A_WHILE_MS);
    world.aws.edit(ID, { settings: { subnetId: 'subnet-0a1b2c3d' } });
    await auditEdit(ofServer(), OWN, world);
    expect((await driftOf(world)).looks.at(-1)).toMatchObject({ inSync: true, writer: MALLORY });
  });

  it('of several events leads to one audit, once it was read after it happened', async () => {
    await elsewhere();
    const events = [ofServer(), ofTemplate(4), ofTemplate(4)];
    world.clock.advance(A_WHILE_MS);
    const { deps, reads } = counting();
    const outcomes = [];
    for (const event of events) outcomes.push((await auditEdit(event, OWN, deps)).kind);
    expect(outcomes).toEqual(['audited', 'already_audited', 'already_audited']);
    expect(reads).toEqual([ID]);
    expect(toldOf(world, 'Drift Detected')).toHaveLength(1);
  });

  it('of a template is audited again where EC2 may have shown the version before to the audit before', async () => {
    await elsewhere();
    const events = [ofTemplate(1), ofTemplate(1)];
    world.clock.advance(20_000);
    for (const event of events) expect(await auditEdit(event, OWN, world)).toEqual({ kind: 'audited' });
  });

  it('is audited again where the audit before was within what clocks differ', async () => {
    await elsewhere();
    const events = [ofServer(), ofServer()];
    world.clock.advance(1_000);
    for (const event of events) expect(await auditEdit(event, OWN, world)).toEqual({ kind: 'audited' });
  });

  it('is audited again where it could not be read', async () => {
    await elsewhere();
    const events = [ofServer(), ofServer()];
    world.clock.advance(20_000);
    const get = () => Promise.reject(new Error('boom'));
    await auditEdit(events[0] ?? ofServer(), OWN, {
      ...world,
      launchConfigurations: { ...world.launchConfigurations, get },
    });
    expect(await driftOf(world)).toMatchObject({ verdict: 'unknown' });
    expect(await auditEdit(events[1] ?? ofServer(), OWN, world)).toEqual({ kind: 'audited' });
    expect(await driftOf(world)).toMatchObject({ verdict: 'drifted' });
  });

  it('that EC2 does not show yet comes again, and is no verdict before', async () => {
    const { launchTemplateId } = await world.aws.get(TARGET, ID);
    const shown = await world.aws.getDefault(TARGET, launchTemplateId);
    const versionNumber = await elsewhere();
    const event = call(
      'ModifyLaunchTemplate',
      { LaunchTemplateId: TEMPLATE },
      {
        responseElements: { launchTemplate: { launchTemplateId: TEMPLATE, defaultVersionNumber: versionNumber } },
      },
    );
    // As AWS names templates, unlike this world.
    const get: LaunchConfigurations['get'] = async (target, id) => ({
      ...(await world.aws.get(target, id)),
      launchTemplateId: TEMPLATE,
    });
    let isShown = false;
    const getDefault = async () => ({
      ...(isShown ? await world.aws.getDefault(TARGET, launchTemplateId) : shown),
      launchTemplateId: TEMPLATE,
    });
    const deps = {
      ...world,
      launchConfigurations: { ...world.launchConfigurations, get },
      launchTemplates: { ...world.launchTemplates, getDefault },
    };
    world.clock.advance(10_000);

    await expect(auditEdit(event, OWN, deps)).rejects.toMatchObject({ code: 'drift.stale_read', retryable: true });
    expect(await driftOf(world)).toMatchObject({ verdict: 'unknown', unknown: { code: 'drift.stale_read' } });
    expect(isReady(await world.server())).toBe(true);
    expect(told(world)).not.toContain('Drift Detected');

    isShown = true;
    expect(await auditEdit(event, OWN, deps)).toEqual({ kind: 'audited' });
    expect(await driftOf(world)).toMatchObject({
      verdict: 'drifted',
      differences: [{ key: 'subnetId', actor: MALLORY }],
    });
  });

  it('back to an older version of the template is what EC2 shows, not something it shows too late', async () => {
    const before = (await world.aws.getDefault(TARGET, (await world.aws.get(TARGET, ID)).launchTemplateId))
      .versionNumber;
    await world.aws.setDefault(TARGET, `lt-${ID.slice(2)}`, 1);
    expect(before).toBeGreaterThan(1);
    await world.owners.note(`lt-${ID.slice(2)}`, ID);
    world.clock.advance(5_000);
    const event = call(
      'ModifyLaunchTemplate',
      { LaunchTemplateId: TEMPLATE },
      {
        responseElements: { launchTemplate: { launchTemplateId: TEMPLATE, defaultVersionNumber: 1 } },
      },
    );
    expect(await auditEdit(event, OWN, world)).toEqual({ kind: 'audited' });
    expect(await driftOf(world)).toMatchObject({ verdict: 'drifted' });
  });
});

describe('events that lead to nothing', () => {
  const nothing: [string, () => CloudTrailCall, string][] = [
    [
      'Prelaunch’s own writes in target accounts',
      () =>
        call(
          'UpdateLaunchConfiguration',
          { sourceServerID: ID },
          { userIdentity: { arn: MALLORY, sessionContext: { sourceIdentity: 'prelaunch' } } },
        ),
      'own_write',
    ],
    [
      'Prelaunch’s own writes at home',
      () =>
        call(
          'UpdateLaunchConfiguration',
          { sourceServerID: ID },
          { userIdentity: { arn: 'arn:aws:sts::222222222222:assumed-role/role/prelaunch-test-apply' } },
        ),
      'own_write',
    ],
    [
      'calls that AWS refused',
      () => call('UpdateLaunchConfiguration', { sourceServerID: ID }, { errorCode: 'AccessDenied' }),
      'refused_call',
    ],
    ['servers of nobody', () => ofServer(serverId(5)), 'foreign'],
    ['servers that nobody knows', () => ofServer(serverId(77)), 'foreign'],
    [
      'templates of nobody',
      () => call('ModifyLaunchTemplate', { LaunchTemplateId: 'lt-0ffffffffffffffff' }),
      'foreign',
    ],
    ['instances of nobody', () => call('ModifyInstanceAttribute', { instanceId: instanceId(9) }), 'foreign'],
    ['calls that say nothing', () => call('ModifyInstanceAttribute', {}), 'foreign'],
  ];
  it.each(nothing)('%s', async (_what, made, kind) => {
    await elsewhere();
    const { deps, reads } = counting();
    expect(await auditEdit(made(), OWN, deps)).toEqual({ kind });
    expect(reads).toEqual([]);
    expect((await world.instances.getMany([ID])).size).toBe(0);
  });

  it('servers of a group that was deleted', async () => {
    await world.put({ ...(await world.group()), deletedAt: AT });
    expect(await auditEdit(ofServer(), OWN, world)).toEqual({ kind: 'foreign' });
  });
});

describe('an edit of an instance that a recovery launched', () => {
  beforeEach(async () => {
    world.running.addInstance({
      serverId: ID,
      instanceId: INSTANCE,
      settings: { securityGroupIds: ['sg-0a1b2c3d'], ...launchSettings() },
    });
    await audit(world);
    world.clock.advance(A_WHILE_MS);
    world.running.edit(INSTANCE, { securityGroupIds: ['sg-0fffffff'] });
  });

  it.each([
    ['its id', () => call('ModifyInstanceAttribute', { instanceId: INSTANCE, groupSet: {} })],
    ['its network interface', () => call('ModifyNetworkInterfaceAttribute', { networkInterfaceId: ENI })],
  ])('by %s is audited in the name of who made it', async (_what, made) => {
    const event = made();
    world.clock.advance(5_000);
    const { deps, reads } = counting();
    const writes = writesTo(world);
    expect(await auditEdit(event, OWN, deps)).toEqual({ kind: 'audited' });
    expect(await driftOf(world, INSTANCE)).toMatchObject({
      verdict: 'drifted',
      differences: [{ key: 'securityGroupIds', actor: MALLORY }],
    });
    expect(reads).toEqual([]);
    expect(writesTo(world)).toBe(writes);
    expect(await auditEdit(event, OWN, deps)).toEqual({ kind: 'already_audited' });
  });

  it('together with its server audits both', async () => {
    const event = call('CreateTags', { resourcesSet: { items: [{ resourceId: INSTANCE }, { resourceId: TEMPLATE }] } });
    world.clock.advance(5_000);
    const { deps } = counting();
    expect(await auditEdit(event, OWN, deps)).toEqual({ kind: 'audited' });
    expect(await driftOf(world, INSTANCE)).toMatchObject({ verdict: 'drifted' });
  });

  it('that ended it makes it unknown', async () => {
    world.running.setState(INSTANCE, 'shutting-down');
    await auditEdit(call('TerminateInstances', { instancesSet: { items: [{ instanceId: INSTANCE }] } }), OWN, world);
    expect(await driftOf(world, INSTANCE)).toMatchObject({
      verdict: 'unknown',
      unknown: { code: 'drift.instance_gone' },
    });
  });
});
