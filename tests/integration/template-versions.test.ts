import { EC2Client, ModifyLaunchTemplateCommand } from '@aws-sdk/client-ec2';
import type { Simulator } from '@prelaunch/local/simulator/create-simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Pipeline, SETTINGS, startPipelineWithServers } from '../support/pipeline.ts';
import { liveOf, statusOf, tagsOf } from './support/validation-servers.ts';

type Edit = Parameters<Simulator['editElsewhere']>[1];
type Content = Parameters<NonNullable<Edit['templateData']>>[0];

const VERSIONS_MAX = 10_000;
const { subnetId, securityGroupIds } = SETTINGS;

let pipeline: Pipeline;
let simulator: Simulator;
let take: (count: number) => string[];

beforeAll(async () => {
  ({ pipeline, take } = await startPipelineWithServers(40));
  ({ simulator } = pipeline.runtime);
});
afterAll(() => pipeline.stop());

describe.concurrent('an address that nobody asks for any more', () => {
  it('is taken out of the template once copying is switched off', async () => {
    const [server = ''] = take(1);
    const change = { groupId: 'pg-copied', revision: 1, serverIds: [server], launchConfig: { copyPrivateIp: true } };
    await pipeline.publish(change);
    await pipeline.settled('pg-copied', 1);
    const copied = liveOf(simulator, server);

    await pipeline.publish({ ...change, revision: 2, launchConfig: { copyPrivateIp: false } });
    const { launchConfigStatus } = await pipeline.settled('pg-copied', 2);

    expect(copied.primary?.PrivateIpAddress).toMatch(/^10\.0\./);
    expect(launchConfigStatus).toMatchObject({ status: 'ready', errors: [] });
    const { launchConfiguration, content, primary } = liveOf(simulator, server);
    expect(launchConfiguration.copyPrivateIp).toBe(false);
    expect(primary).toEqual({ ...copied.primary, PrivateIpAddress: undefined });
    expect({ ...content, NetworkInterfaces: content.NetworkInterfaces?.slice(1) }).toEqual({
      ...copied.content,
      NetworkInterfaces: copied.content.NetworkInterfaces?.slice(1),
    });
  });

  it('is taken out although copying was switched off by somebody else, long before', async () => {
    const [server = '', silent = ''] = take(2);
    for (const id of [server, silent]) {
      simulator.editElsewhere(id, { launchConfiguration: { copyPrivateIp: true } });
      simulator.editElsewhere(id, { launchConfiguration: { copyPrivateIp: false } });
    }
    const leftover = liveOf(simulator, silent).primary?.PrivateIpAddress;

    await pipeline.publish({
      groupId: 'pg-leftover',
      revision: 1,
      serverIds: [server, silent],
      launchConfig: { launchDisposition: 'STOPPED' },
      serverOverrides: { [server]: { copyPrivateIp: false } },
    });
    await pipeline.settled('pg-leftover', 1);

    expect(leftover).toMatch(/^10\.0\./);
    expect(liveOf(simulator, server).primary?.PrivateIpAddress).toBeUndefined();
    // What is not stated is not touched.
    expect(liveOf(simulator, silent).primary?.PrivateIpAddress).toBe(leftover);
  });

  it('stays where it is not one of the source machine, and goes when none is asked for by name', async () => {
    const [server = ''] = take(1);
    const own = '172.31.0.99';
    simulator.editElsewhere(server, { templateData: withPrimary({ PrivateIpAddress: own }) });
    const change = { groupId: 'pg-own', serverIds: [server] };
    await pipeline.publish({ ...change, revision: 1, launchConfig: { copyPrivateIp: false } });
    await pipeline.settled('pg-own', 1);
    const kept = liveOf(simulator, server).primary?.PrivateIpAddress;

    const launchConfig = { copyPrivateIp: false, privateIpAddress: null };
    await pipeline.publish({ ...change, revision: 2, launchConfig });
    const { launchConfigStatus } = await pipeline.settled('pg-own', 2);

    expect(kept).toBe(own);
    expect(launchConfigStatus.status).toBe('ready');
    expect(liveOf(simulator, server).primary?.PrivateIpAddress).toBeUndefined();
  });

  it('makes place for another one that is stated', async () => {
    const [server = ''] = take(1);
    const change = { groupId: 'pg-other-address', serverIds: [server] };
    const network = { subnetId, securityGroupIds };
    await pipeline.publish({ ...change, revision: 1, launchConfig: { ...network, copyPrivateIp: true } });
    await pipeline.settled('pg-other-address', 1);

    const launchConfig = { ...network, copyPrivateIp: false, privateIpAddress: '10.0.200.200' };
    await pipeline.publish({ ...change, revision: 2, launchConfig });
    await pipeline.settled('pg-other-address', 2);

    expect(liveOf(simulator, server).primary).toMatchObject({ SubnetId: subnetId, PrivateIpAddress: '10.0.200.200' });
  });
});

