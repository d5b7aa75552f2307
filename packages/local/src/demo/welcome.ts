import { busName, LOCAL_STAGE, physicalName } from '@prelaunch/topology/names';
import { topology } from '@prelaunch/topology/topology';
import type { Runtime } from '../runtime.ts';
import { DEMO_GROUP_ID, DEMO_INSTANCE_PROFILE, DEMO_NETWORK } from './demo-group.ts';
import type { DemoOptions } from './demo-options.ts';
import type { Fleet } from './start-demo-runtime.ts';

/** What somebody needs to know to reach the running pipeline with any AWS client. */
export function welcomeLines(
  { endpoint, api, credentials, accountId, region }: Runtime,
  fleet: Fleet,
  options: DemoOptions,
): string[] {
  const { subnetId, cidrBlock, securityGroupIds } = DEMO_NETWORK;
  const names = (ids: object) => Object.keys(ids).map((id) => physicalName(LOCAL_STAGE, id));
  return [
    'Prelaunch runs on this machine.',
    `  AWS_ENDPOINT_URL      ${endpoint}`,
    `  AWS_REGION            ${region}, any credentials`,
    `  API                   ${api.url}, with a token (npm run -s token -- --help) or signed with ${credentials.accessKeyId}:${credentials.secretAccessKey}`,
    `  account               ${accountId}: ${fleet.grouped.length + fleet.free.length} source servers, ${fleet.free.length} of them free`,
    `  target account        ${fleet.target.accountId} in ${fleet.target.region}: ${fleet.target.serverIds.length} source servers`,
    `  settings can name     ${subnetId} (${cidrBlock}), ${securityGroupIds[0]}, instance profile ${DEMO_INSTANCE_PROFILE}`,
    `  bus                   ${busName(LOCAL_STAGE)}`,
    ...listed('tables', names(topology.tables)),
    ...listed('queues', names(topology.queues)),
    ...listed('topics', names(topology.topics)),
    ...listed('functions', names(topology.functions)),
    `  simulated AWS         profile ${options.profile}, seed ${options.seed}`,
  ];
}

/** Commands that need nothing but curl. */
export function tryLines({ endpoint, api, accountId, region }: Runtime, fleet: Fleet): string[] {
  const group = {
    groupId: 'pg-mine',
    name: 'Mine',
    accountId,
    region,
    revision: Math.floor(Date.now() / 1000),
    serverIds: fleet.free.slice(0, 2),
  };
  const launchConfig = { launchDisposition: 'STOPPED', copyTags: true };
  const detail = {
    version: '1',
    correlationId: 'try-1',
    data: { changeType: 'created', group: { ...group, launchConfig } },
  };
  const entry = {
    EventBusName: busName(LOCAL_STAGE),
    Source: 'me',
    DetailType: 'Protection Group Changed',
    Detail: JSON.stringify(detail),
  };
  const signed = (service: string) => `curl -s --user any:any --aws-sigv4 aws:amz:${region}:${service}`;
  const functionUrl = `${endpoint}/2015-03-31/functions/${physicalName(LOCAL_STAGE, 'operations')}/invocations`;
  const edited = fleet.grouped[1] ?? '';
  const edit = { sourceServerID: edited, copyPrivateIp: true };
  const resolve = { operation: 'resolve_configuration', groupId: DEMO_GROUP_ID, serverId: fleet.grouped[0] };
  return [
    'It stays up until Ctrl-C. Publish a change for two of the free servers, then ask for its status:',
    '',
    `${signed('events')} -H 'Content-Type: application/x-amz-json-1.1' -H 'X-Amz-Target: AWSEvents.PutEvents' ${endpoint}/ -d '${JSON.stringify({ Entries: [entry] })}'`,
    '',
    `${signed('lambda')} ${functionUrl} -d '${JSON.stringify({ operation: 'get_launch_config_status', groupId: 'pg-mine' })}'`,
    '',
    `What a server of ${DEMO_GROUP_ID} gets, and which configuration says so:`,
    '',
    `${signed('lambda')} ${functionUrl} -d '${JSON.stringify(resolve)}'`,
    '',
    'Or ask the API, which wants to know who asks:',
    '',
    `curl -s -H "authorization: Bearer $(npm run -s token -- --role operator)" ${api.url}/protection-groups/pg-mine/launch-config-status`,
    '',
    'Change a setting behind its back, as somebody in the DRS console would; then ask what moved, who moved it and how bad that is:',
    '',
    `${signed('drs')} -H 'Content-Type: application/json' ${endpoint}/UpdateLaunchConfiguration -d '${JSON.stringify(edit)}'`,
    '',
    `curl -s -H "authorization: Bearer $(npm run -s token -- --role operator)" ${api.url}/instances/${edited}/drift`,
  ];
}

function listed(label: string, names: readonly string[]): string[] {
  return names.map((name, index) => `  ${(index === 0 ? label : '').padEnd(22)}${name}`);
}
