import type { FunctionSpec } from './shape.ts';

/** How a deployment turns logical ids into what functions need: names and URLs on AWS, or on one machine. */
export interface Resolver<Value> {
  readonly stage: Value;
  readonly busName: Value;
  readonly homeAccountId: Value;
  readonly tableName: (tableId: string) => Value;
  readonly queueUrl: (queueId: string) => Value;
  /** Who has which role, as JSON text. */
  readonly accessConfiguration: Value;
  /** What is to be done about drift where a group does not say, as JSON text. */
  readonly driftPolicy: Value;
}

/** `ProtectionGroups` -> `PROTECTION_GROUPS_TABLE`. */
export function tableVariable(tableId: string): string {
  return `${screamingSnake(tableId)}_TABLE`;
}

/** `apply-dlq` -> `APPLY_DLQ_QUEUE_URL`. */
export function queueVariable(queueId: string): string {
  return `${screamingSnake(queueId)}_QUEUE_URL`;
}

/** The environment variables of a function, from what it uses. `Value` is a string here and an output of the engine in stacks/. */
export function environmentOf<Value>(
  spec: FunctionSpec,
  leaseSeconds: Value,
  resolve: Resolver<Value>,
): Record<string, Value> {
  return {
    PRELAUNCH_STAGE: resolve.stage,
    ...(spec.uses.bus && { BUS_NAME: resolve.busName }),
    ...(spec.uses.targetAccounts.length > 0 && {
      HOME_ACCOUNT_ID: resolve.homeAccountId,
      APPLY_LEASE_SECONDS: leaseSeconds,
    }),
    ...(spec.uses.access && { ACCESS_CONFIGURATION: resolve.accessConfiguration }),
    ...(spec.uses.drift && { DRIFT_POLICY: resolve.driftPolicy }),
    ...Object.fromEntries(spec.uses.tables.map((id) => [tableVariable(id), resolve.tableName(id)])),
    ...Object.fromEntries(spec.uses.queues.map((id) => [queueVariable(id), resolve.queueUrl(id)])),
  };
}

function screamingSnake(id: string): string {
  return id
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toUpperCase();
}
