import type { AuditRecord } from '@prelaunch/contracts/audit';
import type {
  PlanConfigurationPublishRequest,
  PublishConfigurationRequest,
  PublishConfigurationResponse,
  PublishPlan,
  RollbackConfigurationRequest,
} from '@prelaunch/contracts/operations/configurations';
import type { AccessDecision, Publishing } from '../access/gate.ts';
import {
  type Catalogue,
  type ConfigurationDraft,
  type ConfigurationVersion,
  contentHash,
  contentOf,
  headOf,
  nameOf,
} from '../configuration/configuration.ts';
import {
  ApprovalNeededError,
  DraftNotFoundError,
  DraftOutdatedError,
  PlanOutdatedError,
  PublishRefusedError,
} from '../configuration/configuration-errors.ts';
import { publishedView } from '../configuration/configuration-views.ts';
import { discarded, isLive } from '../configuration/drafts.ts';
import { preparePlan } from '../configuration/publish/prepare-plan.ts';
import type { MadePlan } from '../configuration/publish/publish-plan.ts';
import { publishVersion } from '../configuration/publish/publish-version.ts';
import { publishedVersion } from '../configuration/read-configurations.ts';
import { fingerprint } from '../fingerprint.ts';
import { ownValue } from '../own-value.ts';
import { AccessDeniedError } from './authorize.ts';
import type { OperationDeps, UnderstoodCall } from './call.ts';
import { changeOnce } from './change-once.ts';

type PublishRequest = PublishConfigurationRequest | RollbackConfigurationRequest;
type PlanRequest = PlanConfigurationPublishRequest | PublishRequest;

/** The policy that wants somebody else to publish what the caller wrote. */
const FOUR_EYES = 'four-eyes';

/** What is to be published, and by whom it was written. */
interface Candidate {
  readonly next: ConfigurationVersion;
  readonly authors: readonly string[];
}

/** Shows what publishing the draft, or going back to a version, would change. Changes nothing. */
export async function planPublish(
  call: UnderstoodCall<PlanConfigurationPublishRequest>,
  deps: OperationDeps,
): Promise<PublishPlan> {
  const read = await readFor(call, deps);
  const { next } = await candidateOf(call, read, deps);
  return planView(call, await preparePlan(next, read.catalogue, deps), deps);
}

/** As it would be with the draft of a configuration. */
export async function draftGraph(
  call: UnderstoodCall,
  configurationId: string,
  deps: OperationDeps,
): Promise<MadePlan> {
  const planning = { ...call, request: { operation: 'plan_configuration_publish', configurationId } as const };
  const read = await readFor(planning, deps);
  const { next } = await candidateOf(planning, read, deps);
  return preparePlan(next, read.catalogue, deps);
}

/**
 * Publishes what was planned, if it still would do just that. Throws `PlanOutdatedError` with the plan as it is now, and
 * `PublishRefusedError` with everything that stands against it. A repeat of what was done answers the same.
 */
export async function publish(
  call: UnderstoodCall<PublishRequest>,
  deps: OperationDeps,
): Promise<PublishConfigurationResponse> {
  const { configurationId: groupId, planHash, message, maxFailureShare } = call.request;
  const asked = { planHash, message, maxFailureShare };
  return changeOnce(call, { groupId, asked }, () => publishOnce(call, deps), deps);
}

async function publishOnce(
  call: UnderstoodCall<PublishRequest>,
  deps: OperationDeps,
): Promise<PublishConfigurationResponse> {
  const read = await readFor(call, deps);
  const { catalogue } = read;
  const done = await doneBefore(call, catalogue, deps);
  if (done) return answer(call, done, { catalogueRevision: catalogue.revision, groups: 0, changedServers: 0 }, deps);
  const { next, authors } = await candidateOf(call, read, deps);
  const plan = await preparePlan(next, catalogue, deps);
  if (plan.planHash !== call.request.planHash)
    throw new PlanOutdatedError(call.request.planHash, planView(call, plan, deps));
  const [first, ...others] = plan.problems;
  if (first) throw new PublishRefusedError([first, ...others]);
  await refuseUnapproved(call, publishingOf(call, plan, authors), deps);
  const { maxFailureShare } = call.request;
  const { by, principal, correlationId } = call;
  const announcement = { maxFailureShare, by, requestedBy: principal.id, correlationId };
  const published = await publishVersion(plan.next, announcement, catalogue, deps);
  if (!published) return overtaken(call, next, deps);
  const { groups, changedServers } = plan;
  return answer(
    call,
    published.version,
    { catalogueRevision: published.catalogue.revision, groups, changedServers },
    deps,
  );
}

