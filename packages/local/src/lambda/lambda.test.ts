import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetFunctionCommand, InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import type { Topology } from '@prelaunch/topology/shape';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { smallTopology } from '../testing/small-topology.ts';
import { startTestRuntime, type TestRuntime } from '../testing/start-test-runtime.ts';

const { echo } = smallTopology.functions;
const topology: Topology = {
  ...smallTopology,
  functions: { ...smallTopology.functions, ...(echo && { echo: { ...echo, aliases: ['live'] } }) },
};
const ECHO = 'arn:aws:lambda:us-east-1:111111111111:function:prelaunch-local-echo';

let test: TestRuntime;
let lambda: LambdaClient;

beforeAll(async () => {
  test = await startTestRuntime({ topology });
  lambda = new LambdaClient(test.client);
});

afterAll(() => test.stop());

async function invoke(id: string, event?: unknown) {
  const Payload = event === undefined ? undefined : JSON.stringify(event);
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName: `prelaunch-local-${id}`, ...(Payload && { Payload }) }),
  );
  const text = answer.Payload?.transformToString() ?? '';
  return { ...answer, answer: text === '' ? undefined : JSON.parse(text) };
}

describe('Invoke', () => {
  it('runs a function with its event, context and environment, and nothing of the host', async () => {
    const { answer, StatusCode, $metadata } = await invoke('echo', { a: 1 });
    expect(StatusCode).toBe(200);
    expect(answer.event).toEqual({ a: 1 });
    expect(answer.remaining).toBeGreaterThan(5_000);
    expect(answer.title).toBe('prelaunch-local-echo');
    expect(answer.context).toMatchObject({
      awsRequestId: $metadata.requestId,
      functionName: 'prelaunch-local-echo',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:111111111111:function:prelaunch-local-echo',
      memoryLimitInMB: '256',
    });
    expect(Object.keys(answer.environment).sort()).toEqual([
      'APPLY_LEASE_SECONDS',
      'AWS_ACCESS_KEY_ID',
      'AWS_ENDPOINT_URL',
      'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
      'AWS_LAMBDA_FUNCTION_NAME',
      'AWS_LAMBDA_FUNCTION_TIMEOUT',
      'AWS_REGION',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'BUS_NAME',
      'HOME',
      'HOME_ACCOUNT_ID',
      'PATH',
      'POWERTOOLS_LOG_LEVEL',
      'POWERTOOLS_SERVICE_NAME',
      'PRELAUNCH_STAGE',
      'THINGS_TABLE',
      'TZ',
      'WORK_QUEUE_URL',
      '_X_AMZN_TRACE_ID',
    ]);
  });

  it.each([
    ['a name', { FunctionName: 'prelaunch-local-echo' }, ECHO],
    ['an ARN', { FunctionName: ECHO }, ECHO],
    ['a part of an ARN', { FunctionName: '111111111111:function:prelaunch-local-echo:live' }, `${ECHO}:live`],
    ['a name with an alias', { FunctionName: 'prelaunch-local-echo:live' }, `${ECHO}:live`],
    ['an ARN with an alias', { FunctionName: `${ECHO}:live` }, `${ECHO}:live`],
    ['an alias beside the ARN', { FunctionName: ECHO, Qualifier: 'live' }, `${ECHO}:live`],
    ['an alias twice', { FunctionName: `${ECHO}:live`, Qualifier: 'live' }, `${ECHO}:live`],
    ['the latest code', { FunctionName: ECHO, Qualifier: '$LATEST' }, `${ECHO}:$LATEST`],
  ])('is told to the function by %s, without a payload', async (_case, input, invokedFunctionArn) => {
    const { Payload } = await lambda.send(new InvokeCommand(input));
    const { event, context } = JSON.parse(Payload?.transformToString() ?? '');
    expect({ event, context }).toMatchObject({
      event: {},
      context: { invokedFunctionArn, functionVersion: '$LATEST' },
    });
  });

  it.each([
    ['an alias of nothing', { FunctionName: ECHO, Qualifier: 'dead' }, 'ResourceNotFoundException'],
    ['an alias of another function', { FunctionName: 'prelaunch-local-work:live' }, 'ResourceNotFoundException'],
    ['a version', { FunctionName: `${ECHO}:1` }, 'ResourceNotFoundException'],
    ['two qualifiers', { FunctionName: `${ECHO}:live`, Qualifier: '$LATEST' }, 'InvalidParameterValueException'],
  ])('refuses %s', async (_case, input, name) => {
    await expect(lambda.send(new InvokeCommand(input))).rejects.toMatchObject({ name });
  });

  it('uses an idle environment again', async () => {
    const first = await invoke('echo');
    const second = await invoke('echo');
    expect(second.answer.pid).toBe(first.answer.pid);
  });

  it('runs invocations at the same time in environments of their own', async () => {
    const running = [1, 2, 3].map(() => invoke('misbehave', { how: 'hang' }));
    const busy = await vi.waitUntil(
      () => {
        const all = test.runtime.environments.list().filter(({ state }) => state === 'busy');
        return all.length === 3 && all;
      },
      { timeout: 10_000 },
    );
    expect(new Set(busy.map(({ pid }) => pid)).size).toBe(3);
    for (const { pid } of busy) expect(test.runtime.environments.kill(pid)).toBe(true);
    await Promise.all(running);
  });

  it('reports what a function throws as a function error, and logs it', async () => {
    const { FunctionError, answer, StatusCode } = await invoke('misbehave', { how: 'throw' });
    expect({ FunctionError, StatusCode }).toEqual({ FunctionError: 'Unhandled', StatusCode: 200 });
    expect(answer).toMatchObject({ errorType: 'TypeError', errorMessage: 'wrong on purpose' });
    expect(await readFile(join(test.folder, 'logs', 'misbehave.log'), 'utf8')).toContain('TypeError: wrong on purpose');
  });

  it.each(['hang', 'spin'])('ends a function whose time is over (%s)', async (how) => {
    const { FunctionError, answer } = await invoke('misbehave', { how });
    expect(FunctionError).toBe('Unhandled');
    expect(answer).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Task timed out after 1.00 seconds$/),
    });
  });

  it.each([
    ['exit', 'exit status 3'],
    ['crash', 'exit status 1'],
  ])('reports an environment that ended by itself (%s)', async (how, ending) => {
    const { answer } = await invoke('misbehave', { how });
    expect(answer).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(new RegExp(`^RequestId: \\S+ Error: Runtime exited with error: ${ending}$`)),
    });
  });

  it('reports an environment that somebody killed, and serves the next invocation in another one', async () => {
    const warm = await invoke('misbehave', { how: 'answer' });
    const running = invoke('misbehave', { how: 'hang' });
    const busy = await vi.waitUntil(() =>
      test.runtime.environments.list().find(({ functionId, state }) => functionId === 'misbehave' && state === 'busy'),
    );
    expect(busy.pid).toBe(warm.answer.pid);
    process.kill(busy.pid, 'SIGKILL');
    expect((await running).answer).toMatchObject({ errorMessage: expect.stringContaining('signal: killed') });
    expect((await invoke('misbehave', { how: 'answer' })).answer.pid).not.toBe(busy.pid);
  });

  it('reports a function that cannot be imported, each time', async () => {
    for (const { answer } of [await invoke('broken'), await invoke('broken')]) {
      expect(answer).toMatchObject({ errorType: 'RangeError', errorMessage: 'cannot be imported' });
    }
  });

  it('answers asynchronous and dry invocations without waiting', async () => {
    const FunctionName = 'prelaunch-local-echo';
    const event = await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event' }));
    const dryRun = await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'DryRun' }));
    expect([event.StatusCode, dryRun.StatusCode]).toEqual([202, 204]);
  });

  it('refuses unknown functions and payloads that are no JSON or too large', async () => {
    await expect(invoke('missing')).rejects.toThrow(expect.objectContaining({ name: 'ResourceNotFoundException' }));
    const FunctionName = 'prelaunch-local-echo';
    await expect(lambda.send(new InvokeCommand({ FunctionName, Payload: '{' }))).rejects.toThrow(
      expect.objectContaining({ name: 'InvalidRequestContentException' }),
    );
    await expect(
      lambda.send(new InvokeCommand({ FunctionName, Payload: `"${'x'.repeat(6 * 1024 * 1024)}"` })),
    ).rejects.toThrow(expect.objectContaining({ name: 'RequestTooLargeException' }));
  });

  it('tells which requests an invocation made', async () => {
    const body = JSON.stringify({ detail: { id: 'traced' } });
    const { $metadata } = await invoke('work', { Records: [{ messageId: 'm', body }] });
    expect(test.runtime.requests.duringInvocation($metadata.requestId ?? '')).toMatchObject([
      { service: 'dynamodb', action: 'PutItem', targets: ['prelaunch-local-Things'] },
    ]);
  });
});

describe('looking at functions', () => {
  it('lists them and describes one', async () => {
    const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
    expect(Functions.map(({ FunctionName }) => FunctionName)).toContain('prelaunch-local-work');
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: 'prelaunch-local-work' }));
    const alias = await lambda.send(new GetFunctionCommand({ FunctionName: ECHO, Qualifier: 'live' }));
    expect(alias.Configuration?.FunctionArn).toBe(`${ECHO}:live`);
    expect(Configuration).toMatchObject({ Timeout: 10, MemorySize: 256, Runtime: 'nodejs24.x' });
  });
});
