import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { HEADER_OF_FIELD } from '@prelaunch/contracts/http-fields';
import { type OperationName, operations } from '@prelaunch/contracts/operations';
import { signedHeaders } from '@prelaunch/local/api/testing/sign-request';
import type { Runtime } from '@prelaunch/local/runtime';

/** What came of a request, whichever way it went in. */
interface Told {
  /** Only over HTTP. */
  readonly status?: number;
  readonly headers?: Headers;
  readonly body: Record<string, unknown>;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Asks for an operation with the fields of its request. */
type Ask = (operation: string, fields?: Fields) => Promise<Told>;

export interface Way {
  readonly name: string;
  /** As somebody who may do everything. */
  readonly ask: Ask;
  /** As somebody with that role and no other; `nobody` has none. */
  readonly as: (role: string) => Ask;
}

/** What grants of the access configuration call the callers of each way. */
export function granteesOf(role: string): string[] {
  return [`cognito-group:test-${role}`, `iam:${roleArn(role)}`, `caller:${role}`];
}

export const ROLES_ASKED = [
  'admin',
  'viewer',
  'operator',
  'author',
  'approver',
  'remediator',
  'auditor',
  'nobody',
] as const;

function roleArn(role: string): string {
  return `arn:aws:iam::111111111111:role/test-${role}`;
}

/** The web console’s way, automation’s way and the way of other functions, of one runtime. */
export function waysInto(runtime: Runtime): Way[] {
  const lambda = new LambdaClient({
    endpoint: runtime.endpoint,
    region: runtime.region,
    credentials: runtime.credentials,
  });
  const ways = { cognito: cognitoAs, iam: iamAs, direct: directAs(lambda) } as const;
  return Object.entries(ways).map(([name, as]) => ({
    name,
    ask: as('admin', runtime),
    as: (role: string) => as(role, runtime),
  }));
}

function cognitoAs(role: string, { api }: Runtime): Ask {
  return async (operation, fields) => {
    const { method, path, headers, body } = requestOf(operation, fields);
    const authorization = `Bearer ${await api.issuer.token({ user: `${role}@example.com`, groups: [`test-${role}`] })}`;
    return toldBy(
      await fetch(`${api.url}${path}`, { method, headers: { ...headers, authorization }, ...withBody(body) }),
    );
  };
}

function iamAs(role: string, runtime: Runtime): Ask {
  const session = sessionOf(role, runtime);
  const { api, region } = runtime;
  return async (operation, fields) => {
    const { method, path, headers, body } = requestOf(operation, fields);
    const url = `${api.url}${path}`;
    const options = { region, credentials: await session };
    const signed = await signedHeaders({ url, method, headers, ...withBody(body) }, options);
    return toldBy(await fetch(url, { method, headers: signed, ...withBody(body) }));
  };
}

function directAs(lambda: LambdaClient) {
  return (role: string): Ask =>
    async (operation, fields) => {
      const FunctionName = 'prelaunch-local-operations';
      const Payload = JSON.stringify({ operation, ...fields });
      const answer = await lambda.send(new InvokeCommand({ FunctionName, Qualifier: role, Payload }));
      if (answer.FunctionError !== undefined) throw new Error(answer.Payload?.transformToString());
      return { body: JSON.parse(answer.Payload?.transformToString() ?? 'null') };
    };
}

/** An operation as the REST API takes it; one that there is not is asked for at a path that there is not. */
function requestOf(operation: string, fields: Fields = {}) {
  const { method, path } = Object.hasOwn(operations, operation)
    ? operations[operation as OperationName].http
    : { method: 'POST', path: `/${operation}` };
  const rest = new Map(Object.entries(fields));
  const filled = path.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = String(rest.get(name));
    rest.delete(name);
    return encodeURIComponent(value);
  });
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  for (const [name, header] of Object.entries(HEADER_OF_FIELD)) {
    if (rest.has(name)) headers[header.toLowerCase()] = String(rest.get(name));
    rest.delete(name);
  }
  if (method !== 'GET') return { method, path: filled, headers, body: JSON.stringify(Object.fromEntries(rest)) };
  const query = new URLSearchParams(Object.fromEntries([...rest].map(([name, value]) => [name, String(value)])));
  return { method, path: query.size > 0 ? `${filled}?${query}` : filled, headers, body: undefined };
}

function withBody(body: string | undefined) {
  return body === undefined ? {} : { body };
}

async function toldBy(response: Response): Promise<Told> {
  return { status: response.status, headers: response.headers, body: (await response.json()) as Told['body'] };
}

async function sessionOf(role: string, { endpoint, region, credentials, simulator }: Runtime) {
  const RoleArn = roleArn(role);
  simulator.accounts.addRole({ roleArn: RoleArn });
  const sts = new STSClient({ endpoint, region, credentials });
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'suite' }));
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}
