import type { AuditEntry } from '@prelaunch/contracts/audit';
import type { OperationExamples } from '../examples.ts';
import { CHANGED_AT, CONFIG_HASH } from './statuses.ts';

const entry: AuditEntry = {
  recordId: '3f9c2a6e-5d1b-4c8e-9a70-2b6d1e4f8c35/decision/0',
  kind: 'decision',
  at: CHANGED_AT,
  actor: 'cognito:0d7c6a54-3b21-4f0e-8d9c-1a2b3c4d5e6f',
  action: 'update_protection_group',
  groupId: 'pg-orders',
  result: 'allowed',
  policies: ['author'],
  correlationId: 'change-4711',
  day: '2026-01-31',
  block: 12,
  blockHash: CONFIG_HASH,
};

export const auditExamples = {
  get_audit_log: {
    responses: { 200: { page: { summary: 'One entry', value: { entries: [entry] } } } },
  },
} as const satisfies Record<string, OperationExamples>;
