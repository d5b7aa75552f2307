import type { Group } from '../group/group.ts';
import { applyRequest } from '../group/plan-group.ts';
import { getServer } from '../group/ports.ts';
import { isReady, type SourceServer } from '../group/source-server.ts';
import { updateItem } from '../group/update-item.ts';
import type { DriftDeps } from './audit-deps.ts';

/** By whom, for the records; without it, whoever asked for the generation that was planned. */
type Asker = Pick<SourceServer, 'correlationId'> & { readonly requestedBy?: string };

/**
 * Has a server's settings applied once more: whoever does that reads them, writes what differs and reads them back. Left alone where
 * that is under way or done by now, or the group has the server no more; should this stop half-way, the sweep queues it. True where it
 * was begun.
 */
export async function applyAgain(
  serverId: string,
  group: Group,
  asker: Asker,
  { servers, queue, now }: Pick<DriftDeps, 'servers' | 'queue' | 'now'>,
): Promise<boolean> {
  const saved = await updateItem(
    `server ${serverId}`,
    () => getServer(servers, serverId),
    (server): SourceServer | undefined => {
      if (server?.groupId !== group.groupId || !server.desired || server.status === 'pending') return undefined;
      // Whoever made it ready read it back, and its group counts on that.
      if (isReady(server)) return undefined;
      return { ...server, ...asker, status: 'pending', drifted: true, changedAt: now().toISOString() };
    },
    (server) => servers.save(server),
  );
  if (saved) await queue.send([{ ...applyRequest(group, serverId), correlationId: asker.correlationId }]);
  return saved !== undefined;
}
