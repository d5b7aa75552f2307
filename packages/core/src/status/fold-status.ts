import type { LaunchConfigStatus, ServerStatus, StatusCounts, StatusError } from '@prelaunch/contracts/status';
import { type Group, isLagging } from '../group/group.ts';
import { isReady, type SourceServer } from '../group/source-server.ts';
import { boundedErrors } from './bounded-errors.ts';
import { freshUntil } from './freshness.ts';

/** A member's part in the group's status. One that another group holds, or that is not claimed yet, counts too. */
interface Member {
  readonly status: ServerStatus;
  readonly errors: readonly StatusError[];
  readonly verifiedAt?: string;
}

/**
 * What a group's members amount to. Any pending: pending; else any failed: failed; else, where there is something to apply,
 * ready. A group whose newest generation has not been planned is pending whatever its members are.
 */
export function foldStatus(group: Group, servers: ReadonlyMap<string, SourceServer>): LaunchConfigStatus {
  const held = new Map(group.heldElsewhere.map((error) => [error.serverId, error]));
  const members = group.serverIds.map((id) => memberOf(group, servers.get(id), held.get(id)));
  const counts = countsOf(members, group.invalidEntries);
  const verified = members.flatMap(({ verifiedAt }) => verifiedAt ?? []).sort();
  const oldest = verified[0];
  return {
    ...group.launchConfigStatus,
    status: statusOf(group, counts),
    lastApplied: verified.at(-1) ?? group.launchConfigStatus.lastApplied,
    counts,
    errors: boundedErrors(
      [
        ...(group.refusal ? [group.refusal] : []),
        ...group.definitionErrors,
        ...members.flatMap(({ errors }) => errors),
      ],
      group.changedAt,
    ),
    freshUntil: oldest === undefined ? null : freshUntil(oldest),
  };
}

function memberOf(group: Group, server: SourceServer | undefined, held: StatusError | undefined): Member {
  if (held) return { status: 'failed', errors: [held] };
  if (server?.groupId !== undefined && server.groupId !== group.groupId) return { status: 'failed', errors: [] };
  if (server?.groupId !== group.groupId) return { status: 'pending', errors: [] };
  const errors = server.errors.map((error) => ({ ...error, serverId: server.serverId }));
  // A stored `ready` counts only with the proof beside it.
  if (server.status === 'ready' && !isReady(server)) return { status: 'pending', errors };
  const verifiedAt = server.status === 'ready' ? server.applied?.verifiedAt : undefined;
  return { status: server.status, errors, ...(verifiedAt !== undefined && { verifiedAt }) };
}

function countsOf(members: readonly Member[], invalid: number): StatusCounts {
  const having = (status: ServerStatus) => members.filter((member) => member.status === status).length;
  return {
    total: members.length + invalid,
    ready: having('ready'),
    pending: having('pending'),
    failed: having('failed') + invalid,
    notConfigured: having('not_configured'),
  };
}

function statusOf(group: Group, counts: StatusCounts): ServerStatus {
  if (isLagging(group) || counts.pending > 0) return 'pending';
  const broken = group.definitionErrors.some(({ code }) => code !== 'group.empty');
  if (broken || counts.failed > 0) return 'failed';
  return counts.ready > 0 ? 'ready' : 'not_configured';
}
