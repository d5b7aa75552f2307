import { LaunchConfigApplied, LaunchConfigApplyFailed, ProtectionGroupChanged } from '@prelaunch/contracts/events';
import { ApplyRequest } from '@prelaunch/contracts/messages';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { applyRequest, changedGroup } from '../../../../tests/support/builders.ts';
import { MalformedMessageError, parseMessage } from './malformed.ts';

function refusal(schema: z.ZodType, body: string): MalformedMessageError {
  try {
    parseMessage(schema, body);
  } catch (error) {
    if (error instanceof MalformedMessageError) return error;
    throw error;
  }
  throw new Error('accepted');
}

function event(group: object = changedGroup(), more: object = {}) {
  const detail = { version: '1', correlationId: 'c-1', data: { changeType: 'updated', group } };
  return JSON.stringify({ source: 'upstream', 'detail-type': 'Protection Group Changed', detail, id: 'x', ...more });
}

describe('parseMessage', () => {
  it('reads what it should', () => {
    expect(parseMessage(ApplyRequest, JSON.stringify(applyRequest()))).toEqual(applyRequest());
    expect(parseMessage(ProtectionGroupChanged.envelope, event()).detail.data.group).toEqual(changedGroup());
  });

  it.each(['', '{', 'text'])('refuses what is not JSON: "%s"', (body) => {
    expect(refusal(ApplyRequest, body)).toMatchObject({
      code: 'message.malformed',
      retryable: false,
      body: undefined,
      problems: [{ path: '', allowed: 'JSON', message: 'the message is not JSON' }],
    });
  });

  it('keeps what could be read, and names every problem by its path', () => {
    const error = refusal(ProtectionGroupChanged.envelope, event({ ...changedGroup(), accountId: 1, extra: 2 }));
    expect(error.body).toMatchObject({ detail: { data: { group: { groupId: 'payments' } } } });
    expect(error.problems.map(({ path, code }) => [path, code])).toEqual([
      ['detail.data.group.accountId', 'message.invalid'],
      ['detail.data.group.extra', 'message.unknown_field'],
    ]);
    expect(error.message).toContain('detail.data.group.accountId must be an AWS account id');
  });

  it.each([
    ['a revision that is no whole number', { revision: 1.5 }],
    ['a negative revision', { revision: -1 }],
    ['no revision', { revision: undefined }],
    ['more than 5000 servers', { serverIds: Array.from({ length: 5_001 }, () => 's') }],
    ['a name that is too long', { name: 'x'.repeat(257) }],
    ['a Region that is none', { region: 'somewhere' }],
    ['a group id that is none', { groupId: '../etc' }],
  ])('refuses %s', (_what, stated) => {
    expect(refusal(ProtectionGroupChanged.envelope, event({ ...changedGroup(), ...stated })).problems).toMatchObject([
      { path: `detail.data.group.${Object.keys(stated)[0]}` },
    ]);
  });

  it('leaves bad server ids and settings to planning, so that they are recorded with their server', () => {
    const odd = changedGroup({ serverIds: ['bad', 5], launchConfig: 'nonsense', serverOverrides: { x: 1 } });
    expect(parseMessage(ProtectionGroupChanged.envelope, event(odd)).detail.data.group).toEqual(odd);
  });

  it('says what is missing also where a message may be one of two', () => {
    const outcome = z.discriminatedUnion('detail-type', [
      LaunchConfigApplied.envelope,
      LaunchConfigApplyFailed.envelope,
    ]);
    const body = JSON.stringify({
      source: 'prelaunch',
      'detail-type': 'Launch Config Applied',
      detail: { version: '1' },
    });
    const { problems } = refusal(outcome, body);
    expect(problems.map(({ path }) => path)).toContain('detail.data');
  });

  it('names the message itself where it is no object', () => {
    expect(refusal(ApplyRequest, '5').message).not.toMatch(/^ must be/);
  });
});
