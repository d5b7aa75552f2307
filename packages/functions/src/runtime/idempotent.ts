import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { Context } from 'aws-lambda';
import { dynamo } from './pipeline.ts';

const DAY_SECONDS = 24 * 3600;

interface Keyed {
  readonly groupId: string;
  readonly idempotencyKey?: string | undefined;
}

/**
 * A repeat with the same key for the same group within a day answers what the first call answered. For calls that people and
 * programs repeat: workers are fenced by leases, not by this. Lambda's context says when an unanswered first call is given up.
 */
export function idempotent<Request extends Keyed, Caller, Answer>(
  tableName: string,
  perform: (request: Request, caller: Caller) => Promise<Answer>,
): (request: Request, caller: Caller, context: Context) => Promise<Answer> {
  const config = new IdempotencyConfig({
    eventKeyJmesPath: '[operation, groupId, idempotencyKey]',
    payloadValidationJmesPath: 'force',
    expiresAfterSeconds: DAY_SECONDS,
  });
  const persistenceStore = new DynamoDBPersistenceLayer({ tableName, awsSdkV3Client: dynamo });
  const once = makeIdempotent((request: Request, caller: Caller) => perform(request, caller), {
    persistenceStore,
    config,
  });
  return (request, caller, context) => {
    config.registerLambdaContext(context);
    return request.idempotencyKey === undefined ? perform(request, caller) : once(request, caller);
  };
}
