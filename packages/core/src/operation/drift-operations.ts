import { DriftAuditRequested } from '@prelaunch/contracts/events';
import { type OperationRequest, type OperationResponse, operations } from '@prelaunch/contracts/operations';
import type {
  AuditProtectionGroupRequest,
  AuditProtectionGroupResponse,
  InstanceDrift,
  ListInstanceDriftRequest,
  ListInstanceDriftResponse,
  RemediateInstanceRequest,
} from '@prelaunch/contracts/operations/drift';
import type { GroupAudit } from '../drift/ports.ts';
import { listDrift, readDrift } from '../drift/read-drift.ts';
import { remediateInstance } from '../drift/remediate-instance.ts';
import { ContentionError } from '../errors.ts';
import { type Group, isDefined } from '../group/group.ts';
import { GroupNotFoundError } from '../group/group-errors.ts';
import { adopting } from './adopt-settings.ts';
import { decideSight } from './authorize.ts';
import type { OperationDeps, UnderstoodCall } from './call.ts';
import { changeOnce } from './change-once.ts';
import { numberOfToken, tokenOf } from './page-token.ts';

const DRIFT_OPERATIONS = [
  'get_instance_drift',
  'list_instance_drift',
  'remediate_instance',
  'audit_protection_group',
] as const satisfies readonly OperationRequest['operation'][];

export type DriftRequest = Extract<OperationRequest, { readonly operation: (typeof DRIFT_OPERATIONS)[number] }>;

export function isOnDrift(request: OperationRequest): request is DriftRequest {
  return (DRIFT_OPERATIONS as readonly string[]).includes(request.operation);
}

/** Does what a call asks about drift, now that it may be done. */
export async function performOnDrift(
  call: UnderstoodCall<DriftRequest>,
  groups: ReadonlyMap<string, Group>,
  deps: OperationDeps,
): Promise<OperationResponse> {
  const { request } = call;
  switch (request.operation) {
    case 'get_instance_drift':
      return judgedDrift(request.instanceId, groups, deps);
    case 'list_instance_drift':
      return listed({ ...call, request }, deps);
    case 'remediate_instance':
      return remediated({ ...call, request }, groups, deps);
    case 'audit_protection_group':
      return audited({ ...call, request }, groups, deps);
  }
}

/** Access was decided for the group that had it then. */
async function judgedDrift(
  instanceId: string,
  groups: ReadonlyMap<string, Group>,
  { drift }: OperationDeps,
): Promise<InstanceDrift> {
  const found = await readDrift(instanceId, drift);
  if (found.groupId !== null && groups.has(found.groupId)) return found;
  throw new ContentionError(`instance ${instanceId}`);
}

async function listed(
  { request, principal }: UnderstoodCall<ListInstanceDriftRequest>,
  deps: OperationDeps,
): Promise<ListInstanceDriftResponse> {
  const { groupId, minScore, limit, nextToken } = request;
  const from = nextToken === undefined ? 0 : numberOfToken(nextToken);
  const isVisible = (group: Group) => decideSight(principal, group, deps).decision.allowed;
  const { instances, next } = await listDrift({ groupId, minScore, limit, from, isVisible }, deps.drift);
  return { instances, ...(next !== undefined && { nextToken: tokenOf(String(next)) }) };
}

/** Answers when what was begun has come to something, or the time is up. */
async function remediated(
  call: UnderstoodCall<RemediateInstanceRequest>,
  groups: ReadonlyMap<string, Group>,
  deps: OperationDeps,
): Promise<OperationResponse> {
  const { request, principal, correlationId, waitMs } = call;
  const { instanceId, invokedBy: _by, correlationId: _id, idempotencyKey: _key, ...asked } = request;
  const end = deps.now().getTime() + waitMs;
  const { preview } = await changeOnce(
    call,
    { groupId: undefined, asked: { instanceId, ...asked } },
    async () => {
      const requestedBy = principal.id;
      await judgedDrift(instanceId, groups, deps);
      const would = await remediateInstance({ request, requestedBy, correlationId }, adopting(call, deps), deps.drift);
      return { preview: would ?? null };
    },
    deps,
  );
  if (preview) return { ...(await judgedDrift(instanceId, groups, deps)), remediation: preview };
  for (;;) {
    const drift = await judgedDrift(instanceId, groups, deps);
    if (drift.remediation.status !== 'in_progress') return drift;
    if (deps.now().getTime() >= end) return { ...drift, statusPath: statusPathOf(instanceId) };
    await deps.pause(LOOK_AGAIN_MS);
  }
}

function statusPathOf(instanceId: string): string {
  return operations.get_instance_drift.http.path.replace('{instanceId}', instanceId);
}

const LOOK_AGAIN_MS = 200;

/** Asks for an audit as the schedule does, and waits for its outcome as long as the caller may. */
async function audited(
  call: UnderstoodCall<AuditProtectionGroupRequest>,
  groups: ReadonlyMap<string, Group>,
  deps: OperationDeps,
): Promise<AuditProtectionGroupResponse> {
  const { request, correlationId, requestId, waitMs } = call;
  const { groupId } = request;
  if (!isDefined(groups.get(groupId))) throw new GroupNotFoundError(groupId);
  const asked = deps.now();
  const end = asked.getTime() + waitMs;
  const { auditId, since } = await changeOnce(
    call,
    { groupId, asked: {} },
    async () => {
      const data = { groupId, auditId: requestId, cause: 'request' as const };
      await deps.events.publish([{ type: DriftAuditRequested.type, detail: { version: '1', correlationId, data } }]);
      return { auditId: requestId, since: asked.toISOString() };
    },
    deps,
  );
  for (;;) {
    const audit = await deps.drift.groupAudits.get(groupId);
    if (audit && (audit.auditId === auditId || audit.at > since)) return auditView(audit, auditId);
    if (deps.now().getTime() >= end) return requested(groupId, auditId);
    await deps.pause(LOOK_AGAIN_MS);
  }
}

function auditView({ groupId, counts, highestScore }: GroupAudit, auditId: string): AuditProtectionGroupResponse {
  return { groupId, auditId, status: 'audited', counts: { ...counts }, highestScore };
}

function requested(groupId: string, auditId: string): AuditProtectionGroupResponse {
  const statusPath = `${operations.list_instance_drift.http.path}?groupId=${groupId}`;
  return { groupId, auditId, status: 'requested', counts: null, highestScore: null, statusPath };
}
