import type { DriftVerdict } from '@prelaunch/contracts/drift';
import type { DriftAuditRequested } from '@prelaunch/contracts/events';
import { isDefined } from '../group/group.ts';
import { getGroup } from '../group/ports.ts';
import { aggregateGroup } from '../status/aggregate-group.ts';
import type { AuditDeps } from './audit-deps.ts';
import { auditRecoveryInstances } from './audit-recovery-instances.ts';
import { auditServers } from './audit-servers.ts';
import type { InstanceDrift } from './instance-drift.ts';
import type { GroupAudit } from './ports.ts';

export type GroupAuditOutcome =
  | { readonly kind: 'audited'; readonly audit: GroupAudit }
  /** It was deleted, or is being deleted: its servers are nobody's. */
  | { readonly kind: 'group_gone' };

/**
 * Audits the servers of a group and the instances that recoveries launched from them: all of them, or only those that are named. The
 * group's status follows at the end.
 */
export async function auditGroup(request: DriftAuditRequested, deps: AuditDeps): Promise<GroupAuditOutcome> {
  const { groupId, auditId, serverIds: named } = request.data;
  const group = await getGroup(deps.groups, groupId);
  if (!isDefined(group)) return { kind: 'group_gone' };
  const serverIds = named ? group.serverIds.filter((id) => named.includes(id)) : group.serverIds;
  const { correlationId } = request;
  const at = deps.now().toISOString();
  const { audited: servers, failures } = await auditServers({ group, serverIds, correlationId }, deps);
  // Waves see what was found of servers even if EC2 does not tell of instances.
  await aggregateGroup(groupId, deps);
  const instances = await auditRecoveryInstances({ group, serverIds, correlationId }, deps);
  const audit = { groupId, auditId, at, ...summaryOf([...servers, ...instances]) };
  if (!named) await deps.groupAudits.put(audit);
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} of ${serverIds.length} servers failed`);
  return { kind: 'audited', audit };
}

function summaryOf(audited: readonly InstanceDrift[]): Pick<GroupAudit, 'counts' | 'highestScore'> {
  const count = (verdict: DriftVerdict) => audited.filter((one) => one.verdict === verdict).length;
  const scores = audited.flatMap(({ score: { score } }) => score ?? []);
  return {
    counts: {
      in_sync: count('in_sync'),
      stale: count('stale'),
      drifted: count('drifted'),
      diverged: count('diverged'),
      unknown: count('unknown'),
    },
    highestScore: scores.length === 0 ? null : Math.max(...scores),
  };
}
