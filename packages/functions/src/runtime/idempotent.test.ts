import { IdempotencyValidationError } from '@aws-lambda-powertools/idempotency';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LocalAws, startLocalAws } from '../../../../tests/support/local-aws.ts';

let aws: LocalAws;
let idempotent: typeof import('./idempotent.ts').idempotent;
let tableName: string;

beforeAll(async () => {
  aws = await startLocalAws();
  ({ idempotent } = await import('./idempotent.ts'));
});
afterAll(() => aws.stop());
beforeEach(async () => {
  tableName = await aws.table('id');
});

/** As much of Lambda's context as idempotency looks at. */
const CONTEXT = { getRemainingTimeInMillis: () => 10_000 } as Context;

interface Request {
  readonly operation: string;
  readonly groupId: string;
  readonly force: boolean;
  readonly idempotencyKey?: string;
}

function request(stated: Partial<Request> = {}): Request {
  return { operation: 'apply_launch_configs', groupId: 'payments', force: false, idempotencyKey: 'key', ...stated };
}

function counting() {
  let calls = 0;
  const call = idempotent(
    tableName,
    async ({ groupId }: Request, _caller: string) => {
      calls += 1;
      return { groupId, calls };
    },
    () => true,
  );
  return { call, calls: () => calls };
}

describe('idempotent', () => {
  it('answers a repeat with the same key what the first call answered', async () => {
    const { call, calls } = counting();
    const first = await call(request(), 'somebody', CONTEXT);
    expect(await call(request(), 'somebody else', CONTEXT)).toEqual(first);
    expect(calls()).toBe(1);
  });

  it('keeps keys of different groups apart, and different keys', async () => {
    const { call, calls } = counting();
    await call(request(), 'c', CONTEXT);
    await call(request({ groupId: 'ledger' }), 'c', CONTEXT);
    await call(request({ idempotencyKey: 'other' }), 'c', CONTEXT);
    expect(calls()).toBe(3);
  });

  it('performs every call without a key', async () => {
    const { call, calls } = counting();
    const { idempotencyKey: _none, ...keyless } = request();
    await call(keyless, 'c', CONTEXT);
    await call(keyless, 'c', CONTEXT);
    expect(calls()).toBe(2);
  });

  it('refuses a key that was used with another request', async () => {
    const { call } = counting();
    await call(request(), 'c', CONTEXT);
    await expect(call(request({ force: true }), 'c', CONTEXT)).rejects.toBeInstanceOf(IdempotencyValidationError);
  });

  it('remembers no failure', async () => {
    let calls = 0;
    const call = idempotent(
      tableName,
      async (_request: Request, _caller: string) => {
        calls += 1;
        if (calls === 1) throw new Error('odd');
        return { calls };
      },
      () => true,
    );
    await expect(call(request(), 'c', CONTEXT)).rejects.toThrow('odd');
    expect(await call(request(), 'c', CONTEXT)).toEqual({ calls: 2 });
  });

  it('remembers no answer that is not final', async () => {
    let calls = 0;
    const perform = async (_request: Request, _caller: string) => {
      calls += 1;
      return { calls };
    };
    const call = idempotent(tableName, perform, (answer) => answer.calls > 1);
    expect(await call(request(), 'c', CONTEXT)).toEqual({ calls: 1 });
    expect(await call(request(), 'c', CONTEXT)).toEqual({ calls: 2 });
    expect(await call(request(), 'c', CONTEXT)).toEqual({ calls: 2 });
  });
});
