import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  paginateQuery,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { AuditBlock, AuditHead } from '@prelaunch/core/audit/audit-block';
import type { AuditBlocks } from '@prelaunch/core/audit/ports';
import * as z from 'zod';

/**
 * Everything is in one table: each day's blocks under `day#<day>`, the days under `days`, the index under what it is for, and the head.
 * Blocks and head are the log; all else can be made again from it.
 */
const DAYS = 'days';
const HEAD = { chain: 'head', position: 'head' };

const Day = z.object({ position: z.string() });
const Indexed = z.object({ day: z.string(), block: z.number(), first: z.string(), last: z.string() });
const Placed = z.looseObject({ position: z.string() });

type Item = Record<string, unknown>;

export function dynamoAuditLog(client: DynamoDBDocumentClient, tableName: string): AuditBlocks {
  const newest = async (chain: string, { limit, before }: { limit: number; before?: string | undefined }) => {
    const input: QueryCommandInput = {
      ...within(chain, before === undefined ? undefined : { below: before }),
      ScanIndexForward: false,
      Limit: limit,
    };
    const { Items = [] } = await client.send(new QueryCommand(input));
    return Items;
  };
  const within = (chain: string, bound?: { readonly below: string }): QueryCommandInput => ({
    TableName: tableName,
    ConsistentRead: true,
    KeyConditionExpression: bound ? '#chain = :chain AND #position < :below' : '#chain = :chain',
    ExpressionAttributeNames: { '#chain': 'chain', ...(bound && { '#position': 'position' }) },
    ExpressionAttributeValues: { ':chain': chain, ...(bound && { ':below': bound.below }) },
  });
  async function* oldestFirst(chain: string): AsyncGenerator<Item> {
    for await (const { Items = [] } of paginateQuery({ client }, within(chain))) yield* Items;
  }
  const getItem = async (key: Item) => {
    const { Item: found } = await client.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }));
    return found;
  };
  /** False: the condition does not hold. */
  const putIf = async (item: Item, condition: Partial<PutCommandInput>): Promise<boolean> => {
    try {
      await client.send(new PutCommand({ TableName: tableName, Item: item, ...condition }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };

  return {
    async newestFirst(day, { limit, before }) {
      const below = before === undefined ? undefined : positionOf(before);
      return (await newest(dayChain(day), { limit, before: below })).map(blockOf);
    },
    async get(day, block) {
      const found = await getItem({ chain: dayChain(day), position: positionOf(block) });
      return found && blockOf(found);
    },
    put: (block) =>
      putIf(
        { chain: dayChain(block.day), position: positionOf(block.block), ...block },
        { ConditionExpression: 'attribute_not_exists(#chain)', ExpressionAttributeNames: { '#chain': 'chain' } },
      ),
    async daysBefore(day, limit) {
      return (await newest(DAYS, { limit, before: day })).map((item) => Day.parse(item).position);
    },
    addDay: async (day) => void (await putIf({ chain: DAYS, position: day }, {})),
    async addIndexEntry({ index, ...entry }) {
      await putIf({ chain: index, position: indexPosition(entry), ...entry }, {});
    },
    async indexEntries(index, { limit, before }) {
      const items = await newest(index, { limit, before: before && indexPosition(before) });
      return items.map((item) => ({ index, ...Indexed.parse(item) }));
    },
    async head() {
      const found = await getItem(HEAD);
      return found && AuditHead.parse(found);
    },
    async moveHead(head) {
      await putIf(
        { ...HEAD, ...head },
        {
          ConditionExpression: 'attribute_not_exists(#chain) OR #day < :day OR (#day = :day AND #block < :block)',
          ExpressionAttributeNames: { '#chain': 'chain', '#day': 'day', '#block': 'block' },
          ExpressionAttributeValues: { ':day': head.day, ':block': head.block },
        },
      );
    },
    async *stored(day) {
      for await (const item of oldestFirst(dayChain(day))) {
        const { chain: _chain, position, ...content } = Placed.parse(item);
        yield { day, position, content };
      }
    },
    async *days() {
      for await (const item of oldestFirst(DAYS)) yield Day.parse(item).position;
    },
  };
}

function dayChain(day: string): string {
  return `day#${day}`;
}

const DIGITS = 9;

/** As text, in the order of the numbers. */
function positionOf(block: number): string {
  return String(block).padStart(DIGITS, '0');
}

function indexPosition({ day, block }: { readonly day: string; readonly block: number }): string {
  return `${day}#${positionOf(block)}`;
}

function blockOf(item: Item): AuditBlock {
  const { chain: _chain, position: _position, ...content } = item;
  return AuditBlock.parse(content);
}
