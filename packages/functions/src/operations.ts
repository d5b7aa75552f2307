import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { drsRecovery } from '@prelaunch/aws/drs-recovery';
import { dynamoWaveStore } from '@prelaunch/aws/dynamo-stores';
import {
  type ApplyLaunchConfigsRequest,
  type OperationRequest,
  operationRequests,
} from '@prelaunch/contracts/operations';
import { applyLaunchConfigs } from '@prelaunch/core/group/apply-group';
import { getLaunchConfigStatus } from '@prelaunch/core/status/launch-config-status';
import { startWaveRecovery } from '@prelaunch/core/wave/start-wave';
import type { Context } from 'aws-lambda';
import { environment } from './runtime/environment.ts';
import { idempotent } from './runtime/idempotent.ts';
import { loggedError } from './runtime/logged-error.ts';
import { logger } from './runtime/logger.ts';
import { operationErrorOf } from './runtime/operation-error.ts';
import { parseRequest } from './runtime/parse-request.ts';
import { applyQueue, documentClient, groupStore, now, publisher, serverStore } from './runtime/pipeline.ts';
import { targets } from './runtime/targets.ts';

const { WAVES_TABLE, IDEMPOTENCY_TABLE } = environment('WAVES_TABLE', 'IDEMPOTENCY_TABLE');

const { sessions, inventory } = targets();

const deps = {
  groups: groupStore(),
  servers: serverStore(),
  queue: applyQueue(),
  events: publisher(),
  waves: dynamoWaveStore(documentClient(), WAVES_TABLE, now),
  recovery: drsRecovery(sessions),
  inventory,
  now,
  pause: (ms: number) => pause(ms),
  newOwner: randomUUID,
};

/** How long a caller is kept waiting for servers to be applied, below API Gateway's 29 s. */
const APPLY_WAIT_MS = 25_000;

interface Caller {
  readonly by: string;
  readonly correlationId: string;
}

const applyOnce = idempotent(
  IDEMPOTENCY_TABLE,
  (request: ApplyLaunchConfigsRequest, caller: Caller) =>
    applyLaunchConfigs({ ...request, ...caller }, APPLY_WAIT_MS, deps),
  ({ outcome }) => outcome !== 'still_applying',
);

function perform(request: OperationRequest, caller: Caller, context: Context) {
  switch (request.operation) {
    case 'get_launch_config_status':
      return getLaunchConfigStatus(request.groupId, deps);
    case 'apply_launch_configs':
      return applyOnce(request, caller, context);
    case 'start_wave_recovery':
      return startWaveRecovery({ request, ...caller }, deps);
    default:
      return request satisfies never;
  }
}

/** Direct invocation: `{ operation, ... }` at the top level. Answers the result, or `{ error }`. */
export const handler = middy<unknown, unknown>()
  .use(injectLambdaContext(logger))
  .handler(async (event: unknown, context: Context) => {
    const subject = { correlationId: context.awsRequestId };
    try {
      const request = parseRequest(operationRequests, event);
      const correlationId = request.correlationId ?? context.awsRequestId;
      Object.assign(subject, { operation: request.operation, correlationId });
      const caller = { by: request.invokedBy ?? 'direct invocation', correlationId };
      const result = await perform(request, caller, context);
      logger.info('performed', subject);
      return result;
    } catch (error) {
      const answer = operationErrorOf(error);
      logger.warn('not performed', { ...subject, code: answer.error.code, ...loggedError(error) });
      return answer;
    }
  });
