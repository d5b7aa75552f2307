import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateScan,
} from '@aws-sdk/lib-dynamodb';
import { chunks } from '@prelaunch/core/chunks';
import { DomainError } from '@prelaunch/core/errors';
import pMap from 'p-map';
import type { z } from 'zod';

/** DynamoDB left keys unread again and again: it is throttling the table. */
export class TableBusyError extends DomainError {
  override readonly name = 'TableBusyError';
  readonly code = 'store.busy';
  override readonly retryable = true;

  constructor(tableName: string) {
    super(`table ${tableName} did not answer for all keys`);
  }
}

interface Versioned {
  readonly version: number;
}

export interface VersionedTable<Item extends Versioned> {
  getMany(ids: readonly string[]): Promise<Map<string, Item>>;
  save(item: Item): Promise<boolean>;
  listIds(): AsyncIterable<string>;
}

const KEYS_PER_CALL_MAX = 100;
const CALLS_AT_ONCE = 4;
const ATTEMPTS_MAX = 5;

/**
 * Whole items by one key, read strongly consistently, written by compare-and-set on `version`. Single-item conditional writes
 * only: cheaper than transactions, and the same on every DynamoDB.
 */
export function versionedTable<Item extends Versioned>(
  client: DynamoDBDocumentClient,
  table: { readonly name: string; readonly key: Extract<keyof Item, string>; readonly schema: z.ZodType },
): VersionedTable<Item> {
  const parse = (stored: unknown) => table.schema.parse(stored) as Item;
  const idOf = (item: Item) => String(item[table.key]);
  const byId = (items: readonly Item[]) => new Map(items.map((item) => [idOf(item), item]));

  async function getOne(id: string): Promise<Item[]> {
    const input = { TableName: table.name, Key: { [table.key]: id }, ConsistentRead: true };
    const { Item: stored } = await client.send(new GetCommand(input));
    return stored === undefined ? [] : [parse(stored)];
  }

  async function getBatch(ids: readonly string[]): Promise<Item[]> {
    const found: Item[] = [];
    let keys: Record<string, unknown>[] = ids.map((id) => ({ [table.key]: id }));
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const RequestItems = { [table.name]: { Keys: keys, ConsistentRead: true } };
      const { Responses, UnprocessedKeys } = await client.send(new BatchGetCommand({ RequestItems }));
      found.push(...(Responses?.[table.name] ?? []).map(parse));
      keys = UnprocessedKeys?.[table.name]?.Keys ?? [];
      if (keys.length === 0) return found;
    }
    throw new TableBusyError(table.name);
  }

  return {
    async getMany(ids) {
      const distinct = [...new Set(ids)];
      const [only] = distinct;
      if (only === undefined) return new Map();
      if (distinct.length === 1) return byId(await getOne(only));
      const found = await pMap(chunks(distinct, KEYS_PER_CALL_MAX), getBatch, { concurrency: CALLS_AT_ONCE });
      return byId(found.flat());
    },

    async save(item) {
      const condition =
        item.version === 0
          ? { ConditionExpression: 'attribute_not_exists(#key)', ExpressionAttributeNames: { '#key': table.key } }
          : {
              ConditionExpression: '#version = :read',
              ExpressionAttributeNames: { '#version': 'version' },
              ExpressionAttributeValues: { ':read': item.version },
            };
      const Item = { ...item, version: item.version + 1 };
      try {
        await client.send(new PutCommand({ TableName: table.name, Item, ...condition }));
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },

    async *listIds() {
      const names = { ProjectionExpression: '#key', ExpressionAttributeNames: { '#key': table.key } };
      const input = { TableName: table.name, ConsistentRead: true, ...names };
      for await (const { Items = [] } of paginateScan({ client }, input)) {
        yield* Items.map((item) => String(item[table.key]));
      }
    },
  };
}
