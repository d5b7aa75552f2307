import { CreateLaunchTemplateVersionCommand } from '@aws-sdk/client-ec2';
import { drsLaunchConfigurations } from '@prelaunch/aws/drs-launch-configurations';
import { ec2LaunchTemplates } from '@prelaunch/aws/ec2-launch-templates';
import { targetSessions } from '@prelaunch/aws/target-sessions';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { applyServer } from '@prelaunch/core/apply/apply-server';
import { differences } from '@prelaunch/core/apply/observed-settings';
import type { LaunchConfigurations, LaunchTemplates } from '@prelaunch/core/apply/ports';
import { memoryAws } from '@prelaunch/memory/memory-aws';
import { memoryRateBudgets } from '@prelaunch/memory/memory-rate-budgets';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyDrsSettings, anyTemplateSettings } from '../support/arbitraries.ts';
import { ACCOUNT, applyRequest, desired, launchSettings, serverId, sourceServer, TARGET } from '../support/builders.ts';
import { type LocalAws, startLocalAws } from '../support/local-aws.ts';
import { memoryWorld } from '../support/memory-world.ts';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

/** The ports with a new server behind them. */
type UnderTest = () => {
  launchConfigurations: LaunchConfigurations;
  launchTemplates: LaunchTemplates;
  serverId: string;
};

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

    const made = await ec2.createVersion(TARGET, base, changes, `token ${id}`);

    const { versionNumber } = made;
    expect(versionNumber).toBeGreaterThan(base.versionNumber);
    expect(await ec2.getDefault(TARGET, launchTemplateId)).toEqual(base);
    const numbers = { defaultVersion: base.versionNumber, latestVersion: versionNumber };
    expect(await ec2.getNumbers(TARGET, launchTemplateId)).toEqual(numbers);
    const changed = { defaultVersion: versionNumber, latestVersion: versionNumber };
    expect(await ec2.setDefault(TARGET, launchTemplateId, versionNumber)).toEqual(changed);
    expect(await ec2.getNumbers(TARGET, launchTemplateId)).toEqual(changed);
    expect(await ec2.getDefault(TARGET, launchTemplateId)).toEqual(made);
    expect(made.settings).toEqual({ ...base.settings, ...changes, tags: { ...base.settings.tags, ...changes.tags } });
  });

  it('makes one version for one token', async () => {
    const { launchConfigurations: drs, launchTemplates: ec2, serverId: id } = make();
    const base = await ec2.getDefault(TARGET, (await drs.get(TARGET, id)).launchTemplateId);
    const create = (token: string) => ec2.createVersion(TARGET, base, { instanceType: 't3.micro' }, token);
    const first = await create(`one ${id}`);
    expect(await create(`one ${id}`)).toEqual(first);
    expect((await create(`other ${id}`)).versionNumber).toBe(first.versionNumber + 1);
  });

  it('launches into an instance, and into none again', async () => {
    const { launchConfigurations: drs, serverId: id } = make();
    const launchIntoInstanceProperties = { launchIntoEC2InstanceID: 'i-0a1b2c3d4e5f60718' };
    const into = { copyTags: false, copyPrivateIp: false, launchIntoInstanceProperties };
    expect((await drs.update(TARGET, id, into)).settings).toMatchObject(into);
    await drs.update(TARGET, id, { launchIntoInstanceProperties: null });
    const { settings } = await drs.get(TARGET, id);
    expect(settings).toMatchObject({ copyTags: false });
    expect(settings.launchIntoInstanceProperties ?? undefined).toBeUndefined();
  });

  it('removes what shall not be there, and nothing else', async () => {
    const { launchConfigurations: drs, launchTemplates: ec2, serverId: id } = make();
    const { launchTemplateId } = await drs.get(TARGET, id);
    const before = await ec2.getDefault(TARGET, launchTemplateId);
    const written = {
      subnetId: 'subnet-0a1b2c3d',
      securityGroupIds: ['sg-0a1b2c3d'],
      iamInstanceProfile: 'Recovery',
      privateIpAddress: '10.0.0.4',
      associatePublicIpAddress: true,
      tags: { Stage: 'prod', Owner: 'ops' },
    };
    const base = await ec2.createVersion(TARGET, before, written, `written ${id}`);
    const removed = {
      securityGroupIds: null,
      iamInstanceProfile: null,
      privateIpAddress: null,
      associatePublicIpAddress: null,
      tags: { Stage: null },
    };

    const made = await ec2.createVersion(TARGET, base, removed, `removed ${id}`);

    const { securityGroupIds, iamInstanceProfile, privateIpAddress, associatePublicIpAddress, tags, ...kept } =
      base.settings;
    const { Stage, ...keptTags } = tags ?? {};
    expect([securityGroupIds, iamInstanceProfile, privateIpAddress, associatePublicIpAddress, Stage]).toEqual([
      ['sg-0a1b2c3d'],
      'Recovery',
      '10.0.0.4',
      true,
      'prod',
    ]);
    expect(made.settings).toEqual({ ...kept, tags: keptTags });
  });

  it('prunes the versions it made but for the newest and the default, and no others', async () => {
    const { launchConfigurations: drs, launchTemplates: ec2, serverId: id } = make();
    const { launchTemplateId } = await drs.get(TARGET, id);
    const others = await ec2.getDefault(TARGET, launchTemplateId);
    const made = [others];
    for (const instanceType of ['t3.micro', 't3.small', 't3.medium', 't3.large', 't3.xlarge']) {
      made.push(await ec2.createVersion(TARGET, made.at(-1) ?? others, { instanceType }, `${instanceType} ${id}`));
    }
    await ec2.setDefault(TARGET, launchTemplateId, made[2]?.versionNumber ?? 0);

    expect(await ec2.prune(TARGET, launchTemplateId, 2)).toBe(2);
    expect(await ec2.prune(TARGET, launchTemplateId, 2)).toBe(0);

    const makeDefault = made.map(({ versionNumber }) => ec2.setDefault(TARGET, launchTemplateId, versionNumber));
    const left = (await Promise.allSettled(makeDefault)).map(({ status }) => status === 'fulfilled');
    expect(left).toEqual([true, false, true, false, true, true]);
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
    await expect(ec2.getNumbers(TARGET, gone)).rejects.toMatchObject(passing);
    await expect(ec2.setDefault(TARGET, gone, 1)).rejects.toMatchObject(passing);
    await expect(ec2.prune(TARGET, gone, 1)).rejects.toMatchObject(passing);
    const base = { launchTemplateId: gone, versionNumber: 1, settings: {}, content: {} };
    await expect(ec2.createVersion(TARGET, base, { instanceType: 't3.micro' }, 'token')).rejects.toMatchObject(passing);
  });

  it('comes back for a version that is not there, since somebody may be replacing it', async () => {
    const { launchConfigurations: drs, launchTemplates: ec2, serverId: id } = make();
    const { launchTemplateId } = await drs.get(TARGET, id);
    await expect(ec2.setDefault(TARGET, launchTemplateId, 999)).rejects.toMatchObject({
      code: 'aws.unavailable',
      awsCode: 'InvalidLaunchTemplateId.VersionNotFound',
      retryable: true,
    });
  });

  it('shows every setting as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(anyDrsSettings, anyTemplateSettings, async (stated, template) => {
        const { launchConfigurations: drs, launchTemplates: ec2, serverId: id } = make();
        const { launchIntoInstanceProperties: _into, ...switches } = stated;
        await drs.update(TARGET, id, switches);
        const { launchTemplateId, settings } = await drs.get(TARGET, id);
        const base = await ec2.getDefault(TARGET, launchTemplateId);
        const { versionNumber } = await ec2.createVersion(TARGET, base, template, `law ${id}`);
        await ec2.setDefault(TARGET, launchTemplateId, versionNumber);
        const live = { ...settings, ...(await ec2.getDefault(TARGET, launchTemplateId)).settings };
        expect(differences({ ...switches, ...template }, live)).toEqual({});
      }),
      { numRuns: 12 },
    );
  });
});

