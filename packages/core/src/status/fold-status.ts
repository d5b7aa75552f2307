import type { LaunchConfigStatus, ServerStatus, StatusCounts, StatusError } from '@prelaunch/contracts/status';
import { type Group, isLagging } from '../group/group.ts';
import type { SourceServer } from '../group/source-server.ts';
import { boundedErrors } from './bounded-errors.ts';
import { freshUntil } from './freshness.ts';
import { type MemberState, memberState } from './member-state.ts';

/**
 * What a group's members amount to. Any pending: pending; else any failed: failed; else, where there is something to apply,
 * ready. A group whose newest generation has not been planned is pending whatever its members are.
 */
export function foldStatus(group: Group, servers: ReadonlyMap<string, SourceServer>): LaunchConfigStatus {
  const members = group.serverIds.map((id) => memberState(group, id, servers.get(id)));
  const counts = countsOf(members, group.invalidEntries);
  const verified = members.flatMap(verifiedAt).sort();
  const oldest = verified[0];
  return {
    ...group.launchConfigStatus,
    status: statusOf(group, counts),
    lastApplied: verified.at(-1) ?? group.launchConfigStatus.lastApplied,
    counts,
    errors: boundedErrors(
      [...(group.refusal ? [group.refusal] : []), ...group.definitionErrors, ...members.flatMap(errorsOf)],
      group.changedAt,
    ),
    freshUntil: oldest === undefined ? null : freshUntil(oldest),
  };
}

/** The errors of a member, each with its server. */
function errorsOf({ errors, server }: MemberState): StatusError[] {
  return errors.map((error) => (server ? { ...error, serverId: server.serverId } : error));
}

/** When a ready member was last read back. */
function verifiedAt({ status, server }: MemberState): string[] {
  return status === 'ready' && server?.applied ? [server.applied.verifiedAt] : [];
}

function countsOf(members: readonly MemberState[], invalid: number): StatusCounts {
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
