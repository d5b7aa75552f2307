import { isUtf8 } from 'node:buffer';
import type { Authorization } from './authorization.ts';
import { headerOf, type MultiValues, type ReceivedRequest } from './received-request.ts';

/** Beside the request: what API Gateway itself knows. */
export interface EventContext {
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The account of the API. */
  readonly accountId: string;
  readonly port: number;
}

type Granted = Exclude<Authorization, { kind: 'refused' }>;

const STAGE = 'local';
const API_ID = 'local';
const RESOURCE_ID = 'local';
const GREEDY_RESOURCE = '/{proxy+}';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The event of a REST API's Lambda proxy integration, payload version 1.0, as JSON text. */
export function proxyEvent(request: ReceivedRequest, granted: Granted, context: EventContext): string {
  const { path, method: httpMethod, decodedPath, query, body } = request;
  // A greedy path parameter does not match the root, which is a resource of its own.
  const resource = decodedPath === '/' ? '/' : GREEDY_RESOURCE;
  const hasQuery = Object.keys(query).length > 0;
  const multiValueHeaders = forwardedHeaders(request, granted, context);
  const isBase64Encoded = !isUtf8(body);
  return JSON.stringify({
    resource,
    path,
    httpMethod,
    headers: lastOf(multiValueHeaders),
    multiValueHeaders,
    queryStringParameters: hasQuery ? lastOf(query) : null,
    multiValueQueryStringParameters: hasQuery ? query : null,
    pathParameters: resource === '/' ? null : { proxy: decodedPath.slice(1) },
    stageVariables: null,
    requestContext: requestContext(request, granted, { ...context, resource }),
    body: body.length === 0 ? null : body.toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  });
}

/** Made of what the front knows itself; of the client's headers only the user agent is shown. */
function requestContext(
  request: ReceivedRequest,
  granted: Granted,
  context: EventContext & { readonly resource: string },
) {
  return {
    resourceId: RESOURCE_ID,
    resourcePath: context.resource,
    apiId: API_ID,
    stage: STAGE,
    path: request.path,
    httpMethod: request.method,
    protocol: request.protocol,
    requestId: context.requestId,
    requestTime: logTime(new Date(context.at)),
    requestTimeEpoch: context.at,
    accountId: context.accountId,
    identity: identityOf(request, granted),
    ...(granted.kind === 'cognito' && { authorizer: { claims: granted.claims } }),
  };
}

function identityOf(request: ReceivedRequest, granted: Granted) {
  const principal = granted.kind === 'iam' ? granted.principal : undefined;
  return {
    accessKey: principal?.accessKeyId ?? null,
    accountId: principal?.accountId ?? null,
    caller: principal?.userId ?? null,
    user: principal?.userId ?? null,
    userArn: principal?.userArn ?? null,
    sourceIp: request.sourceIp,
    userAgent: headerOf(request, 'user-agent') ?? null,
    apiKey: null,
    apiKeyId: null,
    clientCert: null,
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: null,
    cognitoIdentityPoolId: null,
    principalOrgId: null,
  };
}

/** As sent, but for what API Gateway adds about the way, and for signatures, which it does not hand on. */
function forwardedHeaders(
  { headers, sourceIp }: ReceivedRequest,
  granted: Granted,
  { port }: EventContext,
): Record<string, readonly string[]> {
  const forwarded: Record<string, readonly string[]> = Object.create(null);
  for (const [lowerCase, { name, values }] of headers) {
    if (lowerCase.startsWith('x-forwarded-')) continue;
    if (lowerCase === 'authorization' && granted.kind === 'iam') continue;
    forwarded[name] = values;
  }
  const via = headers.get('x-forwarded-for')?.values ?? [];
  forwarded['X-Forwarded-For'] = [[...via, sourceIp].join(', ')];
  forwarded['X-Forwarded-Port'] = [String(port)];
  forwarded['X-Forwarded-Proto'] = ['http'];
  return forwarded;
}

function lastOf(values: MultiValues): Record<string, string> {
  const last: Record<string, string> = Object.create(null);
  for (const name of Object.keys(values)) last[name] = values[name]?.at(-1) ?? '';
  return last;
}

/** `24/Nov/2026:09:37:33 +0000`. */
function logTime(date: Date): string {
  const text = date.toISOString();
  return `${text.slice(8, 10)}/${MONTHS[date.getUTCMonth()]}/${text.slice(0, 4)}:${text.slice(11, 19)} +0000`;
}
