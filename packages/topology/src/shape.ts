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

/** A topic that people and programs outside subscribe to; who does is not the topology's to say. */
export interface TopicSpec {
  /** Whom subscribers by e-mail see as the sender. */
  readonly displayName: string;
}

/**
 * What a function does with DRS and EC2, in the home account or through a role in a target account. `read`: looks up what
 * settings refer to. `write`: launch settings, and what `read` does. `audit`: compares launch settings and recovery instances
 * with what they should be, and changes nothing. `remediate`: mends running recovery instances, and what `audit` does.
 */
export type TargetUse = 'read' | 'write' | 'audit' | 'remediate';

/** What a function may reach: its environment variables, and on AWS its permissions, derive from this. */
export interface Uses {
  readonly tables: readonly string[];
  readonly queues: readonly string[];
  readonly bus: boolean;
  readonly targetAccounts: readonly TargetUse[];
  /** Starts recovery jobs there, and finds them again. */
  readonly recovery: boolean;
  /** Decides who may do what, so it is told which roles the deployment gives to whom. */
  readonly access: boolean;
  /** Judges drift, so it is told what the deployment wants done about it. */
  readonly drift: boolean;
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

/** A value that a field must have, or a comparison, as EventBridge's pattern language has them. */
export type PatternMatch =
  | string
  | number
  | boolean
  | null
  | { readonly prefix: TextMatch }
  | { readonly suffix: TextMatch }
  | { readonly 'equals-ignore-case': string }
  | { readonly wildcard: string }
  | { readonly cidr: string }
  | { readonly exists: boolean }
  | { readonly numeric: readonly (string | number)[] }
  | { readonly 'anything-but': OneOrMany<string> | OneOrMany<number> | ExcludedText };

type TextMatch = string | { readonly 'equals-ignore-case': string };
type OneOrMany<Value> = Value | readonly Value[];
type ExcludedText =
  | { readonly prefix: OneOrMany<string> }
  | { readonly suffix: OneOrMany<string> }
  | { readonly 'equals-ignore-case': OneOrMany<string> }
  | { readonly wildcard: OneOrMany<string> };

/** Fields that must all match, each by one of its list; `$or` lists patterns of which one must match. */
export interface DetailPattern {
  readonly [field: string]: readonly PatternMatch[] | DetailPattern | readonly DetailPattern[];
}

export interface EventPattern {
  readonly source?: readonly string[];
  readonly 'detail-type': readonly string[];
  readonly detail?: DetailPattern;
}

/** Prelaunch's own bus, on which upstream systems publish too; or the default bus of the account, where AWS puts events of its services. */
export type RuleBus = 'own' | 'default';

/** The queue or the topic that a rule delivers to. */
export type RuleTarget = { readonly queue: string } | { readonly topic: string };

export interface RuleSpec {
  readonly bus: RuleBus;
  readonly pattern: EventPattern;
  readonly target: RuleTarget;
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
  readonly topics: Readonly<Record<string, TopicSpec>>;
  readonly functions: Readonly<Record<string, FunctionSpec>>;
  readonly rules: Readonly<Record<string, RuleSpec>>;
  readonly mappings: Readonly<Record<string, MappingSpec>>;
  readonly schedules: Readonly<Record<string, ScheduleSpec>>;
}
