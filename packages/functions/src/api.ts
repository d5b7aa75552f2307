import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import asyncapi from '@prelaunch/contracts/asyncapi.json' with { type: 'json' };
import openapi from '@prelaunch/contracts/openapi.json' with { type: 'json' };
import type { Context } from 'aws-lambda';
import { documentAnswer, type RestAnswer } from './rest/rest-answer.ts';
import { serveRest } from './rest/serve-rest.ts';
import { logger } from './runtime/logger.ts';
import { operationDeps } from './runtime/operation-deps.ts';
import { reachedLater } from './runtime/reached-later.ts';

const reached = reachedLater(async () => (await import('./runtime/reach-targets.ts')).reachTargets());
const depsIn = operationDeps(reached);

/** The same for everybody, so nobody has to say who they are. */
const DOCUMENTS: ReadonlyMap<string, RestAnswer> = new Map([
  ['/openapi.json', documentAnswer(openapi)],
  ['/asyncapi.json', documentAnswer(asyncapi)],
]);

/** Proxy events of the REST API. */
export const handler = middy<unknown, RestAnswer>()
  .use(injectLambdaContext(logger))
  .handler(async (event: unknown, context: Context) => {
    const { httpMethod, path } = Object(event) as { httpMethod?: unknown; path?: unknown };
    const document = httpMethod === 'GET' ? DOCUMENTS.get(String(path)) : undefined;
    return document ?? serveRest(event, context.awsRequestId, depsIn(context));
  });
