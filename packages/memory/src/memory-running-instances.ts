import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { AwsCallError, type Target } from '@prelaunch/core/apply/ports';
import type { RunningInstance, RunningInstances } from '@prelaunch/core/drift/ports';
import { callsFor } from './instance-calls.ts';
import { merged } from './merged-settings.ts';

/** An instance as it is added: what is not stated is as of one that runs. */
export type AddedInstance = Pick<RunningInstance, 'instanceId'> &
  Partial<Omit<RunningInstance, 'instanceId'>> & {
    /** The server that it was launched from. */
    readonly serverId?: string;
  };

export interface MemoryRunningInstances extends RunningInstances {
  /** Makes an instance known, and the one that its server launched last. */
  addInstance(instance: AddedInstance): void;
  /** Somebody changes an instance by hand, also what cannot be changed while it runs; null takes away. */
  edit(instanceId: string, settings: LaunchSettings): void;
  /** Such as `stopped`. One that is `terminated` is shown still, and not changed any more. */
  setState(instanceId: string, state: string): void;
  /** EC2 does not know the instance any more. */
  forget(instanceId: string): void;
  /** A recovery of these servers begins; it goes on until it ends. */
  beginRecovery(serverIds: readonly string[]): void;
  endRecovery(serverIds: readonly string[]): void;
  /** The next call of this operation of EC2 or DRS fails with this, and changes nothing. */
  failNext(operation: string, error: Error): void;
  /** What an instance has now. Throws where there is none. */
  live(instanceId: string): LaunchSettings;
  /** How many calls changed something, of all. */
  writes(): number;
}

/** EC2's instances and DRS's launches as far as drift goes. One for every target: ids tell instances apart. */
export function memoryRunningInstances(): MemoryRunningInstances {
  const instances = new Map<string, RunningInstance>();
  const launched = new Map<string, string>();
  const underWay = new Set<string>();
  const failing = new Map<string, Error>();
  let writes = 0;

  const instance = (operation: string, instanceId: string) =>
    instances.get(instanceId) ??
    refused(operation, 'InvalidInstanceID.NotFound', `The instance ID '${instanceId}' does not exist`);
  const call = (operation: string) => {
    const error = failing.get(operation);
    failing.delete(operation);
    if (error) throw error;
  };
  const set = (found: RunningInstance, changes: Partial<RunningInstance>) =>
    instances.set(found.instanceId, { ...found, ...structuredClone(changes) });

  return {
    addInstance({ serverId, instanceId, ...stated }) {
      const eni = `eni-${instanceId.slice(2)}`;
      const added = { instanceId, state: 'running', settings: {}, networkInterfaceIds: [eni], ...stated };
      instances.set(instanceId, structuredClone(added));
      if (serverId !== undefined) launched.set(serverId, instanceId);
    },
    edit(instanceId, settings) {
      const found = instance('edit', instanceId);
      set(found, { settings: merged(found.settings, settings) });
    },
    setState: (instanceId, state) => void set(instance('setState', instanceId), { state }),
    forget: (instanceId) => void instances.delete(instanceId),
    beginRecovery(serverIds) {
      for (const serverId of serverIds) underWay.add(serverId);
    },
    endRecovery(serverIds) {
      for (const serverId of serverIds) underWay.delete(serverId);
    },
    failNext: (operation, error) => void failing.set(operation, error),
    live: (instanceId) => structuredClone(instance('live', instanceId).settings),
    writes: () => writes,

    async describe(_target, instanceIds) {
      call('DescribeInstances');
      const found = instanceIds.flatMap((id) => instances.get(id) ?? []);
      return new Map(found.map((one) => [one.instanceId, structuredClone(one)]));
    },
    async launches(_target, serverIds) {
      call('DescribeSourceServers');
      const known = serverIds.flatMap((id): [string, string][] => {
        const instanceId = launched.get(id);
        return instanceId === undefined ? [] : [[id, instanceId]];
      });
      return { instances: new Map(known), underWay: new Set(serverIds.filter((id) => underWay.has(id))) };
    },
    async change(target, asked, change) {
      const { instanceId } = asked;
      const calls = callsFor(change, { ...asked, ...instances.get(instanceId) });
      for (const { operation, settings } of calls) {
        call(operation);
        const found = instance(operation, instanceId);
        if (found.state !== 'running' && found.state !== 'stopped')
          refused(operation, 'IncorrectInstanceState', `The instance '${instanceId}' is ${found.state}`);
        set(found, { settings: merged(found.settings, asShown(settings, target)) });
        writes += 1;
      }
      return calls.map(({ operation }) => operation);
    },
  };
}

/** EC2 shows a profile by its ARN, however it was stated. */
function asShown(settings: LaunchSettings, { accountId }: Target): LaunchSettings {
  const { iamInstanceProfile: profile } = settings;
  if (!profile || profile.startsWith('arn:')) return settings;
  return { ...settings, iamInstanceProfile: `arn:aws:iam::${accountId}:instance-profile/${profile}` };
}

function refused(operation: string, awsCode: string, message: string): never {
  throw new AwsCallError({ kind: 'refused', operation, awsCode, message, answered: true, cause: undefined });
}
