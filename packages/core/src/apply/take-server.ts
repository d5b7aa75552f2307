import type { ApplyRequest } from '@prelaunch/contracts/messages';
import { getServer } from '../group/ports.ts';
import type { Desired, Permit, SourceServer } from '../group/source-server.ts';
import { updateItem } from '../group/update-item.ts';
import type { ApplyDeps } from './apply-server.ts';
import { holdsLease, isLeasedByOther, LeaseHeldError, leased, withoutLease } from './server-lease.ts';
import { expectsTemplateWrite, heldPermit, isDue, reserveTurn, waitForTurn } from './template-turn.ts';

/** What a worker holds while it works: the server under its lease, and perhaps the right to one write of its template. */
export interface Held {
  readonly server: WantedServer;
  readonly owner: string;
  /** Epoch milliseconds. */
  readonly until: number;
  readonly permit: Permit | undefined;
  /** Somebody began before and had no result: what AWS shows may be theirs. */
  readonly wasDirty: boolean;
}

export type WantedServer = SourceServer & {
  readonly desired: Desired;
  readonly accountId: string;
  readonly region: string;
};

/** The server is not to be worked on; `found` is its item. */
export interface NotTaken {
  readonly kind: 'not_wanted' | 'already_settled';
  readonly found: SourceServer | undefined;
}

/**
 * Takes the lease and the dirty mark in one conditional write. A server whose template is known to differ first gets its turn
 * within the account's rates: where that is later, the permit is kept with the server, and nothing is asked of AWS until then.
 * Throws `LeaseHeldError` while another worker is at it, `RateBudgetError` while it is not its turn.
 */
export async function takeServer(request: ApplyRequest, owner: string, deps: ApplyDeps): Promise<Held | NotTaken> {
  const { servers, now } = deps;
  const until = now().getTime() + deps.leaseMs;
  let found: SourceServer | undefined;
  // Only what this call reserved is its own whatever is read next: a permit that was read with the server may have been used since.
  let reserved: Permit | undefined;
  let permit: Permit | undefined;
  const reserve = async (server: WantedServer) => {
    reserved ??= await reserveTurn(server, deps);
    return reserved;
  };
  const taken = await updateItem(
    `server ${request.serverId}`,
    async () => {
      const server = await getServer(servers, request.serverId);
      permit = isToBeTaken(server, request, owner, deps) ? await permitFor(server, reserve, now()) : undefined;
      return server;
    },
    (server) => {
      found = server;
      if (!isToBeTaken(server, request, owner, deps)) return leftBy(server, request, owner);
      return permit && !isDue(permit, now()) ? { ...withoutLease(server), permit } : leased(server, { owner, until });
    },
    (server) => servers.save(server),
  );
  if (taken?.lease?.owner === owner && isWanted(taken, request))
    return { server: { ...taken, version: taken.version + 1 }, owner, until, permit, wasDirty: found?.dirty ?? false };
  if (taken?.permit && isWanted(taken, request)) throw waitForTurn(taken.permit, now());
  return { kind: isWanted(found, request) ? 'already_settled' : 'not_wanted', found };
}

/** Pending, wanted, and nobody else's. Throws `LeaseHeldError` where another worker has it. */
function isToBeTaken(
  server: SourceServer | undefined,
  request: ApplyRequest,
  owner: string,
  { now }: ApplyDeps,
): server is WantedServer {
  if (!isWanted(server, request) || server.status !== 'pending') return false;
  if (server.lease && isLeasedByOther(server, owner, now()))
    throw new LeaseHeldError(server.serverId, server.lease.until, now());
  return true;
}

/** The permit that the server has, or a new one. Undefined where its template is not known to differ. */
async function permitFor(
  server: WantedServer,
  reserve: (server: WantedServer) => Promise<Permit>,
  now: Date,
): Promise<Permit | undefined> {
  const held = heldPermit(server, now);
  if (held && !isDue(held, now)) throw waitForTurn(held, now);
  return held || !expectsTemplateWrite(server) ? held : reserve(server);
}

/** A server that left the group while this worker held it: the lease goes too. */
function leftBy(server: SourceServer | undefined, request: ApplyRequest, owner: string): SourceServer | undefined {
  if (!server || isWanted(server, request)) return undefined;
  return holdsLease(server, owner) ? withoutLease(server) : undefined;
}

function isWanted(server: SourceServer | undefined, { groupId }: ApplyRequest): server is WantedServer {
  return (
    server?.groupId === groupId &&
    server.desired !== undefined &&
    server.accountId !== undefined &&
    server.region !== undefined &&
    Object.keys(server.desired.settings).length > 0
  );
}
