import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { scheduleAudits } from '@prelaunch/core/drift/schedule-audits';
import { instanceRecords } from './runtime/drift-stores.ts';
import { logger } from './runtime/logger.ts';
import { groupStore, now, publisher } from './runtime/pipeline.ts';

const deps = { groups: groupStore(), events: publisher(), slots: instanceRecords().slots, now };

export const handler = middy()
  .use(injectLambdaContext(logger))
  .handler(async () => {
    const outcome = await scheduleAudits(deps);
    logger.info('audits requested', { ...outcome });
    return outcome;
  });
