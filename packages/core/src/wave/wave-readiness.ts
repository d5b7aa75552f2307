import type { StartWaveRecoveryResponse } from '@prelaunch/contracts/operations/waves';
import type { StatusError } from '@prelaunch/contracts/status';
import type { Catalogue } from '../configuration/configuration.ts';
import { type Group, isLagging } from '../group/group.ts';
import { isBehind } from '../group/inheritance.ts';

export type Readiness = 'ready' | 'stale' | 'not_ready';

/**
 * Whether a group's recovery may start from its status alone. Ready means: the newest generation was planned, with the newest
 * versions of what it inherits from, all that is to be applied was read back, and that within 24 hours. A group with nothing to
 * apply is ready as it is.
 */
export function readinessOf(group: Group, catalogue: Catalogue, now: Date): Readiness {
  const { status, freshUntil } = group.launchConfigStatus;
  if (isLagging(group) || isBehind(group, catalogue)) return 'not_ready';
  if (status === 'not_configured') return group.serverIds.length > 0 ? 'ready' : 'not_ready';
  if (status !== 'ready') return 'not_ready';
  return freshUntil !== null && Date.parse(freshUntil) > now.getTime() ? 'ready' : 'stale';
}

/** The way a wave of these groups takes: the slowest that one of them needs. */
export function pathOf(readiness: readonly Readiness[]): StartWaveRecoveryResponse['path'] {
  if (readiness.includes('not_ready')) return 'apply';
  return readiness.includes('stale') ? 'verify' : 'fast';
}

/** What stands against starting a group as a whole, where no server of it can be named. */
export function notReadyGroups(
  asked: readonly string[],
  found: readonly Group[],
  now: Date,
): StartWaveRecoveryResponse['notReady'] {
  const groups = new Map(found.map((group) => [group.groupId, group]));
  return asked.flatMap((groupId) => {
    const error = groupProblem(groupId, groups.get(groupId), now.toISOString());
    return error ? [{ groupId, errors: error }] : [];
  });
}

function groupProblem(groupId: string, group: Group | undefined, at: string): StatusError[] | undefined {
  if (!group) {
    const message = `protection group ${groupId} does not exist`;
    return [
      { code: 'group.not_found', message, path: 'groupIds', value: groupId, allowed: 'ids of existing groups', at },
    ];
  }
  if (group.serverIds.length === 0) {
    const message = `protection group ${groupId} has no servers`;
    return [{ code: 'group.empty', message, path: 'groupIds', value: groupId, allowed: 'groups with servers', at }];
  }
  return group.definitionErrors.length > 0 ? [...group.definitionErrors] : undefined;
}
