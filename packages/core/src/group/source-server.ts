import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import type { ServerStatus, StatusError } from '@prelaunch/contracts/status';
import type { Target } from '../apply/ports.ts';

/** Settings with their fingerprint. */
export interface Desired {
  readonly settings: LaunchSettings;
  readonly hash: string;
  readonly hashVersion: number;
}

/** The newest generation of a group that decided about a server: older plans of that group, still on their way, come too late. */
export interface Planned {
  readonly groupId: string;
  readonly generation: number;
  /** Of the configuration graph, where the settings were inherited from it. */
  readonly configRevision?: number | undefined;
}

/** What was read back from AWS after the last write. */
export interface Applied {
  readonly hash: string;
  /** Of the part of the settings that the launch template holds. */
  readonly templateHash: string;
  readonly hashVersion: number;
  readonly launchTemplateId: string;
  readonly launchTemplateVersion: number;
  readonly verifiedAt: string;
}

/** A version that a worker made the default, when it had no result to record: EC2 may still show what was before. */
export interface Written {
  readonly launchTemplateId: string;
  readonly launchTemplateVersion: number;
  /** When that was noted: the version was made the default before. */
  readonly at: string;
  /** `late`: by a worker that had lost its lease. `disputed`: another version may have been made the default after it. */
  readonly doubt?: 'late' | 'disputed';
}

/** The right of one worker to write to one server's settings on AWS, until a time in epoch milliseconds. */
export interface Lease {
  readonly owner: string;
  readonly until: number;
}

/** The right to one write of a launch template, reserved for one server from a time on, in epoch milliseconds. */
export interface Permit {
  readonly from: number;
}

/** A source server as stored. Without `groupId` it is free; a lease and a dirty mark outlive the claim. */
export interface SourceServer {
  readonly serverId: string;
  readonly groupId?: string;
  readonly accountId?: string;
  readonly region?: string;
  readonly planned?: Planned;
  readonly desired?: Desired;
  readonly applied?: Applied;
  readonly status: ServerStatus;
  readonly errors: readonly StatusError[];
  readonly lease?: Lease;
  readonly written?: Written;
  /** Of its newest baseline. Goes on counting whatever group has the server. */
  readonly baselineVersion?: number;
  /** AWS was found to have other settings than were applied; until they are applied again. */
  readonly drifted?: boolean;
  /** Held while the server waits for its turn within the account's rate limits. */
  readonly permit?: Permit;
  /** Set before the first write to AWS, cleared by the verified result: while set, what AWS has is not known. */
  readonly dirty: boolean;
  /** What last kept it from being applied, while it is still being tried. */
  readonly lastError?: StatusError;
  /** Who asked for the generation that was planned last, as the audit log knows them. */
  readonly requestedBy?: string;
  readonly correlationId: string;
  readonly changedAt: string;
  /** Counts writes of the item, for compare-and-set. 0 means not stored yet. */
  readonly version: number;
}

export function freeServer(serverId: string, at: string): SourceServer {
  return { serverId, status: 'not_configured', errors: [], dirty: false, correlationId: '', changedAt: at, version: 0 };
}

/** Ready means: these settings were read back from AWS, and nobody has begun to write since. */
export function isReady(server: SourceServer): boolean {
  return server.status === 'ready' && !server.dirty && hasProof(server);
}

/** What is desired was read back once, whatever happened since. */
export function hasProof({ desired, applied }: SourceServer): boolean {
  return desired !== undefined && applied?.hash === desired.hash && applied.hashVersion === desired.hashVersion;
}

export function isIn(server: SourceServer, { accountId, region }: Target): boolean {
  return server.accountId === accountId && server.region === region;
}

/** The claim ends; a worker that still holds the lease keeps it, so that the next group's worker waits for it. */
export function released(server: SourceServer, planned: Planned, at: string): SourceServer {
  const {
    groupId: _group,
    accountId: _account,
    region: _region,
    desired: _desired,
    applied: _applied,
    ...kept
  } = server;
  const { lastError: _error, permit: _permit, requestedBy: _asker, drifted: _drifted, ...free } = kept;
  return { ...free, planned, status: 'not_configured', errors: [], changedAt: at };
}

/** True when this generation has let the server go. */
export function isReleased({ groupId, planned }: SourceServer, by: Planned): boolean {
  return groupId === undefined && planned?.groupId === by.groupId && planned.generation === by.generation;
}

/** True when a newer generation of the group has decided about the server. */
export function isOvertaken({ planned }: SourceServer, by: Planned): boolean {
  return planned?.groupId === by.groupId && planned.generation > by.generation;
}
