import type { AuditRecord } from '@prelaunch/contracts/audit';
import type { ConfigurationRef } from '@prelaunch/contracts/configuration';
import type { OperationRequest } from '@prelaunch/contracts/operations';
import type { AccessAction, AccessDecision, AccessResource, Principal } from '../access/gate.ts';
import type { Group } from '../group/group.ts';
import { ProblemError } from '../problem-error.ts';
import type { Problem } from '../settings/problems.ts';
import type { OperationDeps, UnderstoodCall } from './call.ts';

const COVERED = 'operations that your roles cover';

/** The caller's roles do not cover what was asked. Which policies decided is for the log alone. */
export class AccessDeniedError extends ProblemError {
  override readonly name = 'AccessDeniedError';
  readonly code = 'access.denied';
  readonly problems: readonly Problem[];
  readonly policies: readonly string[];

  constructor(operation: string, denied: readonly Asked[]) {
    super(`your roles do not allow ${operation} here`);
    this.policies = [...new Set(denied.flatMap(({ decision }) => decision.policies))];
    this.problems = denied.map((asked) => this.problemAt(operation, asked));
  }

  private problemAt(operation: string, { path, resource, instanceId }: Asked): Problem {
    const told = { code: this.code, message: this.message } as const;
    // The same whosever it is, and whether or not there is one.
    if (instanceId !== undefined)
      return {
        ...told,
        path,
        value: instanceId,
        allowed: `an instance of a group that a role was given for, with ${COVERED}`,
      };
    switch (resource.kind) {
      case 'estate':
        return { ...told, path: 'operation', value: operation, allowed: COVERED };
      case 'configuration': {
        const allowed = `a configuration that a role was given for, with ${COVERED}`;
        return { ...told, path, value: resource.configurationId, allowed };
      }
      case 'group': {
        const value = path === 'tags' ? { ...resource.tags } : resource.groupId;
        return { ...told, path, value, allowed: `a group that a role was given for, with ${COVERED}` };
      }
    }
  }
}

/** One resource that a request is about, where the request names it, and what the gate said. */
interface Asked {
  readonly path: string;
  readonly resource: AccessResource;
  /** Where the request names what it is about by an instance. */
  readonly instanceId?: string;
  /** Where it is another than the operation. */
  readonly action?: AccessAction;
  readonly decision: AccessDecision;
}

/** Asks the gate about everything that a request is about. Nothing is done unless all of it is allowed. */
export function decideAccess(
  call: UnderstoodCall,
  groups: ReadonlyMap<string, Group>,
  { gate }: OperationDeps,
): Asked[] {
  const { request, principal } = call;
  const isDrill = request.operation === 'start_wave_recovery' && request.isDrill;
  const named = [...resourcesOf(request, groups), ...inheritedFrom(request)];
  return named.map((asked) => {
    const { resource, action = request.operation } = asked;
    return { ...asked, decision: gate.decide({ principal, action, resource, isDrill }) };
  });
}

/** Throws `AccessDeniedError` unless all of it is allowed. */
export function refuseDenied({ request }: UnderstoodCall, asked: readonly Asked[]): void {
  const denied = asked.filter(({ decision }) => !decision.allowed);
  if (denied.length > 0) throw new AccessDeniedError(request.operation, denied);
}

/** One record per group or configuration, so that the history of each tells it. Of a denial, the policies that denied. */
export function decisionRecords(call: UnderstoodCall, asked: readonly Asked[], at: string): AuditRecord[] {
  const allowed = asked.every(({ decision }) => decision.allowed);
  const perSubject = Map.groupBy(asked, ({ resource }) => JSON.stringify(subjectOf(resource)));
  return [...perSubject.values()].map((decided, index) => ({
    recordId: `${call.requestId}/decision/${index}`,
    kind: 'decision',
    at,
    actor: call.principal.id,
    action: call.request.operation,
    ...(decided[0] && subjectOf(decided[0].resource)),
    result: allowed ? 'allowed' : 'denied',
    policies: policiesOf(decided.filter(({ decision }) => decision.allowed === allowed)),
    correlationId: call.correlationId,
  }));
}

/** What a record may hold. */
const POLICY_LENGTH_MAX = 256;

function policiesOf(decided: readonly Asked[]): string[] {
  const policies = decided.flatMap(({ decision }) => decision.policies);
  return [...new Set(policies.map((policy) => policy.slice(0, POLICY_LENGTH_MAX)))];
}

/** What the gate says about showing a group. */
export function decideSight(
  principal: Principal,
  { groupId, tags }: Group,
  { gate }: Pick<OperationDeps, 'gate'>,
): Asked {
  const resource = groupResource(groupId, tags);
  return { path: 'groupId', resource, decision: gate.decide({ principal, action: 'get_protection_group', resource }) };
}

