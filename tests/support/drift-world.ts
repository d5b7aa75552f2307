import type { StatedDriftPolicy } from '@prelaunch/contracts/drift';
import { DriftAuditRequested, DriftDetected, type PrelaunchEvent } from '@prelaunch/contracts/events';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import type { AuditDeps } from '@prelaunch/core/drift/audit-deps';
import { auditGroup } from '@prelaunch/core/drift/audit-group';
import type { InstanceDrift } from '@prelaunch/core/drift/instance-drift';
import { remediate } from '@prelaunch/core/drift/remediate';
import { planChange } from '@prelaunch/core/group/plan-group';
import { change, GROUP_ID, launchSettings, serverId, serverIds } from './builders.ts';
import { type MemoryWorld, memoryWorld } from './memory-world.ts';

/** A subnet that nobody states. */
export const ELSEWHERE = 'subnet-0e5f6a7b';

/** Longer than EC2 takes to show everybody what was written, and than clocks differ. */
export const A_WHILE_MS = 120_000;

/** What of a world is needed to look at drift in it, as operation worlds have it too. */
type Audited = Pick<MemoryWorld, 'instances' | 'events' | 'aws' | 'running'>;

interface Stated {
  readonly servers?: number;
  readonly launchConfig?: LaunchSettings;
  readonly driftPolicy?: StatedDriftPolicy;
}

/** A world with a group whose servers were applied and read back a while ago. */
export async function appliedWorld({
  servers = 2,
  launchConfig = launchSettings(),
  driftPolicy,
}: Stated = {}): Promise<MemoryWorld> {
  const world = memoryWorld({ servers });
  await planChange(change({ serverIds: serverIds(servers), launchConfig }), world);
  await world.settle();
  if (driftPolicy) await world.put({ ...(await world.group()), driftPolicy });
  world.clock.advance(A_WHILE_MS);
  return world;
}

/** Audits the group now, or only some of its servers. */
export async function audit(deps: AuditDeps, named?: readonly string[]): ReturnType<typeof auditGroup> {
  const data = { groupId: GROUP_ID, auditId: 'audit-1', cause: 'request' as const };
  const all = { version: '1' as const, correlationId: 'c-audit', data };
  return auditGroup(named ? { ...all, data: { ...data, serverIds: [...named] } } : all, deps);
}

/** What is known of an instance. Throws when nothing is. */
export async function driftOf({ instances }: Audited, id: string = serverId(1)): Promise<InstanceDrift> {
  const found = (await instances.getMany([id])).get(id);
  if (!found) throw new Error(`nothing is known of ${id}`);
  return found;
}

/** What was told, by its type, or the events of one type. */
export function told({ events }: Pick<Audited, 'events'>): string[] {
  return events.published.map(({ type }) => type);
}

export function toldOf<Type extends PrelaunchEvent['type']>({ events }: Pick<Audited, 'events'>, type: Type) {
  return events.published.filter((event) => event.type === type) as Extract<PrelaunchEvent, { readonly type: Type }>[];
}

/** All writes to AWS. */
export function writesTo({ aws, running }: Audited): number {
  return aws.writes() + running.writes();
}

/** Does what the pipeline does about drift until nothing waits: audits what asks for it, remediates what was found, applies. */
export function driftPipeline(world: MemoryWorld): () => Promise<void> {
  let handled = world.events.published.length;
  return async () => {
    for (;;) {
      await world.settle();
      const event = world.events.published[handled];
      if (!event) return;
      handled += 1;
      // As queues do: whoever is told of something is told of it a moment later.
      world.clock.advance(1_000);
      if (event.type === DriftAuditRequested.type) await auditGroup(event.detail, world);
      if (event.type === DriftDetected.type)
        await remediate(event.detail.data.instanceId, event.detail.correlationId, world);
    }
  };
}
