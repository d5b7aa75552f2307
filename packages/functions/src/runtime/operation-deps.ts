import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { drsRecovery } from '@prelaunch/aws/drs-recovery';
import { dynamoWaveStore } from '@prelaunch/aws/dynamo-stores';
import type { OperationDeps } from '@prelaunch/core/operation/call';
import type { Context } from 'aws-lambda';
import { accessGate } from './access.ts';
import { auditReader, auditTrail } from './audit.ts';
import { environment } from './environment.ts';
import { idempotent } from './idempotent.ts';
import { applyQueue, documentClient, groupStore, now, publisher, serverStore } from './pipeline.ts';
import { targets } from './targets.ts';

/** What the operations stand on, the same in every function that serves them. Made once, when a function starts. */
export function operationDeps(): (context: Context) => OperationDeps {
  const { WAVES_TABLE, IDEMPOTENCY_TABLE } = environment('WAVES_TABLE', 'IDEMPOTENCY_TABLE');
  const { sessions, inventory } = targets();
  const onceIn = idempotent(IDEMPOTENCY_TABLE);
  const shared = {
    groups: groupStore(),
    servers: serverStore(),
    queue: applyQueue(),
    events: publisher(),
    waves: dynamoWaveStore(documentClient(), WAVES_TABLE, now),
    recovery: drsRecovery(sessions),
    inventory,
    gate: accessGate(),
    audit: auditTrail(),
    auditLog: auditReader(),
    now,
    pause: (ms: number) => pause(ms),
    newOwner: randomUUID,
  };
  return (context) => ({ ...shared, once: onceIn(context) });
}
