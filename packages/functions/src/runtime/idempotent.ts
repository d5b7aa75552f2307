import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { dynamo } from './pipeline.ts';

const DAY_SECONDS = 24 * 3600;

interface Keyed {
  readonly groupId: string;
  readonly idempotencyKey?: string | undefined;
}

/**
 * A repeat with the same key for the same group within a day answers what the first call answered. For calls that people and
 * programs repeat: workers are fenced by leases, not by this.
 */
export function idempotent<Request extends Keyed, Context, Answer>(
  tableName: string,
  perform: (request: Request, context: Context) => Promise<Answer>,
): (request: Request, context: Context) => Promise<Answer> {
  const once = makeIdempotent((request: Request, context: Context) => perform(request, context), {
    persistenceStore: new DynamoDBPersistenceLayer({ tableName, awsSdkV3Client: dynamo }),
    config: new IdempotencyConfig({
      eventKeyJmesPath: '[operation, groupId, idempotencyKey]',
      payloadValidationJmesPath: 'force',
      expiresAfterSeconds: DAY_SECONDS,
    }),
  });
  return (request, context) =>
    request.idempotencyKey === undefined ? perform(request, context) : once(request, context);
}