/** Another attempt of the same request published first; or somebody else did, and what would happen now is another plan. */
async function overtaken(
  call: UnderstoodCall<PublishRequest>,
  next: ConfigurationVersion,
  deps: OperationDeps,
): Promise<PublishConfigurationResponse> {
  const catalogue = await deps.configurations.catalogue();
  const done = await doneBefore(call, catalogue, deps);
  if (done) return answer(call, done, { catalogueRevision: catalogue.revision, groups: 0, changedServers: 0 }, deps);
  const later = { ...next, version: nextNumber(next.configurationId, catalogue) };
  const plan = await preparePlan(later, catalogue, deps);
  throw new PlanOutdatedError(call.request.planHash, planView(call, plan, deps));
}

/** The newest version, where this very request made it: whoever was cut off asks again. */
async function doneBefore(
  { request, principal }: UnderstoodCall<PublishRequest>,
  catalogue: Catalogue,
  { configurations }: OperationDeps,
): Promise<ConfigurationVersion | undefined> {
  const { configurationId, planHash } = request;
  const ref = { configurationId, version: headOf(catalogue, configurationId) };
  const head = ref.version === 0 ? undefined : (await configurations.versions([ref])).get(nameOf(ref));
  return head?.planHash === planHash && head.author === principal.id ? head : undefined;
}

async function answer(
  call: UnderstoodCall<PublishRequest>,
  version: ConfigurationVersion,
  outcome: Pick<PublishConfigurationResponse, 'catalogueRevision' | 'groups' | 'changedServers'>,
  deps: OperationDeps,
): Promise<PublishConfigurationResponse> {
  await deps.audit.record([publishRecord(call, version)]);
  await forgetDraft(version, deps);
  return { ...publishedView(version), ...outcome };
}

/** One that somebody saved meanwhile stays. */
async function forgetDraft(version: ConfigurationVersion, { configurations }: OperationDeps): Promise<void> {
  const draft = await configurations.draft(version.configurationId);
  if (isLive(draft) && contentHash(draft) === version.hash) await configurations.saveDraft(discarded(draft, []));
}

interface Read {
  readonly draft: ConfigurationDraft | undefined;
  readonly catalogue: Catalogue;
}

/** The draft first: whoever finds none, or one that is outdated, finds in the catalogue what was published of it. */
async function readFor({ request }: UnderstoodCall<PlanRequest>, { configurations }: OperationDeps): Promise<Read> {
  const draft = toVersionOf(request) === undefined ? await configurations.draft(request.configurationId) : undefined;
  return { draft, catalogue: await configurations.catalogue() };
}

/** Undefined where it is the draft that is to be published. */
function toVersionOf(request: PlanRequest): number | undefined {
  return 'toVersion' in request ? request.toVersion : undefined;
}

async function candidateOf(
  { request, principal, by }: UnderstoodCall<PlanRequest>,
  { draft, catalogue }: Read,
  deps: OperationDeps,
): Promise<Candidate> {
  const { configurationId } = request;
  const toVersion = toVersionOf(request);
  const source =
    toVersion === undefined
      ? draftSource(configurationId, headOf(catalogue, configurationId), draft)
      : await earlierSource({ configurationId, version: toVersion }, catalogue, deps);
  const { content, authors, rolledBackTo } = source;
  const next: ConfigurationVersion = {
    ...contentOf(content),
    configurationId,
    version: nextNumber(configurationId, catalogue),
    hash: contentHash(content),
    lineage: [],
    author: principal.id,
    publishedBy: by,
    publishedAt: deps.now().toISOString(),
    message: 'message' in request ? request.message : '',
    planHash: 'planHash' in request ? request.planHash : '',
    ...(rolledBackTo !== undefined && { rolledBackTo }),
  };
  return { next, authors };
}

/** Numbers are not given again, also when the configuration was deleted in between. */
function nextNumber(configurationId: string, catalogue: Catalogue): number {
  const last = ownValue(catalogue.retired, configurationId)?.version ?? 0;
  return Math.max(headOf(catalogue, configurationId), last) + 1;
}

