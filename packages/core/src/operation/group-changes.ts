import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { AuditRecord } from '@prelaunch/contracts/audit';
import type {
  AddServersToGroupRequest,
  CreateProtectionGroupRequest,
  DeleteProtectionGroupRequest,
  DeleteProtectionGroupResponse,
  ProtectionGroup,
  RemoveServersFromGroupRequest,
  UpdateProtectionGroupRequest,
} from '@prelaunch/contracts/operations/protection-groups';
import { ContentionError } from '../errors.ts';
import { changeGroup, createGroup, settledGroup } from '../group/change-group.ts';
import { type ChangeAuthor, definitionOf, deleted, redefined, type StatedGroup } from '../group/define-group.ts';
import { refuseInvalidDefinition } from '../group/definition-problems.ts';
import { type Group, isDefined, isLagging } from '../group/group.ts';
import { groupView } from '../group/group-view.ts';
import { withoutServers, withServers } from '../group/members.ts';
import type { OperationDeps, UnderstoodCall } from './call.ts';

export type RequestToChange =
  | CreateProtectionGroupRequest
  | UpdateProtectionGroupRequest
  | DeleteProtectionGroupRequest
  | AddServersToGroupRequest
  | RemoveServersFromGroupRequest;

/**
 * Saves the change a request asks for, announces it, waits for its outcome as long as the caller may, and answers the group as it
 * then is. What fails later is told by the group's status: the change itself holds.
 */
export async function changeProtectionGroup(
  call: UnderstoodCall<RequestToChange>,
  judged: Group | undefined,
  deps: OperationDeps,
): Promise<ProtectionGroup | DeleteProtectionGroupResponse> {
  const { request } = call;
  const groupId = request.groupId ?? newGroupId(call);
  const asked = { operation: request.operation, groupId: request.groupId, principalId: call.principal.id };
  const repeatable = { ...asked, idempotencyKey: request.idempotencyKey, asked: statedIn(request) };
  await deps.once(
    repeatable,
    async () => {
      await save(call, groupId, judged, deps);
      return { groupId };
    },
    () => true,
  );
  return answer(call, groupId, deps);
}

async function save(
  call: UnderstoodCall<RequestToChange>,
  groupId: string,
  judged: Group | undefined,
  deps: OperationDeps,
): Promise<void> {
  const { request } = call;
  const author = authorOf(call, groupId, deps);
  const expected = 'generation' in request ? request.generation : undefined;
  const change = { groupId, expected, author };
  const define = (before: Group) => definedBy(request, before, author);
  const changed =
    request.operation === 'create_protection_group'
      ? await createGroup(change, define, deps)
      : await changeGroup(change, (before) => define(asJudged(before, judged)), deps);
  await deps.audit.record([changeRecord(call, changed)]);
}

/** Access was decided by the tags that were read then. */
function asJudged(before: Group, judged: Group | undefined): Group {
  if (isDeepStrictEqual(before.tags, judged?.tags ?? {})) return before;
  throw new ContentionError(`group ${before.groupId}`);
}

function definedBy(request: RequestToChange, before: Group, author: ChangeAuthor): Group | undefined {
  if (request.operation === 'delete_protection_group') return deleted(before, author);
  const stated = statedOf(request, before);
  refuseInvalidDefinition(before, stated);
  return redefined(before, stated, author);
}

function statedOf(request: Exclude<RequestToChange, DeleteProtectionGroupRequest>, before: Group): StatedGroup {
  switch (request.operation) {
    case 'create_protection_group': {
      // Nothing of an earlier group of this name comes back.
      const { description = null, tags = null, launchConfig = null, serverOverrides = null } = request;
      return { ...request, description, tags, launchConfig, serverOverrides };
    }
    case 'update_protection_group':
      return request;
    case 'add_servers_to_group':
      return withServers(before, request);
    case 'remove_servers_from_group':
      return withoutServers(before, request.serverIds);
  }
}

async function answer(
  { request, waitMs }: UnderstoodCall<RequestToChange>,
  groupId: string,
  deps: OperationDeps,
): Promise<ProtectionGroup | DeleteProtectionGroupResponse> {
  const group = await settledGroup(groupId, waitMs, deps);
  if (request.operation === 'delete_protection_group') {
    const { generation, releasing } = group;
    const done = isDefined(group) || (releasing.length === 0 && !isLagging(group));
    return { groupId, generation, status: done ? 'deleted' : 'deleting' };
  }
  return groupView(group, await deps.servers.getMany(group.serverIds), deps.now());
}

function authorOf(call: UnderstoodCall<RequestToChange>, groupId: string, { now }: OperationDeps): ChangeAuthor {
  const { by, correlationId, principal } = call;
  return { by, requestedBy: principal.id, correlationId, changeToken: tokenOf(call, groupId), at: now().toISOString() };
}

/** The same for every repeat of a request, so that one that was interrupted is gone on with and not done twice. */
function tokenOf({ request, principal, requestId }: UnderstoodCall<RequestToChange>, groupId: string): string {
  const key = request.idempotencyKey;
  const call = key === undefined ? ['request', requestId] : ['key', key];
  return fingerprint([request.operation, principal.id, groupId, ...call]);
}

function newGroupId(call: UnderstoodCall<RequestToChange>): string {
  return `pg-${tokenOf(call, '').slice(0, 17)}`;
}

function fingerprint(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** What has to be the same when a key is given again. */
function statedIn({ invokedBy: _by, correlationId: _id, idempotencyKey: _key, ...stated }: RequestToChange): unknown {
  return stated;
}

/** One record per generation that a request made, however often it was repeated. */
function changeRecord(
  { request, principal, correlationId }: UnderstoodCall<RequestToChange>,
  { before, after }: { readonly before: Group | undefined; readonly after: Group },
): AuditRecord {
  return {
    recordId: `${after.groupId}/change/${after.generation}/${after.version}`,
    kind: 'change',
    at: after.changedAt,
    actor: principal.id,
    action: request.operation,
    groupId: after.groupId,
    beforeHash: definitionHash(before),
    afterHash: definitionHash(after),
    result: 'done',
    correlationId,
  };
}

function definitionHash(group: Group | undefined): string | null {
  return isDefined(group) ? `sha256:${fingerprint(definitionOf(group))}` : null;
}
