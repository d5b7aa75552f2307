import {
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateVersionsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  ModifyLaunchTemplateCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOME, REGION, type ServedSimulator, serveSimulator } from '../testing/serve-simulator.ts';

const LAG_MS = 5_000;

let served: ServedSimulator;
let serverId = '';
let LaunchTemplateId = '';
beforeEach(async () => {
  served = await serveSimulator();
  [serverId = ''] = served.simulator.addSourceServers({ accountId: HOME, region: REGION }, 1);
  LaunchTemplateId = served.simulator.launchTemplateOf(serverId).launchTemplateId;
});
afterEach(() => served.close());

async function numbers() {
  const input = { LaunchTemplateIds: [LaunchTemplateId] };
  const { LaunchTemplates } = await served.ec2.send(new DescribeLaunchTemplatesCommand(input));
  return [LaunchTemplates?.[0]?.DefaultVersionNumber, LaunchTemplates?.[0]?.LatestVersionNumber];
}

async function versions(...Versions: string[]) {
  const input = { LaunchTemplateId, ...(Versions.length > 0 && { Versions }) };
  const { LaunchTemplateVersions } = await served.ec2.send(new DescribeLaunchTemplateVersionsCommand(input));
  return LaunchTemplateVersions?.map(({ VersionNumber }) => VersionNumber);
}

async function makeDefault() {
  const LaunchTemplateData = { InstanceType: 'm5.large' } as const;
  const created = await served.ec2.send(
    new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, LaunchTemplateData, SourceVersion: '$Latest' }),
  );
  const DefaultVersion = String(created.LaunchTemplateVersion?.VersionNumber);
  return served.ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion }));
}

describe('describes that lag behind', () => {
  beforeEach(() => {
    served.clock.at += 60_000;
    served.simulator.lagDescribes(LAG_MS);
  });

  it('show versions and the default as they stood that long ago, while writes see the present', async () => {
    const { LaunchTemplate } = await makeDefault();
    expect(LaunchTemplate).toMatchObject({ DefaultVersionNumber: 4, LatestVersionNumber: 4 });
    expect([await numbers(), await versions('$Default'), await versions('$Latest')]).toEqual([[3, 3], [3], [3]]);
    await expect(versions('4')).rejects.toMatchObject({ name: 'InvalidLaunchTemplateId.VersionNotFound' });
    served.clock.at += LAG_MS - 1;
    expect(await numbers()).toEqual([3, 3]);
    served.clock.at += 1;
    expect([await numbers(), await versions('$Default')]).toEqual([[4, 4], [4]]);
  });

  it('still show what was deleted', async () => {
    await served.ec2.send(new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ['1'] }));
    expect(await versions()).toEqual([3, 2, 1]);
    served.simulator.deleteTemplateElsewhere(serverId);
    expect(await numbers()).toEqual([3, 3]);
    served.clock.at += LAG_MS;
    await expect(numbers()).rejects.toMatchObject({ name: 'InvalidLaunchTemplateId.NotFound' });
  });

  it('do not show yet what was just made', async () => {
    const [newServer = ''] = served.simulator.addSourceServers({ accountId: HOME, region: REGION }, 1);
    LaunchTemplateId = served.simulator.launchTemplateOf(newServer).launchTemplateId;
    await expect(numbers()).rejects.toMatchObject({ name: 'InvalidLaunchTemplateId.NotFound' });
    served.clock.at += LAG_MS;
    expect(await numbers()).toEqual([3, 3]);
  });

  it('catch up at once when the lag ends', async () => {
    await makeDefault();
    served.simulator.lagDescribes(0);
    expect(await numbers()).toEqual([4, 4]);
  });
});
