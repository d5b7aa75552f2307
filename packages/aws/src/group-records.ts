import type { RemediationLedger } from '@prelaunch/core/drift/brakes';
import type { GroupAudit, GroupAudits, LedgerStore } from '@prelaunch/core/drift/ports';
import { type RecordItems, type RecordKey, recordContent } from './instance-record-items.ts';
import { StoredGroupAudit, StoredLedger } from './stored-drift.ts';
import { type Condition, isUnchanged } from './table-items.ts';

/** What is kept of whole groups. */
export interface GroupRecords {
  readonly audits: GroupAudits;
  readonly ledgers: LedgerStore;
}

export function groupRecordsIn(items: RecordItems): GroupRecords {
  return {
    audits: {
      async get(groupId) {
        const [stored] = await items.get([keyOf(groupId, 'audit')]);
        return stored && recordContent<GroupAudit>(StoredGroupAudit, stored);
      },
      put: async (audit) => void (await items.put({ ...audit, ...keyOf(audit.groupId, 'audit') }, isNoOlder(audit))),
    },
    ledgers: {
      async get(groupId) {
        const [stored] = await items.get([keyOf(groupId, 'remediation')]);
        return stored && recordContent<RemediationLedger>(StoredLedger, stored);
      },
      save: (ledger) =>
        items.put(
          { ...ledger, ...keyOf(ledger.groupId, 'remediation'), version: ledger.version + 1 },
          isUnchanged('item', 'version', ledger.version),
        ),
    },
  };
}

function keyOf(groupId: string, item: 'audit' | 'remediation'): RecordKey {
  return { subject: `group#${groupId}`, item };
}

/** Times in ISO 8601 with milliseconds are in order as texts. */
function isNoOlder({ at }: GroupAudit): Condition {
  return {
    ConditionExpression: 'attribute_not_exists(#at) OR #at <= :at',
    ExpressionAttributeNames: { '#at': 'at' },
    ExpressionAttributeValues: { ':at': at },
  };
}
