import type { CloudTrailCall, LaunchResult } from '@prelaunch/contracts/aws-events';
import type { ErrorCode } from '@prelaunch/contracts/error-codes';
import { CAUGHT_UP_MS } from '../apply/known-defaults.ts';
import { DomainError } from '../errors.ts';
import { type Group, isDefined } from '../group/group.ts';
import { getGroup, getServer } from '../group/ports.ts';
import { isReady, type SourceServer } from '../group/source-server.ts';
import type { AuditDeps } from './audit-deps.ts';
import { auditRecoveryInstances } from './audit-recovery-instances.ts';
import { auditServers, isBeingApplied } from './audit-servers.ts';
import { type EditCall, type OwnIdentity, understandCall } from './understand-call.ts';

/** What became of an event of AWS. */
export interface EventOutcome {
  readonly kind:
    | 'audited'
    /** What it tells of was read from AWS after it happened. */
    | 'already_audited'
    /** DRS made it while the server's settings are being applied, and they are read back after that. */
    | 'being_applied'
    | 'own_write'
    | 'refused_call'
    /** It is about nothing that Prelaunch looks after. */
    | 'foreign'
    | 'launch_failed';
}

/** EC2 does not show the newest version of a template yet, or no instance of a launch: the event has to come again. */
export class NotShownYetError extends DomainError {
  override readonly name = 'NotShownYetError';
  readonly code = 'drift.stale_read';
  override readonly retryable = true;

  constructor(instanceId: string, message: string) {
    super(`${instanceId}: ${message}`);
  }
}

/** Whoever applies the settings may have read them back already: the event has to come again. */
class BeingAppliedError extends DomainError {
  override readonly name = 'BeingAppliedError';
  readonly code = 'drift.being_applied';
  override readonly retryable = true;

  constructor(serverId: string) {
    super(`the settings of ${serverId} are being applied`);
  }
}

/** What a launch is followed by until EC2 and DRS show it. */
const UNSHOWN: ReadonlySet<string> = new Set(['drift.stale_read', 'drift.instance_gone'] satisfies ErrorCode[]);

/** What could not be told just now, and can be a little later. */
const PASSING: ReadonlySet<string> = new Set([
  'drift.stale_read',
  'drift.changed_meanwhile',
  'drift.being_applied',
] satisfies ErrorCode[]);

/** Trails tell whole seconds, and clocks differ a little. */
const CLOCKS_DIFFER_MS = 2_000;

interface Subject {
  readonly group: Group;
  readonly server: SourceServer;
  /** Set where the edit was to a running instance. */
  readonly instanceId?: string;
}

/**
 * Audits just what somebody edited, at once, in their name. Prelaunch's own writes lead to nothing, so they do not loop; several events
 * of one edit lead to one audit.
 */
export async function auditEdit(call: CloudTrailCall, own: OwnIdentity, deps: AuditDeps): Promise<EventOutcome> {
  const edit = understandCall(call, own);
  if (edit.kind !== 'edit') return { kind: edit.kind };
  const found = await Promise.all(edit.resourceIds.map((id) => subjectOf(id, deps)));
  const subjects = found.flatMap((subject) => subject ?? []);
  if (subjects.length === 0) return { kind: 'foreign' };
  const kinds: EventOutcome['kind'][] = [];
  for (const subject of subjects) kinds.push(await auditSubject(subject, edit, correlationOf(call), deps));
  return { kind: (['audited', 'being_applied'] as const).find((kind) => kinds.includes(kind)) ?? 'already_audited' };
}

/** Captures what a recovery launched: from then on that is its golden configuration. */
export async function captureRecovery(result: LaunchResult, deps: AuditDeps): Promise<EventOutcome> {
  const serverId = result.resources[0]?.split('/').at(-1) ?? '';
  if (result.detail.state !== 'RECOVERY_LAUNCH_SUCCEEDED') return { kind: 'launch_failed' };
  const subject = await subjectOf(serverId, deps);
  if (!subject) return { kind: 'foreign' };
  const correlationId = result.detail['job-id'] ?? serverId;
  const audited = await auditRecoveryInstances({ group: subject.group, serverIds: [serverId], correlationId }, deps);
  if (audited.length === 0) throw new NotShownYetError(serverId, 'DRS does not name its recovery instance yet');
  // DRS may still name the one before.
  const unshown = audited.find(({ unknown }) => unknown && UNSHOWN.has(unknown.code));
  if (unshown) throw new NotShownYetError(unshown.instanceId, unshown.unknown?.message ?? '');
  return { kind: 'audited' };
}

