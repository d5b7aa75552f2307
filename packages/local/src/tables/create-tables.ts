import { setImmediate } from 'node:timers/promises';
import { physicalName } from '@prelaunch/topology/names';
import type { TableSpec } from '@prelaunch/topology/shape';
import * as z from 'zod';
import type { EmbeddedDynamoDb } from './embedded-dynamodb.ts';

const TableDescription = z.object({ Table: z.object({ TableStatus: z.string() }) });
const TableNames = z.object({ TableNames: z.array(z.string()) });

/** Creates the tables that do not exist yet; what is in a persisted one stays. */
export async function createTables(
  tables: Readonly<Record<string, TableSpec>>,
  stage: string,
  dynamoDb: EmbeddedDynamoDb,
): Promise<void> {
  const existing = new Set(TableNames.parse(await dynamoDb.call('ListTables', {})).TableNames);
  for (const [id, spec] of Object.entries(tables)) {
    const name = physicalName(stage, id);
    if (existing.has(name)) continue;
    await dynamoDb.call('CreateTable', tableInput(name, spec));
    await untilActive(name, dynamoDb);
  }
}

function tableInput(TableName: string, { partitionKey, sortKey }: TableSpec): unknown {
  const keys = [partitionKey, ...(sortKey === undefined ? [] : [sortKey])];
  return {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: keys.map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
  };
}

async function untilActive(TableName: string, dynamoDb: EmbeddedDynamoDb): Promise<void> {
  for (;;) {
    const { Table } = TableDescription.parse(await dynamoDb.call('DescribeTable', { TableName }));
    if (Table.TableStatus === 'ACTIVE') return;
    await setImmediate();
  }
}
