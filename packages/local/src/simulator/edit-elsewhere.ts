import type { Call } from './call.ts';
import { commitDefault, templateOf } from './drs/drs-template.ts';
import { type LaunchConfigurationChange, serverById, updateLaunchConfiguration } from './drs/launch-configuration.ts';
import {
  appendVersion,
  defaultVersionOf,
  deleteTemplate,
  templateById,
  templateOutput,
} from './ec2/launch-template.ts';
import { recordEc2Call } from './ec2/record-ec2-call.ts';
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

/** Deletes the server's template. DRS makes another, with defaults, when it is next asked about the server. */
export function deleteServerTemplate(serverId: string, call: Call): void {
  const { configuration } = serverById(serverId, call.place);
  const LaunchTemplateId = configuration.ec2LaunchTemplateID;
  const template = templateById(LaunchTemplateId, call.place);
  const output = { LaunchTemplate: templateOutput(template) };
  deleteTemplate(template, call);
  recordEc2Call({ operation: 'DeleteLaunchTemplate', input: { LaunchTemplateId }, output }, call);
}

/** Adds versions that repeat the default one's data and leave the default where it is. Thousands are cheap: no events tell of them. */
export function addServerVersions(serverId: string, count: number, call: Call): void {
  const { server, configuration } = serverById(serverId, call.place);
  const template = templateOf(server, configuration, call);
  const { data } = defaultVersionOf(template);
  for (let added = 0; added < count; added += 1) appendVersion(template, { data }, call);
}
