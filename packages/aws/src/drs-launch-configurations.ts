import {
  type DrsClient,
  type LaunchConfiguration as DrsLaunchConfiguration,
  GetLaunchConfigurationCommand,
  UpdateLaunchConfigurationCommand,
} from '@aws-sdk/client-drs';
import {
  AwsCallError,
  type DrsSettings,
  type LaunchConfiguration,
  type LaunchConfigurations,
} from '@prelaunch/core/apply/ports';
import type { TargetClients, TargetSessions } from './target-sessions.ts';
import { translated } from './translate-error.ts';

/** `client`: which of the session's clients asks. */
export function drsLaunchConfigurations(
  sessions: TargetSessions,
  client: (clients: TargetClients) => DrsClient = ({ drs }) => drs,
): LaunchConfigurations {
  return {
    async get(target, sourceServerID) {
      const drs = client(await sessions(target));
      const operation = 'GetLaunchConfiguration';
      return configurationOf(
        operation,
        await drs.send(new GetLaunchConfigurationCommand({ sourceServerID })).catch(translated(operation)),
      );
    },
    async update(target, sourceServerID, changes) {
      const drs = client(await sessions(target));
      const operation = 'UpdateLaunchConfiguration';
      const command = new UpdateLaunchConfigurationCommand({ sourceServerID, ...requestOf(changes) });
      return configurationOf(operation, await drs.send(command).catch(translated(operation)));
    },
  };
}

/** What is left out stays as it is, so that there be no instance to launch into is said by an empty id. */
function requestOf({ launchIntoInstanceProperties: into, ...switches }: DrsSettings): object {
  return {
    ...switches,
    ...(into !== undefined && { launchIntoInstanceProperties: into ?? { launchIntoEC2InstanceID: '' } }),
  };
}

/** DRS names a template for every server; without one there is nothing to launch from, and DRS is about to make it again. */
function configurationOf(operation: string, found: DrsLaunchConfiguration): LaunchConfiguration {
  if (!found.ec2LaunchTemplateID) {
    const message = 'DRS names no launch template for this server';
    throw new AwsCallError({
      kind: 'unavailable',
      operation,
      awsCode: 'NoLaunchTemplate',
      message,
      answered: true,
      cause: found,
    });
  }
  return { launchTemplateId: found.ec2LaunchTemplateID, settings: settingsOf(found) };
}

function settingsOf(found: DrsLaunchConfiguration): DrsSettings {
  const into = found.launchIntoInstanceProperties?.launchIntoEC2InstanceID;
  const settings = {
    name: found.name,
    launchDisposition: found.launchDisposition,
    targetInstanceTypeRightSizingMethod: found.targetInstanceTypeRightSizingMethod,
    copyPrivateIp: found.copyPrivateIp,
    copyTags: found.copyTags,
    licensing: found.licensing?.osByol === undefined ? undefined : { osByol: found.licensing.osByol },
    postLaunchEnabled: found.postLaunchEnabled,
    launchIntoInstanceProperties: into ? { launchIntoEC2InstanceID: into } : undefined,
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as DrsSettings;
}
