import { AwsCallError } from '@prelaunch/core/apply/ports';
import { RateBudgetError } from '@prelaunch/core/apply/rate-budgets';
import { describe, expect, it } from 'vitest';
import { translated } from './translate-error.ts';

interface Failure {
  readonly status?: number;
  readonly retryAfterSeconds?: string | number;
  readonly header?: string;
}

/** An error as the SDK throws it: without a status when no answer came. */
function sdkError(name: string, { status, retryAfterSeconds, header }: Failure = {}): Error {
  return Object.assign(new Error(`${name} it is`), {
    name,
    $metadata: status === undefined ? {} : { httpStatusCode: status },
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(header !== undefined && { $response: { headers: { 'retry-after': header } } }),
  });
}

function translation(cause: unknown): AwsCallError {
  try {
    return translated('UpdateLaunchConfiguration')(cause);
  } catch (error) {
    if (error instanceof AwsCallError) return error;
    throw error;
  }
}

describe('translated', () => {
  it.each([
    // DRS
    ['ThrottlingException', 429, 'throttled', true],
    ['ConflictException', 409, 'unavailable', true],
    ['InternalServerException', 500, 'unavailable', true],
    ['ValidationException', 400, 'refused', true],
    ['UninitializedAccountException', 400, 'refused', true],
    ['ServiceQuotaExceededException', 402, 'refused', true],
    ['AccessDeniedException', 403, 'refused', true],
    ['ResourceNotFoundException', 404, 'refused', true],
    ['SomethingNew', 429, 'throttled', true],
    // EC2
    ['RequestLimitExceeded', 503, 'throttled', true],
    ['EC2ThrottledException', 503, 'throttled', true],
    ['InvalidLaunchTemplateId.NotFound', 400, 'unavailable', true],
    ['InvalidLaunchTemplateId.VersionNotFound', 400, 'unavailable', true],
    ['InvalidNextToken', 400, 'unavailable', true],
    ['InvalidParameterValue', 400, 'refused', true],
    ['UnauthorizedOperation', 403, 'refused', true],
    ['Unavailable', 503, 'unavailable', true],
    // STS, and sessions that ran out
    ['ExpiredTokenException', 403, 'unavailable', true],
    ['ExpiredToken', 400, 'unavailable', true],
    ['RequestExpired', 400, 'unavailable', true],
    ['AccessDenied', 403, 'refused', true],
    // No clear answer
    ['TimeoutError', undefined, 'unavailable', false],
    ['SyntaxError', 200, 'unavailable', true],
  ] as const)('takes %s with status %s for %s', (name, status, kind, answered) => {
    const error = translation(sdkError(name, status === undefined ? {} : { status }));
    expect(error).toMatchObject({
      code: `aws.${kind}`,
      awsCode: name,
      retryable: kind !== 'refused',
      answered,
      operation: 'UpdateLaunchConfiguration',
      message: `UpdateLaunchConfiguration: ${name} it is`,
    });
  });

  it.each([
    [{ retryAfterSeconds: '12' }, 12],
    [{ retryAfterSeconds: 7 }, 7],
    [{ header: '3' }, 3],
    [{ retryAfterSeconds: 'soon', header: '3' }, undefined],
    [{ header: '0' }, undefined],
    [{}, undefined],
  ])('comes back when %j says so: %s seconds', (stated, seconds) => {
    expect(translation(sdkError('ThrottlingException', { status: 429, ...stated })).retryAfterSeconds).toBe(seconds);
  });

  it('names the fields that DRS does', () => {
    const fieldList = [{ name: 'licensing', message: 'no' }, { message: 'odd' }, { name: 'copyTags', message: 'no' }];
    const cause = Object.assign(sdkError('ValidationException', { status: 400 }), { fieldList });
    expect(translation(cause).about(['name', 'licensing', 'copyTags']).settings).toEqual(['licensing', 'copyTags']);
    const unnamed = translation(sdkError('ValidationException', { status: 400 }));
    expect(unnamed.about(['name', 'copyTags']).settings).toEqual(['name', 'copyTags']);
  });

  it('keeps the original as the cause', () => {
    const cause = sdkError('ValidationException', { status: 400 });
    expect(translation(cause).cause).toBe(cause);
  });

  it('takes whatever is thrown, and never for a refusal', () => {
    for (const cause of [{}, new Error('odd'), Object.assign(new Error('reset'), { code: 'ECONNRESET' })])
      expect(translation(cause)).toMatchObject({ code: 'aws.unavailable', answered: false });
  });

  it('leaves a failure of our own as it is, as that of a rate that is used up', () => {
    const waiting = new RateBudgetError('describe', 1_000, new Date(0));
    expect(() => translated('DescribeSubnets')(waiting)).toThrow(waiting);
  });

  it('leaves a failure as it is that was translated before, as that of assuming a role on the way', () => {
    const denied = translation(sdkError('AccessDenied', { status: 403 }));
    expect(translation(denied)).toBe(denied);
  });
});
