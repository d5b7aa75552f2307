import type { GetLaunchConfigStatusResponse, ShownStatus } from '@prelaunch/contracts/operations/launch-configs';
import type { ServerConfig } from '@prelaunch/contracts/status';
import type { Group } from '../group/group.ts';
import type { ServerStore } from '../group/ports.ts';
import type { SourceServer } from '../group/source-server.ts';
import { isGroupFresh } from './freshness.ts';
import { type MemberState, memberState } from './member-state.ts';

/** The status of a group with that of each server, as the API answers it. */
export async function launchConfigStatusOf(
  group: Group,
  { servers, now }: { readonly servers: ServerStore; readonly now: () => Date },
): Promise<GetLaunchConfigStatusResponse> {
  const { groupId, generation } = group;
  return { groupId, generation, ...shownStatus(group, await servers.getMany(group.serverIds), now()) };
}

/** What the API shows of a group's status, from the group and the servers as they were read. */
export function shownStatus(group: Group, servers: ReadonlyMap<string, SourceServer>, now: Date): ShownStatus {
  const { status, lastApplied, appliedBy, counts, errors } = group.launchConfigStatus;
  const configs = group.serverIds.map((id) => [id, serverConfig(memberState(group, id, servers.get(id)))]);
  const serverConfigs = Object.fromEntries(configs);
  return { status, lastApplied, appliedBy, counts, fresh: isGroupFresh(group, now), serverConfigs, errors };
}

function serverConfig({ status, errors, server }: MemberState): ServerConfig {
  return {
    status,
    lastApplied: server?.applied?.verifiedAt ?? null,
    configHash: server?.applied?.hash ?? null,
    errors: [...errors],
  };
}
