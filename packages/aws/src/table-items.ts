import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  type BatchWriteCommandInput,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  paginateScan,
  QueryCommand,
  type QueryCommandInput,
  type ScanCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { chunks } from '@prelaunch/core/chunks';
import pMap from 'p-map';
import { untilNoneIsLeft } from './batch-calls.ts';
import { storable } from './storable-items.ts';

/** An item as it stands in a table. */
export type Stored = Readonly<Record<string, unknown>>;

/** What a write demands of the item that is stored. */
export interface Condition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
}

/** Items of one table, read strongly consistently. */
export interface TableItems {
  /** Those that exist, in no order. No key is asked for twice. */
  get(keys: readonly Stored[]): Promise<Stored[]>;
  query(input: Omit<QueryCommandInput, 'TableName'>): AsyncIterable<Stored>;
  /** One page of a query: 1 MB, or as many as it asks for. */
  page(input: Omit<QueryCommandInput, 'TableName'>): Promise<Stored[]>;
  scan(input?: Omit<ScanCommandInput, 'TableName'>): AsyncIterable<Stored>;
  /** False: the condition does not hold, and nothing was written. */
  put(item: object, condition?: Condition): Promise<boolean>;
  /**
   * Puts all of them, whatever is stored, in batches side by side; no two may have one key. A failure may leave some of them written.
   * Throws `TableBusyError` when DynamoDB leaves some of them unwritten again and again.
   */
  putMany(items: readonly object[]): Promise<void>;
  /** False: the condition does not hold, and nothing was deleted. */
  delete(key: Stored, condition: Condition): Promise<boolean>;
}

const KEYS_PER_CALL_MAX = 100;
const PUTS_PER_CALL_MAX = 25;
const CALLS_AT_ONCE = 4;

type WriteRequest = NonNullable<BatchWriteCommandInput['RequestItems']>[string][number];

export function tableItems(client: DynamoDBDocumentClient, tableName: string): TableItems {
  const table = { TableName: tableName };
  const reading = { ...table, ConsistentRead: true };

  async function getOne(key: Stored): Promise<Stored[]> {
    const { Item: stored } = await client.send(new GetCommand({ ...reading, Key: key }));
    return stored === undefined ? [] : [stored];
  }

  async function getBatch(keys: readonly Stored[]): Promise<Stored[]> {
    const found: Stored[] = [];
    await untilNoneIsLeft(tableName, keys, async (Keys) => {
      const RequestItems = { [tableName]: { Keys, ConsistentRead: true } };
      const { Responses, UnprocessedKeys } = await client.send(new BatchGetCommand({ RequestItems }));
      found.push(...(Responses?.[tableName] ?? []));
      return UnprocessedKeys?.[tableName]?.Keys ?? [];
    });
    return found;
  }

  async function putBatch(items: readonly object[]): Promise<void> {
    const puts = items.map((item) => ({ PutRequest: { Item: storable(item) } }));
    await untilNoneIsLeft<WriteRequest>(tableName, puts, async (left) => {
      const { UnprocessedItems } = await client.send(new BatchWriteCommand({ RequestItems: { [tableName]: left } }));
      return UnprocessedItems?.[tableName] ?? [];
    });
  }

  return {
    async get(keys) {
      const [only] = keys;
      if (only === undefined) return [];
      if (keys.length === 1) return getOne(only);
      const found = await pMap(chunks(keys, KEYS_PER_CALL_MAX), getBatch, { concurrency: CALLS_AT_ONCE });
      return found.flat();
    },
    async *query(input) {
      for await (const { Items = [] } of paginateQuery({ client }, { ...input, ...reading })) yield* Items;
    },
    async page(input) {
      const { Items = [] } = await client.send(new QueryCommand({ ...input, ...reading }));
      return Items;
    },
    async *scan(input) {
      for await (const { Items = [] } of paginateScan({ client }, { ...input, ...reading })) yield* Items;
    },
    put: (item, condition) =>
      whereItHolds(client.send(new PutCommand({ ...table, Item: storable(item), ...condition }))),
    async putMany(items) {
      await pMap(chunks(items, PUTS_PER_CALL_MAX), putBatch, { concurrency: CALLS_AT_ONCE });
    },
    delete: (key, condition) => whereItHolds(client.send(new DeleteCommand({ ...table, Key: key, ...condition }))),
  };
}

/** There is no item of this key yet. */
export function isNew(key: string): Condition {
  return { ConditionExpression: 'attribute_not_exists(#key)', ExpressionAttributeNames: { '#key': key } };
}

/** The item is the one that was read: the count of its writes is the same. */
export function isAsRead(counter: string, read: number): Condition {
  return {
    ConditionExpression: '#counter = :read',
    ExpressionAttributeNames: { '#counter': counter },
    ExpressionAttributeValues: { ':read': read },
  };
}

/** Compare-and-set: nothing was written since it was read, where 0 writes mean that there was no item. */
export function isUnchanged(key: string, counter: string, read: number): Condition {
  return read === 0 ? isNew(key) : isAsRead(counter, read);
}

async function whereItHolds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
