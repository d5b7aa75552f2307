import type { LatencyProfileName } from '../simulator/latency-profiles.ts';

/** Audits of one group, measured. Times are in milliseconds. */
export interface AuditRow {
  readonly servers: number;
  readonly profile: LatencyProfileName;
  /** From asking for the audit of untouched servers until its outcome was recorded. */
  readonly ms: number;
  readonly floorMs: number;
  readonly ratioToFloor: number;
  /** Of that audit; none of them writes. */
  readonly awsCalls: number;
  readonly awsCallsByOperation: Readonly<Record<string, number>>;
  /** Untouched servers that were not found in sync. */
  readonly falsePositives: number;
  /** From an edit of one server, told by CloudTrail, until it was recorded as drift. */
  readonly detection: { readonly edits: number; readonly medianMs: number; readonly mostMs: number };
  /** Every server edited once, all at the same time. */
  readonly seededEdits: number;
  /** From the last of these edits until nothing waited to be audited. */
  readonly floodMs: number;
  /** Edits that no audit found. */
  readonly missed: number;
}
