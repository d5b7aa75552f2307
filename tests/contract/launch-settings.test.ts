import { drsLaunchConfigurations } from '@prelaunch/aws/drs-launch-configurations';
import { ec2LaunchTemplates } from '@prelaunch/aws/ec2-launch-templates';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { applyServer } from '@prelaunch/core/apply/apply-server';
import type { ConvergeDeps } from '@prelaunch/core/apply/converge';
import { differences } from '@prelaunch/core/apply/observed-settings';
import { memoryAws } from '@prelaunch/memory/memory-aws';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyDrsSettings, anyTemplateSettings } from '../support/arbitraries.ts';
import { applyRequest, desired, launchSettings, serverId, sourceServer, TARGET } from '../support/builders.ts';
import { type LocalAws, startLocalAws } from '../support/local-aws.ts';
import { memoryWorld } from '../support/memory-world.ts';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

/** The ports with a new server behind them. */
type UnderTest = () => ConvergeDeps & { serverId: string };

let added = 0;
const memory: UnderTest = () => {
  const twin = memoryAws();
  added += 1;
  const id = serverId(added);
  twin.addServer(id, { settings: { copyTags: false }, template: { instanceType: 'm5.large' } });
  return { launchConfigurations: twin, launchTemplates: twin, serverId: id };
};
const real: UnderTest = () => {
  const [id = ''] = aws.simulator.addSourceServers(TARGET, 1);
  return {
    launchConfigurations: drsLaunchConfigurations(aws.sessions),
    launchTemplates: ec2LaunchTemplates(aws.sessions),
    serverId: id,
  };
};

describe.each([
  ['in memory', memory],
  ['on DRS and EC2', real],
])('launch settings %s', (_where, make) => {
  it('reads back what was updated, changing nothing else', async () => {
    const { launchConfigurations: drs, serverId: id } = make();
    const before = await drs.get(TARGET, id);
    const answered = await drs.update(TARGET, id, { copyTags: true, launchDisposition: 'STOPPED' });
    const after = await drs.get(TARGET, id);
    expect(after).toEqual(answered);
    expect(after).toEqual({
      launchTemplateId: before.launchTemplateId,
      settings: { ...before.settings, copyTags: true, launchDisposition: 'STOPPED' },
    });
  });

  it('makes a template version with each update of DRS, and makes it the default', async () => {
    const { launchConfigurations: drs, launchTemplates: ec2, serverId: id } = make();
    const { launchTemplateId } = await drs.get(TARGET, id);
    const before = await ec2.getDefault(TARGET, launchTemplateId);
    await drs.update(TARGET, id, { copyTags: true });
    expect((await ec2.getDefault(TARGET, launchTemplateId)).versionNumber).toBeGreaterThan(before.versionNumber);
  });

  it('makes a version that is no default until it is made so, and keeps all else of it', async () => {
    const { launchConfigurations: drs, launchTemplates: ec2, serverId: id } = make();
    const { launchTemplateId } = await drs.get(TARGET, id);
    const base = await ec2.getDefault(TARGET, launchTemplateId);
    const changes = { subnetId: 'subnet-0a1b2c3d', tags: { Stage: 'prod' } };

    const number = await ec2.createVersion(TARGET, base, changes, `token ${id}`);

    expect(number).toBeGreaterThan(base.versionNumber);
    expect(await ec2.getDefault(TARGET, launchTemplateId)).toEqual(base);
    await ec2.setDefault(TARGET, launchTemplateId, number);
    const made = await ec2.getDefault(TARGET, launchTemplateId);
    expect(made).toMatchObject({ launchTemplateId, versionNumber: number });
    expect(made.settings).toEqual({ ...base.settings, ...changes, tags: { ...base.settings.tags, ...changes.tags } });
  });

  it('makes one version for one token', async () => {
    const { launchConfigurations: drs, launchTemplates: ec2, serverId: id } = make();
    const base = await ec2.getDefault(TARGET, (await drs.get(TARGET, id)).launchTemplateId);
    const create = (token: string) => ec2.createVersion(TARGET, base, { instanceType: 't3.micro' }, token);
    const first = await create(`one ${id}`);
    expect(await create(`one ${id}`)).toBe(first);
    expect(await create(`other ${id}`)).toBe(first + 1);
  });

  it('refuses a server that does not exist, for good', async () => {
    const { launchConfigurations: drs } = make();
    const refusal = { code: 'aws.refused', awsCode: 'ResourceNotFoundException', retryable: false };
    const absent = serverId(99_999);
    await expect(drs.get(TARGET, absent)).rejects.toMatchObject(refusal);
    await expect(drs.update(TARGET, absent, { copyTags: true })).rejects.toMatchObject(refusal);
  });

  it('comes back for a template that is not there, since DRS may be making it anew', async () => {
    const { launchTemplates: ec2 } = make();
    const gone = 'lt-00000000000000000';
    const passing = { code: 'aws.unavailable', awsCode: 'InvalidLaunchTemplateId.NotFound', retryable: true };
    await expect(ec2.getDefault(TARGET, gone)).rejects.toMatchObject(passing);
    await expect(ec2.setDefault(TARGET, gone, 1)).rejects.toMatchObject(passing);
    const base = { launchTemplateId: gone, versionNumber: 1, settings: {}, content: {} };
    await expect(ec2.createVersion(TARGET, base, { instanceType: 't3.micro' }, 'token')).rejects.toMatchObject(passing);
  });

  it('refuses to make a version the default that does not exist', async () => {
    const { launchConfigurations: drs, launchTemplates: ec2, serverId: id } = make();
    const { launchTemplateId } = await drs.get(TARGET, id);
    await expect(ec2.setDefault(TARGET, launchTemplateId, 999)).rejects.toMatchObject({ name: 'AwsCallError' });
  });

  it('shows every setting as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(anyDrsSettings, anyTemplateSettings, async (stated, template) => {
        const { launchConfigurations: drs, launchTemplates: ec2, serverId: id } = make();
        const { launchIntoInstanceProperties: _into, ...switches } = stated;
        await drs.update(TARGET, id, switches);
        const { launchTemplateId, settings } = await drs.get(TARGET, id);
        const base = await ec2.getDefault(TARGET, launchTemplateId);
        const number = await ec2.createVersion(TARGET, base, template, `law ${id}`);
        await ec2.setDefault(TARGET, launchTemplateId, number);
        const live = { ...settings, ...(await ec2.getDefault(TARGET, launchTemplateId)).settings };
        expect(differences({ ...switches, ...template }, live)).toEqual({});
      }),
      { numRuns: 12 },
    );
  });
});

