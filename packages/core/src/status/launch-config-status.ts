import type { GetLaunchConfigStatusResponse } from '@prelaunch/contracts/operations';
import type { ServerConfig } from '@prelaunch/contracts/status';
import { DomainError } from '../errors.ts';
import type { Group } from '../group/group.ts';
import { type Clock, type GroupStore, getGroup, type ServerStore } from '../group/ports.ts';
import { isReady, type SourceServer } from '../group/source-server.ts';

export class GroupNotFoundError extends DomainError {
  override readonly name = 'GroupNotFoundError';
  readonly code = 'group.not_found';

  constructor(groupId: string) {
    super(`protection group ${groupId} does not exist`);
  }
}

/** The status of a group with that of each server, as the API answers it. */
export async function getLaunchConfigStatus(
  groupId: string,
  deps: { readonly groups: GroupStore; readonly servers: ServerStore; readonly now: Clock },
): Promise<GetLaunchConfigStatusResponse> {
  const group = await getGroup(deps.groups, groupId);
  if (!group || group.deletedAt !== undefined) throw new GroupNotFoundError(groupId);
  const servers = await deps.servers.getMany(group.serverIds);
  const { status, lastApplied, appliedBy, counts, errors, freshUntil } = group.launchConfigStatus;
  return {
    groupId,
    status,
    lastApplied,
    appliedBy,
    counts,
    fresh: freshUntil !== null && Date.parse(freshUntil) > deps.now().getTime(),
    generation: group.generation,
    serverConfigs: Object.fromEntries(group.serverIds.map((id) => [id, serverConfig(group, id, servers.get(id))])),
    errors,
  };
}

function serverConfig(group: Group, serverId: string, server: SourceServer | undefined): ServerConfig {
  const held = group.heldElsewhere.find((error) => error.serverId === serverId);
  if (held) return { status: 'failed', lastApplied: null, configHash: null, errors: [held] };
  if (server?.groupId !== group.groupId) {
    const status = server?.groupId === undefined ? 'pending' : 'failed';
    return { status, lastApplied: null, configHash: null, errors: [] };
  }
  return {
    status: server.status === 'ready' && !isReady(server) ? 'pending' : server.status,
    lastApplied: server.applied?.verifiedAt ?? null,
    configHash: server.applied?.hash ?? null,
    errors: [...server.errors],
  };
}
