import { IdempotencyAlreadyInProgressError, IdempotencyValidationError } from '@aws-lambda-powertools/idempotency';
import { OperationError } from '@prelaunch/contracts/operations';
import { ContentionError } from '@prelaunch/core/errors';
import { GroupNotFoundError } from '@prelaunch/core/status/launch-config-status';
import { describe, expect, it } from 'vitest';
import { operationErrorOf } from './operation-error.ts';
import { InvalidRequestError } from './parse-request.ts';

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
      { code: 'request.invalid', retryable: false, path: 'groupId', value: '-', allowed: 'a group id' },
    ],
    [new InvalidRequestError([]), { code: 'request.invalid', retryable: false }],
    [new GroupNotFoundError('payments'), { code: 'group.not_found', retryable: false }],
    [new ContentionError('group payments'), { code: 'store.contention', retryable: true }],
    [new IdempotencyAlreadyInProgressError('again'), { code: 'idempotency.in_progress', retryable: true }],
    [
      new IdempotencyValidationError('other'),
      { code: 'idempotency.mismatch', retryable: false, path: 'idempotencyKey', allowed: 'a key per request' },
    ],
  ])('answers %s with its code and whether to try again', (error, expected) => {
    const answer = operationErrorOf(error);
    expect(answer.error).toMatchObject(expected);
    expect(OperationError.safeParse(answer).success).toBe(true);
  });

  it('keeps what is not ours to explain to itself', () => {
    for (const error of [new TypeError('password is hush'), 'hush', undefined]) {
      const answer = operationErrorOf(error);
      expect(answer.error).toMatchObject({ code: 'operation.failed', retryable: true });
      expect(JSON.stringify(answer)).not.toContain('hush');
    }
  });
});
