import type { ApplyRequest } from '@prelaunch/contracts/messages';
import type { StatusError } from '@prelaunch/contracts/status';
import { DomainError } from '../errors.ts';
import { type Clock, type EventPublisher, getServer, type ServerStore } from '../group/ports.ts';
import { type Applied, type Desired, isReady, type SourceServer } from '../group/source-server.ts';
import { updateItem } from '../group/update-item.ts';
import { statusErrorOf } from '../status/status-error.ts';
import { type ConvergeDeps, converge } from './converge.ts';
import { applied, applyFailed } from './outcome-events.ts';
import { AwsCallError } from './ports.ts';
import { holdsLease, isLeasedByOther, LeaseHeldError, LeaseLostError, leased, withoutLease } from './server-lease.ts';

export interface ApplyDeps extends ConvergeDeps {
  readonly servers: ServerStore;
  readonly events: EventPublisher;
  readonly now: Clock;
  /** A name for one attempt, never used twice. */
  readonly newOwner: () => string;
  readonly leaseMs: number;
}

export type ApplyOutcome =
  | { readonly kind: 'applied'; readonly hash: string }
  | { readonly kind: 'already_settled' }
  | { readonly kind: 'failed'; readonly errors: readonly StatusError[] }
  /** The server has left the group, or there is nothing to apply to it. */
  | { readonly kind: 'not_wanted' };

/** How often settings that move under the worker are followed before the message goes back to the queue. */
const ROUNDS_MAX = 3;

/** A write is only begun with this much of the lease left: longer than a request to AWS may take. */
const WRITE_MARGIN_MS = 6_000;

/** What the worker holds while it works. */
interface Held {
  readonly server: SourceServer & { readonly desired: Desired; readonly accountId: string; readonly region: string };
  readonly owner: string;
  readonly until: number;
}

/**
 * Brings one server's settings on AWS to what is desired now, under its lease, and records only what was read back. The message
 * says no more than *look*, so duplicates, late and reordered ones do no harm. Throws when it should be tried again.
 */
export async function applyServer(request: ApplyRequest, deps: ApplyDeps): Promise<ApplyOutcome> {
  const owner = deps.newOwner();
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const held = await takeLease(request, owner, deps);
    if ('kind' in held) return held;
    const result = await attempt(held, deps);
    const settled = await record(held, result, deps);
    if (settled) return announced(settled, result, deps);
    const moved = await getServer(deps.servers, request.serverId);
    if (!moved || !holdsLease(moved, owner)) break;
  }
  await giveBack({ serverId: request.serverId, owner, unanswered: false }, deps);
  throw new LeaseLostError(request.serverId);
}

async function takeLease(request: ApplyRequest, owner: string, deps: ApplyDeps): Promise<Held | ApplyOutcome> {
  const until = deps.now().getTime() + deps.leaseMs;
  let found: SourceServer | undefined;
  const taken = await updateItem(
    `server ${request.serverId}`,
    () => getServer(deps.servers, request.serverId),
    (server) => {
      found = server;
      if (!isWanted(server, request.groupId))
        return server && holdsLease(server, owner) ? withoutLease(server) : undefined;
      if (server.status !== 'pending') return undefined;
      if (isLeasedByOther(server, owner, deps.now()))
        throw new LeaseHeldError(server.serverId, server.lease?.until ?? until, deps.now());
      return leased(server, { owner, until });
    },
    (server) => deps.servers.save(server),
  );
  if (taken?.lease && isHoldable(taken)) return { server: { ...taken, version: taken.version + 1 }, owner, until };
  if (!isWanted(found, request.groupId) || !found) return { kind: 'not_wanted' };
  // Recorded by an earlier delivery, which may have stopped before it told anybody.
  await deps.events.publish([isReady(found) ? applied(found) : applyFailed(found)]);
  return { kind: 'already_settled' };
}

function isWanted(server: SourceServer | undefined, groupId: string): server is Held['server'] {
  return server?.groupId === groupId && isHoldable(server) && Object.keys(server.desired.settings).length > 0;
}

function isHoldable(server: SourceServer): server is Held['server'] {
  return server.desired !== undefined && server.accountId !== undefined && server.region !== undefined;
}

type Result =
  | { readonly kind: 'verified'; readonly applied: Applied }
  | { readonly kind: 'refused'; readonly error: StatusError };

/** Converges; a refusal that no retry can mend is a result, everything else gives the lease back and escapes. */
async function attempt(held: Held, deps: ApplyDeps): Promise<Result> {
  const { server, until } = held;
  const guard = () => {
    if (deps.now().getTime() > until - WRITE_MARGIN_MS) throw new LeaseLostError(server.serverId);
  };
  const { accountId, region, serverId, desired } = server;
  try {
    const verified = await converge({ accountId, region }, serverId, desired, guard, deps);
    return { kind: 'verified', applied: { ...verified, verifiedAt: deps.now().toISOString() } };
  } catch (error) {
    const failure = { ...statusErrorOf(error, 'apply.unexpected', deps.now().toISOString()), serverId };
    if (error instanceof DomainError && !error.retryable) return { kind: 'refused', error: failure };
    const unanswered = error instanceof AwsCallError && !error.answered;
    await giveBack({ serverId, owner: held.owner, lastError: failure, unanswered }, deps);
    throw error;
  }
}

/** One conditional write: still this worker's lease, still these settings. Undefined: not so, go round again. */
async function record(held: Held, result: Result, { servers, now }: ApplyDeps): Promise<SourceServer | undefined> {
  const { lastError: _gone, ...server } = withoutLease(held.server);
  const at = now().toISOString();
  const settled: SourceServer =
    result.kind === 'verified'
      ? { ...server, applied: result.applied, status: 'ready', errors: [], dirty: false, changedAt: at }
      : { ...server, status: 'failed', errors: [result.error], changedAt: at };
  return (await servers.save(settled)) ? settled : undefined;
}

interface GivenUp {
  readonly serverId: string;
  readonly owner: string;
  readonly lastError?: StatusError;
  /** A request got no answer, so it may still take effect. */
  readonly unanswered: boolean;
}

/**
 * Ends this worker's lease early, noting why; after an unanswered request it runs out instead, so that nobody verifies before
 * that request can have landed. The dirty mark stays: AWS may have been written. Where the lease is another's by
 * now, this one's late writes may have undone what that one read back, so a recorded `ready` is taken back and a result
 * that is about to be recorded is refused: the item has moved.
 */
async function giveBack({ serverId, owner, lastError, unanswered }: GivenUp, deps: ApplyDeps): Promise<void> {
  let wasReady = false;
  const noted = await updateItem(
    `server ${serverId}`,
    () => getServer(deps.servers, serverId),
    (server): SourceServer | undefined => {
      if (!server) return undefined;
      wasReady = isReady(server);
      const changedAt = deps.now().toISOString();
      const marked = { ...server, dirty: true, changedAt, ...(lastError && { lastError }) };
      if (holdsLease(server, owner)) return unanswered ? marked : withoutLease(marked);
      return server.status === 'ready' ? { ...marked, status: 'pending' } : marked;
    },
    (server) => deps.servers.save(server),
  );
  if (noted && wasReady) await deps.events.publish([applyFailed(noted)]);
}

async function announced(server: SourceServer, result: Result, { events }: ApplyDeps): Promise<ApplyOutcome> {
  if (result.kind === 'refused') {
    await events.publish([applyFailed(server)]);
    return { kind: 'failed', errors: server.errors };
  }
  await events.publish([applied(server)]);
  return { kind: 'applied', hash: result.applied.hash };
}
