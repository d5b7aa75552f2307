import type { GetLaunchConfigStatusResponse } from '@prelaunch/contracts/operations';
import type { ServerConfig } from '@prelaunch/contracts/status';
import { DomainError } from '../errors.ts';
import { type Clock, type GroupStore, getGroup, type ServerStore } from '../group/ports.ts';
import { type MemberState, memberState } from './member-state.ts';

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
    serverConfigs: Object.fromEntries(
      group.serverIds.map((id) => [id, serverConfig(memberState(group, id, servers.get(id)))]),
    ),
    errors,
  };
}

function serverConfig({ status, errors, server }: MemberState): ServerConfig {
  return {
    status,
    lastApplied: server?.applied?.verifiedAt ?? null,
    configHash: server?.applied?.hash ?? null,
    errors: [...errors],
  };
}
