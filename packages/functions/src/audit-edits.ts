import { CloudTrailCall, LaunchResult } from '@prelaunch/contracts/aws-events';
import { auditEdit, captureRecovery } from '@prelaunch/core/drift/audit-edit';
import * as z from 'zod';
import { consume } from './runtime/consume.ts';
import { auditDeps, ownIdentity } from './runtime/drift-deps.ts';
import { environment } from './runtime/environment.ts';
import { targets } from './runtime/targets.ts';

const deps = auditDeps(targets());
const own = ownIdentity();

/** Somebody edited settings or an instance on AWS, or a recovery launched one. */
export const handler = consume({
  schema: z.discriminatedUnion('detail-type', [CloudTrailCall, LaunchResult]),
  queueUrl: environment('DRIFT_EDITS_QUEUE_URL').DRIFT_EDITS_QUEUE_URL,
  malformed: 'to_dead_letters',
  subject: (event) => ({
    correlationId: (isLaunch(event) ? event.detail['job-id'] : event.detail.eventID) ?? 'unknown',
  }),
  handlerOf: () => (event) => (isLaunch(event) ? captureRecovery(event, deps) : auditEdit(event, own, deps)),
});

function isLaunch(event: CloudTrailCall | LaunchResult): event is LaunchResult {
  return event['detail-type'] === 'DRS Source Server Launch Result';
}
