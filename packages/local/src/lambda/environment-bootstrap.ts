/**
 * The inside of an execution environment: imports one bundled function, then serves one invocation at a time over IPC.
 * It is bundled by itself and must stay free of imports that cost start time.
 */
import { enableCompileCache, flushCompileCache } from 'node:module';
import type { EnvironmentMessage, InvokeMessage } from './environment-messages.ts';

type Handler = (event: unknown, context: unknown) => unknown;

const [, , bundleUrl = '', cacheDirectory = ''] = process.argv;

// Without its parent an environment has no reason to live.
process.on('disconnect', () => process.exit(0));
enableCompileCache(cacheDirectory);
await start();

async function start(): Promise<void> {
  const handler = await loadHandler().catch(async (error: unknown) => {
    console.error(error);
    await tell({ kind: 'init-failed', error: describe(error) });
    process.exit(1);
  });
  process.on('message', (message: InvokeMessage) => void serve(handler, message));
  // So that the next environment of this function starts sooner.
  flushCompileCache();
  await tell({ kind: 'ready' });
}

async function loadHandler(): Promise<Handler> {
  const loaded: { handler?: unknown } = await import(bundleUrl);
  if (typeof loaded.handler === 'function') return loaded.handler as Handler;
  throw Object.assign(new Error('The function exports no "handler".'), { name: 'Runtime.HandlerNotFound' });
}

async function serve(handler: Handler, message: InvokeMessage): Promise<void> {
  const { requestId, payload, traceHeader } = message;
  process.env._X_AMZN_TRACE_ID = traceHeader;
  try {
    const event: unknown = payload === '' ? {} : JSON.parse(payload);
    const answer = await handler(event, contextOf(message));
    await tell({ kind: 'answered', requestId, payload: JSON.stringify(answer) ?? 'null' });
  } catch (error) {
    console.error(error);
    await tell({ kind: 'failed', requestId, error: describe(error) });
  }
}

function contextOf({ requestId, deadline, invokedFunctionArn }: InvokeMessage): unknown {
  const functionName = process.env.AWS_LAMBDA_FUNCTION_NAME ?? '';
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? '',
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: `local/[$LATEST]${process.pid}`,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

function describe(error: unknown): { errorType: string; errorMessage: string; trace?: string[] } {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error) };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

function tell(message: EnvironmentMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.send) process.exit(0);
    process.send(message, () => resolve());
  });
}
