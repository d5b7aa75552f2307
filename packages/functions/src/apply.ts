import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ApplyRequest } from '@prelaunch/contracts/messages';
import { applyServer } from '@prelaunch/core/apply/apply-server';
import { auditTrail } from './runtime/audit.ts';
import { consume } from './runtime/consume.ts';
import { instanceRecords } from './runtime/drift-stores.ts';
import { environment } from './runtime/environment.ts';
import { loggedError } from './runtime/logged-error.ts';
import { logger } from './runtime/logger.ts';
import { now, publisher, serverStore } from './runtime/pipeline.ts';
import { launchSettingsPorts, targets } from './runtime/targets.ts';

const { APPLY_QUEUE_URL, APPLY_LEASE_SECONDS } = environment('APPLY_QUEUE_URL', 'APPLY_LEASE_SECONDS');

/** The workers on the messages of one batch leave their records at about the same time: while AWS is read, and while results are stored. */
const RECORDED_TOGETHER_MS = 15;

const shared = targets();

const deps = {
  ...launchSettingsPorts(shared),
  budgets: shared.budgets,
  servers: serverStore(),
  events: publisher(),
  ...captureStores(),
  audit: auditTrail(() => pause(RECORDED_TOGETHER_MS)),
  now,
  newOwner: randomUUID,
  leaseMs: Number(APPLY_LEASE_SECONDS) * 1000,
};

/** One for both, so that what a batch of messages captures is written together. */
function captureStores() {
  const { baselines, owners } = instanceRecords();
  return { baselines, owners };
}

export const handler = consume({
  schema: ApplyRequest,
  queueUrl: APPLY_QUEUE_URL,
  malformed: 'to_dead_letters',
  subject: ({ groupId, serverId, correlationId }) => ({ groupId, serverId, correlationId }),
  handlerOf: () => apply,
});

async function apply(request: ApplyRequest) {
  const outcome = await applyServer(request, deps);
  if (outcome.kind === 'applied' && outcome.pruneFailure !== undefined) {
    const { groupId, serverId, correlationId } = request;
    logger.warn('old versions not deleted', { groupId, serverId, correlationId, ...loggedError(outcome.pruneFailure) });
  }
  return outcome;
}
