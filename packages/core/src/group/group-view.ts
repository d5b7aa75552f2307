import { operations } from '@prelaunch/contracts/operations';
import type { ProtectionGroup, ProtectionGroupSummary } from '@prelaunch/contracts/operations/protection-groups';
import type { Catalogue } from '../configuration/configuration.ts';
import { isGroupFresh } from '../status/freshness.ts';
import { shownStatus } from '../status/launch-config-status.ts';
import type { Group } from './group.ts';
import { inheritanceState, standing } from './inheritance.ts';
import type { SourceServer } from './source-server.ts';

/** A group as the API answers it, with the status of each of its servers. */
export function groupView(
  group: Group,
  { servers, catalogue, now }: { servers: ReadonlyMap<string, SourceServer>; catalogue: Catalogue; now: Date },
): ProtectionGroup {
  const { configuration, launchConfig, serverOverrides, driftPolicy } = group;
  const launchConfigStatus = shownStatus(standing(group, catalogue), servers, now);
  return {
    ...described(group),
    serverIds: [...group.serverIds],
    configuration: configuration ?? null,
    inherits: inheritsView(group, catalogue),
    launchConfig: (launchConfig as ProtectionGroup['launchConfig'] | undefined) ?? null,
    serverOverrides: serverOverrides as ProtectionGroup['serverOverrides'],
    ...(driftPolicy && { driftPolicy }),
    launchConfigStatus,
    ...(launchConfigStatus.status === 'pending' && { statusPath: statusPathOf(group.groupId) }),
  };
}

function inheritsView(group: Group, catalogue: Catalogue): ProtectionGroup['inherits'] {
  const state = inheritanceState(group, catalogue);
  if (!group.inherits || state === 'none') return null;
  const { configuration, bindingId, followed } = group.inherits;
  return { configuration, bindingId: bindingId ?? null, versions: [...followed], state };
}

/** Where the outcome of what is still being applied will show. */
export function statusPathOf(groupId: string): string {
  return operations.get_launch_config_status.http.path.replace('{groupId}', groupId);
}

/** A group as lists show it. */
export function groupSummary(group: Group, now: Date): ProtectionGroupSummary {
  const { status, lastApplied, appliedBy, counts } = group.launchConfigStatus;
  return {
    ...described(group),
    serverCount: group.serverIds.length,
    launchConfigStatus: { status, lastApplied, appliedBy, counts, fresh: isGroupFresh(group, now) },
  };
}

function described({ groupId, name, description, accountId, region, tags, ...group }: Group) {
  const { generation, changedBy, changedAt } = group;
  return {
    groupId,
    name,
    description: description ?? null,
    accountId,
    region,
    tags: { ...tags },
    generation,
    changedBy,
    changedAt,
  };
}
