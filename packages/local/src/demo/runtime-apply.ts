import {
  type DrsClient,
  GetLaunchConfigurationCommand,
  StartRecoveryCommand,
  UpdateLaunchConfigurationCommand,
} from '@aws-sdk/client-drs';
import {
  CreateLaunchTemplateVersionCommand,
  DescribeLaunchTemplateVersionsCommand,
  type EC2Client,
  ModifyLaunchTemplateCommand,
} from '@aws-sdk/client-ec2';
import { LaunchSettings } from '@prelaunch/contracts/launch-settings';

/** DRS's quota of source servers in one job. */
const SERVERS_PER_JOB_MAX = 100;

/**
 * What a wave does without Prelaunch, really done: for each server in turn fetch its settings, validate, apply them to DRS and to
 * the launch template, wait until DRS shows them; then start the recovery.
 */
export async function applyAtRuntime(
  clients: { readonly drs: DrsClient; readonly ec2: EC2Client },
  serverIds: readonly string[],
  settings: LaunchSettings,
  onServer: (done: number) => void,
): Promise<void> {
  for (const [index, serverId] of serverIds.entries()) {
    await applyOne(clients, serverId, settings);
    onServer(index + 1);
  }
  for (let start = 0; start < serverIds.length; start += SERVERS_PER_JOB_MAX) {
    const sourceServers = serverIds
      .slice(start, start + SERVERS_PER_JOB_MAX)
      .map((sourceServerID) => ({ sourceServerID }));
    await clients.drs.send(new StartRecoveryCommand({ sourceServers, isDrill: true }));
  }
}

async function applyOne(
  { drs, ec2 }: { readonly drs: DrsClient; readonly ec2: EC2Client },
  sourceServerID: string,
  stated: LaunchSettings,
): Promise<void> {
  const found = await drs.send(new GetLaunchConfigurationCommand({ sourceServerID }));
  const settings = LaunchSettings.parse(stated);
  const { launchDisposition, copyTags, targetInstanceTypeRightSizingMethod, copyPrivateIp, licensing } = settings;
  const wanted = { launchDisposition, copyTags, targetInstanceTypeRightSizingMethod, copyPrivateIp, licensing };
  await drs.send(new UpdateLaunchConfigurationCommand({ sourceServerID, ...(wanted as object) }));

  const LaunchTemplateId = found.ec2LaunchTemplateID;
  const described = await ec2.send(
    new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ['$Default'] }),
  );
  const SourceVersion = String(described.LaunchTemplateVersions?.[0]?.VersionNumber);
  const { instanceType, subnetId, securityGroupIds, metadataOptions } = settings;
  const created = await ec2.send(
    new CreateLaunchTemplateVersionCommand({
      LaunchTemplateId,
      SourceVersion,
      LaunchTemplateData: {
        ...(instanceType && { InstanceType: instanceType as 'm7i-flex.large' }),
        NetworkInterfaces: [
          {
            DeviceIndex: 0,
            ...(subnetId && { SubnetId: subnetId }),
            ...(securityGroupIds && { Groups: securityGroupIds }),
          },
        ],
        ...(metadataOptions?.httpTokens && { MetadataOptions: { HttpTokens: metadataOptions.httpTokens } }),
      },
    }),
  );
  const DefaultVersion = String(created.LaunchTemplateVersion?.VersionNumber);
  await ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion }));
  await untilShown(drs, sourceServerID, settings);
}

async function untilShown(
  drs: DrsClient,
  sourceServerID: string,
  { launchDisposition, copyTags }: LaunchSettings,
): Promise<void> {
  for (;;) {
    const shown = await drs.send(new GetLaunchConfigurationCommand({ sourceServerID }));
    if (shown.launchDisposition === launchDisposition && shown.copyTags === copyTags) return;
  }
}
