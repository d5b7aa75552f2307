import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { z } from 'zod';
import { gathered } from './gathered.ts';
import { type Stored, type TableItems, tableItems } from './table-items.ts';

/** The key of an item: what it is about, and what it says of that. */
export type RecordKey = { readonly subject: string; readonly item: string };

/** Items of the table `InstanceRecords`. */
export interface RecordItems extends TableItems {
  /** Puts an item whatever is stored. Those that come together are few calls, and fail together. */
  putTogether(item: RecordKey & Stored): Promise<void>;
}

/**
 * The workers on the messages of one batch come at the same time, each with several items: one put for each would be dozens of
 * calls on the way of a server to being ready.
 */
export function recordItems(client: DynamoDBDocumentClient, tableName: string): RecordItems {
  const items = tableItems(client, tableName);
  const putTogether = gathered<RecordKey & Stored, void>(
    () => nextTurn(),
    async (asked) => {
      // DynamoDB refuses a batch with two items of one key. The last one stands, as if they had come one by one.
      const last = new Map(asked.map((one) => [`${one.subject} ${one.item}`, one]));
      await items.putMany([...last.values()]);
      return () => undefined;
    },
  );
  return { ...items, putTogether };
}

/** What an item says, without its key. */
export function recordContent<Content>(schema: z.ZodType<Stored>, stored: Stored): Content {
  const { subject: _subject, item: _item, ...content } = schema.parse(stored);
  return content as Content;
}
