import type { StatusError } from '@prelaunch/contracts/status';
import { getServer } from '../group/ports.ts';
import { isReady, type Permit, type SourceServer, type Written } from '../group/source-server.ts';
import { updateItem } from '../group/update-item.ts';
import type { ApplyDeps } from './apply-server.ts';
import { noteOf } from './known-defaults.ts';
import { applyFailed } from './outcome-events.ts';
import { holdsLease, withoutLease } from './server-lease.ts';

/** How a worker stopped before it had a result. */
export interface GivenUp {
  readonly serverId: string;
  readonly owner: string;
  readonly lastError?: StatusError;
  /** A request got no answer, so it may still take effect. */
  readonly unanswered: boolean;
  /** The right to one write of the template that was not used, or is for later. */
  readonly permit?: Permit | undefined;
  readonly written?: Written | undefined;
}

/**
 * Ends this worker's lease early, noting why; after an unanswered request it runs out instead, so that nobody verifies before
 * that request can have landed. The dirty mark stays: AWS may have been written. Where the lease is another's by
 * now, this one's late writes may have undone what that one read back, so a recorded `ready` is taken back and a result
 * that is about to be recorded is refused: the item has moved.
 */
export async function giveBack(given: GivenUp, deps: ApplyDeps) {
  const { serverId, owner, lastError, unanswered, permit, written } = given;
  let wasReady = false;
  const noted = await updateItem(
    `server ${serverId}`,
    () => getServer(deps.servers, serverId),
    (server): SourceServer | undefined => {
      if (!server) return undefined;
      wasReady = isReady(server);
      const changedAt = deps.now().toISOString();
      const isLate = !holdsLease(server, owner);
      const marked = {
        ...server,
        dirty: true,
        changedAt,
        ...(lastError && { lastError }),
        ...(written && { written: noteOf(written, server.written, { at: changedAt, isLate }) }),
      };
      if (!isLate) return unanswered ? marked : { ...withoutLease(marked), ...(permit && { permit }) };
      return server.status === 'ready' ? { ...marked, status: 'pending' } : marked;
    },
    (server) => deps.servers.save(server),
  );
  if (noted && wasReady) await deps.events.publish([applyFailed(noted)]);
}
