import type { DriftHistoryEntry } from '@prelaunch/contracts/drift';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import type { Target } from '../apply/ports.ts';
import type { Baseline } from './baseline.ts';
import type { RemediationLedger } from './brakes.ts';
import type { InstanceDrift } from './instance-drift.ts';

/** Reads are strongly consistent. Writes are compare-and-set on `version`: false means somebody wrote first, and nothing was written. */
export interface InstanceStore {
  /** Those that exist, by id. */
  getMany(instanceIds: readonly string[]): Promise<Map<string, InstanceDrift>>;
  save(instance: InstanceDrift): Promise<boolean>;
  /** Of all that were ever audited. */
  listIds(): AsyncIterable<string>;
}

/** One version of one baseline. */
export interface BaselineRef {
  readonly instanceId: string;
  readonly version: number;
}

/** Baselines never change: capturing one again leaves what is there. */
export interface BaselineStore {
  capture(baseline: Baseline): Promise<void>;
  /** Those that exist, by the id of the instance. */
  get(refs: readonly BaselineRef[]): Promise<Map<string, Baseline>>;
}

/** What CloudTrail names a thing by that belongs to an instance: its launch template, or one of its network interfaces. */
export interface ResourceOwners {
  /** The server or instance that a resource belongs to, as far as that was noted. */
  ownerOf(resourceId: string): Promise<string | undefined>;
  note(resourceId: string, instanceId: string): Promise<void>;
}

/** What became of an instance. Entries are forgotten after some months. */
export interface DriftHistory {
  add(instanceId: string, entry: DriftHistoryEntry): Promise<void>;
  /** Newest first. */
  newest(instanceId: string, limit: number): Promise<DriftHistoryEntry[]>;
}

/** The newest audit of a whole group. */
export interface GroupAudit {
  readonly groupId: string;
  readonly auditId: string;
  readonly at: string;
  readonly counts: Readonly<Record<'in_sync' | 'stale' | 'drifted' | 'diverged' | 'unknown', number>>;
  readonly highestScore: number | null;
}

export interface GroupAudits {
  get(groupId: string): Promise<GroupAudit | undefined>;
  /** The newest wins, whoever comes last. */
  put(audit: GroupAudit): Promise<void>;
}

/** What was put right in a group, and what came of it. Compare-and-set, as `InstanceStore`. */
export interface LedgerStore {
  get(groupId: string): Promise<RemediationLedger | undefined>;
  save(ledger: RemediationLedger): Promise<boolean>;
}

/** An instance that a recovery launched, as EC2 shows it. */
export interface RunningInstance {
  readonly instanceId: string;
  /** EC2's state, such as `running`; `terminated` ones are shown for about an hour. */
  readonly state: string;
  /** What EC2 has of those settings that an instance has. */
  readonly settings: LaunchSettings;
  /** Ids; the primary one first. */
  readonly networkInterfaceIds: readonly string[];
}

/** What a running instance gets; null takes away. */
export type InstanceChange = Pick<
  LaunchSettings,
  'securityGroupIds' | 'iamInstanceProfile' | 'metadataOptions' | 'monitoring' | 'tags'
>;

/** Instances that recoveries launched. Calls for one target come from one session. */
export interface RunningInstances {
  /** Those that EC2 knows, by id. Throws when EC2 does not answer in full. */
  describe(target: Target, instanceIds: readonly string[]): Promise<Map<string, RunningInstance>>;
  /** What a recovery launched from these servers last, by server; and which of them are being launched right now. */
  launches(target: Target, serverIds: readonly string[]): Promise<Launches>;
  /**
   * Changes what can be changed while it runs. Each setting is a call of its own or several; answers the calls that were made.
   * Throws at the first that fails.
   */
  change(target: Target, instance: RunningInstance, change: InstanceChange): Promise<readonly string[]>;
}

export interface Launches {
  readonly instances: ReadonlyMap<string, string>;
  /** Servers that take part in a recovery or a drill that is under way. */
  readonly underWay: ReadonlySet<string>;
}
