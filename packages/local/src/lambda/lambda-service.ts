import {
  jsonAnswer,
  type RecordRequest,
  type Service,
  type ServiceAnswer,
  type ServiceRequest,
} from '../endpoint/service.ts';
import { retry } from '../retry.ts';
import type { FunctionOutcome } from './function-outcome.ts';
import type { FunctionPool } from './function-pool.ts';

const PAYLOAD_BYTES_MAX = 6 * 1024 * 1024;
/** Lambda's own defaults for asynchronous invocations. */
const ASYNCHRONOUS_RETRY = { maximumAttempts: 2, maximumAgeSeconds: 6 * 3600 };

const FUNCTIONS = '/2015-03-31/functions';

export interface LambdaServiceDeps {
  /** Pools by physical function name. */
  readonly pools: ReadonlyMap<string, FunctionPool>;
  readonly signal: AbortSignal;
}

/** Lambda's Invoke, and enough of its reading API to look around. Qualifiers are accepted and ignored. */
export function createLambdaService(deps: LambdaServiceDeps): Service {
  return async (request, record) => {
    const [path = ''] = request.url.split('?');
    if (!path.startsWith(FUNCTIONS)) return refusal(404, 'UnknownOperationException', `Not available here: ${path}`);
    const [, encodedName = '', action = ''] = path.slice(FUNCTIONS.length).split('/');
    if (encodedName === '') return listFunctions(request, record, deps);
    const name = functionNameOf(decodeURIComponent(encodedName));
    const pool = deps.pools.get(name);
    if (!pool) return refusal(404, 'ResourceNotFoundException', `Function not found: ${name}`);
    if (request.method === 'POST' && action === 'invocations') return invoke(request, record, pool, deps);
    if (request.method !== 'GET') return refusal(405, 'MethodNotAllowedException', 'Only GET is available here.');
    record(action === 'configuration' ? 'GetFunctionConfiguration' : 'GetFunction', [name]);
    const configuration = configurationOf(pool);
    return answer(200, action === 'configuration' ? configuration : { Configuration: configuration });
  };
}

async function invoke(
  { headers, body }: ServiceRequest,
  record: RecordRequest,
  pool: FunctionPool,
  { signal }: LambdaServiceDeps,
): Promise<ServiceAnswer> {
  record('Invoke', [pool.spec.name]);
  if (Buffer.byteLength(body) > PAYLOAD_BYTES_MAX) {
    return refusal(
      413,
      'RequestTooLargeException',
      `Request must be smaller than ${PAYLOAD_BYTES_MAX} bytes for the InvokeFunction operation`,
    );
  }
  if (!isJson(body)) {
    return refusal(400, 'InvalidRequestContentException', 'Could not parse request body into json.');
  }
  const type = headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (type === 'DryRun') return emptyAnswer(204);
  if (type === 'Event') {
    void invokeUntilDone(pool, body, signal);
    return emptyAnswer(202);
  }
  return synchronousAnswer(await pool.invoke(body));
}

/** An asynchronous invocation: a function error is retried as Lambda does, then given up. */
async function invokeUntilDone(pool: FunctionPool, payload: string, signal: AbortSignal): Promise<void> {
  const attempt = async (): Promise<void> => {
    const outcome = await pool.invoke(payload);
    if (outcome.kind === 'failed') throw new Error(outcome.error.errorMessage);
  };
  await retry(attempt, { policy: ASYNCHRONOUS_RETRY, isRetryable: () => true, signal });
}

function synchronousAnswer(outcome: FunctionOutcome): ServiceAnswer {
  const headers = {
    'content-type': 'application/json',
    'x-amzn-requestid': outcome.requestId,
    'x-amz-executed-version': '$LATEST',
  };
  if (outcome.kind === 'failed') {
    const body = JSON.stringify(outcome.error);
    return { status: 200, headers: { ...headers, 'x-amz-function-error': 'Unhandled' }, body };
  }
  if (Buffer.byteLength(outcome.payload) > PAYLOAD_BYTES_MAX) {
    const errorType = 'Function.ResponseSizeTooLarge';
    const body = JSON.stringify({
      errorType,
      errorMessage: `Response payload size exceeded ${PAYLOAD_BYTES_MAX} bytes.`,
    });
    return { status: 200, headers: { ...headers, 'x-amz-function-error': 'Unhandled' }, body };
  }
  return { status: 200, headers, body: outcome.payload };
}

function listFunctions(request: ServiceRequest, record: RecordRequest, { pools }: LambdaServiceDeps): ServiceAnswer {
  if (request.method !== 'GET') return refusal(405, 'MethodNotAllowedException', 'Only GET is available here.');
  record('ListFunctions', []);
  return answer(200, { Functions: [...pools.values()].map(configurationOf) });
}

function configurationOf({ spec }: FunctionPool) {
  return {
    FunctionName: spec.name,
    FunctionArn: spec.arn,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Timeout: spec.timeoutSeconds,
    MemorySize: spec.memoryMb,
    Version: '$LATEST',
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
  };
}

/** A function may be named by its name, by its ARN or by part of that, with a qualifier or without. */
function functionNameOf(text: string): string {
  const arn = /^(?:arn:aws:lambda:[^:]+:)?(?:\d{12}:)?function:([^:]+)/.exec(text);
  return arn?.[1] ?? text.split(':')[0] ?? text;
}

function isJson(text: string): boolean {
  if (text === '') return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function answer(status: number, body: unknown): ServiceAnswer {
  return jsonAnswer('application/json', status, body);
}

function emptyAnswer(status: number): ServiceAnswer {
  return { status, headers: {}, body: '' };
}

function refusal(status: number, type: string, message: string): ServiceAnswer {
  const { headers, body } = jsonAnswer('application/json', status, { Type: 'User', Message: message });
  return { status, headers: { ...headers, 'x-amzn-errortype': type }, body };
}
