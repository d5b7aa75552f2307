import { InstanceDrift } from '@prelaunch/contracts/operations/drift';
import { describe, expect, it } from 'vitest';
import { serverId } from '../../../../tests/support/builders.ts';
import { AT } from '../../../../tests/support/clock.ts';
import { baseline, driftDifference, driftEntry, instanceDrift } from '../../../../tests/support/drift.ts';
import { NO_REMEDIATION } from '../drift/instance-drift.ts';
import { redacted } from './redact.ts';

const SECRET = 'subnet-5ec4e7';

const { score, flapping: _flapping, looks: _looks, version: _version, accountId: _account, ...found } = instanceDrift();

/** An instance of which every text that may quote a setting does. */
const drift = InstanceDrift.parse({
  ...found,
  ...score,
  recoveryInstanceId: null,
  verdict: 'drifted',
  unknown: { code: 'aws.refused', message: `no ${SECRET}`, awsCode: 'AccessDenied', remedy: 'let it' },
  differences: [driftDifference({ desired: SECRET, baseline: SECRET, observed: SECRET, actor: 'jane' })],
  notes: [
    { key: 'privateIpAddress', path: '/privateIpAddress', policy: 'behavioural', reason: SECRET, observed: SECRET },
    {
      ...{ key: 'tags.Seen', path: '/tags/Seen', policy: 'ignored', observed: SECRET },
      ...{ reason: 'the backup job marks it', owner: 'storage', expiresAt: '2030-01-01T00:00:00Z' },
    },
  ],
  baseline: baseline({ settings: { subnetId: SECRET } }),
  auditedAt: AT,
  flapping: { isFlapping: false, share: 0, audits: 1, writers: ['jane'] },
  remediation: {
    ...NO_REMEDIATION,
    status: 'failed',
    action: 'sync',
    reason: `no ${SECRET}`,
    keys: [
      { key: 'subnetId', feasibility: 'apply', from: SECRET, to: SECRET, result: 'failed', reason: `no ${SECRET}` },
    ],
  },
  history: [driftEntry({ detail: `no ${SECRET}` }), driftEntry()],
});

describe('what is redacted of drift', () => {
  it.each(['get_instance_drift', 'remediate_instance'] as const)('takes every value out of %s', (operation) => {
    expect(JSON.stringify(drift)).toContain(SECRET);
    const told = redacted(operation, drift);
    expect(JSON.stringify(told)).not.toContain(SECRET);
    expect(JSON.stringify(told)).not.toContain(drift.baseline?.hash);
    expect(InstanceDrift.parse(told)).toEqual(told);
  });

  it('keeps that and which keys differ, by whom, how much that weighs, and what is done about it', () => {
    expect(redacted('get_instance_drift', drift)).toMatchObject({
      verdict: 'drifted',
      score: drift.score,
      unknown: { code: 'aws.refused', awsCode: 'AccessDenied', remedy: 'let it', message: '[redacted]' },
      differences: [{ key: 'subnetId', path: '/subnetId', verdict: 'drifted', actor: 'jane', observed: '[redacted]' }],
      notes: [
        { key: 'privateIpAddress', policy: 'behavioural', reason: '[redacted]' },
        { key: 'tags.Seen', policy: 'ignored', reason: 'the backup job marks it', owner: 'storage' },
      ],
      baseline: { version: 1, settings: { subnetId: '[redacted]' } },
      remediation: { status: 'failed', action: 'sync', keys: [{ key: 'subnetId', result: 'failed' }] },
      history: [{ keys: ['subnetId'], detail: '[redacted]' }, { keys: ['subnetId'] }],
    });
  });

  it('has nothing to take out of lists and audits, which name keys alone', () => {
    const list = { instances: [] };
    expect(redacted('list_instance_drift', list)).toBe(list);
    const audit = { groupId: 'g', auditId: 'a', status: 'audited', counts: null, highestScore: 60 } as const;
    expect(redacted('audit_protection_group', audit)).toBe(audit);
  });

  it('says nothing of a baseline or a reason that there is not', () => {
    const none = { ...drift, baseline: null, unknown: null, remediation: NO_REMEDIATION, instanceId: serverId(1) };
    expect(redacted('get_instance_drift', none)).toMatchObject({
      baseline: null,
      unknown: null,
      remediation: { reason: null, keys: [] },
    });
  });
});
