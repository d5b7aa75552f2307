import type {
  Instance,
  InstanceNetworkInterface,
  LaunchTemplateInstanceNetworkInterfaceSpecification,
  Tag,
} from '@aws-sdk/client-ec2';
import type { Call } from '../call.ts';
import { platformOf } from '../ec2/instances.ts';
import type { LaunchTemplateVersion } from '../state.ts';
import type { Job, SourceServer } from './drs-resources.ts';
import type { LaunchConfiguration } from './launch-configuration.ts';
import { endInstance } from './recovery-instances.ts';

interface Launch {
  server: SourceServer;
  configuration: LaunchConfiguration;
  version: LaunchTemplateVersion;
  job: Job;
}

/** Launches from the template's default version. A server has one recovery instance, so an earlier one ends. */
export function launchInstance({ server, configuration, version, job }: Launch, call: Call): string {
  if (server.recoveryInstanceId !== undefined) endInstance(server.recoveryInstanceId, call);
  const instanceId = `i-${call.ids.hex(`i ${call.place.accountId} ${call.place.region}`, 17)}`;
  call.place.instances.set(instanceId, instanceOf(instanceId, { server, configuration, version, job }, call));
  call.place.recoveryInstances.set(instanceId, {
    recoveryInstanceID: instanceId,
    arn: `arn:aws:drs:${call.place.region}:${call.place.accountId}:recovery-instance/${instanceId}`,
    sourceServerID: server.sourceServerID,
    jobID: job.jobID,
    isDrill: job.initiatedBy === 'START_DRILL',
    snapshotAt: job.startsAt,
    tags: configuration.copyTags ? { ...server.tags } : {},
  });
  server.recoveryInstanceId = instanceId;
  return instanceId;
}

function instanceOf(instanceId: string, { server, configuration, version, job }: Launch, call: Call): Instance {
  const { data } = version;
  const [primary] = [...(data.NetworkInterfaces ?? [])].sort(
    (left, right) => (left.DeviceIndex ?? 0) - (right.DeviceIndex ?? 0),
  );
  const isStarted = configuration.launchDisposition === 'STARTED';
  return {
    InstanceId: instanceId,
    ...(data.InstanceType !== undefined && { InstanceType: data.InstanceType }),
    LaunchTime: new Date(call.at),
    Architecture: 'x86_64',
    ...platformOf(server.os),
    State: isStarted ? { Code: 16, Name: 'running' } : { Code: 80, Name: 'stopped' },
    PrivateIpAddress: addressOf(primary),
    SubnetId: primary?.SubnetId,
    SecurityGroups: (primary?.Groups ?? data.SecurityGroupIds ?? []).map((GroupId) => ({ GroupId })),
    NetworkInterfaces: (data.NetworkInterfaces ?? []).map(networkInterfaceOf),
    IamInstanceProfile: data.IamInstanceProfile?.Arn === undefined ? undefined : { Arn: data.IamInstanceProfile.Arn },
    Monitoring: { State: data.Monitoring?.Enabled ? 'enabled' : 'disabled' },
    EbsOptimized: data.EbsOptimized,
    Placement: { AvailabilityZone: `${call.place.region}a`, Tenancy: data.Placement?.Tenancy },
    Tags: instanceTags({ server, configuration, version, job }),
  };
}

/** Tags of the template beat those of the server. */
function instanceTags({ server, configuration, version }: Launch): Tag[] {
  const fromTemplate =
    version.data.TagSpecifications?.find(({ ResourceType }) => ResourceType === 'instance')?.Tags ?? [];
  const tags = new Map(configuration.copyTags ? Object.entries(server.tags) : []);
  for (const { Key, Value } of fromTemplate) if (Key !== undefined) tags.set(Key, Value ?? '');
  tags.set('aws:ec2launchtemplate:id', configuration.ec2LaunchTemplateID);
  tags.set('aws:ec2launchtemplate:version', String(version.versionNumber));
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

function networkInterfaceOf(nic: LaunchTemplateInstanceNetworkInterfaceSpecification): InstanceNetworkInterface {
  return {
    Attachment: { DeviceIndex: nic.DeviceIndex, Status: 'attached', DeleteOnTermination: nic.DeleteOnTermination },
    Groups: (nic.Groups ?? []).map((GroupId) => ({ GroupId })),
    PrivateIpAddress: addressOf(nic),
    SubnetId: nic.SubnetId,
    Status: 'in-use',
  };
}

function addressOf(nic: LaunchTemplateInstanceNetworkInterfaceSpecification | undefined): string | undefined {
  return nic?.PrivateIpAddress ?? nic?.PrivateIpAddresses?.find(({ Primary }) => Primary)?.PrivateIpAddress;
}
