import type { ApplyRequest } from '@prelaunch/contracts/messages';
import type { StatusError } from '@prelaunch/contracts/status';
import { type Clock, type EventPublisher, getServer, type ServerStore } from '../group/ports.ts';
import { isReady, type SourceServer } from '../group/source-server.ts';
import { updateItem } from '../group/update-item.ts';
import { remedyOf } from '../status/remedies.ts';
import { applyFailed } from './outcome-events.ts';

const EXHAUSTED = 'apply.exhausted';

/** What passes by itself: AWS throttles, does not answer, shows what was, or takes no records for the audit log. */
const PASSING: ReadonlySet<string> = new Set([
  'aws.throttled',
  'aws.unavailable',
  'apply.stale_read',
  'queue.send_failed',
  'rate.waiting',
]);

/**
 * Records why a server could not be applied once the queue has given up on it. What only met an outage stays pending, and the sweep
 * queues it again until AWS is back; everything else has failed. A server that is ready or was settled meanwhile stays as it
 * is. Told again when repeated, in case the first telling was lost.
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
      // It only waits for its turn, each time being one delivery; the sweep sees to it that it gets it.
      if (server.permit && !server.lastError) return undefined;
      const at = deps.now().toISOString();
      const status = PASSING.has(server.lastError?.code ?? '') ? 'pending' : 'failed';
      return { ...server, status, errors: [exhausted(server, at)], changedAt: at };
    },
    (server) => deps.servers.save(server),
  );
  const server = recorded ?? found;
  const isTold = server?.status === 'failed' || (server?.status === 'pending' && hasBeenGivenUp(server));
  if (!isTold || server.groupId !== request.groupId) return { kind: 'not_wanted' };
  await deps.events.publish([applyFailed(server)]);
  return { kind: 'recorded' };
}

/** Failed because every attempt did, not because AWS or we refused its settings. */
export function isExhausted(server: SourceServer): boolean {
  return server.status === 'failed' && hasBeenGivenUp(server);
}

function hasBeenGivenUp({ errors }: SourceServer): boolean {
  return errors.some(({ code }) => code === EXHAUSTED);
}

function exhausted({ serverId, lastError }: SourceServer, at: string): StatusError {
  const reason = lastError ? `: ${lastError.message}` : ', and no attempt left a reason';
  const remedy = lastError?.remedy ?? remedyOf(EXHAUSTED);
  return {
    ...lastError,
    ...(remedy !== undefined && { remedy }),
    code: EXHAUSTED,
    message: `every attempt to apply the settings failed${reason}`,
    serverId,
    at,
  };
}
