import { dynamoAuditLog } from '@prelaunch/aws/dynamo-audit-log';
import { sqsAuditTrail } from '@prelaunch/aws/sqs-audit-trail';
import type { AuditBlocks, AuditReader, AuditTrail } from '@prelaunch/core/audit/ports';
import { auditReaderOf } from '@prelaunch/core/audit/query-audit';
import { environment } from './environment.ts';
import { documentClient, sqs } from './pipeline.ts';

/** Where this function leaves its records. `closes`: how long records wait for others to be sent with; by default for none that come later. */
export function auditTrail(closes?: () => Promise<unknown>): AuditTrail {
  return sqsAuditTrail(sqs, environment('AUDIT_QUEUE_URL').AUDIT_QUEUE_URL, closes);
}

export function auditLog(): AuditBlocks {
  return dynamoAuditLog(documentClient(), environment('AUDIT_LOG_TABLE').AUDIT_LOG_TABLE);
}

export function auditReader(): AuditReader {
  return auditReaderOf(auditLog());
}
