import {
  CreateLaunchTemplateVersionCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplateVersionsCommand,
  EC2Client,
  ModifyLaunchTemplateCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from '@aws-sdk/client-ec2';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { InstanceDrift } from '@prelaunch/core/drift/instance-drift';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Pipeline, SETTINGS, startPipeline } from '../support/pipeline.ts';

/** Drift from the edit of somebody else to its end, over real wire protocols. */

let pipeline: Pipeline;
let ec2: EC2Client;
let place: { accountId: string; region: string };
let made = 0;

const [STATED_GROUP, OTHER_GROUP] = SETTINGS.securityGroupIds;
const ONE_GROUP = { ...SETTINGS, securityGroupIds: [STATED_GROUP] };
const WAIT = { timeout: 20_000, interval: 50 };

beforeAll(async () => {
  pipeline = await startPipeline();
  const { endpoint, region, credentials, accountId } = pipeline.runtime;
  ec2 = new EC2Client({ endpoint, region, credentials });
  place = { accountId, region };
});
afterAll(() => pipeline.stop());

/** A group that is ready, of some new servers. */
async function readyGroup(servers: number, stated: object = {}) {
  made += 1;
  const groupId = `g-${made}`;
  const serverIds = pipeline.runtime.simulator.addSourceServers(place, servers);
  const group = { groupId, name: 'Payments', ...place, serverIds, launchConfig: ONE_GROUP, ...stated };
  const created = await pipeline.invoke({ operation: 'create_protection_group', ...group });
  expect(created).toMatchObject({ launchConfigStatus: { status: 'ready' } });
  return { groupId, serverIds, serverId: serverIds[0] ?? '' };
}

async function driftOf(instanceId: string): Promise<InstanceDrift | undefined> {
  return (await pipeline.read('Instances', { instanceId })) as InstanceDrift | undefined;
}

/** The drift of an instance as soon as it is as described. */
function driftWhen(instanceId: string, expected: object): Promise<InstanceDrift> {
  return vi.waitFor(async () => {
    const found = await driftOf(instanceId);
    expect(found).toMatchObject(expected);
    return found as InstanceDrift;
  }, WAIT);
}

/** What somebody does in the EC2 console: a version with another security group, made the default. */
async function editTemplate(serverId: string, groups: readonly string[]): Promise<void> {
  const { launchTemplateId } = pipeline.runtime.simulator.launchTemplateOf(serverId);
  const of = { LaunchTemplateId: launchTemplateId };
  const { LaunchTemplateVersions } = await ec2.send(
    new DescribeLaunchTemplateVersionsCommand({ ...of, Versions: ['$Default'] }),
  );
  const { VersionNumber, LaunchTemplateData } = LaunchTemplateVersions?.[0] ?? {};
  const NetworkInterfaces = LaunchTemplateData?.NetworkInterfaces?.map(({ Groups: _own, ...nic }) => ({
    ...nic,
    Groups: [...groups],
  }));
  const { LaunchTemplateVersion } = await ec2.send(
    new CreateLaunchTemplateVersionCommand({
      ...of,
      SourceVersion: String(VersionNumber),
      LaunchTemplateData: { NetworkInterfaces } as never,
    }),
  );
  const DefaultVersion = String(LaunchTemplateVersion?.VersionNumber);
  await ec2.send(new ModifyLaunchTemplateCommand({ ...of, DefaultVersion }));
}

function groupsOf(serverId: string): string[] | undefined {
  const { versions, defaultVersion } = pipeline.runtime.simulator.launchTemplateOf(serverId);
  const { data } = versions.find(({ versionNumber }) => versionNumber === defaultVersion) ?? {};
  return data?.NetworkInterfaces?.[0]?.Groups;
}

async function primaryInterface(instanceId: string) {
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
  return Reservations?.[0]?.Instances?.[0]?.NetworkInterfaces?.find(({ Attachment }) => Attachment?.DeviceIndex === 0);
}

/** What reaches a subscriber of the alerts. */
async function alerts() {
  const { endpoint, region, credentials } = pipeline.runtime;
  const sns = new SNSClient({ endpoint, region, credentials });
  const { QueueUrl = '' } = await pipeline.sqs.send(new CreateQueueCommand({ QueueName: `alerts-${made}` }));
  await sns.send(
    new SubscribeCommand({
      TopicArn: `arn:aws:sns:${region}:${place.accountId}:prelaunch-local-drift-alerts`,
      Protocol: 'sqs',
      Endpoint: `arn:aws:sqs:${region}:${place.accountId}:alerts-${made}`,
      Attributes: { RawMessageDelivery: 'true' },
    }),
  );
  return async () => {
    const { Messages = [] } = await pipeline.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
    );
    return Messages.map(({ Body }) => JSON.parse(Body ?? '{}') as { 'detail-type': string; detail: { data: object } });
  };
}

