import type { ChangedGroup } from '@prelaunch/contracts/events';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import type { ApplyRequest } from '@prelaunch/contracts/messages';
import type { StatusError } from '@prelaunch/contracts/status';
import { templatePart } from '@prelaunch/core/apply/setting-parts';
import type { Change } from '@prelaunch/core/group/accept-change';
import { type Group, unknownGroup } from '@prelaunch/core/group/group';
import { type Applied, type Desired, freeServer, type SourceServer } from '@prelaunch/core/group/source-server';
import { HASH_VERSION, hashSettings } from '@prelaunch/core/settings/normalize-settings';
import type { Wave, WaveJob } from '@prelaunch/core/wave/wave';
import { AT } from './clock.ts';

export const ACCOUNT = '111111111111';
export const REGION = 'eu-west-1';
export const TARGET = { accountId: ACCOUNT, region: REGION } as const;
export const GROUP_ID = 'payments';

/** The id of the n-th server. */
export function serverId(n: number): string {
  return `s-${String(n).padStart(17, '0')}`;
}

export function serverIds(count: number, from = 1): string[] {
  return Array.from({ length: count }, (_, index) => serverId(from + index));
}

/** Settings on both sides: one of DRS, one of the launch template. */
export function launchSettings(stated: LaunchSettings = {}): LaunchSettings {
  return { copyTags: true, subnetId: 'subnet-0a1b2c3d', ...stated };
}

/** A group as its owner publishes it, with two servers. */
export function changedGroup(stated: Partial<ChangedGroup> = {}): ChangedGroup {
  return {
    groupId: GROUP_ID,
    name: 'Payments',
    ...TARGET,
    revision: 1,
    serverIds: serverIds(2),
    launchConfig: launchSettings(),
    ...stated,
  };
}

export function change(stated: Partial<ChangedGroup> = {}, changeType: Change['changeType'] = 'updated'): Change {
  return { changeType, group: changedGroup(stated), source: 'upstream', correlationId: 'c-1', at: AT };
}

/** A group as stored: accepted and planned once, with two servers. */
export function group(stated: Partial<Group> = {}): Group {
  return {
    ...unknownGroup(GROUP_ID, AT),
    name: 'Payments',
    ...TARGET,
    revision: 1,
    generation: 1,
    plannedGeneration: 1,
    serverIds: serverIds(2),
    launchConfig: launchSettings(),
    changedBy: 'upstream',
    correlationId: 'c-1',
    ...stated,
  };
}

/** A group whose status says that all its servers were verified just now. */
export function readyGroup(stated: Partial<Group> = {}): Group {
  const plain = group(stated);
  const total = plain.serverIds.length;
  return {
    ...plain,
    launchConfigStatus: {
      ...plain.launchConfigStatus,
      status: 'ready',
      lastApplied: AT,
      counts: { total, ready: total, pending: 0, failed: 0, notConfigured: 0 },
      freshUntil: new Date(Date.parse(AT) + 24 * 3_600_000).toISOString(),
    },
    announcedStatus: 'ready',
    ...(stated.launchConfigStatus && { launchConfigStatus: stated.launchConfigStatus }),
  };
}

export function desired(settings: LaunchSettings = launchSettings()): Desired {
  return { settings, hash: hashSettings(settings), hashVersion: HASH_VERSION };
}

export function applied(settings: LaunchSettings = launchSettings(), verifiedAt: string = AT): Applied {
  const { hash, hashVersion } = desired(settings);
  const templateHash = hashSettings(templatePart(settings));
  return { hash, templateHash, hashVersion, launchTemplateId: 'lt-0a1b2c3d', launchTemplateVersion: 2, verifiedAt };
}

/** A member of the group that waits to be applied. */
export function sourceServer(stated: Partial<SourceServer> = {}): SourceServer {
  return {
    ...freeServer(serverId(1), AT),
    groupId: GROUP_ID,
    ...TARGET,
    planned: { groupId: GROUP_ID, generation: 1 },
    desired: desired(),
    status: 'pending',
    correlationId: 'c-1',
    ...stated,
  };
}

/** A member whose settings were read back from AWS. */
export function readyServer(stated: Partial<SourceServer> = {}): SourceServer {
  return sourceServer({ status: 'ready', applied: applied(stated.desired?.settings), ...stated });
}

export function statusError(stated: Partial<StatusError> = {}): StatusError {
  return { code: 'test.failed', message: 'it failed', at: AT, ...stated };
}

export function applyRequest(stated: Partial<ApplyRequest> = {}): ApplyRequest {
  return { version: '1', correlationId: 'c-1', groupId: GROUP_ID, serverId: serverId(1), ...stated };
}

export function waveJob(stated: Partial<WaveJob> = {}): WaveJob {
  return { key: `${ACCOUNT}/${REGION}/0`, target: TARGET, serverIds: serverIds(2), ...stated };
}

export function wave(stated: Partial<Wave> = {}): Wave {
  return {
    waveId: 'execution/1',
    groupIds: [GROUP_ID],
    isDrill: false,
    jobs: [waveJob()],
    starter: { owner: 'earlier', until: 0 },
    path: 'fast',
    notReady: [],
    startedAt: AT,
    version: 0,
    ...stated,
  };
}

/** An item without what only counts or times its writes, to compare states that were reached on different ways. */
export function substance<Item extends { readonly version: number }>({ version: _version, ...item }: Item): object {
  const { launchConfigStatus, ...others } = item as { launchConfigStatus?: { statusRevision: number } };
  if (!launchConfigStatus) return others;
  const { statusRevision: _revision, ...status } = launchConfigStatus;
  return { ...others, launchConfigStatus: status };
}
