import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { AuditBlock, AuditHead } from '@prelaunch/core/audit/audit-block';
import type { AuditBlocks } from '@prelaunch/core/audit/ports';
import * as z from 'zod';
import { isNew, type Stored, tableItems } from './table-items.ts';

/**
 * Everything is in one table: each day's blocks under `day#<day>`, the days under `days`, the index under what it is for, and the head.
 * Blocks and head are the log; all else can be made again from it.
 */
const DAYS = 'days';
const HEAD = { chain: 'head', position: 'head' };

const Day = z.object({ position: z.string() });
const Indexed = z.object({ day: z.string(), block: z.number(), first: z.string(), last: z.string() });
const Placed = z.looseObject({ position: z.string() });

export function dynamoAuditLog(client: DynamoDBDocumentClient, tableName: string): AuditBlocks {
  const table = tableItems(client, tableName);
  const newest = (chain: string, { limit, before }: { limit: number; before?: string | undefined }) =>
    table.page({ ...within(chain, before), ScanIndexForward: false, Limit: limit });
  const oldestFirst = (chain: string) => table.query(within(chain));

  return {
    async newestFirst(day, { limit, before }) {
      const below = before === undefined ? undefined : positionOf(before);
      return (await newest(dayChain(day), { limit, before: below })).map(blockOf);
    },
    async get(day, block) {
      const [found] = await table.get([{ chain: dayChain(day), position: positionOf(block) }]);
      return found && blockOf(found);
    },
    put: (block) =>
      table.put({ chain: dayChain(block.day), position: positionOf(block.block), ...block }, isNew('chain')),
    async daysBefore(day, limit) {
      return (await newest(DAYS, { limit, before: day })).map((item) => Day.parse(item).position);
    },
    addDay: async (day) => void (await table.put({ chain: DAYS, position: day })),
    async addIndexEntry({ index, ...entry }) {
      await table.put({ chain: index, position: indexPosition(entry), ...entry });
    },
    async indexEntries(index, { limit, before }) {
      const items = await newest(index, { limit, before: before && indexPosition(before) });
      return items.map((item) => ({ index, ...Indexed.parse(item) }));
    },
    async head() {
      const [found] = await table.get([HEAD]);
      return found && AuditHead.parse(found);
    },
    async moveHead(head) {
      await table.put(
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

function within(chain: string, below?: string) {
  return {
    KeyConditionExpression: below === undefined ? '#chain = :chain' : '#chain = :chain AND #position < :below',
    ExpressionAttributeNames: { '#chain': 'chain', ...(below !== undefined && { '#position': 'position' }) },
    ExpressionAttributeValues: { ':chain': chain, ...(below !== undefined && { ':below': below }) },
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

function blockOf(item: Stored): AuditBlock {
  const { chain: _chain, position: _position, ...content } = item;
  return AuditBlock.parse(content);
}
