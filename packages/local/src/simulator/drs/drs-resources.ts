import type { Os } from '../ec2/put-instance.ts';

/** Facts about the machine that the replication agent reports. */
export interface SourceServer {
  sourceServerID: string;
  arn: string;
  hostname: string;
  primaryAddress: string;
  secondaryAddress: string;
  macAddress: string;
  recommendedInstanceType: string;
  os: Os;
  addedAt: number;
  recoveryInstanceId: string | undefined;
  lastLaunch: LastLaunch | undefined;
  tags: Record<string, string>;
}

export type LaunchStatus = 'PENDING' | 'IN_PROGRESS' | 'LAUNCHED' | 'FAILED' | 'TERMINATED';

export interface LastLaunch {
  jobID: string;
  type: 'RECOVERY' | 'DRILL';
  status: LaunchStatus;
  calledAt: number;
}

export interface JobParticipant {
  sourceServerID: string;
  recoveryInstanceID: string | undefined;
  launchStatus: LaunchStatus;
  /** Milliseconds since the epoch at which the server launches, or its instance ends. */
  dueAt: number;
}

export interface JobLogEntry {
  at: number;
  event: string;
  eventData: Record<string, string>;
}

/** A job's times are fixed when it is made; its status follows the clock whenever somebody looks. */
export interface Job {
  jobID: string;
  arn: string;
  type: 'LAUNCH' | 'TERMINATE';
  initiatedBy: 'START_RECOVERY' | 'START_DRILL' | 'TERMINATE_RECOVERY_INSTANCES';
  createdAt: number;
  startsAt: number;
  endsAt: number;
  status: 'PENDING' | 'STARTED' | 'COMPLETED';
  participants: JobParticipant[];
  log: JobLogEntry[];
  tags: Record<string, string>;
}

export interface RecoveryInstance {
  recoveryInstanceID: string;
  arn: string;
  sourceServerID: string;
  jobID: string;
  isDrill: boolean;
  snapshotAt: number;
  tags: Record<string, string>;
}

/** DRS writes times as ISO 8601 strings. */
export function drsTime(at: number): string {
  return new Date(at).toISOString();
}
