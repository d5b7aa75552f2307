import { DriftAuditRequested } from '@prelaunch/contracts/events';
import { auditGroup } from '@prelaunch/core/drift/audit-group';
import { consume } from './runtime/consume.ts';
import { auditDeps } from './runtime/drift-deps.ts';
import { environment } from './runtime/environment.ts';
import { targets } from './runtime/targets.ts';

const deps = auditDeps(targets());

/** A group is to be compared with what it should be. */
export const handler = consume({
  schema: DriftAuditRequested.envelope,
  queueUrl: environment('DRIFT_AUDIT_QUEUE_URL').DRIFT_AUDIT_QUEUE_URL,
  malformed: 'to_dead_letters',
  subject: ({ detail: { correlationId, data } }) => ({ groupId: data.groupId, correlationId }),
  handlerOf:
    () =>
    ({ detail }) =>
      auditGroup(detail, deps),
});
