import type { AuditRecord } from '@prelaunch/contracts/audit';
import type { OperationRequest, OperationResponse } from '@prelaunch/contracts/operations';
import type {
  Binding,
  CreateBindingRequest,
  DeleteBindingRequest,
  UpdateBindingRequest,
} from '@prelaunch/contracts/operations/bindings';
import type {
  DeleteConfigurationRequest,
  GetConfigurationGraphRequest,
  ListConfigurationsRequest,
  ListConfigurationVersionsRequest,
  ResumeConfigurationRolloutRequest,
  SaveConfigurationDraftRequest,
} from '@prelaunch/contracts/operations/configurations';
import { createBinding, deleteBinding, updateBinding } from '../configuration/bind.ts';
import { contentHash } from '../configuration/configuration.ts';
import { draftView } from '../configuration/configuration-views.ts';
import { deleteConfiguration } from '../configuration/delete-configuration.ts';
import { discardDraft, knownDraft, saveDraft } from '../configuration/drafts.ts';
import type { StoredBinding } from '../configuration/ports.ts';
import {
  compareVersions,
  getConfiguration,
  listConfigurations,
  listVersions,
} from '../configuration/read-configurations.ts';
import { resolveConfiguration } from '../configuration/resolve-configuration.ts';
import { resumeRollout } from '../configuration/rollout/resume-rollout.ts';
import { graphAnswer, showGraph } from '../configuration/show-graph.ts';
import { followBinding } from '../group/follow-binding.ts';
import type { Group } from '../group/group.ts';
import { refusedField } from '../invalid-request-error.ts';
import type { OperationDeps, UnderstoodCall } from './call.ts';
import { changeOnce } from './change-once.ts';
import { configurationOfToken, numberOfToken, tokenOf } from './page-token.ts';
import { draftGraph, planPublish, publish } from './publish-operations.ts';

/** Operations on configurations and bindings. */
const CONFIGURATION_OPERATIONS = [
  'resolve_configuration',
  'list_configurations',
  'get_configuration',
  'list_configuration_versions',
  'compare_configuration_versions',
  'get_configuration_draft',
  'save_configuration_draft',
  'discard_configuration_draft',
  'plan_configuration_publish',
  'publish_configuration',
  'rollback_configuration',
  'resume_configuration_rollout',
  'delete_configuration',
  'get_configuration_graph',
  'list_bindings',
  'create_binding',
  'update_binding',
  'delete_binding',
] as const satisfies readonly OperationRequest['operation'][];

export type ConfigurationRequest = Extract<
  OperationRequest,
  { readonly operation: (typeof CONFIGURATION_OPERATIONS)[number] }
>;

export function isOnConfigurations(request: OperationRequest): request is ConfigurationRequest {
  return (CONFIGURATION_OPERATIONS as readonly string[]).includes(request.operation);
}

/** Does what a call asks of configurations and bindings, now that it may be done. */
export async function performOnConfigurations(
  call: UnderstoodCall<ConfigurationRequest>,
  groups: ReadonlyMap<string, Group>,
  deps: OperationDeps,
): Promise<OperationResponse> {
  const { request } = call;
  switch (request.operation) {
    case 'resolve_configuration':
      return resolveConfiguration(request, groups.get(request.groupId ?? ''), deps);
    case 'list_configurations':
      return listed({ ...call, request }, deps);
    case 'get_configuration':
      return getConfiguration(request, deps);
    case 'list_configuration_versions':
      return history({ ...call, request }, deps);
    case 'compare_configuration_versions':
      return compareVersions(request, deps);
    case 'get_configuration_draft':
      return draftView(await knownDraft(request.configurationId, deps));
    case 'plan_configuration_publish':
      return planPublish({ ...call, request }, deps);
    case 'get_configuration_graph':
      return drawn({ ...call, request }, deps);
    case 'list_bindings':
      return { bindings: (await deps.bindings.all()).sort(byId).map(bindingView) };
    default:
      return change({ ...call, request }, deps);
  }
}

type ChangeRequest = Exclude<
  ConfigurationRequest,
  {
    readonly operation:
      | 'resolve_configuration'
      | 'list_configurations'
      | 'get_configuration'
      | 'list_configuration_versions'
      | 'compare_configuration_versions'
      | 'get_configuration_draft'
      | 'plan_configuration_publish'
      | 'get_configuration_graph'
      | 'list_bindings';
  }
>;

async function change(call: UnderstoodCall<ChangeRequest>, deps: OperationDeps): Promise<OperationResponse> {
  const { request } = call;
  switch (request.operation) {
    case 'save_configuration_draft':
      return saved({ ...call, request }, deps);
    case 'discard_configuration_draft': {
      const { configurationId, generation: expected } = request;
      await discardDraft({ configurationId, expected }, deps);
      await record(call, { configurationId }, deps);
      return { configurationId, discarded: true };
    }
    case 'publish_configuration':
    case 'rollback_configuration':
      return publish({ ...call, request }, deps);
    case 'resume_configuration_rollout':
      return resumed({ ...call, request }, deps);
    case 'delete_configuration':
      return deleted({ ...call, request }, deps);
    case 'create_binding':
    case 'update_binding':
      return bound({ ...call, request }, deps);
    case 'delete_binding':
      return unbound({ ...call, request }, deps);
  }
}

async function listed(
  { request, principal }: UnderstoodCall<ListConfigurationsRequest>,
  deps: OperationDeps,
): Promise<OperationResponse> {
  const isVisible = (configurationId: string) => {
    const resource = { kind: 'configuration', configurationId } as const;
    return deps.gate.decide({ principal, action: 'get_configuration', resource }).allowed;
  };
  const { limit, nextToken } = request;
  const { after, ...page } = await listConfigurations(
    { limit, after: nextToken && configurationOfToken(nextToken), isVisible },
    deps,
  );
  return { ...page, ...(after !== undefined && { nextToken: tokenOf(after) }) };
}