describe.concurrent('an edit by somebody else while a server is applied', () => {
  const type = (InstanceType: 'c7i.large'): Edit => ({ templateData: (data) => ({ ...data, InstanceType }) });
  const started: Edit = { launchConfiguration: { launchDisposition: 'STARTED' } };
  const sized: Edit = { launchConfiguration: { targetInstanceTypeRightSizingMethod: 'BASIC' } };
  const moved: Edit = { templateData: withPrimary({ SubnetId: 'subnet-0ccccccccccccccc1', Groups: undefined }) };

  it.each([
    ['of the template, after the default was set', 'ModifyLaunchTemplate', 'after', type('c7i.large')],
    ['of the network, after the default was set', 'ModifyLaunchTemplate', 'after', moved],
    ['of DRS, after the default was set', 'ModifyLaunchTemplate', 'after', started],
    ['of right-sizing, after the default was set', 'ModifyLaunchTemplate', 'after', sized],
    ['of the template, before the default is set', 'ModifyLaunchTemplate', 'before', type('c7i.large')],
    ['of right-sizing, before the default is set', 'ModifyLaunchTemplate', 'before', sized],
    ['of the template, before the version is made', 'CreateLaunchTemplateVersion', 'before', type('c7i.large')],
    ['of the template, after the version was made', 'CreateLaunchTemplateVersion', 'after', type('c7i.large')],
    ['of DRS, after DRS was written', 'UpdateLaunchConfiguration', 'after', started],
    ['of right-sizing, after DRS was written', 'UpdateLaunchConfiguration', 'after', sized],
    ['of the template, after DRS was written', 'UpdateLaunchConfiguration', 'after', type('c7i.large')],
    ['of DRS, before DRS is written', 'UpdateLaunchConfiguration', 'before', started],
  ] as const)('%s, is undone before the server is ready', async (_name, operation, when, edit) => {
    const [server = ''] = take(1);
    const groupId = `pg-raced-${server}`;
    let edits = 0;
    const run = () => {
      edits += 1;
      simulator.editElsewhere(server, edit);
    };
    simulator.faults.add({ operation, serverId: server, times: 1, fault: { kind: 'interleave', when, run } });

    await pipeline.publish({ groupId, revision: 1, serverIds: [server], launchConfig: SETTINGS });
    const { launchConfigStatus } = await pipeline.settled(groupId, 1);

    // Whoever is ready is not looked at again, so what is wrong by now would stay wrong.
    const { launchConfiguration, content, primary } = liveOf(simulator, server);
    expect(launchConfigStatus).toMatchObject({ status: 'ready', counts: { ready: 1 } });
    expect(edits).toBe(1);
    expect(launchConfiguration).toMatchObject({
      launchDisposition: 'STOPPED',
      targetInstanceTypeRightSizingMethod: 'NONE',
      copyTags: true,
    });
    expect(content.InstanceType).toBe(SETTINGS.instanceType);
    expect(primary).toMatchObject({ SubnetId: subnetId, Groups: [...securityGroupIds].sort() });
    const { defaultVersion } = simulator.launchTemplateOf(server);
    expect((await pipeline.server(server))?.applied).toMatchObject({ launchTemplateVersion: defaultVersion });
  });

  it.each([
    ['before the version is made', 'CreateLaunchTemplateVersion', 'before'],
    ['before the default is set', 'ModifyLaunchTemplate', 'before'],
    ['after the default was set', 'ModifyLaunchTemplate', 'after'],
  ] as const)('of what Prelaunch does not manage, %s, is kept', async (_name, operation, when) => {
    const [server = ''] = take(1);
    const groupId = `pg-kept-${server}`;
    const UserData = Buffer.from('#!/bin/sh\necho edited\n').toString('base64');
    const run = () => simulator.editElsewhere(server, { templateData: (data) => ({ ...data, UserData }) });
    simulator.faults.add({ operation, serverId: server, times: 1, fault: { kind: 'interleave', when, run } });

    await pipeline.publish({ groupId, revision: 1, serverIds: [server], launchConfig: SETTINGS });
    await pipeline.settled(groupId, 1);

    const { content } = liveOf(simulator, server);
    expect(content).toMatchObject({ UserData, InstanceType: SETTINGS.instanceType });
    expect(tagsOf(content)).toMatchObject({ tier: 'gold' });
  });
});

