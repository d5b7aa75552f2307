import { AUDITED_CALLS, type CloudTrailCall } from '@prelaunch/contracts/aws-events';
import { SourceServerId } from '@prelaunch/contracts/ids';

/** What a call to AWS changed, as far as its trail tells. */
export interface EditCall {
  readonly kind: 'edit';
  /** Source servers, launch templates, network interfaces or instances, by id. */
  readonly resourceIds: readonly string[];
  /** Where what was edited is kept. */
  readonly side: 'drs' | 'template' | 'instance';
  /** Who called, as AWS names them. */
  readonly actor: string;
  /** DRS does so by itself, also after each write of Prelaunch. */
  readonly isByDrs: boolean;
  /** Epoch milliseconds; trails tell whole seconds. */
  readonly at: number;
  readonly templateVersion?: { readonly launchTemplateId: string; readonly versionNumber: number };
}

export interface NoEdit {
  /** `own_write`: Prelaunch's own. `refused_call`: AWS refused it. `foreign`: it says nothing about what is audited. */
  readonly kind: 'own_write' | 'refused_call' | 'foreign';
}

/** By which Prelaunch's own calls are known. */
export interface OwnIdentity {
  readonly homeAccountId: string;
  /** What sessions in target accounts say who is behind them. */
  readonly sourceIdentity: string;
  /** How the names of Prelaunch's functions begin: on AWS, a function's session has its name. */
  readonly sessionPrefix: string;
}

/** Reads a call of CloudTrail. Fields that are missing, or are not what they should be, make it `foreign`, never an error. */
export function understandCall({ detail }: CloudTrailCall, own: OwnIdentity): EditCall | NoEdit {
  const { eventName, errorCode, eventTime, requestParameters, responseElements } = detail;
  if (typeof errorCode === 'string') return { kind: 'refused_call' };
  if (isOwn(detail, own)) return { kind: 'own_write' };
  const at = Date.parse(eventTime);
  const request = unwrapped(eventName, 'Request', requestParameters);
  const response = unwrapped(eventName, 'Response', responseElements);
  const resourceIds = resourcesOf(eventName, request, response);
  if (Number.isNaN(at) || resourceIds.length === 0) return { kind: 'foreign' };
  const templateVersion = templateVersionOf(eventName, request, response);
  return {
    kind: 'edit',
    resourceIds,
    side: sideOf(eventName),
    actor: actorOf(detail),
    isByDrs: isByDrs(detail),
    at,
    ...(templateVersion && { templateVersion }),
  };
}

type Detail = CloudTrailCall['detail'];
type Fields = Readonly<Record<string, unknown>>;

/** In target accounts by the source identity, which nobody else may set there; at home by the session that Lambda names. */
function isOwn({ userIdentity }: Detail, { homeAccountId, sourceIdentity, sessionPrefix }: OwnIdentity): boolean {
  if (userIdentity?.sessionContext?.sourceIdentity === sourceIdentity) return true;
  const [, , , , account, resource = ''] = userIdentity?.arn?.split(':') ?? [];
  const [type, , session = ''] = resource.split('/');
  return account === homeAccountId && type === 'assumed-role' && session.startsWith(sessionPrefix);
}

function sideOf(eventName: string): EditCall['side'] {
  if (TEMPLATE_CALLS.has(eventName)) return 'template';
  return INSTANCE_CALLS.has(eventName) ? 'instance' : 'drs';
}

function isByDrs({ userIdentity }: Detail): boolean {
  return userIdentity?.invokedBy === 'drs.amazonaws.com';
}

function actorOf({ userIdentity }: Detail): string {
  return userIdentity?.invokedBy ?? userIdentity?.arn ?? userIdentity?.type ?? 'unknown';
}

/** Some of EC2's calls are told wrapped in the name of the request, and some are not. */
function unwrapped(eventName: string, kind: 'Request' | 'Response', parameters: Fields | null | undefined): Fields {
  const inner = parameters?.[`${eventName}${kind}`];
  return fieldsOf(inner) ?? parameters ?? {};
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** CloudTrail writes names as the API has them, or with a small letter at the beginning. */
function field(fields: Fields | undefined, name: string): unknown {
  return fields?.[name] ?? fields?.[name.charAt(0).toLowerCase() + name.slice(1)];
}

function text(fields: Fields | undefined, name: string): string[] {
  const value = field(fields, name);
  return typeof value === 'string' && value !== '' ? [value] : [];
}

const TEMPLATE_CALLS: ReadonlySet<string> = new Set(AUDITED_CALLS.launchTemplates);
const INSTANCE_CALLS: ReadonlySet<string> = new Set(AUDITED_CALLS.instances);
const AUDITED_ID = /^(s-[0-9a-zA-Z]{17}|(i|eni|lt)-[0-9a-f]{8,17})$/;

function resourcesOf(eventName: string, request: Fields, response: Fields): string[] {
  const ids = () => {
    if (eventName === 'UpdateLaunchConfiguration')
      return text(request, 'SourceServerID').filter((id) => SourceServerId.safeParse(id).success);
    if (TEMPLATE_CALLS.has(eventName)) return templateIdsOf(request, response);
    return INSTANCE_CALLS.has(eventName) ? instanceIdsOf(request, response) : [];
  };
  return [...new Set(ids())].filter((id) => AUDITED_ID.test(id));
}

/** A call may name the template by name only; then its answer has the id. */
function templateIdsOf(request: Fields, response: Fields): string[] {
  const made = fieldsOf(field(response, 'LaunchTemplateVersion')) ?? fieldsOf(field(response, 'LaunchTemplate'));
  return [...text(request, 'LaunchTemplateId'), ...text(made, 'LaunchTemplateId')];
}

function instanceIdsOf(request: Fields, response: Fields): string[] {
  const association = fieldsOf(field(response, 'IamInstanceProfileAssociation'));
  return [
    ...text(request, 'InstanceId'),
    ...text(request, 'NetworkInterfaceId'),
    ...text(association, 'InstanceId'),
    ...listed(field(request, 'InstancesSet'), 'InstanceId'),
    ...listed(field(request, 'InstanceId'), 'InstanceId'),
    ...listed(field(request, 'ResourcesSet'), 'ResourceId'),
    ...listed(field(request, 'ResourceId'), 'ResourceId'),
  ];
}

/** `{ items: [{ instanceId }] }`, a list of such, or a list of ids. */
function listed(value: unknown, name: string): string[] {
  const items = Array.isArray(value) ? value : field(fieldsOf(value), 'items');
  if (!Array.isArray(items)) return [];
  return items.flatMap((item) => (typeof item === 'string' ? [item] : text(fieldsOf(item), name)));
}

/** A version that was only made is not the default: what EC2 shows as the default may well be older. */
function templateVersionOf(eventName: string, request: Fields, response: Fields): EditCall['templateVersion'] {
  if (eventName !== 'ModifyLaunchTemplate') return undefined;
  const template = fieldsOf(field(response, 'LaunchTemplate'));
  const versionNumber = wholeNumber(field(template, 'DefaultVersionNumber'));
  const [launchTemplateId] = [...text(template, 'LaunchTemplateId'), ...text(request, 'LaunchTemplateId')];
  return launchTemplateId !== undefined && versionNumber > 0 ? { launchTemplateId, versionNumber } : undefined;
}

/** Written as a number or as digits; 0 for anything else. */
function wholeNumber(value: unknown): number {
  const isWritten = typeof value === 'number' || (typeof value === 'string' && /^\d{1,15}$/.test(value));
  return isWritten && Number.isSafeInteger(Number(value)) ? Number(value) : 0;
}
