import type { Instance, InstanceNetworkInterface } from '@aws-sdk/client-ec2';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { AwsCallError } from '@prelaunch/core/apply/ports';
import type { RunningInstance } from '@prelaunch/core/drift/ports';
import { metadataSettings, stated, tagSettings } from './ec2-values.ts';

/** An instance as EC2 describes it. Throws `AwsCallError` where EC2 left out which one it is, or its state. */
export function runningInstanceOf(found: Instance): RunningInstance {
  const { InstanceId: instanceId, State: { Name: state } = {}, NetworkInterfaces: attached = [] } = found;
  if (instanceId === undefined || state === undefined) return incomplete(instanceId);
  const interfaces = attached.toSorted((one, other) => placeOf(one) - placeOf(other));
  return {
    instanceId,
    state,
    settings: settingsOf(found, interfaces.find(isPrimary)),
    networkInterfaceIds: interfaces.flatMap(({ NetworkInterfaceId }) => NetworkInterfaceId ?? []),
  };
}

/** What AWS and DRS mark instances with is theirs: nobody else may write it. */
const OTHERS_TAGS = /^(aws:|AWSElasticDisasterRecovery)/i;

/** The primary interface says more precisely what the instance says as well. */
function settingsOf(found: Instance, primary: InstanceNetworkInterface | undefined): LaunchSettings {
  const groups = (primary?.Groups ?? found.SecurityGroups ?? []).flatMap(({ GroupId }) => GroupId ?? []);
  const { MetadataOptions: metadata, Monitoring: { State: monitoring } = {}, Tags: tags = [] } = found;
  // AWS's value types are wider: an instance may have what Prelaunch would refuse to write.
  const settings: LaunchSettings = stated({
    instanceType: found.InstanceType,
    subnetId: primary?.SubnetId ?? found.SubnetId,
    securityGroupIds: groups.length > 0 ? groups : undefined,
    iamInstanceProfile: found.IamInstanceProfile?.Arn,
    privateIpAddress: primary?.PrivateIpAddress ?? found.PrivateIpAddress,
    metadataOptions: metadata && metadataSettings(metadata),
    monitoring: monitoring && { enabled: monitoring === 'enabled' || monitoring === 'pending' },
    tenancy: found.Placement?.Tenancy,
    tags: tagSettings(tags.filter(({ Key = '' }) => !OTHERS_TAGS.test(Key))),
  });
  return settings;
}

/** Each network card counts its interfaces from 0; the primary one is the first of the first card. */
const PER_CARD_MAX = 1_000;

function placeOf({ Attachment: { NetworkCardIndex = 0, DeviceIndex } = {} }: InstanceNetworkInterface): number {
  return NetworkCardIndex * PER_CARD_MAX + (DeviceIndex ?? PER_CARD_MAX - 1);
}

function isPrimary(one: InstanceNetworkInterface): boolean {
  return placeOf(one) === 0;
}

/** Nothing is concluded from an answer without what was asked for. */
function incomplete(instanceId: string | undefined): never {
  throw new AwsCallError({
    kind: 'unavailable',
    operation: 'DescribeInstances',
    awsCode: 'NoInstance',
    message: `EC2 answered without the id or the state of ${instanceId ?? 'an instance'}`,
    answered: true,
    cause: undefined,
  });
}