describe('versions of a launch template', () => {
  it('are left alone where others made all that EC2 keeps, and the refusal says what to do', async () => {
    const target = { accountId: pipeline.runtime.accountId, region: 'eu-west-1' };
    const [server = ''] = simulator.addSourceServers(target, 1);
    fill(server);
    const before = simulator.launchTemplateOf(server);

    const launchConfig = { tags: { tier: 'gold' } };
    await pipeline.publish({ groupId: 'pg-full', revision: 1, ...target, serverIds: [server], launchConfig });
    await pipeline.settled('pg-full', 1);

    const { counts, serverConfigs } = await statusOf(pipeline, 'pg-full');
    expect(counts).toMatchObject({ failed: 1 });
    expect(serverConfigs[server]?.errors).toEqual([
      expect.objectContaining({
        code: 'aws.refused',
        awsCode: 'VersionLimitExceeded',
        path: 'tags',
        remedy: expect.stringContaining('delete versions'),
      }),
    ]);
    expect(simulator.launchTemplateOf(server)).toEqual(before);
  });

  it('give way to a new one where Prelaunch made some of them, but for an old one that is the default', async () => {
    const target = { accountId: pipeline.runtime.accountId, region: 'eu-west-2' };
    const [server = ''] = simulator.addSourceServers(target, 1);
    const change = { groupId: 'pg-nearly-full', ...target, serverIds: [server] };
    const made: number[] = [];
    for (const revision of [1, 2, 3, 4]) {
      await pipeline.publish({ ...change, revision, launchConfig: { tags: { tier: `${revision}` } } });
      await pipeline.settled('pg-nearly-full', revision);
      made.push(simulator.launchTemplateOf(server).defaultVersion);
    }
    const [oldest = 0, old = 0, , newest = 0] = made;
    await setDefaultElsewhere(server, old, target.region);
    fill(server);
    const before = simulator.launchTemplateOf(server);

    await pipeline.publish({ ...change, revision: 5, launchConfig: { tags: { tier: '5' } } });
    const { launchConfigStatus } = await pipeline.settled('pg-nearly-full', 5);

    expect(launchConfigStatus).toMatchObject({ status: 'ready', errors: [] });
    expect(tagsOf(liveOf(simulator, server).content)).toMatchObject({ tier: '5' });
    const after = new Set(simulator.launchTemplateOf(server).versions.map(({ versionNumber }) => versionNumber));
    expect([oldest, old, newest].map((number) => after.has(number))).toEqual([false, true, true]);
    const others = before.versions.filter(({ versionNumber }) => !made.includes(versionNumber));
    expect(others.every(({ versionNumber }) => after.has(versionNumber))).toBe(true);
  });

  it('stay few over many changes, while those of DRS and of others stay', async () => {
    const [server = ''] = take(1);
    const initial = simulator.launchTemplateOf(server).versions;
    simulator.addVersionsElsewhere(server, 3);
    const change = { groupId: 'pg-changing', serverIds: [server] };
    const most = { own: 0 };
    for (let revision = 1; revision <= 15; revision += 1) {
      // An old version of Prelaunch's own that somebody went back to is the base of the next.
      if (revision === 9) await setDefaultElsewhere(server, ownVersions(server)[0] ?? 0, pipeline.runtime.region);
      if (revision === 12) simulator.addVersionsElsewhere(server, 2);
      const launchDisposition = revision % 2 === 0 ? 'STARTED' : 'STOPPED';
      const launchConfig = { launchDisposition, tags: { tier: `${revision}` } };
      await pipeline.publish({ ...change, revision, launchConfig });
      const { launchConfigStatus } = await pipeline.settled('pg-changing', revision);
      expect(launchConfigStatus).toMatchObject({ status: 'ready', errors: [] });
      expect(tagsOf(liveOf(simulator, server).content)).toMatchObject({ tier: `${revision}` });
      most.own = Math.max(most.own, ownVersions(server).length);
    }

    const { versions, latestVersion } = simulator.launchTemplateOf(server);
    const others = versions.filter(({ description }) => description !== 'Prelaunch');
    expect(latestVersion).toBe(initial.length + 3 + 2 + 15 * 2);
    // Three are kept, and up to five are made before the next look.
    expect(most.own).toBeLessThanOrEqual(8);
    expect(others).toHaveLength(latestVersion - 15);
  });
});

function withPrimary(values: object): (data: Content) => Content {
  return ({ NetworkInterfaces = [], ...data }) => ({
    ...data,
    NetworkInterfaces: NetworkInterfaces.map((one) => (one.DeviceIndex === 0 ? { ...one, ...values } : one)),
  });
}

/** Others make versions of the server's template until EC2 takes no more. */
function fill(serverId: string): void {
  simulator.addVersionsElsewhere(serverId, VERSIONS_MAX - simulator.launchTemplateOf(serverId).versions.length);
}

function ownVersions(serverId: string): number[] {
  const { versions } = simulator.launchTemplateOf(serverId);
  return versions.filter(({ description }) => description === 'Prelaunch').map(({ versionNumber }) => versionNumber);
}

async function setDefaultElsewhere(serverId: string, versionNumber: number, region: string): Promise<void> {
  const { endpoint, credentials } = pipeline.runtime;
  const { launchTemplateId: LaunchTemplateId } = simulator.launchTemplateOf(serverId);
  const input = { LaunchTemplateId, DefaultVersion: String(versionNumber) };
  await new EC2Client({ endpoint, region, credentials }).send(new ModifyLaunchTemplateCommand(input));
}
