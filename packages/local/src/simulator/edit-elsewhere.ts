import type { Call } from './call.ts';
import { commitDefault, templateOf } from './drs/drs-template.ts';
import { type LaunchConfigurationChange, serverById, updateLaunchConfiguration } from './drs/launch-configuration.ts';
import { defaultVersionOf } from './ec2/launch-template.ts';
import type { LaunchTemplateData } from './state.ts';

/** What somebody else changes: DRS's switches, the default template data, or both in this order. */
export interface ElsewhereEdit {
  launchConfiguration?: LaunchConfigurationChange;
  /** Receives the default version's data and returns what the new default version holds. */
  templateData?: (data: LaunchTemplateData) => LaunchTemplateData;
}

/** Makes the edit and leaves the trace that the console would: versions, and CloudTrail events in the editor's name. */
export function editServer(serverId: string, { launchConfiguration, templateData }: ElsewhereEdit, call: Call): void {
  if (launchConfiguration) {
    const input = { sourceServerID: serverId, ...launchConfiguration };
    const responseElements = updateLaunchConfiguration(input, call);
    const { caller, at, place } = call;
    const eventName = 'UpdateLaunchConfiguration';
    call.trail.record({
      service: 'drs',
      eventName,
      region: place.region,
      caller,
      at,
      requestParameters: input,
      responseElements,
    });
  }
  if (!templateData) return;
  const { server, configuration } = serverById(serverId, call.place);
  const template = templateOf(server, configuration, call);
  commitDefault(template, templateData(structuredClone(defaultVersionOf(template).data)), call);
}
