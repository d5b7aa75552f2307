import { setTimeout as pause } from 'node:timers/promises';
import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { LaunchConfigStatus } from '@prelaunch/contracts/status';
import { LOCAL_STAGE, physicalName } from '@prelaunch/topology/names';
import { z } from 'zod';
import type { Clients } from './clients.ts';

export const GROUPS_TABLE = physicalName(LOCAL_STAGE, 'ProtectionGroups');

const GroupItem = z.object({ groupId: z.string(), revision: z.number(), launchConfigStatus: LaunchConfigStatus });
export type GroupItem = z.output<typeof GroupItem>;

const LOOK_AGAIN_MS = 50;

/** The status item as a wave orchestrator reads it. */
export async function readGroup({ documents }: Clients, groupId: string): Promise<GroupItem | undefined> {
  const input = { TableName: GROUPS_TABLE, Key: { groupId }, ConsistentRead: true };
  const { Item } = await documents.send(new GetCommand(input));
  return Item === undefined ? undefined : GroupItem.parse(Item);
}

export async function storedGroupIds({ documents }: Clients): Promise<string[]> {
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: GROUPS_TABLE }));
  return Items.map((item) => GroupItem.parse(item).groupId);
}

/** Looks until the group of this revision is no longer pending; tells each look. */
export async function settledGroup(
  clients: Clients,
  { groupId, revision }: { readonly groupId: string; readonly revision: number },
  onLook: (status: LaunchConfigStatus) => void,
): Promise<GroupItem> {
  for (;;) {
    const group = await readGroup(clients, groupId);
    if (group && group.revision >= revision) {
      onLook(group.launchConfigStatus);
      if (group.launchConfigStatus.status !== 'pending') return group;
    }
    await pause(LOOK_AGAIN_MS);
  }
}
