import * as z from 'zod';
import type { Call } from '../call.ts';
import type { Place } from '../state.ts';
import { invalid, resourceNotFound } from './drs-errors.ts';
import { SourceServerId } from './drs-fields.ts';
import type { SourceServer } from './drs-resources.ts';
import { rewriteTemplate, templateOf } from './drs-template.ts';

export interface LaunchConfiguration {
  sourceServerID: string;
  name: string;
  ec2LaunchTemplateID: string;
  launchDisposition: 'STOPPED' | 'STARTED';
  targetInstanceTypeRightSizingMethod: 'NONE' | 'BASIC' | 'IN_AWS';
  copyPrivateIp: boolean;
  copyTags: boolean;
  licensing: { osByol?: boolean | undefined };
  postLaunchEnabled: boolean;
  launchIntoInstanceProperties: { launchIntoEC2InstanceID?: string | undefined };
  recoveryMode: 'FAST' | 'OPTIMAL';
}

const LaunchConfigurationSwitches = z.object({
  name: z.string().max(128).optional(),
  launchDisposition: z.enum(['STOPPED', 'STARTED']).optional(),
  targetInstanceTypeRightSizingMethod: z.enum(['NONE', 'BASIC', 'IN_AWS']).optional(),
  copyPrivateIp: z.boolean().optional(),
  copyTags: z.boolean().optional(),
  licensing: z.object({ osByol: z.boolean().optional() }).optional(),
  postLaunchEnabled: z.boolean().optional(),
  launchIntoInstanceProperties: z
    .object({
      launchIntoEC2InstanceID: z
        .string()
        .max(255)
        .regex(/^(i-[0-9a-fA-F]{8,})?$/)
        .optional(),
    })
    .optional(),
  recoveryMode: z.enum(['FAST', 'OPTIMAL']).optional(),
});

/** The switches of one update; what is absent stays as it is. */
export type LaunchConfigurationChange = z.infer<typeof LaunchConfigurationSwitches>;

export const GetLaunchConfigurationRequest = z.object({ sourceServerID: SourceServerId });
export const UpdateLaunchConfigurationRequest = LaunchConfigurationSwitches.extend({ sourceServerID: SourceServerId });

/** AWS does not document the defaults of right-sizing and recovery mode; these are the console's. */
export function defaultLaunchConfiguration(sourceServerID: string, ec2LaunchTemplateID: string): LaunchConfiguration {
  return {
    sourceServerID,
    name: `Launch Configuration for Source Server ${sourceServerID}`,
    ec2LaunchTemplateID,
    launchDisposition: 'STARTED',
    targetInstanceTypeRightSizingMethod: 'BASIC',
    copyPrivateIp: false,
    copyTags: false,
    licensing: { osByol: false },
    postLaunchEnabled: false,
    launchIntoInstanceProperties: {},
    recoveryMode: 'OPTIMAL',
  };
}

export function getLaunchConfiguration(
  input: z.infer<typeof GetLaunchConfigurationRequest>,
  call: Call,
): LaunchConfiguration {
  const { server, configuration } = serverById(input.sourceServerID, call.place);
  templateOf(server, configuration, call);
  return configuration;
}

/** The last writer wins: DRS keeps no version of a launch configuration that a caller could name. */
export function updateLaunchConfiguration(
  input: z.infer<typeof UpdateLaunchConfigurationRequest>,
  call: Call,
): LaunchConfiguration {
  const { sourceServerID, ...change } = input;
  const { server, configuration } = serverById(sourceServerID, call.place);
  const changed: LaunchConfiguration = { ...configuration, ...stated(change) };
  assertLaunchIntoInstance(changed);
  rewriteTemplate(server, changed, call);
  call.place.launchConfigurations.set(sourceServerID, changed);
  return changed;
}

export function serverById(
  serverId: string,
  place: Place,
): { server: SourceServer; configuration: LaunchConfiguration } {
  const server = place.servers.get(serverId);
  const configuration = place.launchConfigurations.get(serverId);
  if (!server || !configuration) throw resourceNotFound('SourceServer', serverId);
  return { server, configuration };
}

type Stated<Change> = { [Key in keyof Change]?: Exclude<Change[Key], undefined> };

function stated<Change extends object>(change: Change): Stated<Change> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Stated<Change>;
}

/** The console switches the two copies off; a caller of the API has to. */
function assertLaunchIntoInstance(configuration: LaunchConfiguration): void {
  if (!configuration.launchIntoInstanceProperties.launchIntoEC2InstanceID) return;
  const fields = (['copyPrivateIp', 'copyTags'] as const).filter((name) => configuration[name]);
  if (fields.length === 0) return;
  const message = 'must be false when launchIntoInstanceProperties is set';
  throw invalid(
    `${fields.join(' and ')} ${message}`,
    fields.map((name) => ({ name, message })),
  );
}
