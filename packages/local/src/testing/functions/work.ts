import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';

const Body = z.looseObject({ detail: z.object({ id: z.string(), fail: z.boolean().optional() }) });
const Batch = z.object({ Records: z.array(z.looseObject({ messageId: z.string(), body: z.string() })) });

const dynamoDb = new DynamoDBClient({});

/** Writes down each message that it got, and fails those that ask for it. */
export async function handler(event: unknown) {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const record of Batch.parse(event).Records) {
    const { detail, ...envelope } = Body.parse(JSON.parse(record.body));
    if (detail.fail) batchItemFailures.push({ itemIdentifier: record.messageId });
    const texts = { id: detail.id, envelope: JSON.stringify(envelope), record: JSON.stringify(record) };
    const Item = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, { S: text }]));
    await dynamoDb.send(new PutItemCommand({ TableName: process.env.THINGS_TABLE, Item }));
  }
  return { batchItemFailures };
}