describe('a security group that somebody changes in a launch template', () => {
  it('is found at once, with who did it, scored, and the server is ready no more', async () => {
    const { groupId, serverId, serverIds } = await readyGroup(2);
    const received = await alerts();
    await editTemplate(serverId, [OTHER_GROUP]);
    const drift = await driftWhen(serverId, { verdict: 'drifted', remediation: { status: 'alerted' } });
    expect(drift).toMatchObject({
      score: { score: 60, sum: 40, exceedsThreshold: true, floor: { keys: ['securityGroupIds'] } },
      differences: [
        {
          key: 'securityGroupIds',
          desired: [STATED_GROUP],
          baseline: [STATED_GROUP],
          observed: [OTHER_GROUP],
          actor: `arn:aws:iam::${place.accountId}:user/local`,
        },
      ],
    });
    const found = await vi.waitFor(async () => {
      const group = await pipeline.group(groupId);
      expect(group?.launchConfigStatus.status).toBe('failed');
      return group;
    }, WAIT);
    expect(found?.launchConfigStatus).toMatchObject({ counts: { ready: 1, failed: 1 } });
    expect(found?.launchConfigStatus.errors.map(({ code }) => code)).toEqual(['drift.detected']);
    expect((await driftOf(serverIds[1] ?? ''))?.verdict ?? 'in_sync').toBe('in_sync');
    await vi.waitFor(
      async () => expect((await received()).map((one) => one['detail-type'])).toContain('Drift Detected'),
      WAIT,
    );
  });

  it('is put back where the group wants that, read back, and cleared', async () => {
    const driftPolicy = { actions: { drifted: 'rollback' }, budget: { maxShare: 1 } };
    const { groupId, serverId } = await readyGroup(1, { driftPolicy });
    await editTemplate(serverId, [OTHER_GROUP]);
    const drift = await driftWhen(serverId, {
      verdict: 'in_sync',
      remediation: { status: 'done', action: 'rollback' },
    });
    expect(drift).toMatchObject({ differences: [], score: { score: 0 } });
    expect(groupsOf(serverId)).toEqual([STATED_GROUP]);
    await vi.waitFor(
      async () => expect((await pipeline.group(groupId))?.launchConfigStatus.status).toBe('ready'),
      WAIT,
    );
  });
});

describe('a switch of DRS that somebody changes', () => {
  it('is found in the name of who changed it, although DRS itself makes a template version of that', async () => {
    const { serverId } = await readyGroup(1);
    pipeline.runtime.simulator.editElsewhere(serverId, { launchConfiguration: { copyTags: false } });
    const actor = `arn:aws:iam::${place.accountId}:user/console`;
    await driftWhen(serverId, {
      verdict: 'drifted',
      differences: [{ key: 'copyTags', desired: true, observed: false, actor }],
    });
  });
});

describe('a security group that somebody changes on an instance that a recovery launched', () => {
  it('is found, put back in place, and cleared', async () => {
    const driftPolicy = { actions: { drifted: 'rollback' }, budget: { maxShare: 1 } };
    const { groupId, serverId } = await readyGroup(1, { driftPolicy });
    const wave = {
      operation: 'start_wave_recovery',
      executionId: groupId,
      waveNumber: 1,
      groupIds: [groupId],
      isDrill: true,
    };
    expect(await pipeline.invoke(wave)).toMatchObject({ status: 'started', path: 'fast' });
    const { recoveryInstanceId: instanceId = '' } = await vi.waitFor(async () => {
      const found = await driftOf(serverId);
      expect(found?.recoveryInstanceId).toBeDefined();
      return found as InstanceDrift;
    }, WAIT);
    await driftWhen(instanceId, { verdict: 'in_sync', kind: 'recovery_instance', serverId });
    const { NetworkInterfaceId } = (await primaryInterface(instanceId)) ?? {};
    await ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups: [OTHER_GROUP] }));
    await driftWhen(instanceId, { verdict: 'in_sync', remediation: { status: 'done', action: 'rollback' } });
    expect((await primaryInterface(instanceId))?.Groups?.map(({ GroupId }) => GroupId)).toEqual([STATED_GROUP]);
  });
});
