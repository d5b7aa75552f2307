import {
  DescribeSourceServersCommand,
  GetLaunchConfigurationCommand,
  UpdateLaunchConfigurationCommand,
} from '@aws-sdk/client-drs';
import { CreateLaunchTemplateVersionCommand, DescribeLaunchTemplatesCommand } from '@aws-sdk/client-ec2';
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
      count: 1,
    };
    expect(since.counts()).toEqual([
      { ...common, outcome: 'ok' },
      { ...common, outcome: 'error' },
    ]);
    expect(since.count({ outcome: 'ok' })).toBe(1);
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
