import type { DriftDifference, DriftHistoryEntry } from '@prelaunch/contracts/drift';
import { type Baseline, baselineOf } from '@prelaunch/core/drift/baseline';
import { emptyLedger, type RemediationLedger } from '@prelaunch/core/drift/brakes';
import { type InstanceDrift, unauditedInstance } from '@prelaunch/core/drift/instance-drift';
import type { GroupAudit } from '@prelaunch/core/drift/ports';
import { GROUP_ID, launchSettings, serverId, TARGET } from './builders.ts';
import { AT } from './clock.ts';

/** The id of the n-th instance that a recovery launched. */
export function instanceId(n: number): string {
  return `i-${n.toString(16).padStart(17, '0')}`;
}

/** A source server that nobody audited yet. */
export function instanceDrift(stated: Partial<InstanceDrift> = {}): InstanceDrift {
  const subject = { instanceId: serverId(1), kind: 'source_server', serverId: serverId(1), groupId: GROUP_ID } as const;
  return { ...unauditedInstance({ ...subject, ...TARGET }), ...stated };
}

/** Somebody moved the subnet of a server on AWS. */
export function driftDifference(stated: Partial<DriftDifference> = {}): DriftDifference {
  return {
    key: 'subnetId',
    path: '/subnetId',
    verdict: 'drifted',
    desired: 'subnet-0a1b2c3d',
    baseline: 'subnet-0a1b2c3d',
    observed: 'subnet-0e5f6a7b',
    keyClass: 'network',
    weight: 25,
    mayFailLaunch: true,
    feasibility: 'apply',
    actor: null,
    since: AT,
    ...stated,
  };
}

export function baseline(stated: Partial<Omit<Baseline, 'hash' | 'hashVersion'>> = {}): Baseline {
  return baselineOf({
    instanceId: serverId(1),
    version: 1,
    capturedAt: AT,
    configRevision: 3,
    generation: 1,
    settings: launchSettings(),
    ...stated,
  });
}

export function driftEntry(stated: Partial<DriftHistoryEntry> = {}): DriftHistoryEntry {
  return { at: AT, verdict: 'drifted', score: 25, keys: ['subnetId'], actor: null, event: 'audit', ...stated };
}

export function groupAudit(stated: Partial<GroupAudit> = {}): GroupAudit {
  const counts = { in_sync: 1, stale: 0, drifted: 1, diverged: 0, unknown: 0 };
  return { groupId: GROUP_ID, auditId: 'audit-1', at: AT, counts, highestScore: 25, ...stated };
}

export function remediationLedger(stated: Partial<RemediationLedger> = {}): RemediationLedger {
  return { ...emptyLedger(GROUP_ID), ...stated };
}
