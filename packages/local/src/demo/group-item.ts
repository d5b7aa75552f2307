import { setTimeout as pause } from 'node:timers/promises';
import { GetCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import { LaunchConfigStatus } from '@prelaunch/contracts/status';
import { LOCAL_STAGE, physicalName } from '@prelaunch/topology/names';
import * as z from 'zod';
import type { Clients } from './clients.ts';

export const GROUPS_TABLE = physicalName(LOCAL_STAGE, 'ProtectionGroups');

const GroupItem = z.object({
  groupId: z.string(),
  revision: z.number(),
  deletedAt: z.string().optional(),
  launchConfigStatus: LaunchConfigStatus,
});
export type GroupItem = z.output<typeof GroupItem>;

const LOOK_AGAIN_MS = 50;
/** Longer than the rate limits make the largest group take. */
const SETTLE_MS_MAX = 120 * 60_000;

/** The status item as a wave orchestrator reads it. */
export async function readGroup({ documents }: Clients, groupId: string): Promise<GroupItem | undefined> {
  const input = { TableName: GROUPS_TABLE, Key: { groupId }, ConsistentRead: true };
  const { Item } = await documents.send(new GetCommand(input));
  return Item === undefined ? undefined : GroupItem.parse(Item);
}

export async function storedGroupIds({ documents }: Clients): Promise<string[]> {
  const found: GroupItem[] = [];
  for await (const { Items = [] } of paginateScan({ client: documents }, { TableName: GROUPS_TABLE })) {
    found.push(...Items.map((item) => GroupItem.parse(item)));
  }
  return found
    .filter(({ deletedAt, revision }) => deletedAt === undefined && revision >= 0)
    .map(({ groupId }) => groupId);
}

/** Looks until the group of this revision is no longer pending; tells each look. */
export async function settledGroup(
  clients: Clients,
  { groupId, revision }: { readonly groupId: string; readonly revision: number },
  onLook: (status: LaunchConfigStatus) => void,
): Promise<GroupItem> {
  const end = performance.now() + SETTLE_MS_MAX;
  while (performance.now() < end) {
    const group = await readGroup(clients, groupId);
    if (group && group.revision >= revision) {
      onLook(group.launchConfigStatus);
      if (group.launchConfigStatus.status !== 'pending') return group;
    }
    await pause(LOOK_AGAIN_MS);
  }
  throw new Error(`${groupId} was still pending after ${SETTLE_MS_MAX / 60_000} minutes; the logs say why`);
}