/** Refuses to show a group to somebody who may not get it. */
export function refuseUnseen(principal: Principal, group: Group, deps: Pick<OperationDeps, 'gate'>): void {
  const sight = decideSight(principal, group, deps);
  if (!sight.decision.allowed) throw new AccessDeniedError('get_protection_group', [sight]);
}

function subjectOf(resource: AccessResource): Pick<AuditRecord, 'groupId' | 'configurationId'> {
  switch (resource.kind) {
    case 'estate':
      return {};
    case 'configuration':
      return { configurationId: resource.configurationId };
    case 'group':
      return { groupId: resource.groupId };
  }
}

/** The ids of the groups that a request names. */
export function groupIdsOf(request: OperationRequest): readonly string[] {
  if (request.operation === 'start_wave_recovery') return request.groupIds;
  return 'groupId' in request && request.groupId !== undefined ? [request.groupId] : [];
}

type Named = Omit<Asked, 'decision'>;

/** Whoever has a group or a configuration inherit from another may see through it what that says. */
function inheritedFrom(request: OperationRequest): Named[] {
  return inheritedRefs(request).flatMap(({ path, ref }) => {
    const resource = { kind: 'configuration', configurationId: ref.configurationId } as const;
    return (['get_configuration', 'view_settings'] as const).map((action) => ({ path, resource, action }));
  });
}

function inheritedRefs(request: OperationRequest): { path: string; ref: ConfigurationRef }[] {
  if (request.operation === 'save_configuration_draft')
    return request.parents.map((ref, index) => ({ path: `parents.${index}`, ref }));
  const ref = 'configuration' in request ? request.configuration : undefined;
  return ref ? [{ path: 'configuration', ref }] : [];
}

/** Everything that a request is about, by the field that names it. */
export function resourcesOf(request: OperationRequest, groups: ReadonlyMap<string, Group>): Named[] {
  switch (request.operation) {
    case 'list_configurations':
    case 'list_bindings':
    case 'create_binding':
    case 'update_binding':
    case 'delete_binding':
      return [estate];
    case 'resolve_configuration':
      if (request.groupId !== undefined) return [named('groupId', request.groupId, groups)];
      return [configurationOrEstate(request.configurationId)];
    case 'get_configuration_graph':
      return [configurationOrEstate(request.configurationId)];
    case 'list_protection_groups':
      return [estate];
    case 'get_instance_drift':
    case 'remediate_instance':
      return ofInstance(request.instanceId, groups);
    case 'list_instance_drift':
    case 'get_audit_log':
      return request.groupId === undefined ? [estate] : [named('groupId', request.groupId, groups)];
    case 'start_wave_recovery':
      return request.groupIds.map((groupId, index) => named(`groupIds.${index}`, groupId, groups));
    case 'create_protection_group': {
      // An id that is taken, or was, has a history: whoever makes it theirs has to have a right to that too.
      const { groupId = '' } = request;
      const before = groups.has(groupId) ? [named('groupId', groupId, groups)] : [];
      return [{ path: 'groupId', resource: groupResource(groupId, request.tags ?? {}) }, ...before];
    }
    case 'update_protection_group': {
      // Who may not change the group as it becomes may not make it so: tags give roles.
      const becoming = request.tags === undefined ? [] : [groupResource(request.groupId, request.tags ?? {})];
      const now = named('groupId', request.groupId, groups);
      return [...becoming.map((resource) => ({ path: 'tags', resource })), now];
    }
    default:
      if ('configurationId' in request) return [configurationOrEstate(request.configurationId)];
      return [named('groupId', request.groupId, groups)];
  }
}

/** An instance is its group's. One that nobody knows is nobody's but the estate's: only whoever may see everything is told that. */
function ofInstance(instanceId: string, groups: ReadonlyMap<string, Group>): Named[] {
  const found = [...groups.values()].map(({ groupId, tags }) => groupResource(groupId, tags));
  const resources = found.length === 0 ? [estate.resource] : found;
  return resources.map((resource) => ({ path: 'instanceId', resource, instanceId }));
}

/** What is asked of no configuration in particular is asked of all. */
function configurationOrEstate(configurationId: string | undefined): Named {
  if (configurationId === undefined) return estate;
  return { path: 'configurationId', resource: { kind: 'configuration', configurationId } };
}

const estate: Named = { path: '', resource: { kind: 'estate' } };

/** A group that nobody knows has no tags: only roles that were given by id, or for all, cover it. */
function named(path: string, groupId: string, groups: ReadonlyMap<string, Group>): Named {
  return { path, resource: groupResource(groupId, groups.get(groupId)?.tags ?? {}) };
}

/** A group as the gate knows it. */
export function groupResource(groupId: string, tags: Readonly<Record<string, string>>): AccessResource {
  return { kind: 'group', groupId, tags };
}
