import {
  CreateTagsCommand,
  DeleteTagsCommand,
  type EC2Client,
  ModifyInstanceAttributeCommand,
  ModifyInstanceMetadataOptionsCommand,
  ModifyNetworkInterfaceAttributeCommand,
  MonitorInstancesCommand,
  UnmonitorInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { InstanceChange, RunningInstance } from '@prelaunch/core/drift/ports';
import { metadataOptions as ec2MetadataOptions } from './ec2-values.ts';
import { changeProfile } from './profile-association.ts';
import { translated } from './translate-error.ts';

/** Makes a call that changes something, and translates its failure. */
export type Changing = (operation: string, call: (ec2: EC2Client) => Promise<unknown>) => Promise<void>;

/** Changes one setting after the other. Answers the calls that changed something, in their order; throws at the first that fails. */
export async function changeInstance(
  ec2: EC2Client,
  instance: RunningInstance,
  change: InstanceChange,
): Promise<readonly string[]> {
  const { instanceId } = instance;
  const { securityGroupIds, iamInstanceProfile, metadataOptions, monitoring, tags } = change;
  const made: string[] = [];
  const changing: Changing = async (operation, call) => {
    await call(ec2).catch(translated(operation));
    made.push(operation);
  };
  // An instance always has groups: there being none cannot be asked for.
  if (securityGroupIds) await changeGroups(instance, securityGroupIds, changing);
  if (iamInstanceProfile !== undefined) await changeProfile(ec2, instanceId, iamInstanceProfile, changing);
  if (metadataOptions) await changeMetadata(instanceId, metadataOptions, changing);
  if (monitoring) await changeMonitoring(instanceId, monitoring, changing);
  if (tags) await changeTags(instanceId, tags, changing);
  return made;
}

/** On the interface where there are several, since EC2 refuses to change the groups of such an instance. DRS tags instances for sure. */
function changeGroups(
  { instanceId, networkInterfaceIds: [primary, ...others] }: RunningInstance,
  groupIds: readonly string[],
  changing: Changing,
): Promise<void> {
  const Groups = [...groupIds];
  if (primary === undefined || others.length === 0)
    return changing('ModifyInstanceAttribute', (ec2) =>
      ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: instanceId, Groups })),
    );
  return changing('ModifyNetworkInterfaceAttribute', (ec2) =>
    ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: primary, Groups })),
  );
}

async function changeMetadata(
  InstanceId: string,
  wanted: NonNullable<InstanceChange['metadataOptions']>,
  changing: Changing,
): Promise<void> {
  const options = ec2MetadataOptions(wanted);
  if (Object.keys(options).length === 0) return;
  await changing('ModifyInstanceMetadataOptions', (ec2) =>
    ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId, ...options })),
  );
}

function changeMonitoring(
  instanceId: string,
  { enabled }: NonNullable<InstanceChange['monitoring']>,
  changing: Changing,
): Promise<void> {
  const InstanceIds = [instanceId];
  if (enabled) return changing('MonitorInstances', (ec2) => ec2.send(new MonitorInstancesCommand({ InstanceIds })));
  return changing('UnmonitorInstances', (ec2) => ec2.send(new UnmonitorInstancesCommand({ InstanceIds })));
}

/** What shall go goes first: an instance may have 50 tags, and not one more for a moment. */
async function changeTags(
  instanceId: string,
  tags: NonNullable<InstanceChange['tags']>,
  changing: Changing,
): Promise<void> {
  const Resources = [instanceId];
  const removed = Object.entries(tags).flatMap(([Key, Value]) => (Value === null ? [{ Key }] : []));
  const written = Object.entries(tags).flatMap(([Key, Value]) => (Value === null ? [] : [{ Key, Value }]));
  if (removed.length > 0)
    await changing('DeleteTags', (ec2) => ec2.send(new DeleteTagsCommand({ Resources, Tags: removed })));
  if (written.length > 0)
    await changing('CreateTags', (ec2) => ec2.send(new CreateTagsCommand({ Resources, Tags: written })));
}
