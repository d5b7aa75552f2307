import type { Once, Repeatable } from '@prelaunch/core/operation/call';
import { CallInProgressError, KeyReusedError } from '@prelaunch/core/operation/once-errors';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LocalAws, startLocalAws } from '../../../../tests/support/local-aws.ts';

let aws: LocalAws;
let idempotent: typeof import('./idempotent.ts').idempotent;
let once: Once;

beforeAll(async () => {
  aws = await startLocalAws();
  ({ idempotent } = await import('./idempotent.ts'));
});
afterAll(() => aws.stop());
beforeEach(async () => {
  once = idempotent(await aws.table('id'))(CONTEXT);
});

/** As much of Lambda's context as idempotency looks at. */
const CONTEXT = { getRemainingTimeInMillis: () => 10_000 } as Context;

function repeatable(stated: Partial<Repeatable> = {}): Repeatable {
  const call = { operation: 'apply_launch_configs', groupId: 'payments', principalId: 'caller:orchestrator' };
  return { ...call, idempotencyKey: 'key', asked: { force: false }, ...stated };
}

function counting() {
  let calls = 0;
  const perform = async () => {
    calls += 1;
    return { calls };
  };
  return { perform, calls: () => calls };
}

const final = () => true;

describe('idempotent', () => {
  it('answers a repeat with the same key what the first call answered', async () => {
    const { perform, calls } = counting();
    const first = await once(repeatable(), perform, final);
    expect(await once(repeatable(), perform, final)).toEqual(first);
    expect(calls()).toBe(1);
  });

  it.each([
    ['groups', { groupId: 'ledger' }],
    ['keys', { idempotencyKey: 'other' }],
    ['principals, who must not see each other’s answers', { principalId: 'caller:auditor' }],
    ['operations', { operation: 'delete_protection_group' }],
  ])('keeps apart different %s', async (_what, stated) => {
    const { perform, calls } = counting();
    await once(repeatable(), perform, final);
    await once(repeatable(stated), perform, final);
    expect(calls()).toBe(2);
  });

  it('performs every call without a key', async () => {
    const { perform, calls } = counting();
    await once(repeatable({ idempotencyKey: undefined }), perform, final);
    await once(repeatable({ idempotencyKey: undefined }), perform, final);
    expect(calls()).toBe(2);
  });

  it('refuses a key that was used to ask for something else', async () => {
    const { perform, calls } = counting();
    await once(repeatable(), perform, final);
    const other = once(repeatable({ asked: { force: true } }), perform, final);
    await expect(other).rejects.toBeInstanceOf(KeyReusedError);
    expect(calls()).toBe(1);
  });

  it('says of a call that is still being answered that it is', async () => {
    const { perform } = counting();
    const begun = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const slow = async () => {
      begun.resolve();
      await end.promise;
      return perform();
    };
    const first = once(repeatable(), slow, final);
    await begun.promise;
    await expect(once(repeatable(), perform, final)).rejects.toBeInstanceOf(CallInProgressError);
    end.resolve();
    expect(await first).toEqual({ calls: 1 });
  });

  it('remembers no failure', async () => {
    const { perform } = counting();
    const failing = () => Promise.reject(new Error('odd'));
    await expect(once(repeatable(), failing, final)).rejects.toThrow('odd');
    expect(await once(repeatable(), perform, final)).toEqual({ calls: 1 });
  });

  it('remembers no answer that is not final', async () => {
    const { perform } = counting();
    const isFinal = ({ calls }: { calls: number }) => calls > 1;
    expect(await once(repeatable(), perform, isFinal)).toEqual({ calls: 1 });
    expect(await once(repeatable(), perform, isFinal)).toEqual({ calls: 2 });
    expect(await once(repeatable(), perform, isFinal)).toEqual({ calls: 2 });
  });
});
