import type { Principal } from '@prelaunch/core/access/gate';

/**
 * Who calls, from what a way in established. All take anything and answer `undefined` when it names nobody: what cannot be
 * understood has no rights, and is no failure either.
 */

/** Longer than any ARN or claim that names somebody; with what is put before it, still an actor of the audit log. */
const TEXT_MAX = 1000;
const LABEL_MAX = 128;
/** What Cognito allows as the name of a group. */
const GROUP_MAX = 128;

const IAM_ARN = /^arn:(aws[a-z-]*):(iam|sts)::(\d{12}):([a-z-]+)(?:\/([\w+=,.@/-]+))?$/;
const FUNCTION_ARN = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(?::(\$LATEST|[\w-]{1,128}))?$/;

/** A user of the Cognito user pool, from the claims of a token that API Gateway checked. */
export function cognitoPrincipal(claims: unknown): Principal | undefined {
  const { sub, username, email, 'cognito:username': name, 'cognito:groups': groups } = fieldsOf(claims);
  const id = firstText(sub, name, username);
  if (id === undefined) return undefined;
  return {
    id: `cognito:${id}`,
    label: (firstText(name, username, email) ?? id).slice(0, LABEL_MAX),
    grantees: groupNames(groups).map((group) => `cognito-group:${group}`),
  };
}

/** An IAM user or role that signed its request, from the ARN that API Gateway checked. Sessions of a role are told apart. */
export function iamPrincipal(userArn: unknown): Principal | undefined {
  const arn = firstText(userArn);
  const [, partition, service = '', account, kind = '', path = ''] = IAM_ARN.exec(arn ?? '') ?? [];
  if (arn === undefined || account === undefined) return undefined;
  const names = path.split('/');
  const grantee = iamGrantee(service, kind, names);
  return {
    id: `iam:${arn}`,
    label: (kind === 'assumed-role' ? path : names.at(-1) || kind).slice(0, LABEL_MAX),
    grantees: grantee === undefined ? [] : [`iam:arn:${partition}:iam::${account}:${grantee}`],
  };
}

/**
 * Whoever IAM lets invoke the operations function by this ARN. The alias in it is all that tells direct callers apart; it names
 * a kind of caller, so it is no label.
 */
export function callerPrincipal(invokedFunctionArn: unknown): Principal | undefined {
  const match = FUNCTION_ARN.exec(firstText(invokedFunctionArn) ?? '');
  if (!match) return undefined;
  const [, qualifier = '$LATEST'] = match;
  const alias = qualifier === '$LATEST' ? 'unqualified' : qualifier;
  return { id: `caller:${alias}`, grantees: [`caller:${alias}`] };
}

/** Names hold no spaces. In a text, one with a comma cannot be told from two names; docs/security.md says so. */
function groupNames(groups: unknown): string[] {
  const names = typeof groups === 'string' ? splitGroups(groups.trim()) : groups;
  if (!Array.isArray(names)) return [];
  return names.filter((name): name is string => typeof name === 'string' && name !== '' && name.length <= GROUP_MAX);
}

/** API Gateway shows a list as `a,b` or as `[a b]`, depending on the kind of API. */
function splitGroups(groups: string): string[] {
  const isBracketed = groups.startsWith('[') && groups.endsWith(']');
  return (isBracketed ? groups.slice(1, -1) : groups).split(/[\s,]+/);
}

/** What roles may have been given to: the user, or the role of the session. Account roots and federated users have no such name. */
function iamGrantee(service: string, kind: string, names: readonly string[]): string | undefined {
  if (service === 'iam' && (kind === 'user' || kind === 'role')) return `${kind}/${names.join('/')}`;
  if (service === 'sts' && kind === 'assumed-role') return `role/${names[0]}`;
  return undefined;
}

function firstText(...candidates: readonly unknown[]): string | undefined {
  return candidates.find(
    (candidate): candidate is string =>
      typeof candidate === 'string' && candidate !== '' && candidate.length <= TEXT_MAX,
  );
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
