import { DrsClient } from '@aws-sdk/client-drs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Runtime } from '../runtime.ts';

/** Real clients that reach the running pipeline as any program would: by its endpoint. */
export function clientsOf({ endpoint, credentials, region }: Pick<Runtime, 'endpoint' | 'credentials' | 'region'>) {
  const settings = { endpoint, credentials, region };
  return {
    documents: DynamoDBDocumentClient.from(new DynamoDBClient(settings)),
    events: new EventBridgeClient(settings),
    lambda: new LambdaClient({ ...settings, maxAttempts: 1, requestHandler: { requestTimeout: 15 * 60 * 1000 } }),
    drs: (otherRegion: string) => new DrsClient({ ...settings, region: otherRegion }),
    ec2: (otherRegion: string) => new EC2Client({ ...settings, region: otherRegion }),
  };
}

export type Clients = ReturnType<typeof clientsOf>;
