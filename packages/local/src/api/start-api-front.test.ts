import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FunctionOutcome } from '../lambda/function-outcome.ts';
import { type ApiFront, type ApiFrontOptions, startApiFront } from './start-api-front.ts';

let front: ApiFront | undefined;

afterEach(async () => {
  await front?.stop();
  front = undefined;
  vi.restoreAllMocks();
});

async function started(options: Partial<ApiFrontOptions>): Promise<string> {
  front = await startApiFront({
    ...{ host: '127.0.0.1', port: 0, accountId: '111111111111', now: () => Date.parse('2026-11-24T09:37:33.250Z') },
    authorize: async () => ({ kind: 'cognito', claims: { sub: 'a' } }),
    invoke: async (event) => answered({ statusCode: 200, body: event }),
    ...options,
  });
  return front.url;
}

function answered(answer: unknown): FunctionOutcome {
  return { kind: 'answered', requestId: 'r', payload: JSON.stringify(answer) };
}

async function errorOf(url: string) {
  const response = await fetch(url);
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  return { status: response.status, code: error.code, message: error.message };
}

describe('startApiFront', () => {
  it('tells the function when a request came', async () => {
    const event = (await (await fetch(await started({}))).json()) as { requestContext: object };
    expect(event.requestContext).toMatchObject({
      requestTime: '24/Nov/2026:09:37:33 +0000',
      requestTimeEpoch: Date.parse('2026-11-24T09:37:33.250Z'),
    });
  });

  it('waits for the function no longer than API Gateway would', async () => {
    const url = await started({ invoke: () => new Promise(() => undefined), timeoutMs: 5 });
    expect(await errorOf(url)).toMatchObject({ status: 504, code: 'api.function_failed' });
  });

  it.each<[string, Partial<ApiFrontOptions>]>([
    ['an invocation', { invoke: () => Promise.reject(new Error('secret reason')) }],
    ['an authorizer', { authorize: () => Promise.reject(new Error('secret reason')) }],
  ])('tells of a defect of %s on the console only', async (_case, options) => {
    const told = vi.spyOn(console, 'error').mockReturnValue();
    const error = await errorOf(await started(options));
    expect(error).toMatchObject({ status: 502, code: 'api.function_failed' });
    expect(error.message).not.toContain('secret reason');
    expect(told).toHaveBeenCalledOnce();
  });

  it('rejects when its port is in use, and says which', async () => {
    const port = Number(new URL(await started({})).port);
    const options = { host: '127.0.0.1', port, accountId: '1', authorize: vi.fn(), invoke: vi.fn() };
    await expect(startApiFront(options)).rejects.toMatchObject({ code: 'EADDRINUSE', port });
  });

  it('stops although a client keeps its connection and a function does not answer', async () => {
    const invoke = vi.fn(() => new Promise<never>(() => undefined));
    const url = await started({ invoke });
    const asking = fetch(url).catch((error: unknown) => error);
    await vi.waitUntil(() => invoke.mock.calls.length === 1, { interval: 1 });
    await front?.stop();
    front = undefined;
    expect(await asking).toBeInstanceOf(Error);
  });
});