interface Source {
  readonly content: Parameters<typeof contentOf>[0];
  readonly authors: readonly string[];
  readonly rolledBackTo?: number;
}

function draftSource(configurationId: string, head: number, draft: ConfigurationDraft | undefined): Source {
  if (!isLive(draft)) throw new DraftNotFoundError(configurationId);
  if (draft.basedOn !== head) throw new DraftOutdatedError(configurationId, draft.basedOn, head);
  return { content: draft, authors: draft.authors };
}

/** What was published was approved then, so nobody is its author now. */
async function earlierSource(
  ref: { configurationId: string; version: number },
  catalogue: Catalogue,
  deps: OperationDeps,
): Promise<Source> {
  const content = await publishedVersion(ref, { catalogue, field: 'toVersion' }, deps);
  return { content, authors: [], rolledBackTo: ref.version };
}

/** What the API shows of a plan. */
function planView(call: UnderstoodCall<PlanRequest>, made: MadePlan, deps: OperationDeps): PublishPlan {
  const { keyClasses: _classes, next: _next, parts: _parts, ...plan } = made;
  // Whether somebody who wrote it might publish it: everybody gets the same answer, whoever asks.
  const asAuthor = decide(call, { ...publishingOf(call, made, []), isOwn: true }, deps);
  const needed = isHeldByFourEyes(asAuthor) && toVersionOf(call.request) === undefined;
  return { ...plan, approval: { needed, because: needed ? reasonsOf(made) : [] } };
}

function publishingOf(
  { principal }: UnderstoodCall<PlanRequest>,
  { changedServers, keyClasses }: MadePlan,
  authors: readonly string[],
): Publishing {
  return { changedServers, keyClasses, isOwn: authors.includes(principal.id) };
}

function decide(call: UnderstoodCall<PlanRequest>, publishing: Publishing, { gate }: OperationDeps): AccessDecision {
  const { configurationId } = call.request;
  const resource = { kind: 'configuration', configurationId } as const;
  return gate.decide({ principal: call.principal, action: 'publish_configuration', resource, publishing });
}

function isHeldByFourEyes({ allowed, policies }: AccessDecision): boolean {
  return !allowed && policies.includes(FOUR_EYES);
}

function reasonsOf({ changedServers, keyClasses }: Pick<Publishing, 'changedServers' | 'keyClasses'>): string[] {
  return [
    `servers that change: ${changedServers}`,
    ...(keyClasses.length > 0 ? [`keys of class ${keyClasses.join(', ')}`] : []),
  ];
}

/** The second question, now that it is known what publishing does. Its answer is on record before anything is published. */
async function refuseUnapproved(
  call: UnderstoodCall<PublishRequest>,
  publishing: Publishing,
  deps: OperationDeps,
): Promise<void> {
  const { request } = call;
  // Going back is a right of its own, which was asked for.
  if (request.operation === 'rollback_configuration') return;
  const decision = decide(call, publishing, deps);
  await deps.audit.record([approvalRecord(call, decision, deps.now().toISOString())]);
  if (decision.allowed) return;
  const { configurationId } = request;
  if (isHeldByFourEyes(decision)) throw new ApprovalNeededError(configurationId, reasonsOf(publishing));
  const resource = { kind: 'configuration', configurationId } as const;
  throw new AccessDeniedError(request.operation, [{ path: 'configurationId', resource, decision }]);
}

function approvalRecord(call: UnderstoodCall<PublishRequest>, decision: AccessDecision, at: string): AuditRecord {
  const { request, principal, requestId, correlationId } = call;
  return {
    recordId: `${requestId}/approval`,
    kind: 'decision',
    at,
    actor: principal.id,
    action: request.operation,
    configurationId: request.configurationId,
    result: decision.allowed ? 'allowed' : 'denied',
    policies: [...decision.policies],
    correlationId,
  };
}

/** One record per version, however often its request was repeated. */
function publishRecord(
  { request, principal, correlationId }: UnderstoodCall<PublishRequest>,
  version: ConfigurationVersion,
): AuditRecord {
  return {
    recordId: fingerprint(['publish', version.configurationId, version.version]),
    kind: 'change',
    at: version.publishedAt,
    actor: principal.id,
    action: request.operation,
    configurationId: version.configurationId,
    afterHash: version.hash,
    result: 'done',
    correlationId,
  };
}
