import {
  DescribeJobLogItemsCommand,
  DescribeJobsCommand,
  DescribeRecoveryInstancesCommand,
  DescribeSourceServersCommand,
  GetLaunchConfigurationCommand,
  InitializeServiceCommand,
  ListTagsForResourceCommand,
  StartRecoveryCommand,
  TagResourceCommand,
  TerminateRecoveryInstancesCommand,
  UntagResourceCommand,
  UpdateLaunchConfigurationCommand,
} from '@aws-sdk/client-drs';
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOME, REGION, type ServedSimulator, serveSimulator } from '../testing/serve-simulator.ts';

let served: ServedSimulator;
beforeEach(async () => {
  served = await serveSimulator();
});
afterEach(() => served.close());

const addServers = (count: number): string[] =>
  served.simulator.addSourceServers({ accountId: HOME, region: REGION }, count);
const addServer = (): string => addServers(1)[0] ?? '';
const UNKNOWN_SERVER = 's-00000000000000000';
const JOB_MS = 2_000;

describe('launch configuration', () => {
  it('is answered with its template, as DRS does', async () => {
    const sourceServerID = addServer();
    const found = await served.drs.send(new GetLaunchConfigurationCommand({ sourceServerID }));
    expect(found).toMatchObject({
      name: `Launch Configuration for Source Server ${sourceServerID}`,
      ec2LaunchTemplateID: served.simulator.launchTemplateOf(sourceServerID).launchTemplateId,
      copyPrivateIp: false,
      launchIntoInstanceProperties: {},
    });
  });

  it('changes only what is passed, and DRS makes a template version that becomes the default', async () => {
    const sourceServerID = addServer();
    const before = served.simulator.launchTemplateOf(sourceServerID);
    const input = { sourceServerID, copyTags: true, targetInstanceTypeRightSizingMethod: 'NONE' as const };
    const updated = await served.drs.send(new UpdateLaunchConfigurationCommand(input));
    expect(updated).toMatchObject({ copyTags: true, launchDisposition: 'STARTED' });
    const after = served.simulator.launchTemplateOf(sourceServerID);
    expect(after.defaultVersion).toBe(before.latestVersion + 1);
    expect(after.versions.at(-1)?.data).toEqual(before.versions.at(-1)?.data);
  });

  it('writes the primary address when copyPrivateIp is on, and leaves it when it is off again', async () => {
    const sourceServerID = addServer();
    const addresses = () =>
      served.simulator
        .launchTemplateOf(sourceServerID)
        .versions.at(-1)
        ?.data.NetworkInterfaces?.map((nic) => nic.PrivateIpAddress);
    await served.drs.send(new UpdateLaunchConfigurationCommand({ sourceServerID, copyPrivateIp: true }));
    expect(addresses()).toEqual(['10.0.0.4', undefined]);
    await served.drs.send(new UpdateLaunchConfigurationCommand({ sourceServerID, copyPrivateIp: false }));
    expect(addresses()).toEqual(['10.0.0.4', undefined]);
  });

  it('overwrites the instance type while right-sizing is on, and leaves it while it is NONE', async () => {
    const sourceServerID = addServer();
    const typeNow = () => served.simulator.launchTemplateOf(sourceServerID).versions.at(-1)?.data.InstanceType;
    const recommended = typeNow();
    const size = (method: 'NONE' | 'IN_AWS') =>
      served.drs.send(
        new UpdateLaunchConfigurationCommand({ sourceServerID, targetInstanceTypeRightSizingMethod: method }),
      );
    served.simulator.editElsewhere(sourceServerID, {
      templateData: (data) => ({ ...data, InstanceType: 'x2idn.metal' }),
    });
    await size('NONE');
    expect(typeNow()).toBe('x2idn.metal');
    await size('IN_AWS');
    expect(typeNow()).toBe(recommended);
  });

  it('refuses to launch into an instance while addresses or tags are copied', async () => {
    const sourceServerID = addServer();
    const launchIntoInstanceProperties = { launchIntoEC2InstanceID: 'i-0123456789abcdef0' };
    const refused = served.drs.send(
      new UpdateLaunchConfigurationCommand({ sourceServerID, copyTags: true, launchIntoInstanceProperties }),
    );
    await expect(refused).rejects.toMatchObject({
      name: 'ValidationException',
      reason: 'fieldValidationFailed',
      fieldList: [{ name: 'copyTags' }],
    });
    await served.drs.send(new UpdateLaunchConfigurationCommand({ sourceServerID, launchIntoInstanceProperties }));
  });

  it('names the server that it does not know, and the field that is not valid', async () => {
    addServer();
    const unknown = served.drs.send(new GetLaunchConfigurationCommand({ sourceServerID: UNKNOWN_SERVER }));
    await expect(unknown).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      resourceId: UNKNOWN_SERVER,
      resourceType: 'SourceServer',
      $metadata: { httpStatusCode: 404 },
    });
    const malformed = served.drs.send(new UpdateLaunchConfigurationCommand({ sourceServerID: 'server' }));
    await expect(malformed).rejects.toMatchObject({
      name: 'ValidationException',
      fieldList: [{ name: 'sourceServerID' }],
    });
  });

  it('needs an initialised account', async () => {
    const get = () => served.drs.send(new DescribeSourceServersCommand({}));
    await expect(get()).rejects.toMatchObject({
      name: 'UninitializedAccountException',
      $metadata: { httpStatusCode: 400 },
    });
    await served.drs.send(new InitializeServiceCommand({}));
    expect((await get()).items).toEqual([]);
  });

  it('finds a new template after the old one was deleted', async () => {
    const sourceServerID = addServer();
    const { launchTemplateId } = served.simulator.launchTemplateOf(sourceServerID);
    const { DeleteLaunchTemplateCommand } = await import('@aws-sdk/client-ec2');
    await served.ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: launchTemplateId }));
    const { ec2LaunchTemplateID } = await served.drs.send(new GetLaunchConfigurationCommand({ sourceServerID }));
    expect(ec2LaunchTemplateID).not.toBe(launchTemplateId);
    expect(served.simulator.launchTemplateOf(sourceServerID).launchTemplateId).toBe(ec2LaunchTemplateID);
  });
});

