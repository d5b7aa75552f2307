import {
  IdempotencyAlreadyInProgressError,
  IdempotencyConfig,
  IdempotencyValidationError,
  makeIdempotent,
} from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { Once, Repeatable } from '@prelaunch/core/operation/call';
import { CallInProgressError, KeyReusedError } from '@prelaunch/core/operation/once-errors';
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

/**
 * Remembers answers by whom, what and key. For calls that people and programs repeat: workers are fenced by leases, not by this.
 * Lambda's context says when an unanswered first call is given up.
 */
export function idempotent(tableName: string): (context: Context) => Once {
  const config = new IdempotencyConfig({
    eventKeyJmesPath: '[operation, groupId, principalId, idempotencyKey]',
    payloadValidationJmesPath: 'asked',
    expiresAfterSeconds: DAY_SECONDS,
  });
  const persistenceStore = new DynamoDBPersistenceLayer({ tableName, awsSdkV3Client: dynamo });
  const remembered = makeIdempotent((_call: Repeatable, perform: () => Promise<unknown>) => perform(), {
    persistenceStore,
    config,
  });
  return (context) => {
    config.registerLambdaContext(context);
    return async <Answer>(call: Repeatable, perform: () => Promise<Answer>, isFinal: (answer: Answer) => boolean) => {
      if (call.idempotencyKey === undefined) return perform();
      try {
        const finished = () => perform().then((answer) => (isFinal(answer) ? answer : unfinished(answer)));
        return (await remembered(call, finished)) as Answer;
      } catch (error) {
        if (error instanceof Unfinished) return error.answer as Answer;
        throw translated(error);
      }
    };
  };
}

function unfinished(answer: unknown): never {
  throw new Unfinished(answer);
}

/** The library's words for it stop here. */
function translated(error: unknown): unknown {
  if (error instanceof IdempotencyValidationError) return new KeyReusedError();
  return error instanceof IdempotencyAlreadyInProgressError ? new CallInProgressError() : error;
}
