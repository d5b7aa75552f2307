import {
  DescribeSourceServersCommand,
  GetLaunchConfigurationCommand,
  UpdateLaunchConfigurationCommand,
} from '@aws-sdk/client-drs';
import {
  CreateLaunchTemplateVersionCommand,
  DescribeLaunchTemplatesCommand,
  ModifyLaunchTemplateCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Simulator, SimulatorRequest } from './create-simulator.ts';
import { ConnectionLost } from './errors.ts';
import { HOME, REGION, type ServedSimulator, serveSimulator } from './testing/serve-simulator.ts';

let served: ServedSimulator;
beforeEach(async () => {
  served = await serveSimulator();
});
afterEach(() => served.close());

const addServer = (simulator = served.simulator): string =>
  simulator.addSourceServers({ accountId: HOME, region: REGION }, 1)[0] ?? '';
const createVersion = (LaunchTemplateId: string, client = served.ec2) =>
  client.send(
    new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, LaunchTemplateData: { InstanceType: 'm5.large' } }),
  );

describe('throttling', () => {
  it('answers RequestLimitExceeded after the burst and admits five more each second', async () => {
    const { launchTemplateId } = served.simulator.launchTemplateOf(addServer());
    for (let call = 0; call < 100; call += 1) await createVersion(launchTemplateId);
    const refused = { name: 'RequestLimitExceeded', $metadata: { httpStatusCode: 503 } };
    await expect(createVersion(launchTemplateId)).rejects.toMatchObject(refused);
    await served.ec2.send(new DescribeLaunchTemplatesCommand({}));
    served.clock.at += 1_000;
    for (let call = 0; call < 5; call += 1) await createVersion(launchTemplateId);
    await expect(createVersion(launchTemplateId)).rejects.toMatchObject(refused);
    const elsewhere = served.clientsFor({ accessKeyId: 'AKIALOCAL', secretAccessKey: 'local' }, 'us-east-1');
    await expect(createVersion(launchTemplateId, elsewhere.ec2)).rejects.toMatchObject({
      name: 'InvalidLaunchTemplateId.NotFound',
    });
  });

  it('limits DRS only in the pessimistic profile, and says when to come back', async () => {
    const pessimistic = await serveSimulator({ profile: 'pessimistic' });
    const statuses = async (simulator: Simulator) => {
      addServer(simulator);
      const answers = await Promise.all(Array.from({ length: 21 }, () => simulator.handle(recoveryRequest())));
      return answers.map(({ status, headers }) => [status, headers['retry-after']]);
    };
    const admitted = Array.from({ length: 20 }, () => [404, undefined]);
    expect(await statuses(served.simulator)).toEqual([...admitted, [404, undefined]]);
    expect(await statuses(pessimistic.simulator)).toEqual([...admitted, [429, '6']]);
    pessimistic.close();
  });

  const recoveryRequest = (): SimulatorRequest => ({
    service: 'drs',
    region: REGION,
    accessKeyId: 'AKIALOCAL',
    method: 'POST',
    path: '/StartRecovery',
    headers: {},
    body: JSON.stringify({ sourceServers: [{ sourceServerID: 's-00000000000000000' }] }),
  });
});

describe('ledger', () => {
  it('counts calls by outcome, and what happened since a snapshot', async () => {
    const { launchTemplateId } = served.simulator.launchTemplateOf(addServer());
    await served.drs.send(new DescribeSourceServersCommand({}));
    const before = served.simulator.calls.snapshot();
    await createVersion(launchTemplateId);
    await createVersion('lt-00000000000000000').catch(() => undefined);
    const since = served.simulator.calls.since(before);
    expect([served.simulator.calls.reads(), since.reads(), since.writes()]).toEqual([1, 0, 2]);
    const common = {
      account: HOME,
      region: REGION,
      service: 'ec2',
      operation: 'CreateLaunchTemplateVersion',
      accessKeyId: 'AKIALOCAL',
      count: 1,
    };
    expect(since.counts()).toEqual([
      { ...common, outcome: 'ok' },
      { ...common, outcome: 'error' },
    ]);
    expect(since.count({ outcome: 'ok' })).toBe(1);
  });

  it('tells the calls of different keys apart, and adds them up where nobody asks for the key', async () => {
    const { launchTemplateId } = served.simulator.launchTemplateOf(addServer());
    await createVersion(launchTemplateId);
    await createVersion(launchTemplateId, served.clientsFor({ accessKeyId: 'AKIAOTHER', secretAccessKey: 'x' }).ec2);
    const keys = served.simulator.calls.counts().map(({ accessKeyId }) => accessKeyId);
    expect(keys).toEqual(['AKIALOCAL', 'AKIAOTHER']);
    expect(served.simulator.calls.count({ operation: 'CreateLaunchTemplateVersion' })).toBe(2);
    expect(served.simulator.calls.count({ accessKeyId: 'AKIAOTHER' })).toBe(1);
  });
});

