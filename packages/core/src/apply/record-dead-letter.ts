import type { ApplyRequest } from '@prelaunch/contracts/messages';
import type { StatusError } from '@prelaunch/contracts/status';
import { type Clock, type EventPublisher, getServer, type ServerStore } from '../group/ports.ts';
import { isReady, type SourceServer } from '../group/source-server.ts';
import { updateItem } from '../group/update-item.ts';
import { applyFailed } from './outcome-events.ts';

const EXHAUSTED = 'apply.exhausted';

/**
 * Records a server as failed once the queue has given up on it, with what last kept it from being applied. A server that is
 * ready or was settled meanwhile stays as it is. Told again when repeated, in case the first telling was lost.
 */
export async function recordDeadLetter(
  request: ApplyRequest,
  deps: { readonly servers: ServerStore; readonly events: EventPublisher; readonly now: Clock },
): Promise<{ readonly kind: 'recorded' | 'not_wanted' }> {
  let found: SourceServer | undefined;
  const recorded = await updateItem(
    `server ${request.serverId}`,
    () => getServer(deps.servers, request.serverId),
    (server): SourceServer | undefined => {
      found = server;
      if (server?.groupId !== request.groupId || isReady(server) || server.status !== 'pending') return undefined;
      const at = deps.now().toISOString();
      return { ...server, status: 'failed', errors: [exhausted(server, at)], changedAt: at };
    },
    (server) => deps.servers.save(server),
  );
  const server = recorded ?? found;
  if (server?.groupId !== request.groupId || server.status !== 'failed') return { kind: 'not_wanted' };
  await deps.events.publish([applyFailed(server)]);
  return { kind: 'recorded' };
}

/** Failed only because every attempt met something passing. */
export function isExhausted({ status, errors }: SourceServer): boolean {
  return status === 'failed' && errors.some(({ code }) => code === EXHAUSTED);
}

function exhausted({ serverId, lastError }: SourceServer, at: string): StatusError {
  const reason = lastError ? `: ${lastError.message}` : ', and no attempt left a reason';
  return {
    ...lastError,
    code: EXHAUSTED,
    message: `every attempt to apply the settings failed${reason}`,
    serverId,
    at,
  };
}
