import type { OperationResponse } from '@prelaunch/contracts/operations';
import type { GetAuditLogRequest } from '@prelaunch/contracts/operations/audit-log';
import type { ApplyLaunchConfigsRequest } from '@prelaunch/contracts/operations/launch-configs';
import type { ListProtectionGroupsRequest } from '@prelaunch/contracts/operations/protection-groups';
import { appliedGroup, applyLaunchConfigs } from '../group/apply-group.ts';
import { type Group, isDefined } from '../group/group.ts';
import { GroupNotFoundError } from '../group/group-errors.ts';
import { groupSummary, groupView } from '../group/group-view.ts';
import { catalogueFor, standing } from '../group/inheritance.ts';
import { listGroups } from '../group/list-groups.ts';
import { launchConfigStatusOf } from '../status/launch-config-status.ts';
import { startWaveRecovery } from '../wave/start-wave.ts';
import { decideSight } from './authorize.ts';
import type { OperationDeps, UnderstoodCall } from './call.ts';
import { isOnConfigurations, performOnConfigurations } from './configuration-operations.ts';
import { isOnDrift, performOnDrift } from './drift-operations.ts';
import { changeProtectionGroup } from './group-changes.ts';
import { groupOfToken, tokenOf } from './page-token.ts';

/** Does what a call asks for, now that it may be done. `groups` are those it names, as they were judged. */
export async function perform(
  call: UnderstoodCall,
  groups: ReadonlyMap<string, Group>,
  deps: OperationDeps,
): Promise<OperationResponse> {
  const { request, catalogue } = call;
  if (isOnConfigurations(request)) return performOnConfigurations({ ...call, request }, groups, deps);
  if (isOnDrift(request)) return performOnDrift({ ...call, request }, groups, deps);
  switch (request.operation) {
    case 'list_protection_groups':
      return listProtectionGroups({ ...call, request }, deps);
    case 'get_protection_group': {
      const group = groups.get(request.groupId);
      if (!isDefined(group)) throw new GroupNotFoundError(request.groupId);
      const servers = await deps.servers.getMany(group.serverIds);
      return groupView(group, { servers, catalogue, now: deps.now() });
    }
    case 'get_launch_config_status': {
      const group = groups.get(request.groupId);
      // One that only an event was refused for is told too: its publisher looks here.
      if (group === undefined || group.deletedAt !== undefined) throw new GroupNotFoundError(request.groupId);
      return launchConfigStatusOf(standing(group, catalogue), deps);
    }
    case 'apply_launch_configs':
      return applyOnce({ ...call, request }, deps);
    case 'start_wave_recovery': {
      const { by, principal, correlationId, waveWaitMs: waitMs, readMs: ms } = call;
      const caller = { by, requestedBy: principal.id, correlationId, waitMs };
      return startWaveRecovery(
        { request, ...caller, read: { groups, catalogue, ms } },
        { ...deps, audit: deps.recoveryAudit },
      );
    }
    case 'get_audit_log':
      return getAuditLog(request, deps);
    default: {
      const { groupId = '' } = request;
      return changeProtectionGroup({ ...call, request: { ...request, groupId } }, groups.get(groupId), deps);
    }
  }
}

async function listProtectionGroups(
  { request, principal }: UnderstoodCall<ListProtectionGroupsRequest>,
  deps: OperationDeps,
): Promise<OperationResponse> {
  const isVisible = (group: Group) => decideSight(principal, group, deps).decision.allowed;
  const { limit, nextToken } = request;
  const { groups, after } = await listGroups({ limit, after: nextToken && groupOfToken(nextToken), isVisible }, deps);
  const now = deps.now();
  const catalogue = await catalogueFor(groups, deps);
  return {
    protectionGroups: groups.map((group) => groupSummary(standing(group, catalogue), now)),
    ...(after !== undefined && { nextToken: tokenOf(after) }),
  };
}

/** An answer that is still open is not kept: the repeat goes on waiting. Of others what was done is kept, not how the group stood. */
async function applyOnce(
  call: UnderstoodCall<ApplyLaunchConfigsRequest>,
  deps: OperationDeps,
): Promise<OperationResponse> {
  const { request, by, correlationId, principal, waitMs } = call;
  const { groupId, force, operation, idempotencyKey } = request;
  const answer = await deps.once(
    { operation, groupId, principalId: principal.id, idempotencyKey, asked: { force } },
    () => applyLaunchConfigs({ groupId, force, by, requestedBy: principal.id, correlationId }, waitMs, deps),
    (applied) => applied.outcome !== 'still_applying',
  );
  return idempotencyKey === undefined ? answer : appliedGroup(groupId, answer.outcome, deps);
}

const DAY_MS = 24 * 3_600_000;

async function getAuditLog(
  { groupId, actor, from, to, limit, nextToken }: GetAuditLogRequest,
  { auditLog, now }: OperationDeps,
): Promise<OperationResponse> {
  // Nothing is recorded in the future, except by clocks that are fast.
  const newest = new Date(now().getTime() + DAY_MS).toISOString();
  const end = to === undefined ? now().toISOString() : to < newest ? to : newest;
  const begin = from ?? new Date(Date.parse(end) - DAY_MS).toISOString();
  const { entries, nextToken: next } = await auditLog.query({ groupId, actor, from: begin, to: end, limit, nextToken });
  return { entries: [...entries], ...(next !== undefined && { nextToken: next }) };
}
