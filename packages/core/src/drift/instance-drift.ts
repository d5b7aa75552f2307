import { isDeepStrictEqual } from 'node:util';
import type {
  DriftDifference,
  DriftHistoryEntry,
  DriftNote,
  DriftScore,
  DriftUnknown,
  DriftVerdict,
  InstanceKind,
  Remediation,
} from '@prelaunch/contracts/drift';
import type { PrelaunchEvent } from '@prelaunch/contracts/events';
import type { SettingKey } from '../settings/setting-keys.ts';
import type { Look } from './flapping.ts';

/** What is proposed to a person, who may approve it. */
export interface Proposal {
  readonly action: 'rollback' | 'sync' | 'adopt';
  readonly as?: 'configuration' | 'override';
  readonly keys: readonly SettingKey[];
}

/** A source server, or an instance that a recovery launched, with its newest audit. As stored. */
export interface InstanceDrift {
  readonly instanceId: string;
  readonly kind: InstanceKind;
  readonly serverId: string;
  readonly groupId: string;
  readonly accountId: string;
  readonly region: string;
  /** Of a source server: what a recovery launched from it last. */
  readonly recoveryInstanceId?: string;
  /** Of a recovery instance: its newest baseline. A source server's item has its own. 0: none. */
  readonly baselineVersion: number;
  /** When what was found was read from AWS. */
  readonly auditedAt?: string;
  readonly verdict: DriftVerdict;
  readonly unknown?: DriftUnknown;
  readonly score: DriftScore;
  readonly differences: readonly DriftDifference[];
  readonly notes: readonly DriftNote[];
  readonly looks: readonly Look[];
  readonly flapping: boolean;
  readonly remediation: Remediation;
  readonly proposal?: Proposal;
  /** What was found and has not been told yet. */
  readonly untold?: readonly PrelaunchEvent[];
  /** Counts writes of the item, for compare-and-set. 0 means not stored yet. */
  readonly version: number;
}

export const NO_REMEDIATION: Remediation = {
  status: 'none',
  action: null,
  requestedBy: null,
  at: null,
  keys: [],
  brake: null,
  until: null,
  reason: null,
};

/** One that nobody audited yet. */
export function unauditedInstance(
  subject: Pick<InstanceDrift, 'instanceId' | 'kind' | 'serverId' | 'groupId' | 'accountId' | 'region'>,
): InstanceDrift {
  const { instanceId, kind, serverId, groupId, accountId, region } = subject;
  return {
    ...{ instanceId, kind, serverId, groupId, accountId, region },
    baselineVersion: 0,
    verdict: 'unknown',
    unknown: { code: 'drift.not_audited', message: `${instanceId} has not been audited yet` },
    score: { score: null, threshold: 0, exceedsThreshold: false, sum: 0, floor: null },
    differences: [],
    notes: [],
    looks: [],
    flapping: false,
    remediation: NO_REMEDIATION,
    version: 0,
  };
}

/** True while something is known to differ. */
export function isDrifting({ differences }: Pick<InstanceDrift, 'differences'>): boolean {
  return differences.length > 0;
}

/** Whether two audits found the same, whoever did it and since whenever. */
export function isSameFinding(
  one: Pick<InstanceDrift, 'differences'>,
  other: Pick<InstanceDrift, 'differences'>,
): boolean {
  return isDeepStrictEqual(signatureOf(one), signatureOf(other));
}

function signatureOf({ differences }: Pick<InstanceDrift, 'differences'>): unknown {
  return differences.map(({ key, verdict, desired, observed }) => [key, verdict, desired, observed]);
}

/** What the history tells of how an instance stands now. */
export function historyEntry(
  { verdict, score, differences, unknown }: InstanceDrift,
  at: string,
  event: DriftHistoryEntry['event'],
  detail?: string,
): DriftHistoryEntry {
  const actors = new Set(differences.flatMap(({ actor }) => actor ?? []));
  const told = detail ?? unknown?.message;
  return {
    at,
    verdict,
    score: score.score,
    keys: differences.map(({ key }) => key),
    actor: actors.size === 0 ? null : [...actors].join(', '),
    event,
    ...(told !== undefined && { detail: told }),
  };
}
