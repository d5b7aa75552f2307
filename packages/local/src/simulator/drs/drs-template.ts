import type { Call } from '../call.ts';
import { drsCaller } from '../callers.ts';
import { addVersion, createTemplate, defaultVersionOf, setDefault, versionOutput } from '../ec2/launch-template.ts';
import { recordEc2Call } from '../ec2/record-ec2-call.ts';
import type { LaunchTemplate, LaunchTemplateData } from '../state.ts';
import { defaultTemplateData } from './default-template-data.ts';
import type { SourceServer } from './drs-resources.ts';
import type { LaunchConfiguration } from './launch-configuration.ts';

/** Makes the template that DRS keeps for a server, with the versions that onboarding leaves behind. */
export function createServerTemplate(server: SourceServer, call: Call): LaunchTemplate {
  const asDrs = { ...call, caller: drsCaller(call.place.accountId) };
  const data = defaultTemplateData(server, call.place, call.seed);
  const { UserData: _later, Monitoring: _too, ...bare } = data;
  const template = createTemplate(
    `created-and-used-by-elastic-disaster-recovery-${server.sourceServerID}`,
    {
      data: bare,
      description: 'Initial version',
      tags: [{ Key: 'AWSElasticDisasterRecoveryManaged', Value: 'drs.amazonaws.com' }],
    },
    asDrs,
  );
  addVersion(template, { data: { ...bare, Monitoring: data.Monitoring } }, asDrs);
  setDefault(template, addVersion(template, { data }, asDrs).versionNumber, asDrs);
  return template;
}

/** The server's template. DRS makes a new one, with defaults and another id, when somebody deleted it. */
export function templateOf(server: SourceServer, configuration: LaunchConfiguration, call: Call): LaunchTemplate {
  const template = call.place.templates.get(configuration.ec2LaunchTemplateID);
  if (template) return template;
  const recreated = createServerTemplate(server, call);
  configuration.ec2LaunchTemplateID = recreated.launchTemplateId;
  return recreated;
}

/**
 * DRS writes a template version for every accepted update, whether or not the data changed, and makes it the default.
 * AWS does not say whether these writes draw from the caller's EC2 token buckets; here they draw from none.
 */
export function rewriteTemplate(server: SourceServer, configuration: LaunchConfiguration, call: Call): void {
  const template = templateOf(server, configuration, call);
  const data = managedData(defaultVersionOf(template).data, server, configuration);
  commitDefault(template, data, { ...call, caller: drsCaller(call.place.accountId) });
}

/** Adds a version, makes it the default, and records both calls under the caller's name. */
export function commitDefault(template: LaunchTemplate, data: LaunchTemplateData, call: Call): void {
  const { launchTemplateId } = template;
  const version = addVersion(template, { data }, call);
  const created = { LaunchTemplateVersion: versionOutput(template, version) };
  setDefault(template, version.versionNumber, call);
  const createInput = { LaunchTemplateId: launchTemplateId, LaunchTemplateData: data };
  recordEc2Call({ operation: 'CreateLaunchTemplateVersion', input: createInput, output: created }, call);
  const modifyInput = { LaunchTemplateId: launchTemplateId, DefaultVersion: String(version.versionNumber) };
  recordEc2Call({ operation: 'ModifyLaunchTemplate', input: modifyInput, output: {} }, call);
}

/** Switching a setting off leaves in the template what it had written: only a rewrite by somebody else removes an address. */
function managedData(
  data: LaunchTemplateData,
  server: SourceServer,
  configuration: LaunchConfiguration,
): LaunchTemplateData {
  const sized = configuration.targetInstanceTypeRightSizingMethod === 'NONE' ? data : withRecommendedType(data, server);
  return configuration.copyPrivateIp ? withPrimaryAddress(sized, server.primaryAddress) : sized;
}

function withRecommendedType(data: LaunchTemplateData, server: SourceServer): LaunchTemplateData {
  const { InstanceRequirements: _excluded, ...rest } = data;
  return { ...rest, InstanceType: server.recommendedInstanceType as NonNullable<LaunchTemplateData['InstanceType']> };
}

function withPrimaryAddress(data: LaunchTemplateData, PrivateIpAddress: string): LaunchTemplateData {
  const nics = data.NetworkInterfaces ?? [];
  if (!nics.some(({ DeviceIndex }) => DeviceIndex === 0)) {
    return { ...data, NetworkInterfaces: [{ DeviceIndex: 0, PrivateIpAddress }, ...nics] };
  }
  const written = nics.map((nic) => {
    if (nic.DeviceIndex !== 0) return nic;
    const { PrivateIpAddresses: _excluded, ...rest } = nic;
    return { ...rest, PrivateIpAddress };
  });
  return { ...data, NetworkInterfaces: written };
}
