import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
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
import { DomainError } from '@prelaunch/core/errors';
import pMap from 'p-map';

/** DynamoDB left keys unread again and again: it is throttling the table. */
export class TableBusyError extends DomainError {
  override readonly name = 'TableBusyError';
  readonly code = 'store.busy';
  override readonly retryable = true;

  constructor(tableName: string) {
    super(`table ${tableName} did not answer for all keys`);
  }
}

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
  /** False: the condition does not hold, and nothing was deleted. */
  delete(key: Stored, condition: Condition): Promise<boolean>;
}

const KEYS_PER_CALL_MAX = 100;
const CALLS_AT_ONCE = 4;
const ATTEMPTS_MAX = 5;

export function tableItems(client: DynamoDBDocumentClient, tableName: string): TableItems {
  const table = { TableName: tableName };
  const reading = { ...table, ConsistentRead: true };

  async function getOne(key: Stored): Promise<Stored[]> {
    const { Item: stored } = await client.send(new GetCommand({ ...reading, Key: key }));
    return stored === undefined ? [] : [stored];
  }

  async function getBatch(asked: readonly Stored[]): Promise<Stored[]> {
    const found: Stored[] = [];
    let keys: Record<string, unknown>[] = [...asked];
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const RequestItems = { [tableName]: { Keys: keys, ConsistentRead: true } };
      const { Responses, UnprocessedKeys } = await client.send(new BatchGetCommand({ RequestItems }));
      found.push(...(Responses?.[tableName] ?? []));
      keys = UnprocessedKeys?.[tableName]?.Keys ?? [];
      if (keys.length === 0) return found;
    }
    throw new TableBusyError(tableName);
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

/**
 * The document client tells values apart by their `constructor`, so it refuses an object that has a key of this name: a tag or a
 * configuration may be called so. A map it takes whatever its keys are.
 */
function storable(item: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, mapped(value)]));
}

function mapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mapped);
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([name, one]) => [name, mapped(one)]));
}
