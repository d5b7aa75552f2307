import { isDeepStrictEqual } from 'node:util';
import { LaunchConfigStatusChanged, type PrelaunchEvent } from '@prelaunch/contracts/events';
import type { LaunchConfigStatus } from '@prelaunch/contracts/status';
import type { Group } from '../group/group.ts';
import { type Clock, type EventPublisher, type GroupStore, getGroup, type ServerStore } from '../group/ports.ts';
import { updateItem } from '../group/update-item.ts';
import { foldStatus } from './fold-status.ts';

export interface AggregateDeps {
  readonly groups: GroupStore;
  readonly servers: ServerStore;
  readonly events: EventPublisher;
  readonly now: Clock;
}

/**
 * Folds the members' states into the group's status and announces it when it changed. Compare-and-set on the whole group item:
 * a fold over servers that were read before a newer generation was accepted is thrown away.
 */
export async function aggregateGroup(groupId: string, deps: AggregateDeps): Promise<Group | undefined> {
  const saved = await updateItem(
    `group ${groupId}`,
    async () => {
      const group = await getGroup(deps.groups, groupId);
      if (!group) return undefined;
      return { group, status: foldStatus(group, await deps.servers.getMany(group.serverIds)) };
    },
    (read) => {
      if (!read || sameStatus(read.group.launchConfigStatus, read.status)) return undefined;
      const statusRevision = read.group.launchConfigStatus.statusRevision + 1;
      return { ...read, status: { ...read.status, statusRevision } };
    },
    ({ group, status }) => deps.groups.save({ ...group, launchConfigStatus: status }),
  );
  const group = saved ? undefined : await getGroup(deps.groups, groupId);
  const current = saved
    ? { ...saved.group, launchConfigStatus: saved.status, version: saved.group.version + 1 }
    : group;
  if (current) await announce(current, deps);
  return current;
}

/** Published before it is noted as published: told twice at worst, never not at all. */
async function announce(group: Group, deps: AggregateDeps): Promise<void> {
  const { status } = group.launchConfigStatus;
  if (group.announcedStatus === status) return;
  await deps.events.publish([statusChanged(group)]);
  await updateItem(
    `group ${group.groupId}`,
    () => getGroup(deps.groups, group.groupId),
    (stored) => (stored && stored.announcedStatus !== status ? { ...stored, announcedStatus: status } : undefined),
    (stored) => deps.groups.save(stored),
  );
}

function statusChanged({
  groupId,
  launchConfigStatus,
  announcedStatus,
  generation,
  correlationId,
}: Group): PrelaunchEvent {
  const { status, counts } = launchConfigStatus;
  const data = { groupId, previous: announcedStatus, status, counts, generation };
  return { type: LaunchConfigStatusChanged.type, detail: { version: '1', correlationId, data } };
}

function sameStatus(one: LaunchConfigStatus, other: LaunchConfigStatus): boolean {
  return isDeepStrictEqual({ ...one, statusRevision: 0 }, { ...other, statusRevision: 0 });
}