describe('faults', () => {
  const update = (sourceServerID: string) =>
    served.drs.send(new UpdateLaunchConfigurationCommand({ sourceServerID, copyTags: true }));
  const copiesTags = async (sourceServerID: string) =>
    (await served.drs.send(new GetLaunchConfigurationCommand({ sourceServerID }))).copyTags;

  it.each([
    ['throttle', 'ThrottlingException', 429],
    ['internal', 'InternalServerException', 500],
    ['conflict', 'ConflictException', 409],
    ['access_denied', 'AccessDeniedException', 403],
  ] as const)('script a %s for one server, as often as asked, without a change', async (kind, name, httpStatusCode) => {
    const [struck, spared] = [addServer(), addServer()];
    served.simulator.faults.add({
      operation: 'UpdateLaunchConfiguration',
      serverId: struck,
      times: 1,
      fault: { kind },
    });
    await update(spared);
    await expect(update(struck)).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
    expect(await copiesTags(struck)).toBe(false);
    await update(struck);
    expect(await copiesTags(struck)).toBe(true);
  });

  it('script a connection that dies after the change, or before it', async () => {
    const [committed, hung] = [addServer(), addServer()];
    const operation = 'UpdateLaunchConfiguration';
    served.simulator.faults.add({ operation, serverId: committed, times: 1, fault: { kind: 'commit_then_timeout' } });
    served.simulator.faults.add({ operation, serverId: hung, times: 1, fault: { kind: 'hang' } });
    await expect(update(committed)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(update(hung)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect([await copiesTags(committed), await copiesTags(hung)]).toEqual([true, false]);
    expect(served.simulator.faults.pending()).toEqual([]);
  });

  it('reject with ConnectionLost where no HTTP is between', async () => {
    served.simulator.faults.add({ operation: 'GetCallerIdentity', times: 1, fault: { kind: 'hang' } });
    const request = {
      service: 'sts',
      region: REGION,
      accessKeyId: 'k',
      method: 'POST',
      path: '/',
      headers: {},
      body: 'Action=GetCallerIdentity',
    } as const;
    await expect(served.simulator.handle(request)).rejects.toBeInstanceOf(ConnectionLost);
  });

  it('let a retried version with its client token be made once, although the first answer was lost', async () => {
    const { launchTemplateId, latestVersion } = served.simulator.launchTemplateOf(addServer());
    const retrying = served.clientsFor({ accessKeyId: 'AKIALOCAL', secretAccessKey: 'local' }, REGION, 2);
    const operation = 'CreateLaunchTemplateVersion';
    served.simulator.faults.add({ operation, launchTemplateId, times: 1, fault: { kind: 'commit_then_timeout' } });
    const { LaunchTemplateVersion } = await createVersion(launchTemplateId, retrying.ec2);
    expect(LaunchTemplateVersion?.VersionNumber).toBe(latestVersion + 1);
    expect(served.simulator.calls.count({ operation })).toBe(2);
  });

  it('strike a template call by the server that the template is of', async () => {
    const serverId = addServer();
    const fault = { kind: 'error', status: 400, code: 'Custom', message: 'as scripted' } as const;
    served.simulator.faults.add({ operation: 'CreateLaunchTemplateVersion', serverId, times: 1, fault });
    const { launchTemplateId } = served.simulator.launchTemplateOf(serverId);
    await expect(createVersion(launchTemplateId)).rejects.toMatchObject({ name: 'Custom', message: 'as scripted' });
  });
});

describe('an interleaved event', () => {
  const modify = (LaunchTemplateId: string, DefaultVersion: string) =>
    served.ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion }));

  it.each([
    ['before', { answered: 5, defaultVersion: 4 }],
    ['after', { answered: 4, defaultVersion: 5 }],
  ] as const)('happens right %s the effect, and the call is answered as usual', async (when, expected) => {
    const serverId = addServer();
    const { launchTemplateId } = served.simulator.launchTemplateOf(serverId);
    await createVersion(launchTemplateId);
    const run = () => served.simulator.editElsewhere(serverId, { templateData: (data) => data });
    const operation = 'ModifyLaunchTemplate';
    served.simulator.faults.add({ operation, serverId, times: 1, fault: { kind: 'interleave', when, run } });
    const { LaunchTemplate } = await modify(launchTemplateId, '4');
    expect(LaunchTemplate).toMatchObject({ DefaultVersionNumber: 4, LatestVersionNumber: expected.answered });
    const { defaultVersion } = served.simulator.launchTemplateOf(serverId);
    expect(defaultVersion).toBe(expected.defaultVersion);
    expect(served.simulator.calls.count({ operation, outcome: 'ok' })).toBe(1);
  });
});

