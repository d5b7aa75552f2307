import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';

const TargetAccount = z.object({
  accountId: z.string(),
  roleArn: z.string().startsWith('arn:'),
  externalId: z.string().min(2),
});
export type TargetAccount = z.output<typeof TargetAccount>;

/** How to reach accounts other than the home account. */
export interface TargetAccounts {
  get(accountId: string): Promise<TargetAccount | undefined>;
}

export function dynamoTargetAccounts(client: DynamoDBDocumentClient, tableName: string): TargetAccounts {
  return {
    async get(accountId) {
      const { Item } = await client.send(new GetCommand({ TableName: tableName, Key: { accountId } }));
      return Item === undefined ? undefined : TargetAccount.parse(Item);
    },
  };
}
