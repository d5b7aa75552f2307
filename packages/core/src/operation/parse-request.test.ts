import { operations } from '@prelaunch/contracts/operations';
import { describe, expect, it } from 'vitest';
import { InvalidRequestError } from '../invalid-request-error.ts';
import { parseRequest } from './parse-request.ts';

function refusal(input: unknown): InvalidRequestError {
  try {
    parseRequest(input);
  } catch (error) {
    if (error instanceof InvalidRequestError) return error;
    throw error;
  }
  throw new Error('accepted');
}

describe('parseRequest', () => {
  it('parses a request by the operation it names, with defaults', () => {
    expect(parseRequest({ operation: 'apply_launch_configs', groupId: 'payments' })).toEqual({
      operation: 'apply_launch_configs',
      groupId: 'payments',
      force: false,
    });
    const wave = { operation: 'start_wave_recovery', executionId: 'e', waveNumber: 0, groupIds: ['payments'] };
    expect(parseRequest(wave)).toEqual({
      ...wave,
      isDrill: false,
      onNotReady: 'block',
      applyWaitSeconds: 300,
    });
  });

  it.each([
    undefined,
    null,
    'text',
    5,
    [],
    {},
    { operation: 'drop_tables' },
    { operation: 'toString' },
    { operation: '__proto__' },
    { operation: 3 },
  ])('names the operations there are for %j', (input) => {
    expect(refusal(input).problems).toMatchObject([
      {
        code: 'request.invalid',
        path: 'operation',
        allowed: `one of ${Object.keys(operations).join(', ')}`,
      },
    ]);
  });

  it('finds every problem: unknown fields with those that are known, wrong values with what is allowed', () => {
    const error = refusal({ operation: 'get_launch_config_status', groupId: '-', group: 'x' });
    expect(error).toMatchObject({ code: 'request.invalid', retryable: false });
    const found = Object.fromEntries(error.problems.map(({ path, code, allowed }) => [path, [code, allowed]]));
    expect(found.group).toEqual(['request.unknown_field', 'one of operation, groupId, invokedBy, correlationId']);
    expect(found.groupId?.[0]).toBe('request.invalid');
    expect(error.message).toContain('group is not a known field');
  });

  it('shows no secret that somebody put into a request', () => {
    const error = refusal({ operation: 'get_launch_config_status', groupId: 'payments', apiToken: 'hush' });
    expect(JSON.stringify(error.problems)).not.toContain('hush');
  });

  it.each([
    { groupIds: [] },
    { groupIds: ['a', 'a'] },
    { waveNumber: 1.5 },
    { waveNumber: 10_000 },
    { applyWaitSeconds: 841 },
    { onNotReady: 'hope' },
    { executionId: 'a/b' },
    { isDrill: 'yes' },
  ])('refuses a wave with %j', (stated) => {
    const wave = { operation: 'start_wave_recovery', executionId: 'e', waveNumber: 0, groupIds: ['payments'] };
    expect(refusal({ ...wave, ...stated }).problems).toMatchObject([{ path: Object.keys(stated)[0] }]);
  });

  it.each([{ invokedBy: 5 }, { idempotencyKey: 5 }])('says in words what is allowed where %j is wrong', (stated) => {
    const [problem] = refusal({ operation: 'apply_launch_configs', groupId: 'payments', ...stated }).problems;
    expect(problem?.allowed).not.toContain('Invalid input');
  });
});
