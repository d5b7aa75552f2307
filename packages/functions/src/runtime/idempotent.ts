import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { Context } from 'aws-lambda';
import { dynamo } from './pipeline.ts';

/** Carries an answer past the store, which remembers no failures. */
class Unfinished extends Error {
  override readonly name = 'Unfinished';
  readonly answer: unknown;

  constructor(answer: unknown) {
    super('the answer is not final');
    this.answer = answer;
  }
}

const DAY_SECONDS = 24 * 3600;

interface Keyed {
  readonly groupId: string;
  readonly idempotencyKey?: string | undefined;
}

/**
 * A repeat with the same key for the same group within a day answers what the first call answered, once that is final. For calls that people and
 * programs repeat: workers are fenced by leases, not by this. Lambda's context says when an unanswered first call is given up.
 */
export function idempotent<Request extends Keyed, Caller, Answer>(
  tableName: string,
  perform: (request: Request, caller: Caller) => Promise<Answer>,
  isFinal: (answer: Answer) => boolean,
): (request: Request, caller: Caller, context: Context) => Promise<Answer> {
  const config = new IdempotencyConfig({
    eventKeyJmesPath: '[operation, groupId, idempotencyKey]',
    payloadValidationJmesPath: 'force',
    expiresAfterSeconds: DAY_SECONDS,
  });
  const persistenceStore = new DynamoDBPersistenceLayer({ tableName, awsSdkV3Client: dynamo });
  const remembered = async (request: Request, caller: Caller) => {
    const answer = await perform(request, caller);
    if (!isFinal(answer)) throw new Unfinished(answer);
    return answer;
  };
  const once = makeIdempotent(remembered, { persistenceStore, config });
  return (request, caller, context) => {
    config.registerLambdaContext(context);
    if (request.idempotencyKey === undefined) return perform(request, caller);
    return once(request, caller).catch((error: unknown) => {
      if (error instanceof Unfinished) return error.answer as Answer;
      throw error;
    });
  };
}
