import { DriftHistoryEntry } from '@prelaunch/contracts/drift';
import type { DriftHistory } from '@prelaunch/core/drift/ports';
import { fingerprint } from '@prelaunch/core/fingerprint';
import type { Clock } from '@prelaunch/core/group/ports';
import type { RecordItems, RecordKey } from './instance-record-items.ts';
import { StoredExpiry } from './stored-drift.ts';

const ENTRIES = 'history#';
const REMEMBERED_SECONDS = 90 * 24 * 3600;

/** The history of instances, each entry an item of its own for 90 days. */
export function driftHistoryIn(items: RecordItems, now: Clock): DriftHistory {
  return {
    add: (instanceId, entry) =>
      items.putTogether({ ...entry, ...keyOf(instanceId, entry), expiresAt: expiresAt(entry) }),

    async newest(instanceId, limit) {
      const found: DriftHistoryEntry[] = [];
      const newestFirst = items.query({
        KeyConditionExpression: '#subject = :subject AND begins_with(#item, :entries)',
        ExpressionAttributeNames: { '#subject': 'subject', '#item': 'item' },
        ExpressionAttributeValues: { ':subject': instanceId, ':entries': ENTRIES },
        ScanIndexForward: false,
        Limit: limit,
      });
      for await (const stored of newestFirst) {
        // DynamoDB expires items late, and all that follow are older.
        if (StoredExpiry.parse(stored).expiresAt <= now().getTime() / 1000) break;
        found.push(DriftHistoryEntry.parse(stored));
        // A page ends at 1 MB, so there may be several even of these.
        if (found.length === limit) break;
      }
      return found;
    },
  };
}

const DIGITS = 12;

/** With what it says: entries of one event at the same millisecond are told apart, and one that is added again is the same item. */
function keyOf(instanceId: string, entry: DriftHistoryEntry): RecordKey {
  const { at, event, verdict, score, keys, actor, detail } = entry;
  const said = fingerprint([verdict, score, keys, actor, detail ?? null]).slice(0, DIGITS);
  return { subject: instanceId, item: `${ENTRIES}${new Date(at).toISOString()}#${event}#${said}` };
}

function expiresAt({ at }: DriftHistoryEntry): number {
  return Math.floor(Date.parse(at) / 1000) + REMEMBERED_SECONDS;
}
