import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { reconcileGroups } from '@prelaunch/core/group/reconcile-groups';
import { logger } from './runtime/logger.ts';
import {
  applyQueue,
  bindingStore,
  configurationStore,
  groupStore,
  now,
  publisher,
  serverStore,
} from './runtime/pipeline.ts';

const deps = {
  groups: groupStore(),
  servers: serverStore(),
  queue: applyQueue(),
  events: publisher(),
  configurations: configurationStore(),
  bindings: bindingStore(),
  now,
};

export const handler = middy()
  .use(injectLambdaContext(logger))
  .handler(async () => {
    const outcome = await reconcileGroups(deps);
    logger.info('reconciled', { ...outcome });
    return outcome;
  });
