import { AuditRecord } from '@prelaunch/contracts/audit';
import type { AuditTrail } from '@prelaunch/core/audit/ports';

/** A trail that keeps what was recorded, in order. */
export function memoryAuditTrail(): AuditTrail & { readonly recorded: AuditRecord[] } {
  const recorded: AuditRecord[] = [];
  return {
    recorded,
    record: async (records) => {
      // What the appender could not read would end among its dead letters.
      recorded.push(...records.map((record) => AuditRecord.parse(structuredClone(record))));
    },
  };
}
