import type { ServerStatus, StatusError } from '@prelaunch/contracts/status';
import type { Group } from '../group/group.ts';
import { isReady, type SourceServer } from '../group/source-server.ts';

/** How a member of a group stands. `server` is its item where the group has claimed it. */
export interface MemberState {
  readonly status: ServerStatus;
  readonly errors: readonly StatusError[];
  readonly server?: SourceServer;
}

/** One that another group holds has failed, one that is not claimed yet is pending, and a stored `ready` counts only with the proof beside it. */
export function memberState(group: Group, serverId: string, server: SourceServer | undefined): MemberState {
  const held = group.heldElsewhere.find((error) => error.serverId === serverId);
  if (held) return { status: 'failed', errors: [held] };
  if (server?.groupId !== group.groupId) {
    return { status: server?.groupId === undefined ? 'pending' : 'failed', errors: [] };
  }
  const unproven = server.status === 'ready' && !isReady(server);
  return { status: unproven ? 'pending' : server.status, errors: server.errors, server };
}
