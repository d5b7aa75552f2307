import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import type { ApplyDeps } from '@prelaunch/core/apply/apply-server';
import { applyServer } from '@prelaunch/core/apply/apply-server';
import type { ConvergeDeps } from '@prelaunch/core/apply/converge';
import type { BindingStore, ConfigurationStore, RolloutStore } from '@prelaunch/core/configuration/ports';
import type { AuditDeps } from '@prelaunch/core/drift/audit-deps';
import { DEFAULT_DRIFT_POLICY } from '@prelaunch/core/drift/drift-policy';
import type { RemediateDeps } from '@prelaunch/core/drift/note-remediation';
import type { Group } from '@prelaunch/core/group/group';
import { getGroup, getServer } from '@prelaunch/core/group/ports';
import type { SourceServer } from '@prelaunch/core/group/source-server';
import { aggregateGroup } from '@prelaunch/core/status/aggregate-group';
import type { StartWaveDeps } from '@prelaunch/core/wave/start-wave';
import { memoryAuditTrail } from '@prelaunch/memory/memory-audit-trail';
import { type MemoryAws, memoryAws } from '@prelaunch/memory/memory-aws';
import { memoryBindingStore } from '@prelaunch/memory/memory-bindings';
import { memoryConfigurationStore } from '@prelaunch/memory/memory-configurations';
import { memoryInstanceRecords } from '@prelaunch/memory/memory-instance-records';
import { memoryInstanceStore } from '@prelaunch/memory/memory-instances';
import { memoryApplyQueue, memoryPublisher } from '@prelaunch/memory/memory-pipeline';
import { memoryRecovery } from '@prelaunch/memory/memory-recovery';
import { type MemoryRunningInstances, memoryRunningInstances } from '@prelaunch/memory/memory-running-instances';
import { memoryGroupStore, memoryServerStore, memoryWaveStore } from '@prelaunch/memory/memory-stores';
import { memoryTargetInventory } from '@prelaunch/memory/memory-target-inventory';
import { GROUP_ID, serverId, serverIds } from './builders.ts';
import { type FixedClock, fixedClock } from './clock.ts';

type Captures = 'baselines' | 'owners';

export interface MemoryWorld
  extends Omit<ApplyDeps, Captures>,
    StartWaveDeps,
    Omit<AuditDeps, 'running' | keyof ConvergeDeps>,
    Pick<RemediateDeps, 'newOwner'> {
  readonly configurations: ConfigurationStore;
  readonly rollouts: RolloutStore;
  readonly bindings: BindingStore;
  readonly clock: FixedClock;
  readonly aws: MemoryAws;
  readonly running: MemoryRunningInstances;
  readonly queue: ReturnType<typeof memoryApplyQueue>;
  readonly events: ReturnType<typeof memoryPublisher>;
  readonly recovery: ReturnType<typeof memoryRecovery>;
  readonly audit: ReturnType<typeof memoryAuditTrail>;
  /** The stored group or server. Throws when there is none. */
  group(groupId?: string): Promise<Group>;
  server(serverId?: string): Promise<SourceServer>;
  /** Stores items as they are, whatever is stored. */
  put(...items: readonly (Group | SourceServer)[]): Promise<void>;
  /** Does the pipeline's work until nothing waits: applies what is queued, folds what was announced. */
  settle(): Promise<void>;
}

/** The whole pipeline on the in-memory twins, with `servers` known to AWS and a clock that stands still. */
export function memoryWorld({ servers = 5, live = {} as LaunchSettings } = {}): MemoryWorld {
  const clock = fixedClock();
  const aws = memoryAws();
  for (const id of serverIds(servers)) aws.addServer(id, { template: live });
  let owners = 0;
  const configurations = memoryConfigurationStore();
  const stores = {
    groups: memoryGroupStore(),
    servers: memoryServerStore(),
    waves: memoryWaveStore(),
    configurations,
    rollouts: configurations,
    bindings: memoryBindingStore(),
    instances: memoryInstanceStore(),
  };
  const { audits: groupAudits, ...records } = memoryInstanceRecords(clock.now);
  const pipeline = {
    queue: memoryApplyQueue(),
    events: memoryPublisher(),
    recovery: memoryRecovery(),
    audit: memoryAuditTrail(),
  };

  const world: MemoryWorld = {
    ...stores,
    ...pipeline,
    ...records,
    groupAudits,
    running: memoryRunningInstances(),
    policy: DEFAULT_DRIFT_POLICY,
    clock,
    aws,
    launchConfigurations: aws,
    launchTemplates: aws,
    inventory: memoryTargetInventory(),
    // Without limits, as long as a test is not about them.
    budgets: { take: async () => 0 },
    now: clock.now,
    leaseMs: 25_000,
    newOwner() {
      owners += 1;
      return `worker-${owners}`;
    },
    // Whoever waits lets the pipeline work meanwhile.
    pause: async (ms) => {
      clock.advance(ms);
      await world.settle();
    },
    async group(groupId = GROUP_ID) {
      const found = await getGroup(stores.groups, groupId);
      if (!found) throw new Error(`no group ${groupId}`);
      return found;
    },
    async server(id = serverId(1)) {
      const found = await getServer(stores.servers, id);
      if (!found) throw new Error(`no server ${id}`);
      return found;
    },
    async put(...items) {
      for (const item of items) {
        if ('serverId' in item) {
          const version = (await getServer(stores.servers, item.serverId))?.version ?? 0;
          await stores.servers.save({ ...item, version });
        } else {
          const version = (await getGroup(stores.groups, item.groupId))?.version ?? 0;
          await stores.groups.save({ ...item, version });
        }
      }
    },
    async settle() {
      for (;;) {
        const request = pipeline.queue.waiting.shift();
        if (!request) break;
        // A failed message is left to its redelivery, which tests make themselves.
        const outcome = await applyServer(request, world).catch(() => undefined);
        if (outcome) await aggregateGroup(request.groupId, world);
      }
    },
  };
  return world;
}