/** The server or instance that a resource belongs to, if a group has it. */
async function subjectOf(resourceId: string, deps: AuditDeps): Promise<Subject | undefined> {
  const isOwner = resourceId.startsWith('s-') || resourceId.startsWith('i-');
  const owner = isOwner ? resourceId : await deps.owners.ownerOf(resourceId);
  if (owner === undefined) return undefined;
  if (owner.startsWith('s-')) return memberOf(owner, deps);
  const instance = (await deps.instances.getMany([owner])).get(owner);
  const member = instance && (await memberOf(instance.serverId, deps));
  return member && { ...member, instanceId: owner };
}

async function memberOf(serverId: string, { servers, groups }: AuditDeps): Promise<Subject | undefined> {
  const server = await getServer(servers, serverId);
  const group = server?.groupId === undefined ? undefined : await getGroup(groups, server.groupId);
  return server && isDefined(group) ? { group, server } : undefined;
}

async function auditSubject(
  subject: Subject,
  edit: EditCall,
  correlationId: string,
  deps: AuditDeps,
): Promise<EventOutcome['kind']> {
  const { group, server, instanceId } = subject;
  const { serverId } = server;
  if (await isReadSince(subject, edit, deps)) return 'already_audited';
  const audit = { group, serverIds: [serverId], correlationId };
  const { actor, templateVersion } = edit;
  if (instanceId !== undefined) {
    await auditRecoveryInstances({ ...audit, actor }, deps);
    return 'audited';
  }
  if (isBeingApplied(server)) {
    if (edit.isByDrs) return 'being_applied';
    throw new BeingAppliedError(serverId);
  }
  const side = edit.side === 'drs' ? 'drs' : 'template';
  const made = { actor, side, ...(templateVersion && { templateVersion }) } as const;
  const {
    audited: [drift],
    failures,
  } = await auditServers({ ...audit, edit: made }, deps);
  if (failures.length > 0) throw failures[0];
  const { code = '', message = '' } = drift?.unknown ?? {};
  if (PASSING.has(code)) throw new NotShownYetError(serverId, message);
  return 'audited';
}

/**
 * Whether what was edited was read from AWS after that, by an audit or by whoever applied it. EC2 shows another default version of a
 * template only after a while, so that a read soon after that counts only where it showed that version.
 */
async function isReadSince(
  { server, instanceId }: Subject,
  edit: EditCall,
  { instances }: AuditDeps,
): Promise<boolean> {
  const id = instanceId ?? server.serverId;
  const known = (await instances.getMany([id])).get(id);
  const audited = known?.verdict === 'unknown' ? undefined : known?.auditedAt;
  const applied = instanceId === undefined && isReady(server) ? server.applied?.verifiedAt : undefined;
  const from = edit.at + (isShown(server, edit) ? CLOCKS_DIFFER_MS : CAUGHT_UP_MS);
  return [audited, applied].some((read) => read !== undefined && Date.parse(read) > from);
}

/** DRS makes each version the newest, and is followed by Prelaunch's own; anybody else may make an older one the default. */
function isShown(server: SourceServer, { templateVersion, isByDrs }: EditCall): boolean {
  if (!templateVersion) return true;
  const { launchTemplateId, launchTemplateVersion = 0 } = (isReady(server) && server.applied) || {};
  if (launchTemplateId !== templateVersion.launchTemplateId) return false;
  const { versionNumber } = templateVersion;
  return isByDrs ? launchTemplateVersion >= versionNumber : launchTemplateVersion === versionNumber;
}

function correlationOf({ id, detail }: CloudTrailCall): string {
  return detail.eventID ?? id ?? detail.eventName;
}
