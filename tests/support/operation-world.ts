import { cedarGate } from '@prelaunch/access/cedar-gate';
import type { AccessConfiguration } from '@prelaunch/contracts/access';
import type { AuditRecord } from '@prelaunch/contracts/audit';
import { ConfigurationPublished, DriftAuditRequested, ProtectionGroupChanged } from '@prelaunch/contracts/events';
import type { Principal } from '@prelaunch/core/access/gate';
import { auditReaderOf } from '@prelaunch/core/audit/query-audit';
import { advanceRollout, advanceRollouts } from '@prelaunch/core/configuration/rollout/advance-rollout';
import { auditGroup } from '@prelaunch/core/drift/audit-group';
import type { Change } from '@prelaunch/core/group/accept-change';
import { planChange } from '@prelaunch/core/group/plan-group';
import type { Call, OperationDeps } from '@prelaunch/core/operation/call';
import { serveOperation } from '@prelaunch/core/operation/serve-operation';
import { memoryAuditLog } from '@prelaunch/memory/memory-audit-log';
import { memoryOnce } from '@prelaunch/memory/memory-once';
import { GROUP_ID, launchSettings, serverIds, TARGET } from './builders.ts';
import { type MemoryWorld, memoryWorld } from './memory-world.ts';

export type OperationWorld = MemoryWorld & OperationDeps & Asked;

interface Asked {
  readonly records: readonly AuditRecord[];
  /** Takes an event of an upstream system, and all that comes of it. */
  planned(change: Change): Promise<void>;
  /** Serves a request of somebody in a Cognito group, by default an administrator of everything. */
  ask(input: unknown, as?: Partial<Call>): Promise<Awaited<ReturnType<typeof serveOperation>>['response']>;
}

/** Everybody of the group `admins` may do everything; the other groups are called as their roles. */
const ACCESS: AccessConfiguration = {
  grants: [
    ...(['operator', 'author', 'auditor'] as const).map((role) => ({ to: 'caller:admins', role })),
    ...(['viewer', 'operator', 'author', 'auditor'] as const).flatMap((role) => [
      { to: 'cognito-group:admins', role },
      { to: `cognito-group:${role}`, role },
    ]),
    { to: 'cognito-group:payments-authors', role: 'author', tags: { team: 'payments' } },
    { to: 'cognito-group:ledger-operators', role: 'operator', groups: ['ledger'] },
    { to: 'cognito-group:approver', role: 'approver' },
    { to: 'cognito-group:base-viewers', role: 'viewer', configurations: ['base'] },
    { to: 'cognito-group:base-authors', role: 'author', configurations: ['base'] },
  ],
};

/** Parsing policies takes long, and a gate knows nothing of what was asked before. */
const gate = cedarGate(ACCESS);

export function member(...groups: readonly string[]): Principal {
  const grantees = groups.map((group) => `cognito-group:${group}`);
  return { id: `cognito:${groups.join('+')}`, label: `${groups.join('+')}@example.com`, grantees };
}

/** All that operations stand on, in memory, with the pipeline behind it: whoever waits lets it plan, apply, aggregate and audit. */
export function operationWorld(): OperationWorld {
  const world = memoryWorld();
  let requests = 0;
  let handled = 0;

  async function settle(): Promise<void> {
    const { published } = world.events;
    for (; handled < published.length; handled += 1) {
      const event = published[handled];
      if (event?.type === ConfigurationPublished.type) await advanceRollout(event.detail.data, world);
      if (event?.type === DriftAuditRequested.type) await auditGroup(event.detail, world);
      if (event?.type !== ProtectionGroupChanged.type) continue;
      const { correlationId, data } = event.detail;
      await planChange({ ...data, source: 'prelaunch', correlationId, at: world.now().toISOString() }, world);
    }
    await world.settle();
    // As groups that have settled let rollouts go on.
    if ((await advanceRollouts(world)).kind !== 'no_rollout' && world.queue.waiting.length > 0) await settle();
  }

  const operations: OperationWorld = {
    ...world,
    drift: world,
    gate,
    records: world.audit.recorded,
    auditLog: auditReaderOf(memoryAuditLog()),
    recoveryAudit: world.audit,
    once: memoryOnce(),
    settle,
    async planned(change) {
      await planChange(change, world);
      await world.settle();
    },
    pause: async (ms) => {
      world.clock.advance(ms);
      await settle();
    },
    async ask(input, as = {}) {
      requests += 1;
      const call = { input, principal: member('admins'), requestId: `request-${requests}` };
      const served = await serveOperation({ ...call, waitMs: 20_000, waveWaitMs: 20_000, ...as }, operations);
      return served.response;
    },
  };
  return operations;
}

export const CREATE = {
  operation: 'create_protection_group',
  groupId: GROUP_ID,
  name: 'Payments',
  ...TARGET,
  serverIds: serverIds(2),
  launchConfig: launchSettings(),
} as const;
export const UPDATE = { operation: 'update_protection_group', groupId: GROUP_ID } as const;
export const STATUS = { operation: 'get_launch_config_status', groupId: GROUP_ID } as const;

/** A world where that group was created, and is ready. */
export async function createdWorld(stated: object = {}): Promise<OperationWorld> {
  const world = operationWorld();
  await world.ask({ ...CREATE, ...stated });
  return world;
}