describe('scripted errors', () => {
  it.each([
    [402, 'ServiceQuotaExceededException', { quotaCode: 'L-1', serviceCode: 'drs', resourceId: 's-1' }],
    [403, 'AccessDeniedException', { code: 'AccessDeniedException' }],
    [404, 'ResourceNotFoundException', { resourceId: 's-1', resourceType: 'SourceServer' }],
    [409, 'ConflictException', { resourceId: 's-1', resourceType: 'SourceServer' }],
    [
      400,
      'ValidationException',
      { reason: 'fieldValidationFailed', fieldList: [{ name: 'copyTags', message: 'must be false' }] },
    ],
  ])('answer %i %s with the members that the SDK parses', async (status, code, members) => {
    const serverId = addServer();
    const fault = { kind: 'error', status, code, message: 'as scripted', members } as const;
    served.simulator.faults.add({ operation: 'UpdateLaunchConfiguration', serverId, times: 1, fault });
    const update = new UpdateLaunchConfigurationCommand({ sourceServerID: serverId, copyTags: true });
    await expect(served.drs.send(update)).rejects.toMatchObject({
      name: code,
      message: 'as scripted',
      $metadata: { httpStatusCode: status },
      ...members,
    });
  });

  it('strike calls that name several servers or templates', async () => {
    const [first = '', second = ''] = [addServer(), addServer()];
    const fault = { kind: 'access_denied' } as const;
    served.simulator.faults.add({ operation: 'DescribeSourceServers', serverId: second, times: 1, fault });
    served.simulator.faults.add({ operation: 'DescribeLaunchTemplates', serverId: second, times: 1, fault });
    const servers = (...sourceServerIDs: string[]) =>
      served.drs.send(new DescribeSourceServersCommand({ filters: { sourceServerIDs } }));
    const templates = (...ids: string[]) => {
      const LaunchTemplateIds = ids.map((id) => served.simulator.launchTemplateOf(id).launchTemplateId);
      return served.ec2.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateIds }));
    };
    await servers(first);
    await templates(first);
    await expect(servers(first, second)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(templates(first, second)).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  });
});

describe('a template that somebody else deletes', () => {
  it('is gone until DRS is next asked about the server, and then another with defaults', async () => {
    const serverId = addServer();
    const { launchTemplateId } = served.simulator.launchTemplateOf(serverId);
    served.simulator.deleteTemplateElsewhere(serverId);
    await expect(createVersion(launchTemplateId)).rejects.toMatchObject({ name: 'InvalidLaunchTemplateId.NotFound' });
    expect(served.events.at(-2)?.detail).toMatchObject({
      eventName: 'DeleteLaunchTemplate',
      userIdentity: { userName: 'console' },
    });
    const found = await served.drs.send(new GetLaunchConfigurationCommand({ sourceServerID: serverId }));
    expect(found.ec2LaunchTemplateID).not.toBe(launchTemplateId);
    expect(served.simulator.launchTemplateOf(serverId)).toMatchObject({ defaultVersion: 3, latestVersion: 3 });
  });
});

describe('versions that somebody else adds', () => {
  it('leave the default where it is and count against the quota', async () => {
    const serverId = addServer();
    const { launchTemplateId, defaultVersion } = served.simulator.launchTemplateOf(serverId);
    served.simulator.addVersionsElsewhere(serverId, 9_996);
    expect((await createVersion(launchTemplateId)).LaunchTemplateVersion?.VersionNumber).toBe(10_000);
    await expect(createVersion(launchTemplateId)).rejects.toMatchObject({ name: 'VersionLimitExceeded' });
    expect(served.simulator.launchTemplateOf(serverId)).toMatchObject({ defaultVersion, latestVersion: 10_000 });
    expect(served.events).toHaveLength(2);
  });
});

describe('an edit by somebody else', () => {
  it('moves the default version and is told by CloudTrail in their name', () => {
    const serverId = addServer();
    const before = served.simulator.launchTemplateOf(serverId);
    served.simulator.editElsewhere(serverId, {
      launchConfiguration: { copyTags: true },
      templateData: (data) => ({ ...data, InstanceType: 'm5.24xlarge' }),
    });
    const after = served.simulator.launchTemplateOf(serverId);
    expect([after.launchConfiguration.copyTags, after.defaultVersion]).toEqual([true, before.defaultVersion + 2]);
    const told = served.events.map(({ detail }) => [
      detail.eventName,
      (detail.userIdentity as { arn: string }).arn.split('/').at(-1),
    ]);
    expect(told).toEqual([
      ['CreateLaunchTemplateVersion', 'drs'],
      ['ModifyLaunchTemplate', 'drs'],
      ['UpdateLaunchConfiguration', 'console'],
      ['CreateLaunchTemplateVersion', 'console'],
      ['ModifyLaunchTemplate', 'console'],
    ]);
    expect(served.simulator.calls.counts()).toEqual([]);
  });
});
