import type * as Ec2 from '@aws-sdk/client-ec2';
import type { Call } from '../call.ts';
import { invalidParameter } from './ec2-errors.ts';
import { assertState, changeInstance, namedInstance, namedInstances } from './named-instances.ts';

const HOP_LIMIT_MAX = 64;
const ON_OFF = ['enabled', 'disabled'];

type Options = Partial<Ec2.ModifyInstanceMetadataOptionsRequest>;

const VALUES: readonly (readonly [name: keyof Options, values: readonly unknown[]])[] = [
  ['HttpTokens', ['optional', 'required']],
  ['HttpEndpoint', ON_OFF],
  ['HttpProtocolIpv6', ON_OFF],
  ['InstanceMetadataTags', ON_OFF],
];

/** What is absent stays as it is. The answer says `pending`, as EC2's does; describes say `applied` from then on. */
export function modifyInstanceMetadataOptions(
  input: Options,
  { place }: Call,
): Ec2.ModifyInstanceMetadataOptionsResult {
  const { InstanceId, DryRun: _dry, ...change } = input;
  const instance = namedInstance(InstanceId, place);
  assertValues(change);
  assertState(instance, ['running', 'stopped']);
  const changed = { ...instance.MetadataOptions, ...change };
  if (change.HttpTokens !== undefined && changed.HttpEndpoint !== 'enabled') {
    const message =
      "The HttpEndpoint is not set to 'enabled' in this request. To specify a value for HttpTokens, set HttpEndpoint to 'enabled'.";
    throw invalidParameter(message);
  }
  changeInstance(instance.InstanceId, { MetadataOptions: changed }, place);
  return { InstanceId: instance.InstanceId, InstanceMetadataOptions: { ...changed, State: 'pending' } };
}

export function monitorInstances(
  { InstanceIds }: Partial<Ec2.MonitorInstancesRequest>,
  call: Call,
): Ec2.MonitorInstancesResult {
  return { InstanceMonitorings: setMonitoring(InstanceIds, { by: 'pending', to: 'enabled' }, call) };
}

export function unmonitorInstances(
  { InstanceIds }: Partial<Ec2.UnmonitorInstancesRequest>,
  call: Call,
): Ec2.UnmonitorInstancesResult {
  return { InstanceMonitorings: setMonitoring(InstanceIds, { by: 'disabling', to: 'disabled' }, call) };
}

function setMonitoring(
  instanceIds: readonly string[] | undefined,
  { by, to }: { by: Ec2.MonitoringState; to: Ec2.MonitoringState },
  { place }: Call,
): Ec2.InstanceMonitoring[] {
  const instances = namedInstances(instanceIds, place);
  for (const instance of instances) assertState(instance, ['running', 'stopped']);
  return instances.map(({ InstanceId, Monitoring }) => {
    changeInstance(InstanceId, { Monitoring: { State: to } }, place);
    return { InstanceId, Monitoring: { State: Monitoring?.State === to ? to : by } };
  });
}

function assertValues(change: Options): void {
  for (const [name, values] of VALUES) {
    const value = change[name];
    if (value !== undefined && !values.includes(value)) throw invalidValue(value, name);
  }
  const { HttpPutResponseHopLimit: hops = 1 } = change;
  if (hops < 1 || hops > HOP_LIMIT_MAX) throw invalidValue(hops, 'HttpPutResponseHopLimit');
}

function invalidValue(value: string | number | boolean, name: string): Error {
  return invalidParameter(`Value (${value}) for parameter ${name} is invalid.`);
}
