import {
  DriftAuditRequested,
  LaunchConfigApplied,
  LaunchConfigApplyFailed,
  type PrelaunchEvent,
} from '@prelaunch/contracts/events';
import type { SourceServer } from '../group/source-server.ts';

/** That a server's settings were read back, as its item says. */
export function applied({ groupId = '', serverId, applied: proof, correlationId }: SourceServer): PrelaunchEvent {
  const data = { groupId, serverId, configHash: proof?.hash ?? '' };
  return { type: LaunchConfigApplied.type, detail: { version: '1', correlationId, data } };
}

/** That a server is not as it should be, with the reasons its item has. */
export function applyFailed({ groupId = '', serverId, errors, correlationId }: SourceServer): PrelaunchEvent {
  const data = { groupId, serverId, errors: [...errors] };
  return { type: LaunchConfigApplyFailed.type, detail: { version: '1', correlationId, data } };
}

/** A server that was found to differ was applied again: an audit says what came of that. */
export function auditAfter({ groupId = '', serverId, correlationId, version }: SourceServer): PrelaunchEvent {
  const data = { groupId, auditId: `applied-${serverId}-${version}`, cause: 'applied' as const, serverIds: [serverId] };
  return { type: DriftAuditRequested.type, detail: { version: '1', correlationId, data } };
}
