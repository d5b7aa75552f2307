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
import { hasQualifier, type QualifiedName, qualifiedArn, qualifiedName } from './qualified-name.ts';

const PAYLOAD_BYTES_MAX = 6 * 1024 * 1024;
/** Lambda's own defaults for asynchronous invocations. */
const ASYNCHRONOUS_RETRY = { maximumAttempts: 2, maximumAgeSeconds: 6 * 3600 };

const TWO_QUALIFIERS = 'The derived qualifier from the function name does not match the specified qualifier.';
const FUNCTIONS = '/2015-03-31/functions';

export interface LambdaServiceDeps {
  /** Pools by physical function name. */
  readonly pools: ReadonlyMap<string, FunctionPool>;
  /** Aliases by physical function name. */
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  readonly signal: AbortSignal;
}

type Run = (payload: string) => Promise<FunctionOutcome>;

/** Lambda's Invoke, and enough of its reading API to look around. Aliases all point to the code as it is. */
export function createLambdaService(deps: LambdaServiceDeps): Service {
  return async (request, record) => {
    const [path = '', query = ''] = request.url.split('?');
    if (!path.startsWith(FUNCTIONS)) return refusal(404, 'UnknownOperationException', `Not available here: ${path}`);
    const [, encodedName = '', action = ''] = path.slice(FUNCTIONS.length).split('/');
    if (encodedName === '') return listFunctions(request, record, deps);
    const asked = new URLSearchParams(query).get('Qualifier') ?? undefined;
    const target = targetOf(qualifiedName(decodeURIComponent(encodedName)), asked, deps);
    if (target.kind === 'refused') return target.answer;
    const { pool, qualifier } = target;
    const { name } = pool.spec;
    if (request.method === 'POST' && action === 'invocations')
      return invoke(request, record, (payload) => pool.invoke(payload, qualifier), { name, signal: deps.signal });
    return describeFunction(request, record, { action, pool, qualifier });
  };
}

function describeFunction(
  { method }: ServiceRequest,
  record: RecordRequest,
  asked: { readonly action: string; readonly pool: FunctionPool; readonly qualifier: string | undefined },
): ServiceAnswer {
  if (method !== 'GET') return refusal(405, 'MethodNotAllowedException', 'Only GET is available here.');
  const { name, arn } = asked.pool.spec;
  const configuration = { ...configurationOf(asked.pool), FunctionArn: qualifiedArn(arn, asked.qualifier) };
  record(asked.action === 'configuration' ? 'GetFunctionConfiguration' : 'GetFunction', [name]);
  return answer(200, asked.action === 'configuration' ? configuration : { Configuration: configuration });
}

type Target =
  | { readonly kind: 'found'; readonly pool: FunctionPool; readonly qualifier: string | undefined }
  | { readonly kind: 'refused'; readonly answer: ServiceAnswer };

/** The function, and the qualifier from either place where a caller may give one. */
function targetOf(named: QualifiedName, asked: string | undefined, { pools, aliases }: LambdaServiceDeps): Target {
  const { name, qualifier = asked } = named;
  if (asked !== undefined && asked !== qualifier)
    return { kind: 'refused', answer: refusal(400, 'InvalidParameterValueException', TWO_QUALIFIERS) };
  const pool = pools.get(name);
  if (!pool) return notFound(name);
  if (!hasQualifier(aliases.get(name) ?? [], qualifier)) return notFound(qualifiedArn(pool.spec.arn, qualifier));
  return { kind: 'found', pool, qualifier };
}

function notFound(named: string): Target {
  return { kind: 'refused', answer: refusal(404, 'ResourceNotFoundException', `Function not found: ${named}`) };
}

async function invoke(
  { headers, body }: ServiceRequest,
  record: RecordRequest,
  run: Run,
  { name, signal }: { readonly name: string; readonly signal: AbortSignal },
): Promise<ServiceAnswer> {
  record('Invoke', [name]);
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
    void invokeUntilDone(run, body, signal);
    return emptyAnswer(202);
  }
  return synchronousAnswer(await run(body));
}

/** An asynchronous invocation: a function error is retried as Lambda does, then given up. */
async function invokeUntilDone(run: Run, payload: string, signal: AbortSignal): Promise<void> {
  const attempt = async (): Promise<void> => {
    const outcome = await run(payload);
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
