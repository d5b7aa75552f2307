import { GetLaunchConfigStatusResponse } from '@prelaunch/contracts/operations/launch-configs';
import type { Simulator } from '@prelaunch/local/simulator/create-simulator';
import type { Pipeline } from '../../support/pipeline.ts';

/** What AWS has of a server now: DRS's switches, and what the default version of its template holds. */
export function liveOf(simulator: Simulator, serverId: string) {
  const { versions, defaultVersion, launchConfiguration } = simulator.launchTemplateOf(serverId);
  const content = versions.find(({ versionNumber }) => versionNumber === defaultVersion)?.data;
  if (!content) throw new Error(`the template of ${serverId} has no default version`);
  const primary = content.NetworkInterfaces?.find(({ DeviceIndex }) => DeviceIndex === 0);
  return { launchConfiguration, content, primary };
}

/** A group's status with every server's, as the API answers it. */
export async function statusOf(pipeline: Pick<Pipeline, 'invoke'>, groupId: string) {
  return GetLaunchConfigStatusResponse.parse(await pipeline.invoke({ operation: 'get_launch_config_status', groupId }));
}

/** The instance tags of a template's content. */
export function tagsOf({ TagSpecifications = [] }: ReturnType<typeof liveOf>['content']): Record<string, string> {
  const tags = TagSpecifications.find(({ ResourceType }) => ResourceType === 'instance')?.Tags ?? [];
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
}
