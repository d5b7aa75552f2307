import type { DriftDifference, Remediation } from '@prelaunch/contracts/drift';
import type {
  AuditProtectionGroupResponse,
  InstanceDrift,
  ListInstanceDriftResponse,
} from '@prelaunch/contracts/operations/drift';
import type { OperationExamples } from '../examples.ts';
import { OTHER_SERVER, SERVER } from './statuses.ts';

const INSTANCE = 'i-0a1b2c3d4e5f60718';
/** Who edited the template at the console. */
export const ACTOR = 'arn:aws:sts::111111111111:assumed-role/Admin/jane';

const groupId = 'pg-orders';
const CAPTURED_AT = '2026-01-31T12:00:06.140Z';
const EDITED_AT = '2026-02-03T08:15:02.000Z';
const AUDITED_AT = '2026-02-03T08:15:41.310Z';
const ASKED_AT = '2026-02-03T08:20:00.000Z';

const groups: DriftDifference = {
  key: 'securityGroupIds',
  path: '/securityGroupIds',
  verdict: 'drifted',
  desired: ['sg-0a1b2c3d'],
  baseline: ['sg-0a1b2c3d'],
  observed: ['sg-0a1b2c3d', 'sg-0e5f6a7b'],
  keyClass: 'critical',
  weight: 40,
  mayFailLaunch: true,
  feasibility: 'apply',
  actor: ACTOR,
  since: EDITED_AT,
};

const NOTHING: Remediation = {
  status: 'none',
  action: null,
  requestedBy: null,
  at: null,
  keys: [],
  brake: null,
  until: null,
  reason: null,
};

const PLANNED = {
  key: groups.key,
  feasibility: groups.feasibility,
  from: groups.observed,
  to: groups.baseline,
  result: 'planned',
} as const;

const CALLER = 'cognito:25bf8e1a-5d1b-4c8e-9a70-2b6d1e4f8c35';

const drifted: InstanceDrift = {
  instanceId: SERVER,
  kind: 'source_server',
  serverId: SERVER,
  groupId,
  recoveryInstanceId: INSTANCE,
  verdict: 'drifted',
  unknown: null,
  score: 60,
  threshold: 25,
  exceedsThreshold: true,
  sum: 40,
  floor: { score: 60, keys: [groups.key] },
  differences: [groups],
  notes: [
    {
      key: 'tags.BackupSeen',
      path: '/tags/BackupSeen',
      policy: 'ignored',
      reason: 'The backup job marks what it has seen.',
      observed: '2026-02-02',
      owner: 'storage',
      expiresAt: '2027-01-31T00:00:00Z',
    },
  ],
  baseline: {
    version: 3,
    capturedAt: CAPTURED_AT,
    configRevision: 12,
    generation: 7,
    hash: 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    hashVersion: 1,
    launchTemplateId: 'lt-0a1b2c3d4e5f60718',
    launchTemplateVersion: 9,
    settings: { copyTags: true, securityGroupIds: ['sg-0a1b2c3d'] },
  },
  auditedAt: AUDITED_AT,
  flapping: { isFlapping: false, share: 0.1, audits: 10, writers: [ACTOR] },
  remediation: { ...NOTHING, status: 'alerted', action: 'alert', requestedBy: 'prelaunch', at: AUDITED_AT },
  history: [
    { at: AUDITED_AT, verdict: 'drifted', score: 60, keys: [groups.key], actor: ACTOR, event: 'audit' },
    { at: CAPTURED_AT, verdict: 'in_sync', score: 0, keys: [], actor: null, event: 'baseline' },
  ],
};

const unaudited: InstanceDrift = {
  ...drifted,
  instanceId: OTHER_SERVER,
  serverId: OTHER_SERVER,
  recoveryInstanceId: null,
  verdict: 'unknown',
  unknown: { code: 'drift.not_audited', message: `${OTHER_SERVER} has not been audited yet` },
  score: null,
  exceedsThreshold: false,
  sum: 0,
  floor: null,
  differences: [],
  notes: [],
  baseline: null,
  auditedAt: null,
  flapping: { isFlapping: false, share: 0, audits: 0, writers: [] },
  remediation: NOTHING,
  history: [],
};

const putRight: InstanceDrift = {
  ...drifted,
  verdict: 'in_sync',
  score: 0,
  exceedsThreshold: false,
  sum: 0,
  floor: null,
  differences: [],
  auditedAt: '2026-02-03T08:20:04.020Z',
  remediation: {
    ...NOTHING,
    status: 'done',
    action: 'rollback',
    requestedBy: CALLER,
    at: ASKED_AT,
    keys: [{ ...PLANNED, result: 'done' }],
  },
};

const underWay: InstanceDrift = {
  ...drifted,
  remediation: {
    ...NOTHING,
    status: 'in_progress',
    action: 'rollback',
    requestedBy: CALLER,
    at: ASKED_AT,
    keys: [PLANNED],
  },
  statusPath: `/instances/${SERVER}/drift`,
};

const proposed: InstanceDrift = {
  ...drifted,
  remediation: {
    ...NOTHING,
    status: 'awaiting_approval',
    action: 'adopt',
    requestedBy: CALLER,
    at: ASKED_AT,
    keys: [{ ...PLANNED, from: groups.desired, to: groups.observed }],
  },
};

const list: ListInstanceDriftResponse = {
  instances: [
    {
      instanceId: SERVER,
      kind: 'source_server',
      serverId: SERVER,
      groupId,
      verdict: 'drifted',
      score: 60,
      exceedsThreshold: true,
      keys: [groups.key],
      flapping: false,
      remediation: 'alerted',
      auditedAt: AUDITED_AT,
    },
  ],
  nextToken: 'MQ',
};

const audit: AuditProtectionGroupResponse = {
  groupId,
  auditId: '3f9c2a6e-5d1b-4c8e-9a70-2b6d1e4f8c35',
  status: 'audited',
  counts: { in_sync: 1, stale: 0, drifted: 1, diverged: 0, unknown: 0 },
  highestScore: 60,
};

const requested: AuditProtectionGroupResponse = {
  ...audit,
  status: 'requested',
  counts: null,
  highestScore: null,
  statusPath: `/instances?groupId=${groupId}`,
};

export const driftExamples = {
  audit_protection_group: {
    responses: {
      200: { audited: { summary: 'One of two servers has drifted', value: audit } },
      202: { requested: { summary: 'The audit is still under way', value: requested } },
    },
  },
  list_instance_drift: {
    responses: { 200: { page: { summary: 'The worst, with more behind it', value: list } } },
  },
  get_instance_drift: {
    responses: {
      200: {
        drifted: { summary: 'Somebody added a security group on AWS', value: drifted },
        unaudited: { summary: 'A server that was not audited yet', value: unaudited },
      },
    },
  },
  remediate_instance: {
    request: {
      rollback: { summary: 'Back to the baseline', value: { action: 'rollback' } },
      dryRun: { summary: 'What bringing it to what is desired would do', value: { action: 'sync', dryRun: true } },
      adopt: {
        summary: 'What AWS has becomes an override of the server, once somebody else approves it',
        value: { action: 'adopt', as: 'override', keys: [groups.key] },
      },
      approve: { summary: 'What awaits approval', value: { action: 'approve' } },
    },
    responses: {
      200: {
        done: { summary: 'Put right, and read back', value: putRight },
        proposed: { summary: 'Somebody else has to approve it', value: proposed },
      },
      202: { underWay: { summary: 'The settings are still being applied', value: underWay } },
    },
  },
} as const satisfies Record<string, OperationExamples>;
