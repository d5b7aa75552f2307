import type { ShownStatus } from '@prelaunch/contracts/operations/launch-configs';
import type { ServerConfig, StatusError } from '@prelaunch/contracts/status';

export const SERVER = 's-1234567890abcdef0';
export const OTHER_SERVER = 's-0fedcba0987654321';
export const CHANGED_AT = '2026-01-31T12:00:00.000Z';
const APPLIED_AT = '2026-01-31T12:00:06.140Z';
/** The label of who asked. */
export const BY = 'jane.doe';
export const CONFIG_HASH = 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

export const refusedSubnet: StatusError = {
  code: 'settings.not_in_target',
  message: 'launchConfig.subnetId must be a subnet of the target account and Region',
  serverId: OTHER_SERVER,
  path: 'launchConfig.subnetId',
  value: 'subnet-0a1b2c3d',
  allowed: 'a subnet of the target account and Region',
  remedy: 'Name a subnet that exists in the target account and Region.',
  at: APPLIED_AT,
};

const ready: ServerConfig = {
  status: 'ready',
  lastApplied: APPLIED_AT,
  configHash: CONFIG_HASH,
  errors: [],
};
const pending: ServerConfig = { status: 'pending', lastApplied: null, configHash: null, errors: [] };
const failed: ServerConfig = { status: 'failed', lastApplied: null, configHash: null, errors: [refusedSubnet] };

export const readyStatus: ShownStatus = {
  status: 'ready',
  lastApplied: APPLIED_AT,
  appliedBy: BY,
  counts: { total: 2, ready: 2, pending: 0, failed: 0, notConfigured: 0 },
  fresh: true,
  serverConfigs: { [SERVER]: ready, [OTHER_SERVER]: ready },
  errors: [],
};

export const pendingStatus: ShownStatus = {
  status: 'pending',
  lastApplied: null,
  appliedBy: BY,
  counts: { total: 2, ready: 0, pending: 2, failed: 0, notConfigured: 0 },
  fresh: false,
  serverConfigs: { [SERVER]: pending, [OTHER_SERVER]: pending },
  errors: [],
};

export const failedStatus: ShownStatus = {
  status: 'failed',
  lastApplied: APPLIED_AT,
  appliedBy: BY,
  counts: { total: 2, ready: 1, pending: 0, failed: 1, notConfigured: 0 },
  fresh: false,
  serverConfigs: { [SERVER]: ready, [OTHER_SERVER]: failed },
  errors: [refusedSubnet],
};
