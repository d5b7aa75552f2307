import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { logger } from './runtime/logger.ts';
import { operationDeps } from './runtime/operation-deps.ts';
import { reachTargets } from './runtime/reach-targets.ts';
import { serveDirect } from './runtime/serve-direct.ts';

// Waves begin here: nothing is left to be loaded then.
const depsIn = operationDeps(reachTargets());

/** Direct invocation: `{ operation, ... }` at the top level. Answers the result, or `{ error }`. */
export const handler = middy<unknown, unknown>()
  .use(injectLambdaContext(logger))
  .handler((event: unknown, context: Context) => serveDirect(event, context, depsIn(context)));
