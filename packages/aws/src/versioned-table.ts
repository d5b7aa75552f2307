import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { z } from 'zod';
import { gathered } from './gathered.ts';
import { isUnchanged, type Stored, tableItems } from './table-items.ts';

interface Versioned {
  readonly version: number;
}

export interface VersionedTable<Item extends Versioned> {
  getMany(ids: readonly string[]): Promise<Map<string, Item>>;
  save(item: Item): Promise<boolean>;
  listIds(after?: string): AsyncIterable<string>;
}

/**
 * Whole items by one key, read strongly consistently, written by compare-and-set on `version`. Single-item conditional writes
 * only: cheaper than transactions, and the same on every DynamoDB.
 */
export function versionedTable<Item extends Versioned>(
  client: DynamoDBDocumentClient,
  table: { readonly name: string; readonly key: Extract<keyof Item, string>; readonly schema: z.ZodType },
): VersionedTable<Item> {
  const items = tableItems(client, table.name);
  const parse = (stored: unknown) => table.schema.parse(stored) as Item;

  async function getStored(ids: readonly string[]): Promise<Map<string, Stored>> {
    const found = await items.get(ids.map((id) => ({ [table.key]: id })));
    return new Map(found.map((one) => [String(one[table.key]), one]));
  }

  /** The workers on the messages of one batch ask at the same time, each for its own item. */
  const getTogether = gathered<string, Stored | undefined>(
    () => nextTurn(),
    async (ids) => {
      const found = await getStored([...new Set(ids)]);
      return (id) => found.get(id);
    },
  );

  return {
    async getMany(ids) {
      const distinct = [...new Set(ids)];
      const [only] = distinct;
      if (only === undefined || distinct.length > 1)
        return new Map([...(await getStored(distinct))].map(([id, stored]) => [id, parse(stored)]));
      const stored = await getTogether(only);
      return stored === undefined ? new Map() : new Map([[only, parse(stored)]]);
    },

    save: (item) => items.put({ ...item, version: item.version + 1 }, isUnchanged(table.key, 'version', item.version)),

    async *listIds(after) {
      const names = { ProjectionExpression: '#key', ExpressionAttributeNames: { '#key': table.key } };
      const from = after !== undefined && { ExclusiveStartKey: { [table.key]: after } };
      for await (const item of items.scan({ ...names, ...from })) yield String(item[table.key]);
    },
  };
}
