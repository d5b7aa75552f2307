import { setImmediate as nextTurn } from 'node:timers/promises';
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
import { gathered } from './gathered.ts';

/** DynamoDB left keys unread again and again: it is throttling the table. */
export class TableBusyError extends DomainError {
  override readonly name = 'TableBusyError';
  readonly code = 'store.busy';
  override readonly retryable = true;

  constructor(tableName: string) {
    super(`table ${tableName} did not answer for all keys`);
  }
}

type Stored = Readonly<Record<string, unknown>>;

interface Versioned {
  readonly version: number;
}

export interface VersionedTable<Item extends Versioned> {
  getMany(ids: readonly string[]): Promise<Map<string, Item>>;
  save(item: Item): Promise<boolean>;
  listIds(after?: string): AsyncIterable<string>;
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
  const byId = (stored: readonly Stored[]) => new Map(stored.map((one) => [String(one[table.key]), one]));

  async function getOne(id: string): Promise<Stored[]> {
    const input = { TableName: table.name, Key: { [table.key]: id }, ConsistentRead: true };
    const { Item: stored } = await client.send(new GetCommand(input));
    return stored === undefined ? [] : [stored];
  }

  async function getBatch(ids: readonly string[]): Promise<Stored[]> {
    const found: Stored[] = [];
    let keys: Record<string, unknown>[] = ids.map((id) => ({ [table.key]: id }));
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const RequestItems = { [table.name]: { Keys: keys, ConsistentRead: true } };
      const { Responses, UnprocessedKeys } = await client.send(new BatchGetCommand({ RequestItems }));
      found.push(...(Responses?.[table.name] ?? []));
      keys = UnprocessedKeys?.[table.name]?.Keys ?? [];
      if (keys.length === 0) return found;
    }
    throw new TableBusyError(table.name);
  }

  async function getStored(ids: readonly string[]): Promise<Stored[]> {
    const [only] = ids;
    if (only === undefined) return [];
    if (ids.length === 1) return getOne(only);
    const found = await pMap(chunks(ids, KEYS_PER_CALL_MAX), getBatch, { concurrency: CALLS_AT_ONCE });
    return found.flat();
  }

  /** The workers on the messages of one batch ask at the same time, each for its own item. */
  const getTogether = gathered<string, Stored | undefined>(
    () => nextTurn(),
    async (ids) => {
      const found = byId(await getStored([...new Set(ids)]));
      return (id) => found.get(id);
    },
  );

  return {
    async getMany(ids) {
      const distinct = [...new Set(ids)];
      const [only] = distinct;
      if (only === undefined || distinct.length > 1)
        return new Map([...byId(await getStored(distinct))].map(([id, stored]) => [id, parse(stored)]));
      const stored = await getTogether(only);
      return stored === undefined ? new Map() : new Map([[only, parse(stored)]]);
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

    async *listIds(after) {
      const names = { ProjectionExpression: '#key', ExpressionAttributeNames: { '#key': table.key } };
      const from = after !== undefined && { ExclusiveStartKey: { [table.key]: after } };
      const input = { TableName: table.name, ConsistentRead: true, ...names, ...from };
      for await (const { Items = [] } of paginateScan({ client }, input)) {
        yield* Items.map((item) => String(item[table.key]));
      }
    },
  };
}
