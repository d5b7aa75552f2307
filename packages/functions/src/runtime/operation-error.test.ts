import { OperationError } from '@prelaunch/contracts/operations/operation-error';
import { ContentionError } from '@prelaunch/core/errors';
import { GroupNotFoundError } from '@prelaunch/core/group/group-errors';
import { InvalidRequestError } from '@prelaunch/core/invalid-request-error';
import { CallInProgressError, KeyReusedError } from '@prelaunch/core/operation/once-errors';
import { describe, expect, it } from 'vitest';
import { operationErrorOf } from './operation-error.ts';

const problem = {
  code: 'request.invalid' as const,
  message: 'groupId must be a group id',
  path: 'groupId',
  value: '-',
  allowed: 'a group id',
};

describe('operationErrorOf', () => {
  it.each([
    [
      new InvalidRequestError([problem, { ...problem, path: 'force' }]),
      {
        code: 'request.invalid',
        retryable: false,
        requestId: 'request-1',
        details: [
          { path: 'groupId', value: '-', allowed: 'a group id' },
          { path: 'force', value: '-', allowed: 'a group id' },
        ],
      },
    ],
    [new InvalidRequestError([]), { code: 'request.invalid', retryable: false, details: [] }],
    [new GroupNotFoundError('payments'), { code: 'group.not_found', retryable: false }],
    [new ContentionError('group payments'), { code: 'store.contention', retryable: true }],
    [new CallInProgressError(), { code: 'idempotency.in_progress', retryable: true }],
    [
      new KeyReusedError(),
      {
        code: 'idempotency.mismatch',
        retryable: false,
        details: [{ path: 'idempotencyKey', allowed: 'a key per request' }],
      },
    ],
  ])('answers %s with its code and whether to try again', (error, expected) => {
    const answer = operationErrorOf(error, 'request-1');
    expect(answer.error).toMatchObject(expected);
    expect(OperationError.safeParse(answer).success).toBe(true);
  });

  it('keeps what is not ours to explain to itself', () => {
    for (const error of [new TypeError('password is hush'), 'hush', undefined]) {
      const answer = operationErrorOf(error, 'request-1');
      expect(answer.error).toMatchObject({ code: 'operation.failed', retryable: true });
      expect(JSON.stringify(answer)).not.toContain('hush');
    }
  });
});
