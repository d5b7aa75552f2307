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
  let read: Folded | undefined;
  const saved = await updateItem(
    `group ${groupId}`,
    async () => {
      read = await folded(groupId, deps);
      return read;
    },
    (found) => {
      if (!found || sameStatus(found.group.launchConfigStatus, found.status)) return undefined;
      const statusRevision = found.group.launchConfigStatus.statusRevision + 1;
      return { ...found, status: { ...found.status, statusRevision } };
    },
    ({ group, status }) => deps.groups.save({ ...group, launchConfigStatus: status }),
  );
  const current = saved
    ? { ...saved.group, launchConfigStatus: saved.status, version: saved.group.version + 1 }
    : read?.group;
  if (current) await announce(current, deps);
  return current;
}

interface Folded {
  readonly group: Group;
  readonly status: LaunchConfigStatus;
}

async function folded(groupId: string, { groups, servers }: AggregateDeps): Promise<Folded | undefined> {
  const group = await getGroup(groups, groupId);
  return group && { group, status: foldStatus(group, await servers.getMany(group.serverIds)) };
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
