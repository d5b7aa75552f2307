import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { rememberedDecisions } from '@prelaunch/access/remembered-decisions';
import { dynamoWaveStore } from '@prelaunch/aws/dynamo-stores';
import type { OperationDeps } from '@prelaunch/core/operation/call';
import type { Context } from 'aws-lambda';
import { accessGate } from './access.ts';
import { auditReader, auditTrail } from './audit.ts';
import { remediateDeps } from './drift-deps.ts';
import { environment } from './environment.ts';
import { idempotent } from './idempotent.ts';
import { keptInLog } from './kept-in-log.ts';
import {
  applyQueue,
  bindingStore,
  configurationStore,
  documentClient,
  groupStore,
  now,
  publisher,
  serverStore,
} from './pipeline.ts';
import type { Reached } from './reach-targets.ts';

/** What the operations stand on, the same in every function that serves them. Made once, when a function starts. */
export function operationDeps({ inventory, recovery, running }: Reached): (context: Context) => OperationDeps {
  const { WAVES_TABLE, IDEMPOTENCY_TABLE } = environment('WAVES_TABLE', 'IDEMPOTENCY_TABLE');
  const audit = auditTrail();
  const onceIn = idempotent(IDEMPOTENCY_TABLE);
  const configurations = configurationStore();
  const shared = {
    configurations,
    rollouts: configurations,
    bindings: bindingStore(),
    groups: groupStore(),
    servers: serverStore(),
    queue: applyQueue(),
    events: publisher(),
    waves: dynamoWaveStore(documentClient(), WAVES_TABLE, now),
    recovery,
    inventory,
    gate: rememberedDecisions(accessGate()),
    audit,
    recoveryAudit: keptInLog(audit),
    auditLog: auditReader(),
    drift: remediateDeps(running),
    now,
    pause: (ms: number) => pause(ms),
    newOwner: randomUUID,
  };
  return (context) => ({ ...shared, once: onceIn(context) });
}