describe('source servers', () => {
  it('are the same for the same seed, in pages and by id', async () => {
    const serverIds = addServers(5);
    const other = await serveSimulator();
    expect(other.simulator.addSourceServers({ accountId: HOME, region: REGION }, 5)).toEqual(serverIds);
    other.close();
    const first = await served.drs.send(new DescribeSourceServersCommand({ maxResults: 3 }));
    const second = await served.drs.send(
      new DescribeSourceServersCommand({ maxResults: 3, nextToken: first.nextToken ?? '' }),
    );
    const ids = [...(first.items ?? []), ...(second.items ?? [])].map((item) => item.sourceServerID);
    expect([ids, second.nextToken]).toEqual([serverIds, undefined]);
    const filters = { sourceServerIDs: [serverIds[2] ?? '', UNKNOWN_SERVER] };
    const { items } = await served.drs.send(new DescribeSourceServersCommand({ filters }));
    expect(items).toMatchObject([{ sourceServerID: serverIds[2], lastLaunchResult: 'NOT_STARTED', lifeCycle: {} }]);
    expect(items?.[0]?.lifeCycle?.addedToServiceDateTime).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('tell their operating system, and the address that copyPrivateIp writes', async () => {
    const where = { accountId: HOME, region: REGION };
    const linux = addServer();
    const [windows = ''] = served.simulator.addSourceServers(where, 1, { os: 'windows' });
    const { items = [] } = await served.drs.send(new DescribeSourceServersCommand({}));
    expect(items.map(({ sourceProperties }) => sourceProperties?.os?.fullString)).toEqual([
      expect.stringMatching(/^Linux/),
      expect.stringMatching(/^Microsoft Windows Server/),
    ]);
    for (const [index, sourceServerID] of [linux, windows].entries()) {
      await served.drs.send(new UpdateLaunchConfigurationCommand({ sourceServerID, copyPrivateIp: true }));
      const nics = served.simulator.launchTemplateOf(sourceServerID).versions.at(-1)?.data.NetworkInterfaces;
      const primary = items[index]?.sourceProperties?.networkInterfaces?.find(({ isPrimary }) => isPrimary);
      expect(primary?.ips).toEqual([nics?.[0]?.PrivateIpAddress]);
    }
  });

  it('carry tags that can be put, listed and taken away', async () => {
    const resourceArn = `arn:aws:drs:${REGION}:${HOME}:source-server/${addServer()}`;
    await served.drs.send(new TagResourceCommand({ resourceArn, tags: { tier: 'web', gone: 'soon' } }));
    await served.drs.send(new UntagResourceCommand({ resourceArn, tagKeys: ['gone', 'Name'] }));
    expect((await served.drs.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({ tier: 'web' });
  });
});

describe('jobs', () => {
  const start = (serverIds: readonly string[], isDrill = true) =>
    served.drs.send(
      new StartRecoveryCommand({ sourceServers: serverIds.map((sourceServerID) => ({ sourceServerID })), isDrill }),
    );
  const jobNow = async (jobID: string) =>
    (await served.drs.send(new DescribeJobsCommand({ filters: { jobIDs: [jobID] } }))).items?.[0];

  it('go from PENDING over STARTED to COMPLETED with the clock, and launch from the default version', async () => {
    const [serverId = ''] = addServers(2);
    await served.drs.send(new UpdateLaunchConfigurationCommand({ sourceServerID: serverId, copyPrivateIp: true }));
    const { job, $metadata } = await start([serverId]);
    expect([$metadata.httpStatusCode, job?.status, job?.participatingServers?.[0]?.launchStatus]).toEqual([
      202,
      'PENDING',
      'PENDING',
    ]);
    served.clock.at += 250;
    expect(await jobNow(job?.jobID ?? '')).toMatchObject({
      status: 'STARTED',
      participatingServers: [{ launchStatus: 'IN_PROGRESS' }],
    });
    served.clock.at += JOB_MS;
    const done = await jobNow(job?.jobID ?? '');
    expect(done).toMatchObject({ status: 'COMPLETED', participatingServers: [{ launchStatus: 'LAUNCHED' }] });
    const { items } = await served.drs.send(
      new DescribeRecoveryInstancesCommand({ filters: { sourceServerIDs: [serverId] } }),
    );
    expect(items).toMatchObject([{ isDrill: true, ec2InstanceState: 'RUNNING' }]);
    const instances = await served.ec2.send(
      new DescribeInstancesCommand({ InstanceIds: [items?.[0]?.ec2InstanceID ?? ''] }),
    );
    expect(instances.Reservations?.[0]?.Instances?.[0]).toMatchObject({
      PrivateIpAddress: '10.0.0.4',
      State: { Name: 'running' },
    });
    const log = await served.drs.send(new DescribeJobLogItemsCommand({ jobID: job?.jobID }));
    expect(log.items?.map(({ event }) => event)).toEqual([
      'JOB_START',
      'SNAPSHOT_START',
      'SNAPSHOT_END',
      'CONVERSION_START',
      'CONVERSION_END',
      'LAUNCH_START',
      'JOB_END',
    ]);
    expect(served.events.filter((event) => event.source === 'aws.drs' && event.resources)).toMatchObject([
      {
        'detail-type': 'DRS Source Server Launch Result',
        detail: { state: 'RECOVERY_LAUNCH_SUCCEEDED', 'is-drill': 'TRUE' },
      },
    ]);
  });

  it('fail the launch of a template that EC2 would refuse', async () => {
    const serverId = addServer();
    served.simulator.editElsewhere(serverId, { templateData: (data) => ({ ...data, SecurityGroupIds: ['sg-1'] }) });
    const { job } = await start([serverId], false);
    served.clock.at += 250;
    served.simulator.settle();
    served.clock.at += JOB_MS;
    served.simulator.settle();
    expect(served.events.at(-1)?.detail).toMatchObject({ state: 'RECOVERY_LAUNCH_FAILED', 'is-drill': 'FALSE' });
    expect(await jobNow(job?.jobID ?? '')).toMatchObject({
      status: 'COMPLETED',
      participatingServers: [{ launchStatus: 'FAILED' }],
    });
  });

  it('take a server once at a time, and at most 100 servers', async () => {
    const serverIds = addServers(101);
    await expect(start(serverIds)).rejects.toMatchObject({
      name: 'ServiceQuotaExceededException',
      $metadata: { httpStatusCode: 402 },
    });
    await start(serverIds.slice(0, 100));
    await expect(start(serverIds.slice(99))).rejects.toMatchObject({
      name: 'ConflictException',
      resourceId: serverIds[99],
    });
    await expect(start([UNKNOWN_SERVER])).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('are at most 20 at once, with at most 500 servers in all', async () => {
    const serverIds = addServers(521);
    for (let index = 0; index < 20; index += 1) await start([serverIds[index] ?? '']);
    await expect(start(serverIds.slice(20, 21))).rejects.toMatchObject({ quotaCode: 'L-D88FAC3A' });
    served.clock.at += 60_000;
    for (let index = 0; index < 5; index += 1) await start(serverIds.slice(index * 100, index * 100 + 100));
    await expect(start(serverIds.slice(500, 501))).rejects.toMatchObject({ quotaCode: 'L-05AFA8C6' });
  });

  it('end recovery instances', async () => {
    const serverId = addServer();
    await start([serverId]);
    served.clock.at += JOB_MS;
    const { items } = await served.drs.send(new DescribeRecoveryInstancesCommand({}));
    const recoveryInstanceIDs = [items?.[0]?.recoveryInstanceID ?? ''];
    const { job } = await served.drs.send(new TerminateRecoveryInstancesCommand({ recoveryInstanceIDs }));
    expect(job).toMatchObject({ type: 'TERMINATE', status: 'PENDING' });
    served.clock.at += JOB_MS;
    expect((await served.drs.send(new DescribeRecoveryInstancesCommand({}))).items).toEqual([]);
    const { Reservations } = await served.ec2.send(new DescribeInstancesCommand({ InstanceIds: recoveryInstanceIDs }));
    expect(Reservations?.[0]?.Instances?.[0]?.State?.Name).toBe('terminated');
  });
});
