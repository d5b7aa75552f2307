import type { ConfigurationRef } from '@prelaunch/contracts/configuration';
import type { StatedDriftPolicy } from '@prelaunch/contracts/drift';
import type { LaunchConfigStatus, StatusError } from '@prelaunch/contracts/status';
import type { Inherits } from './inheritance.ts';

/** A protection group as stored: its newest accepted definition, what has been planned of it, and its status. */
export interface Group {
  readonly groupId: string;
  readonly name: string;
  readonly description?: string;
  /** Of the group itself, by which roles may be given. */
  readonly tags: Readonly<Record<string, string>>;
  readonly accountId: string;
  readonly region: string;
  /** The publisher's counter. */
  readonly revision: number;
  /** Ours: grows with each accepted change and each demand to apply again. */
  readonly generation: number;
  readonly plannedGeneration: number;
  /** What this generation asks of servers that already have these settings. */
  readonly reapply: Reapply;
  readonly serverIds: readonly string[];
  /** What the settings are inherited from, where the group itself says so. */
  readonly configuration?: ConfigurationRef;
  /** What they were inherited from when the group was planned last. */
  readonly inherits?: Inherits;
  /** As the publisher stated them; judged per server when planned. */
  readonly launchConfig?: unknown;
  readonly serverOverrides: Readonly<Record<string, unknown>>;
  /** What is to be done about drift, where the group itself says so. */
  readonly driftPolicy?: StatedDriftPolicy;
  /** Former members whose claim has not been released yet. */
  readonly releasing: readonly string[];
  /** What is wrong with the definition itself: entries that are no server ids, overrides for servers not in the group. */
  readonly definitionErrors: readonly StatusError[];
  /** How many entries of `serverIds` are no server ids. */
  readonly invalidEntries: number;
  /** Members that another group holds. */
  readonly heldElsewhere: readonly StatusError[];
  /** The newest event about this group that could not be taken, until one is taken. */
  readonly refusal?: StatusError;
  readonly changedBy: string;
  /** The id under which the audit log knows them. */
  readonly requestedBy?: string;
  /** Of the request that made this generation: repeating it makes no other. */
  readonly changeToken?: string;
  /** Hash of the definition before that request; `null` where there was none. */
  readonly changedFrom?: string | null;
  readonly changedAt: string;
  readonly correlationId: string;
  /** A deleted group is kept as a tombstone, so that an older event cannot bring it back. */
  readonly deletedAt?: string;
  readonly launchConfigStatus: LaunchConfigStatus;
  /** The status last published as an event; behind `launchConfigStatus` while one has to be published. */
  readonly announcedStatus: LaunchConfigStatus['status'] | null;
  /** Counts writes of the item, for compare-and-set. 0 means not stored yet. */
  readonly version: number;
}

/** `changed`: servers that differ or failed. `unready`: also those last verified too long ago. `all`: every server. */
export type Reapply = 'changed' | 'unready' | 'all';

/** A new group with nothing known but its id. */
export function unknownGroup(groupId: string, at: string): Group {
  return {
    groupId,
    name: groupId,
    tags: {},
    accountId: '',
    region: '',
    revision: -1,
    generation: 0,
    plannedGeneration: 0,
    reapply: 'changed',
    serverIds: [],
    serverOverrides: {},
    releasing: [],
    definitionErrors: [],
    invalidEntries: 0,
    heldElsewhere: [],
    changedBy: '',
    changedAt: at,
    correlationId: '',
    launchConfigStatus: {
      status: 'not_configured',
      lastApplied: null,
      appliedBy: '',
      counts: { total: 0, ready: 0, pending: 0, failed: 0, notConfigured: 0 },
      errors: [],
      freshUntil: null,
      configRevision: 0,
      statusRevision: 0,
    },
    announcedStatus: null,
    version: 0,
  };
}

/** True while there is something of the newest definition that is not planned, or waits for another group. */
export function needsPlanning(group: Group): boolean {
  return isLagging(group) || group.heldElsewhere.length > 0;
}

/** A group that somebody defined and nobody deleted. */
export function isDefined(group: Group | undefined): group is Group {
  return group !== undefined && group.generation > 0 && group.deletedAt === undefined;
}

/** True while the newest generation has not been planned: nothing about the group may be called ready. */
export function isLagging(group: Group): boolean {
  return group.plannedGeneration < group.generation;
}
