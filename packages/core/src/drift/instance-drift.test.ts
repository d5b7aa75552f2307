import { DriftHistoryEntry, DriftScore, Remediation } from '@prelaunch/contracts/drift';
import { describe, expect, it } from 'vitest';
import { AT } from '../../../../tests/support/clock.ts';
import { driftDifference, instanceDrift } from '../../../../tests/support/drift.ts';
import { historyEntry, isDrifting, NO_REMEDIATION, unauditedInstance } from './instance-drift.ts';

describe('unauditedInstance', () => {
  it('is unknown, differs in nothing and has no remediation', () => {
    const { instanceId, kind, serverId, groupId, accountId, region } = instanceDrift();
    const subject = { instanceId, kind, serverId, groupId, accountId, region };
    const unaudited = unauditedInstance({ ...subject, verdict: 'drifted' } as typeof subject);
    expect(unaudited).toMatchObject({
      ...subject,
      verdict: 'unknown',
      unknown: { code: 'drift.not_audited' },
      version: 0,
    });
    expect(isDrifting(unaudited)).toBe(false);
    expect(DriftScore.parse(unaudited.score)).toMatchObject({ score: null, exceedsThreshold: false });
    expect(Remediation.parse(unaudited.remediation)).toEqual(NO_REMEDIATION);
  });
});

describe('isDrifting', () => {
  it('holds while something is known to differ, even where nothing can be told now', () => {
    expect(isDrifting(instanceDrift({ verdict: 'unknown', differences: [driftDifference()] }))).toBe(true);
    expect(isDrifting(instanceDrift({ verdict: 'in_sync' }))).toBe(false);
  });
});

describe('historyEntry', () => {
  const { unknown: _unknown, ...audited } = instanceDrift({ verdict: 'drifted' });

  it('tells keys, score, and each of those once who changed them', () => {
    const differences = [
      driftDifference({ actor: 'alice' }),
      driftDifference({ key: 'instanceType', actor: 'bob' }),
      driftDifference({ key: 'tags.Owner', actor: 'alice' }),
      driftDifference({ key: 'name', actor: null }),
    ];
    const entry = historyEntry({ ...audited, differences }, AT, 'audit');
    expect(DriftHistoryEntry.parse(entry)).toStrictEqual({
      at: AT,
      verdict: 'drifted',
      score: null,
      keys: ['subnetId', 'instanceType', 'tags.Owner', 'name'],
      actor: 'alice, bob',
      event: 'audit',
    });
  });

  it('tells of nobody where nobody is known', () => {
    expect(historyEntry({ ...audited, differences: [driftDifference()] }, AT, 'audit').actor).toBeNull();
  });

  it('tells why nothing could be told, unless there is more to say', () => {
    const unknown = { code: 'aws.unavailable', message: 'EC2 did not answer' };
    const instance = instanceDrift({ unknown });
    expect(historyEntry(instance, AT, 'audit').detail).toBe('EC2 did not answer');
    expect(historyEntry(instance, AT, 'remediation', 'rollback: done').detail).toBe('rollback: done');
  });
});
