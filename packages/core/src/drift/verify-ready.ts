import type { DriftUnknown } from '@prelaunch/contracts/drift';
import { applyFailed } from '../apply/outcome-events.ts';
import { getServer } from '../group/ports.ts';
import { isReady, type SourceServer } from '../group/source-server.ts';
import { updateItem } from '../group/update-item.ts';
import type { DriftDeps } from './audit-deps.ts';
import type { ObservedServer } from './observe-servers.ts';

type VerifyDeps = Pick<DriftDeps, 'servers' | 'events' | 'now'>;

/**
 * What was read back once was read again: it counts as fresh from then on. Written only if nobody wrote the server since it was read,
 * so that nothing is renewed that somebody is about to change. True where it was.
 */
export async function renewed(
  server: SourceServer,
  { readAt, launchTemplateId, launchTemplateVersion }: ObservedServer,
  baselineVersion: number | undefined,
  { servers }: Pick<VerifyDeps, 'servers'>,
): Promise<boolean> {
  const { applied } = server;
  if (!applied || applied.verifiedAt >= readAt) return false;
  return servers.save({
    ...server,
    ...(baselineVersion !== undefined && { baselineVersion }),
    applied: { ...applied, launchTemplateId, launchTemplateVersion, verifiedAt: readAt },
  });
}

/** Why a server is not ready any more, and when that was read, in ISO 8601. */
interface Finding extends Pick<DriftUnknown, 'code' | 'message'> {
  readonly readAt: string;
}

/**
 * A server that was called ready and does not have what was applied is ready no more, so that no wave starts it like this: the wave
 * applies its settings first. Only an apply makes it ready again. Whoever writes its item meanwhile does not make that less true,
 * unless they read it back since. Its group is told as of any other server that failed.
 */
export async function takenBack(
  { serverId }: SourceServer,
  { code, message, readAt }: Finding,
  { servers, events, now }: VerifyDeps,
): Promise<void> {
  const at = now().toISOString();
  const remedy = `see GET /instances/${serverId}/drift; applying the group puts it right`;
  const failed = await updateItem(
    `server ${serverId}`,
    () => getServer(servers, serverId),
    (server): SourceServer | undefined => {
      if (!server || !isReady(server) || (server.applied?.verifiedAt ?? '') > readAt) return undefined;
      const errors = [{ code, message, serverId, path: 'launchConfig', remedy, at }];
      return { ...server, status: 'failed', drifted: true, errors, changedAt: at };
    },
    (server) => servers.save(server),
  );
  if (failed) await events.publish([applyFailed(failed)]);
}