async function history(
  { request }: UnderstoodCall<ListConfigurationVersionsRequest>,
  deps: OperationDeps,
): Promise<OperationResponse> {
  const { configurationId, limit, nextToken } = request;
  const { before, ...page } = await listVersions(
    { configurationId, limit, before: nextToken === undefined ? undefined : numberOfToken(nextToken) },
    deps,
  );
  return { ...page, ...(before !== undefined && { nextToken: tokenOf(String(before)) }) };
}

async function drawn(
  call: UnderstoodCall<GetConfigurationGraphRequest>,
  deps: OperationDeps,
): Promise<OperationResponse> {
  const { configurationId, draft, format } = call.request;
  if (!draft) return showGraph(call.request, deps);
  if (configurationId === undefined)
    throw refusedField('configurationId', undefined, 'the configuration whose draft is to be shown');
  const { parts, catalogueRevision } = await draftGraph(call, configurationId, deps);
  return graphAnswer(catalogueRevision, parts, format);
}

async function saved(
  call: UnderstoodCall<SaveConfigurationDraftRequest>,
  deps: OperationDeps,
): Promise<OperationResponse> {
  const { request, principal, by } = call;
  const { configurationId, generation: expected } = request;
  const { description, owner, ...content } = request;
  const said = { ...content, ...(description !== undefined && { description }), ...(owner !== undefined && { owner }) };
  const author = { id: principal.id, by, at: deps.now().toISOString() };
  const draft = await saveDraft({ configurationId, expected }, said, author, deps);
  await record(call, { configurationId, afterHash: contentHash(draft) }, deps);
  return draftView(draft);
}

async function resumed(
  call: UnderstoodCall<ResumeConfigurationRolloutRequest>,
  deps: OperationDeps,
): Promise<OperationResponse> {
  const { configurationId } = call.request;
  const perform = async () => {
    await resumeRollout(configurationId, deps);
    await record(call, { configurationId }, deps);
    return { configurationId };
  };
  await changeOnce(call, { groupId: configurationId, asked: {} }, perform, deps);
  return { configurationId, rollout: (await getConfiguration({ configurationId }, deps)).rollout };
}

async function deleted(
  call: UnderstoodCall<DeleteConfigurationRequest>,
  deps: OperationDeps,
): Promise<OperationResponse> {
  const { configurationId } = call.request;
  const perform = async () => {
    const catalogueRevision = await deleteConfiguration(configurationId, deps);
    await record(call, { configurationId, afterHash: null }, deps);
    return { configurationId, catalogueRevision };
  };
  return changeOnce(call, { groupId: configurationId, asked: {} }, perform, deps);
}

async function bound(
  call: UnderstoodCall<CreateBindingRequest | UpdateBindingRequest>,
  deps: OperationDeps,
): Promise<Binding> {
  const { request } = call;
  const { invokedBy: _by, correlationId: _id, idempotencyKey: _key, ...asked } = request;
  const author = { by: call.by, at: deps.now().toISOString() };
  const { configurationId, version } = request;
  const configuration = { configurationId, ...(version !== undefined && { version }) };
  const binding = await boundOnce(
    call,
    asked,
    () =>
      request.operation === 'create_binding'
        ? createBinding({ subject: request.subject, priority: request.priority, configuration }, author, deps)
        : updateBinding(request.bindingId, configuration, author, deps),
    deps,
  );
  return bindingView(binding);
}

async function unbound(call: UnderstoodCall<DeleteBindingRequest>, deps: OperationDeps): Promise<OperationResponse> {
  const { bindingId } = call.request;
  await boundOnce(call, { bindingId }, () => deleteBinding(bindingId, deps), deps);
  return { bindingId, deleted: true };
}

/** Changes a binding once for its key, and has the group planned again for which something else holds now. */
async function boundOnce(
  call: UnderstoodCall<CreateBindingRequest | UpdateBindingRequest | DeleteBindingRequest>,
  asked: unknown,
  change: () => Promise<StoredBinding>,
  deps: OperationDeps,
): Promise<StoredBinding> {
  const { principal, by, correlationId } = call;
  const perform = async () => {
    const changed = await change();
    await record(call, concernOf(changed), deps);
    return changed;
  };
  const binding = await changeOnce(call, { groupId: undefined, asked }, perform, deps);
  const { subject } = binding;
  if (subject.kind !== 'protectionGroup') return binding;
  const who = { by, requestedBy: principal.id, correlationId, at: deps.now().toISOString() };
  await followBinding(subject.id, who, deps);
  return binding;
}

function concernOf({ subject, bindingId, configuration }: StoredBinding): Concern {
  const { configurationId } = configuration;
  return { configurationId, bindingId, ...(subject.kind === 'protectionGroup' && { groupId: subject.id }) };
}

function bindingView({ version: _version, ...binding }: StoredBinding): Binding {
  return binding;
}

function byId(one: StoredBinding, other: StoredBinding): number {
  return one.bindingId < other.bindingId ? -1 : 1;
}

type Concern = Pick<AuditRecord, 'configurationId' | 'bindingId' | 'groupId' | 'afterHash'>;

async function record(
  { request, principal, requestId, correlationId }: UnderstoodCall,
  concerned: Concern,
  { audit, now }: OperationDeps,
): Promise<void> {
  await audit.record([
    {
      recordId: `${requestId}/change`,
      kind: 'change',
      at: now().toISOString(),
      actor: principal.id,
      action: request.operation,
      ...concerned,
      result: 'done',
      correlationId,
    },
  ]);
}
