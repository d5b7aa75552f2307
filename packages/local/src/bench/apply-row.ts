import type { LatencyProfileName } from '../simulator/latency-profiles.ts';

/** Calls of DRS and EC2, attempts that failed included. */
export interface AwsCalls {
  readonly reads: number;
  readonly writes: number;
}

/** One group, measured. Times are in milliseconds. */
export interface ApplyRow {
  readonly servers: number;
  readonly profile: LatencyProfileName;
  /** From publishing the change until the group's status item was settled. */
  readonly ms: number;
  readonly floorMs: number;
  /** Null where the floor is nothing. */
  readonly ratioToFloor: number | null;
  readonly awsCalls: AwsCalls;
  /** Calls that AWS refused because they came too fast. */
  readonly throttled: number;
  /** Servers. */
  readonly ready: number;
  readonly failed: number;
  /** Why servers failed: each code once. */
  readonly errorCodes: readonly string[];
  /** The same group applied once more by force, when nothing differs: all is read, nothing is written. */
  readonly again?: ({ readonly ms: number } & AwsCalls) | undefined;
}

export function isReady({ servers, ready }: ApplyRow): boolean {
  return ready === servers;
}
