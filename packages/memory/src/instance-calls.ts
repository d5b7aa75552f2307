import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import type { InstanceChange, RunningInstance } from '@prelaunch/core/drift/ports';

/** One call of EC2, and what an instance has by it. */
interface Call {
  readonly operation: string;
  readonly settings: LaunchSettings;
}

/** The calls by which EC2 takes a change, in the order in which they are made. */
export function callsFor(
  change: InstanceChange,
  { settings: { iamInstanceProfile: attached }, networkInterfaceIds }: RunningInstance,
): Call[] {
  const { securityGroupIds, iamInstanceProfile, metadataOptions, monitoring, tags = {} } = change;
  const calls: Call[] = [];
  // An instance always has groups.
  const ofGroups = networkInterfaceIds.length > 1 ? 'ModifyNetworkInterfaceAttribute' : 'ModifyInstanceAttribute';
  if (securityGroupIds) calls.push({ operation: ofGroups, settings: { securityGroupIds } });
  if (iamInstanceProfile !== undefined && (iamInstanceProfile || attached))
    calls.push({ operation: profileCall(attached, iamInstanceProfile), settings: { iamInstanceProfile } });
  if (Object.keys(metadataOptions ?? {}).length > 0)
    calls.push({ operation: 'ModifyInstanceMetadataOptions', settings: { metadataOptions } });
  if (monitoring)
    calls.push({ operation: monitoring.enabled ? 'MonitorInstances' : 'UnmonitorInstances', settings: { monitoring } });
  const removed = Object.entries(tags).filter(([, value]) => value === null);
  const written = Object.entries(tags).filter(([, value]) => value !== null);
  if (removed.length > 0) calls.push({ operation: 'DeleteTags', settings: { tags: Object.fromEntries(removed) } });
  if (written.length > 0) calls.push({ operation: 'CreateTags', settings: { tags: Object.fromEntries(written) } });
  return calls;
}

function profileCall(attached: string | null | undefined, wanted: string | null): string {
  if (wanted === null) return 'DisassociateIamInstanceProfile';
  return attached ? 'ReplaceIamInstanceProfileAssociation' : 'AssociateIamInstanceProfile';
}
