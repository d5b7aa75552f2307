import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Baseline } from '@prelaunch/core/drift/baseline';
import type { BaselineRef, BaselineStore, DriftHistory, ResourceOwners } from '@prelaunch/core/drift/ports';
import type { SlotStore } from '@prelaunch/core/drift/schedule-audits';
import type { Clock } from '@prelaunch/core/group/ports';
import { driftHistoryIn } from './drift-history.ts';
import { type GroupRecords, groupRecordsIn } from './group-records.ts';
import { type RecordItems, type RecordKey, recordContent, recordItems } from './instance-record-items.ts';
import { StoredBaseline, StoredOwner, StoredSlot } from './stored-drift.ts';

/** All that is kept beside the newest audits of instances. */
export interface InstanceRecords extends GroupRecords {
  readonly slots: SlotStore;
  readonly baselines: BaselineStore;
  readonly owners: ResourceOwners;
  readonly history: DriftHistory;
}

/**
 * The table `InstanceRecords`: baselines and history under the instance, owners under the resource, audits and ledgers under the group.
 * They are made together so that what a batch of messages writes of them is gathered across all of them.
 */
export function dynamoInstanceRecords(client: DynamoDBDocumentClient, tableName: string, now: Clock): InstanceRecords {
  const items = recordItems(client, tableName);
  return {
    baselines: baselinesIn(items),
    owners: ownersIn(items),
    history: driftHistoryIn(items, now),
    slots: slotsIn(items),
    ...groupRecordsIn(items),
  };
}

const SLOT: RecordKey = { subject: 'schedule', item: 'audits' };

function slotsIn(items: RecordItems): SlotStore {
  return {
    async last() {
      const [stored] = await items.get([SLOT]);
      return stored && StoredSlot.parse(stored).slot;
    },
    async reached(slot) {
      await items.put(
        { ...SLOT, slot },
        {
          ConditionExpression: 'attribute_not_exists(#slot) OR #slot <= :slot',
          ExpressionAttributeNames: { '#slot': 'slot' },
          ExpressionAttributeValues: { ':slot': slot },
        },
      );
    },
  };
}

function baselinesIn(items: RecordItems): BaselineStore {
  return {
    // Unconditional, since batches know no conditions. A version is captured again only by whoever repeats its capture, and so with
    // the same content.
    capture: (baseline) => items.putTogether({ ...baseline, ...baselineKey(baseline) }),
    async get(refs) {
      const keys = new Map(refs.map((ref) => [`${ref.instanceId} ${ref.version}`, baselineKey(ref)]));
      const found = await items.get([...keys.values()]);
      const baselines = found.map((stored) => recordContent<Baseline>(StoredBaseline, stored));
      return new Map(baselines.map((baseline) => [baseline.instanceId, baseline]));
    },
  };
}

function ownersIn(items: RecordItems): ResourceOwners {
  return {
    async ownerOf(resourceId) {
      const [stored] = await items.get([ownerKey(resourceId)]);
      return stored && StoredOwner.parse(stored).instanceId;
    },
    note: (resourceId, instanceId) => items.putTogether({ ...ownerKey(resourceId), instanceId }),
  };
}

const DIGITS = 8;

/** The version as text, in the order of the numbers. */
function baselineKey({ instanceId, version }: BaselineRef): RecordKey {
  return { subject: instanceId, item: `baseline#${String(version).padStart(DIGITS, '0')}` };
}

function ownerKey(resourceId: string): RecordKey {
  return { subject: `resource#${resourceId}`, item: 'owner' };
}