describe('launch templates on EC2', () => {
  it('keeps the disks that come from snapshots, which EC2 does not inherit', async () => {
    const { serverId: id, launchTemplates: ec2 } = real();
    const { launchTemplateId } = aws.simulator.launchTemplateOf(id);
    const disks = [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId: 'snap-0a1b2c3d', VolumeSize: 8 } }];
    const editor = (await aws.sessions(TARGET)).ec2;
    const { LaunchTemplateVersion: edited } = await editor.send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId: launchTemplateId,
        LaunchTemplateData: { BlockDeviceMappings: disks },
      }),
    );
    await ec2.setDefault(TARGET, launchTemplateId, edited?.VersionNumber ?? 0);
    const base = await ec2.getDefault(TARGET, launchTemplateId);
    const made = await ec2.createVersion(TARGET, base, { instanceType: 't3.micro' }, `disks ${id}`);
    expect(made.content).toMatchObject({ BlockDeviceMappings: disks, InstanceType: 't3.micro' });
  });

  it('refuses, for good, a version of which EC2 made something else than asked', async () => {
    const { serverId: id, launchTemplates: ec2 } = real();
    const { launchTemplateId } = aws.simulator.launchTemplateOf(id);
    const base = await ec2.getDefault(TARGET, launchTemplateId);
    const content = { ...(base.content as object), KeyName: 'was-there', UserData: 'eA==' };
    const create = ec2.createVersion(TARGET, { ...base, content }, { instanceType: 't3.micro' }, `kept ${id}`);
    await expect(create).rejects.toMatchObject({
      code: 'template.unmanaged_content',
      retryable: false,
      parameters: ['UserData', 'KeyName'],
    });
    expect(await ec2.getDefault(TARGET, launchTemplateId)).toEqual(base);
  });

  /** The templates of the account as somebody else sees them: in a session of this name, of a role there. */
  function inRole(sessionName: string) {
    const role = { accountId: ACCOUNT, roleArn: `arn:aws:iam::${ACCOUNT}:role/prelaunch-target-1`, externalId: 'xx' };
    aws.simulator.accounts.addRole(role);
    const now = () => new Date();
    const accounts = { get: async () => role };
    const deps = { sts: aws.sts, accounts, budgets: memoryRateBudgets(now), now };
    return ec2LaunchTemplates(targetSessions({ accountId: '999999999999', sessionName }, deps));
  }

  it('prunes what the same role made in any session, and nothing that another did, whatever its description', async () => {
    const { serverId: id, launchTemplates: ec2 } = real();
    const { launchTemplateId } = aws.simulator.launchTemplateOf(id);
    const base = await ec2.getDefault(TARGET, launchTemplateId);
    const numbers = () => new Set(aws.simulator.launchTemplateOf(id).versions.map((one) => one.versionNumber));
    const create = async (templates: LaunchTemplates, n: number) =>
      (await templates.createVersion(TARGET, base, { tags: { n: String(n) } }, `prune ${n} ${id}`)).versionNumber;
    const others = await create(ec2, 0);
    const own = [await create(inRole('one'), 1), await create(inRole('one'), 2), await create(inRole('two'), 3)];

    expect(await inRole('three').prune(TARGET, launchTemplateId, 1)).toBe(2);

    expect(numbers().has(others)).toBe(true);
    expect(own.map((number) => numbers().has(number))).toEqual([false, false, true]);
  });

  it('prunes nothing of the same caller that is not described as its own, nor tries the default', async () => {
    const { serverId: id, launchTemplates: ec2 } = real();
    const { launchTemplateId } = aws.simulator.launchTemplateOf(id);
    const { ec2: client } = await aws.sessions(TARGET);
    const base = await ec2.getDefault(TARGET, launchTemplateId);
    const first = await ec2.createVersion(TARGET, base, { instanceType: 't3.micro' }, `default ${id}`);
    await ec2.setDefault(TARGET, launchTemplateId, first.versionNumber);
    const second = await ec2.createVersion(TARGET, first, { instanceType: 't3.small' }, `spare ${id}`);
    const LaunchTemplateData = { UserData: 'eA==' };
    for (const VersionDescription of ['Preliminary', undefined]) {
      const input = { LaunchTemplateId: launchTemplateId, VersionDescription, LaunchTemplateData };
      await client.send(new CreateLaunchTemplateVersionCommand(input));
    }
    const asked: unknown[] = [];
    client.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          if (commandName === 'DeleteLaunchTemplateVersionsCommand') asked.push(args.input);
          return next(args);
        },
      { step: 'initialize', name: 'spy' },
    );
    expect(await ec2.prune(TARGET, launchTemplateId, 0)).toBe(1);
    client.middlewareStack.remove('spy');
    expect(asked).toEqual([{ LaunchTemplateId: launchTemplateId, Versions: [String(second.versionNumber)] }]);
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
