import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addSettingsNetwork, brief, type Pipeline, SETTINGS, startPipelineWithServers } from '../support/pipeline.ts';

describe('the main job', () => {
  let pipeline: Pipeline;
  let take: (count: number) => string[];

  beforeAll(async () => {
    ({ pipeline, take } = await startPipelineWithServers(80));
  });
  afterAll(() => pipeline.stop());

  it('brings 25 servers to ready or failed, with one override and one unknown server', async () => {
    const servers = take(24);
    const [overridden = '', other = ''] = servers;
    const unknown = 's-00000000000000000';
    await pipeline.publish({
      groupId: 'pg-25',
      revision: 1,
      serverIds: [...servers, unknown],
      launchConfig: SETTINGS,
      serverOverrides: { [overridden]: { instanceType: 'r7i.xlarge' } },
    });

    const { launchConfigStatus: status } = await pipeline.settled('pg-25', 1);

    expect(status.status).toBe('failed');
    expect(status.counts).toEqual({ total: 25, ready: 24, pending: 0, failed: 1, notConfigured: 0 });
    expect(status.errors).toEqual([
      expect.objectContaining({ code: 'aws.refused', awsCode: 'ResourceNotFoundException', serverId: unknown }),
    ]);
    const live = (id: string) => pipeline.runtime.simulator.launchTemplateOf(id);
    expect(contentOf(live(overridden)).InstanceType).toBe('r7i.xlarge');
    expect(contentOf(live(other)).InstanceType).toBe('m7i-flex.large');
    expect(live(other).launchConfiguration).toMatchObject({ launchDisposition: 'STOPPED', copyTags: true });
    expect(await pipeline.server(other)).toMatchObject({ status: 'ready', dirty: false, errors: [] });
  });

  it('changes nothing when the same event comes again, or an older one after a newer', async () => {
    const servers = take(3);
    const change = { groupId: 'pg-again', revision: 5, serverIds: servers, launchConfig: SETTINGS };
    await pipeline.publish(change);
    const before = await pipeline.settled('pg-again', 5);
    const items = await Promise.all(servers.map(pipeline.server));
    const calls = pipeline.runtime.simulator.calls.snapshot();

    await pipeline.publish(change);
    await pipeline.publish({ ...change, revision: 4, launchConfig: { launchDisposition: 'STARTED' } });
    await pipeline.publish({ ...change, changeType: 'deleted', revision: 3 });
    await planned(pipeline);

    expect(await Promise.all(servers.map(pipeline.server))).toEqual(items);
    expect((await pipeline.group('pg-again'))?.generation).toBe(before.generation);
    expect(pipeline.runtime.simulator.calls.since(calls).writes()).toBe(0);
  });

  it('applies only the servers that a newer event changes', async () => {
    const [kept = '', changed = '', removed = '', added = ''] = take(4);
    const change = { groupId: 'pg-diff', revision: 1, serverIds: [kept, changed, removed], launchConfig: SETTINGS };
    await pipeline.publish(change);
    await pipeline.settled('pg-diff', 1);
    const before = await pipeline.server(kept);
    const calls = pipeline.runtime.simulator.calls.snapshot();

    await pipeline.publish({
      ...change,
      revision: 2,
      serverIds: [kept, changed, added],
      serverOverrides: { [changed]: { copyTags: false } },
    });
    const { launchConfigStatus } = await pipeline.settled('pg-diff', 2);

    expect(launchConfigStatus).toMatchObject({ status: 'ready', counts: { total: 3, ready: 3 } });
    expect(await pipeline.server(kept)).toMatchObject({ status: 'ready', applied: before?.applied });
    expect(pipeline.runtime.simulator.calls.since(calls).count({ operation: 'UpdateLaunchConfiguration' })).toBe(2);
    expect(pipeline.runtime.simulator.launchTemplateOf(changed).launchConfiguration.copyTags).toBe(false);
    expect((await pipeline.server(removed))?.groupId).toBeUndefined();
    expect((await pipeline.server(added))?.groupId).toBe('pg-diff');
  });

  it('keeps what Prelaunch does not manage in a launch template', async () => {
    const [server = ''] = take(1);
    const before = contentOf(pipeline.runtime.simulator.launchTemplateOf(server));
    await pipeline.publish({ groupId: 'pg-keeps', revision: 1, serverIds: [server], launchConfig: SETTINGS });
    await pipeline.settled('pg-keeps', 1);
    const after = contentOf(pipeline.runtime.simulator.launchTemplateOf(server));

    const unmanaged = ({ InstanceType: _t, NetworkInterfaces: _n, TagSpecifications: _g, ...others }: typeof after) =>
      others;
    expect(unmanaged(after)).toEqual(unmanaged(before));
    expect(after.NetworkInterfaces?.slice(1)).toEqual(before.NetworkInterfaces?.slice(1));
    expect(after.NetworkInterfaces?.[0]).toEqual({
      ...before.NetworkInterfaces?.[0],
      SubnetId: SETTINGS.subnetId,
      Groups: ['sg-0aaaaaaaaaaaaaaa1', 'sg-0bbbbbbbbbbbbbbb2'],
    });
    const tagsOf = (content: typeof after, type: string) =>
      content.TagSpecifications?.find(({ ResourceType }) => ResourceType === type)?.Tags ?? [];
    expect(tagsOf(after, 'volume')).toEqual(tagsOf(before, 'volume'));
    expect(tagsOf(after, 'instance')).toEqual(
      expect.arrayContaining([...tagsOf(before, 'instance'), { Key: 'tier', Value: 'gold' }]),
    );
  });

  it('says not_configured of a group that states nothing, and of an empty one', async () => {
    const servers = take(2);
    await pipeline.publish({ groupId: 'pg-bare', revision: 1, serverIds: servers });
    await pipeline.publish({ groupId: 'pg-empty', revision: 1, serverIds: [] });

    const bare = await pipeline.settled('pg-bare', 1);
    const empty = await pipeline.settled('pg-empty', 1);

    expect(bare.launchConfigStatus).toMatchObject({ status: 'not_configured', errors: [] });
    expect(empty.launchConfigStatus.status).toBe('not_configured');
    expect(brief(empty.launchConfigStatus.errors)).toEqual([{ code: 'group.empty', path: 'serverIds' }]);
  });

  it('releases the servers of a deleted group, so that another can have them', async () => {
    const servers = take(2);
    const change = { groupId: 'pg-gone', revision: 1, serverIds: servers, launchConfig: SETTINGS };
    await pipeline.publish(change);
    await pipeline.settled('pg-gone', 1);

    await pipeline.publish({ ...change, changeType: 'deleted', revision: 2 });
    await pipeline.settled('pg-gone', 2);
    await pipeline.publish({ ...change, groupId: 'pg-heir' });
    const heir = await pipeline.settled('pg-heir', 1);

    expect(heir.launchConfigStatus).toMatchObject({ status: 'ready', counts: { ready: 2 } });
    expect(await pipeline.invoke({ operation: 'get_launch_config_status', groupId: 'pg-gone' })).toMatchObject({
      error: { code: 'group.not_found' },
    });
  });

  it('applies to another account through its role', async () => {
    const { simulator } = pipeline.runtime;
    const target = { accountId: '222222222222', region: 'us-west-2' };
    const roleArn = `arn:aws:iam::${target.accountId}:role/prelaunch-target-local`;
    simulator.accounts.addRole({ roleArn, externalId: 'the-external-id' });
    addSettingsNetwork(simulator, target);
    const servers = simulator.addSourceServers(target, 2);
    await pipeline.put('TargetAccounts', { accountId: target.accountId, roleArn, externalId: 'the-external-id' });
    await pipeline.publish({ groupId: 'pg-far', revision: 1, ...target, serverIds: servers, launchConfig: SETTINGS });

    const far = await pipeline.settled('pg-far', 1);

    expect(far.launchConfigStatus).toMatchObject({ status: 'ready', counts: { ready: 2 } });
    expect(
      simulator.calls.counts().some(({ account, region }) => account === target.accountId && region === target.region),
    ).toBe(true);
  });

  it('starts a wave of a ready group from one read of its status, and only once', async () => {
    const servers = take(3);
    await pipeline.publish({ groupId: 'pg-wave', revision: 1, serverIds: servers, launchConfig: SETTINGS });
    await pipeline.settled('pg-wave', 1);
    const calls = pipeline.runtime.simulator.calls.snapshot();
    const wave = {
      operation: 'start_wave_recovery',
      executionId: 'exec-1',
      waveNumber: 1,
      groupIds: ['pg-wave'],
      isDrill: true,
    };

    const [first, same] = await Promise.all([pipeline.invoke(wave), pipeline.invoke(wave)]);
    const again = await pipeline.invoke(wave);

    expect(first).toMatchObject({ status: 'started', path: 'fast', notReady: [], failedJobs: [] });
    expect(first.jobs).toEqual([expect.objectContaining({ serverIds: servers })]);
    expect(same.jobs).toEqual(first.jobs);
    expect(again.jobs).toEqual(first.jobs);
    expect(pipeline.runtime.simulator.calls.since(calls).count({ operation: 'StartRecovery' })).toBe(1);
    expect(await pipeline.invoke({ ...wave, isDrill: false })).toMatchObject({ error: { code: 'wave.mismatch' } });
  });

  it('applies what is missing before a wave, and leaves out what cannot be made ready if asked to', async () => {
    const servers = take(2);
    const unknown = 's-00000000000000001';
    await pipeline.publish({
      groupId: 'pg-slow',
      revision: 1,
      serverIds: [...servers, unknown],
      launchConfig: SETTINGS,
    });
    await pipeline.settled('pg-slow', 1);
    const wave = { operation: 'start_wave_recovery', executionId: 'exec-2', groupIds: ['pg-slow'], isDrill: true };

    const blocked = await pipeline.invoke({ ...wave, waveNumber: 1 });
    const skipped = await pipeline.invoke({ ...wave, waveNumber: 2, onNotReady: 'skip' });

    expect(blocked).toMatchObject({ status: 'blocked', path: 'apply', jobs: [] });
    expect(blocked.notReady).toEqual([expect.objectContaining({ groupId: 'pg-slow', serverId: unknown })]);
    expect(skipped).toMatchObject({ status: 'partially_started', path: 'apply' });
    expect(skipped.jobs).toEqual([expect.objectContaining({ serverIds: servers })]);
  });

  it('reads every server again when forced, and writes only where somebody else did', async () => {
    const [edited = '', untouched = ''] = take(2);
    const { simulator } = pipeline.runtime;
    await pipeline.publish({
      groupId: 'pg-force',
      revision: 1,
      serverIds: [edited, untouched],
      launchConfig: SETTINGS,
    });
    await pipeline.settled('pg-force', 1);
    simulator.editElsewhere(edited, { launchConfiguration: { launchDisposition: 'STARTED' } });
    const calls = simulator.calls.snapshot();

    const idle = await pipeline.invoke({ operation: 'apply_launch_configs', groupId: 'pg-force' });
    const forced = await pipeline.invoke({ operation: 'apply_launch_configs', groupId: 'pg-force', force: true });

    expect(idle).toMatchObject({ status: 'ready', outcome: 'already_ready' });
    expect(forced).toMatchObject({ status: 'ready', outcome: 'applied', appliedServers: 2, failedServers: 0 });
    expect(simulator.launchTemplateOf(edited).launchConfiguration.launchDisposition).toBe('STOPPED');
    expect(simulator.calls.since(calls).count({ operation: 'UpdateLaunchConfiguration' })).toBe(1);
    expect(simulator.calls.since(calls).count({ operation: 'CreateLaunchTemplateVersion' })).toBe(0);
  });

  it('answers the status with each server, its hash and times', async () => {
    const [server = ''] = take(1);
    await pipeline.publish({ groupId: 'pg-status', revision: 1, serverIds: [server], launchConfig: SETTINGS });
    await pipeline.settled('pg-status', 1);

    const status = await pipeline.invoke({
      operation: 'get_launch_config_status',
      groupId: 'pg-status',
      invokedBy: 'Orchestration',
    });

    expect(status).toMatchObject({
      groupId: 'pg-status',
      status: 'ready',
      fresh: true,
      appliedBy: 'test.inventory',
      errors: [],
    });
    expect(status.serverConfigs).toEqual({
      [server]: {
        status: 'ready',
        configHash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        lastApplied: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        errors: [],
      },
    });
  });
});

function contentOf({ versions, defaultVersion }: ReturnType<Pipeline['runtime']['simulator']['launchTemplateOf']>) {
  const found = [...versions].find(({ versionNumber }) => versionNumber === defaultVersion);
  if (!found) throw new Error('the template has no default version');
  return found.data;
}

/** Until every published change has been looked at, and what came of it. */
async function planned(pipeline: Pipeline): Promise<void> {
  const depths = () => Promise.all(['plan', 'apply', 'status'].map(pipeline.depth));
  await vi.waitFor(async () => expect(await depths()).toEqual([0, 0, 0]), { timeout: 30_000, interval: 50 });
}
