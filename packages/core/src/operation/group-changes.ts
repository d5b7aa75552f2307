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
import { refuseUnknown } from '../configuration/bind.ts';
import { ContentionError } from '../errors.ts';
import { fingerprint } from '../fingerprint.ts';
import { changeGroup, createGroup, settledGroup } from '../group/change-group.ts';
import {
  type ChangeAuthor,
  definitionHash,
  deleted,
  redefined,
  regrouped,
  type StatedGroup,
} from '../group/define-group.ts';
import { type InheritedBy, refuseInvalidDefinition } from '../group/definition-problems.ts';
import { type Group, isDefined, isLagging } from '../group/group.ts';
import { GroupNotFoundError } from '../group/group-errors.ts';
import { groupView } from '../group/group-view.ts';
import { catalogueFor } from '../group/inheritance.ts';
import { withoutServers, withServers } from '../group/members.ts';
import { wouldInherit } from '../group/settle-inheritance.ts';
import { refuseUnseen } from './authorize.ts';
import type { OperationDeps, UnderstoodCall } from './call.ts';
import { changeOnce } from './change-once.ts';
import { callIdentity } from './new-group-id.ts';

/** One that is to be created has got its id by now. */
export type RequestToChange =
  | (CreateProtectionGroupRequest & { readonly groupId: string })
  | UpdateProtectionGroupRequest
  | DeleteProtectionGroupRequest
  | AddServersToGroupRequest
  | RemoveServersFromGroupRequest;

/**
 * Saves the change a request asks for, announces it, waits for its outcome as long as the caller may, and answers the group as it
 * then is, to repeats too. What fails later is told by the group's status: the change itself holds.
 */
export async function changeProtectionGroup(
  call: UnderstoodCall<RequestToChange>,
  judged: Group | undefined,
  deps: OperationDeps,
): Promise<ProtectionGroup | DeleteProtectionGroupResponse> {
  const { groupId } = call.request;
  const perform = async () => {
    await save(call, judged, deps);
    return { groupId };
  };
  await changeOnce(call, { groupId, asked: statedIn(call.request) }, perform, deps);
  return answer(call, deps);
}

/** Records what was made of the group, by whom. A request that changed nothing made nothing. */
async function save(
  call: UnderstoodCall<RequestToChange>,
  judged: Group | undefined,
  deps: OperationDeps,
): Promise<void> {
  const { request } = call;
  const author = authorOf(call, deps);
  const expected = 'generation' in request ? request.generation : undefined;
  const change = { groupId: request.groupId, expected, author };
  const inherited = await inheritedBy(request, judged, deps);
  const define = (before: Group) => definedBy(request, before, { author, inherited });
  const made =
    request.operation === 'create_protection_group'
      ? await createGroup(change, define, deps)
      : await changeGroup(change, (before) => define(asJudged(before, judged)), deps);
  if (made) await deps.audit.record([changeRecord(call, made)]);
}

/** Access was decided by the tags that were read then, and what is sound by what was inherited. */
function asJudged(before: Group, judged: Group | undefined): Group {
  const same = isDeepStrictEqual(before.tags, judged?.tags ?? {});
  if (same && isDeepStrictEqual(before.configuration, judged?.configuration)) return before;
  throw new ContentionError(`group ${before.groupId}`);
}

interface Definer {
  readonly author: ChangeAuthor;
  readonly inherited: InheritedBy;
}

function definedBy(request: RequestToChange, before: Group, { author, inherited }: Definer): Group | undefined {
  const sound = (stated: StatedGroup) => {
    refuseInvalidDefinition(before, stated, inherited);
    return stated;
  };
  switch (request.operation) {
    case 'delete_protection_group':
      return deleted(before, author);
    case 'add_servers_to_group':
      return regrouped(before, sound(withServers(before, request)), author);
    case 'remove_servers_from_group':
      return regrouped(before, sound(withoutServers(before, request.serverIds)), author);
    default:
      return redefined(before, sound(request), author);
  }
}

/** What the group inherits as it is and as it would be. Refuses what does not exist. */
async function inheritedBy(
  request: RequestToChange,
  judged: Group | undefined,
  deps: OperationDeps,
): Promise<InheritedBy> {
  const { groupId } = request;
  const before: Parameters<typeof wouldInherit>[0] = isDefined(judged) ? judged : { groupId };
  const earlier = await wouldInherit(before, deps);
  if (!('configuration' in request) || request.configuration === undefined) return { earlier, now: earlier };
  const { configuration } = request;
  if (configuration) refuseUnknown(configuration, await deps.configurations.catalogue(), 'configuration');
  const { inherits } = before;
  const becoming = { groupId, ...(inherits && { inherits }), ...(configuration && { configuration }) };
  return { earlier, now: await wouldInherit(becoming, deps) };
}

async function answer(
  { request, principal, waitMs }: UnderstoodCall<RequestToChange>,
  deps: OperationDeps,
): Promise<ProtectionGroup | DeleteProtectionGroupResponse> {
  const { groupId } = request;
  const group = await settledGroup(groupId, waitMs, deps);
  if (request.operation === 'delete_protection_group') {
    const { generation, releasing } = group;
    // Where it is there again, it was deleted, and then made anew.
    const done = isDefined(group) || (releasing.length === 0 && !isLagging(group));
    return { groupId, generation, status: done ? 'deleted' : 'deleting' };
  }
  // A repeat may come when the group is gone, or is not for the caller's eyes any more.
  if (!isDefined(group)) throw new GroupNotFoundError(groupId);
  refuseUnseen(principal, group, deps);
  const servers = await deps.servers.getMany(group.serverIds);
  const catalogue = await catalogueFor([group], deps);
  return groupView(group, { servers, catalogue, now: deps.now() });
}

function authorOf(call: UnderstoodCall<RequestToChange>, { now }: OperationDeps): ChangeAuthor {
  const { by, correlationId, principal } = call;
  return { by, requestedBy: principal.id, correlationId, changeToken: tokenOf(call), at: now().toISOString() };
}

/** The same for every repeat of a request, so that one that was interrupted is gone on with and not done twice. */
function tokenOf({ request, principal, requestId }: UnderstoodCall<RequestToChange>): string {
  return fingerprint([principal.id, statedIn(request), ...callIdentity(request, requestId)]);
}

/** What has to be the same when a key is given again. */
function statedIn({ invokedBy: _by, correlationId: _id, idempotencyKey: _key, ...stated }: RequestToChange): unknown {
  return stated;
}

/** One record per generation that a request made, however often it was repeated. */
function changeRecord(
  { request, principal, correlationId }: UnderstoodCall<RequestToChange>,
  made: Group,
): AuditRecord {
  return {
    recordId: fingerprint(['change', made.groupId, made.generation, made.changeToken]),
    kind: 'change',
    at: made.changedAt,
    actor: principal.id,
    action: request.operation,
    groupId: made.groupId,
    beforeHash: made.changedFrom ?? null,
    afterHash: definitionHash(made),
    result: 'done',
    correlationId,
  };
}
