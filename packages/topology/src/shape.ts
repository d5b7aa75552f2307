/** The vocabulary in which the wiring is stated. Units are in the names; ids are logical, physical names come from `names.ts`. */

export interface TableSpec {
  readonly partitionKey: string;
  readonly sortKey?: string;
  /** Attribute that DynamoDB expires items by; readers check it themselves, since expiry is late on AWS and absent locally. */
  readonly timeToLive?: string;
}

export interface QueueSpec {
  readonly visibilitySeconds: number;
  readonly retentionSeconds: number;
  /** Where a message goes after `maxReceiveCount` deliveries. Absent on dead-letter queues themselves. */
  readonly redrive?: { readonly deadLetterQueue: string; readonly maxReceiveCount: number };
}

/** What a function may reach: its environment variables, and on AWS its permissions, derive from this. */
export interface Uses {
  readonly tables: readonly string[];
  readonly queues: readonly string[];
  readonly bus: boolean;
  /** What it does to launch settings, in the home account or through a role in a target account. Who writes also reads. */
  readonly targetAccounts: 'none' | 'read' | 'write';
  /** Starts recovery jobs there, and finds them again. */
  readonly recovery: boolean;
  /** Decides who may do what, so it is told which roles the deployment gives to whom. */
  readonly access: boolean;
}

export interface FunctionSpec {
  /** Source file from the repository root; the exported handler is always `handler`. */
  readonly entry: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** Names under which it may be invoked besides its own, so that IAM can tell callers apart. */
  readonly aliases?: readonly string[];
  readonly uses: Uses;
}

export interface RuleSpec {
  readonly pattern: { readonly source?: readonly string[]; readonly 'detail-type': readonly string[] };
  readonly targetQueue: string;
  readonly undeliveredQueue: string;
  readonly retry: { readonly maximumAgeSeconds: number; readonly maximumAttempts: number };
}

export interface MappingSpec {
  readonly queue: string;
  readonly function: string;
  readonly batchSize: number;
  readonly batchingWindowSeconds: number;
  /** AWS allows 2 to 1000. */
  readonly maximumConcurrency: number;
}

export interface ScheduleSpec {
  /** EventBridge Scheduler syntax: `rate(1 minute)` or `cron(...)`. */
  readonly expression: string;
  readonly function: string;
  readonly retry: { readonly maximumAgeSeconds: number; readonly maximumAttempts: number };
  readonly undeliveredQueue: string;
}

export interface Topology {
  /** How long one worker may hold a server. Function timeout < lease < queue visibility. */
  readonly applyLeaseSeconds: number;
  readonly tables: Readonly<Record<string, TableSpec>>;
  readonly queues: Readonly<Record<string, QueueSpec>>;
  readonly functions: Readonly<Record<string, FunctionSpec>>;
  readonly rules: Readonly<Record<string, RuleSpec>>;
  readonly mappings: Readonly<Record<string, MappingSpec>>;
  readonly schedules: Readonly<Record<string, ScheduleSpec>>;
}
