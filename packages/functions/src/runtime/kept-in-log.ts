import type { AuditTrail } from '@prelaunch/core/audit/ports';
import { loggedError } from './logged-error.ts';
import { logger } from './logger.ts';

/** A trail that never refuses: what it cannot send it writes whole into the function's log, from where it can be put back. */
export function keptInLog(trail: AuditTrail): AuditTrail {
  return {
    record: (records) =>
      trail
        .record(records)
        .catch((error: unknown) => logger.error('audit records kept in the log', { records, ...loggedError(error) })),
  };
}
