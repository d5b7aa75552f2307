import type { Tag } from '@aws-sdk/client-ec2';
import type { Call } from '../call.ts';
import { putInstance } from '../ec2/put-instance.ts';
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
  putInstance(
    {
      instanceId,
      state: configuration.launchDisposition === 'STARTED' ? 'running' : 'stopped',
      os: server.os,
      architecture: 'x86_64',
      data: version.data,
      tags: instanceTags(server, configuration, version),
    },
    call,
  );
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

/** Tags of the template beat those of the server. */
function instanceTags(server: SourceServer, configuration: LaunchConfiguration, version: LaunchTemplateVersion): Tag[] {
  const fromTemplate =
    version.data.TagSpecifications?.find(({ ResourceType }) => ResourceType === 'instance')?.Tags ?? [];
  const tags = new Map(configuration.copyTags ? Object.entries(server.tags) : []);
  for (const { Key, Value } of fromTemplate) if (Key !== undefined) tags.set(Key, Value ?? '');
  tags.set('aws:ec2launchtemplate:id', configuration.ec2LaunchTemplateID);
  tags.set('aws:ec2launchtemplate:version', String(version.versionNumber));
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}