describe('applying settings on DRS and EC2', () => {
  async function applied(settings: LaunchSettings, id: string) {
    const world = memoryWorld();
    await world.put(sourceServer({ serverId: id, desired: desired(settings) }));
    const ports = {
      launchConfigurations: drsLaunchConfigurations(aws.sessions),
      launchTemplates: ec2LaunchTemplates(aws.sessions),
    };
    const outcome = await applyServer(applyRequest({ serverId: id }), { ...world, ...ports });
    return { outcome, server: await world.server(id) };
  }

  it('changes nothing in the template that Prelaunch does not manage', async () => {
    const { serverId: id } = real();
    const before = aws.simulator.launchTemplateOf(id).versions.at(-1)?.data;
    const settings = launchSettings({
      securityGroupIds: ['sg-0a1b2c3d'],
      iamInstanceProfile: 'Recovery',
      tags: { Stage: 'prod' },
      metadataOptions: { httpPutResponseHopLimit: 5 },
      tenancy: 'dedicated',
    });
    expect(await applied(settings, id)).toMatchObject({ outcome: { kind: 'applied' }, server: { status: 'ready' } });

    const { versions, defaultVersion, launchConfiguration } = aws.simulator.launchTemplateOf(id);
    const after = versions.find(({ versionNumber }) => versionNumber === defaultVersion)?.data;
    expect(launchConfiguration.copyTags).toBe(true);
    const [nic, ...nics] = after?.NetworkInterfaces ?? [];
    const [nicBefore, ...nicsBefore] = before?.NetworkInterfaces ?? [];
    expect(nics).toEqual(nicsBefore);
    expect(nic).toEqual({ ...nicBefore, SubnetId: 'subnet-0a1b2c3d', Groups: ['sg-0a1b2c3d'] });
    expect(after?.MetadataOptions).toEqual({ ...before?.MetadataOptions, HttpPutResponseHopLimit: 5 });
    expect(after?.BlockDeviceMappings).toEqual(before?.BlockDeviceMappings);
    expect(after?.UserData).toEqual(before?.UserData);
    const tags = (data: typeof after, type: string) =>
      data?.TagSpecifications?.find(({ ResourceType }) => ResourceType === type)?.Tags;
    expect(tags(after, 'volume')).toEqual(tags(before, 'volume'));
    expect(tags(after, 'instance')).toEqual(expect.arrayContaining(tags(before, 'instance') ?? []));
  });

  it('is ready again after the answer to a write was lost', async () => {
    for (const operation of ['UpdateLaunchConfiguration', 'CreateLaunchTemplateVersion', 'ModifyLaunchTemplate']) {
      const { serverId: id } = real();
      aws.simulator.faults.add({ operation, serverId: id, times: 1, fault: { kind: 'commit_then_timeout' } });
      await expect(applied(launchSettings(), id)).rejects.toMatchObject({
        code: 'aws.unavailable',
        answered: false,
      });
      expect(await applied(launchSettings(), id)).toMatchObject({ server: { status: 'ready' } });
    }
  });

  it('passes on when DRS asks to come back', async () => {
    const { serverId: id } = real();
    const fault = { kind: 'throttle', retryAfterSeconds: 9 } as const;
    aws.simulator.faults.add({ operation: 'UpdateLaunchConfiguration', serverId: id, times: 1, fault });
    await expect(applied(launchSettings(), id)).rejects.toMatchObject({ code: 'aws.throttled', retryAfterSeconds: 9 });
  });
});
