import type { ErrorCode } from '@prelaunch/contracts/error-codes';
import type { ApplyRequest } from '@prelaunch/contracts/messages';
import type { StatusError } from '@prelaunch/contracts/status';
import type { AuditTrail } from '../audit/ports.ts';
import type { BaselineStore, ResourceOwners } from '../drift/ports.ts';
import { DomainError } from '../errors.ts';
import { type Clock, type EventPublisher, getServer, type ServerStore } from '../group/ports.ts';
import { hasProof, isReady, type SourceServer, type Written } from '../group/source-server.ts';
import { statusErrorOf } from '../status/status-error.ts';
import { captureBaseline, isNewBaseline } from './capture-baseline.ts';
import { type ConvergeDeps, type ConvergeTask, converge, type ReadBack } from './converge.ts';
import { type GivenUp, giveBack } from './give-back.ts';
import { isSurelyShown, newestKnown, noteOf } from './known-defaults.ts';
import { applied, applyFailed, auditAfter } from './outcome-events.ts';
import { AwsCallError } from './ports.ts';
import { pruneVersions } from './prune-versions.ts';
import { RateBudgetError, type RateBudgets } from './rate-budgets.ts';
import { holdsLease, LeaseLostError, withoutLease } from './server-lease.ts';
import { type Held, type NotTaken, takeServer } from './take-server.ts';
import { isDue, reserveTurn, TURN_CLASS, waitForTurn } from './template-turn.ts';
import { DONE, type WriteTrail, writeTrail } from './write-trail.ts';

export interface ApplyDeps extends ConvergeDeps {
  readonly servers: ServerStore;
  readonly events: EventPublisher;
  readonly budgets: RateBudgets;
  readonly audit: AuditTrail;
  readonly baselines: Pick<BaselineStore, 'capture'>;
  readonly owners: Pick<ResourceOwners, 'note'>;
  readonly now: Clock;
  /** A name for one attempt, never used twice. */
  readonly newOwner: () => string;
  readonly leaseMs: number;
}

export type ApplyOutcome =
  /** `pruneFailure`: why old versions were not deleted; they are the next time. */
  | { readonly kind: 'applied'; readonly hash: string; readonly pruneFailure?: unknown }
  | { readonly kind: 'already_settled' }
  | { readonly kind: 'failed'; readonly errors: readonly StatusError[] }
  /** The server has left the group, or there is nothing to apply to it. */
  | { readonly kind: 'not_wanted' };

/** How often settings that move under the worker are followed before the message goes back to the queue. */
const ROUNDS_MAX = 3;

/** A write is only begun with this much of the lease left: longer than a request to AWS may take. */
const WRITE_MARGIN_MS = 6_000;

/**
 * Brings one server's settings on AWS to what is desired now, under its lease, and records only what was read back. The message
 * says no more than *look*, so duplicates, late and reordered ones do no harm. Throws when it should be tried again.
 */
export async function applyServer(request: ApplyRequest, deps: ApplyDeps): Promise<ApplyOutcome> {
  const owner = deps.newOwner();
  let written: Written | undefined;
  const writing = (version: Omit<Written, 'at'>) => {
    written = { ...version, at: deps.now().toISOString() };
  };
  const leave = () => giveBack({ serverId: request.serverId, owner, unanswered: false, written }, deps);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const held = await takeServer(request, owner, deps).catch(async (error: unknown) => {
      if (written) await leave();
      throw error;
    });
    if ('kind' in held) {
      if (written) await leave();
      return leftAlone(held, deps);
    }
    const guard = guardOf(held, deps);
    const trail = writeTrail(held, guard, deps);
    if (expectsWrite(held)) trail.expect();
    const track = { written: () => written, writing, guard, trail };
    const result = await attempt(held, track, deps);
    const settled = await record(held, result, { ...track, leave }, deps);
    if (settled) return announced({ held, settled, result, trail }, deps);
    const moved = await getServer(deps.servers, request.serverId);
    if (!moved || !holdsLease(moved, owner)) break;
  }
  await leave();
  throw new LeaseLostError(request.serverId);
}

/** Throws when the worker may no longer write. */
function guardOf({ server, until }: Held, { now }: ApplyDeps): () => void {
  return () => {
    if (now().getTime() > until - WRITE_MARGIN_MS) throw new LeaseLostError(server.serverId);
  };
}

/**
 * True when AWS is known to have something else, so that the audit log can have it while the first read is under way. A server that
 * was begun before may just as well meet the same outage again and write nothing.
 */
function expectsWrite({ server, wasDirty }: Held): boolean {
  return !wasDirty && !hasProof(server);
}

async function leftAlone({ kind, found }: NotTaken, { events }: ApplyDeps): Promise<ApplyOutcome> {
  // Recorded by an earlier delivery, which may have stopped before it told anybody.
  if (kind === 'already_settled' && found) await events.publish([isReady(found) ? applied(found) : applyFailed(found)]);
  return { kind };
}

type Result =
  | { readonly kind: 'verified'; readonly readBack: ReadBack }
  | { readonly kind: 'refused'; readonly error: StatusError };

/** What this worker has written, also in rounds before. */
interface Track {
  readonly written: () => Written | undefined;
  readonly writing: ConvergeTask['writing'];
  readonly guard: () => void;
  readonly trail: WriteTrail;
}

/** Converges; a refusal that no retry can mend is a result, everything else gives the lease back and escapes. */
async function attempt(held: Held, track: Track, deps: ApplyDeps): Promise<Result> {
  const { server, owner, wasDirty: isRepeated } = held;
  const { accountId, region, serverId, desired } = server;
  const target = { accountId, region };
  const { guard, trail } = track;
  const known = { server, own: track.written() };
  const began = deps.now();
  const recent = newestKnown(known, began);
  const lineage = `${server.planned?.generation} ${server.applied?.verifiedAt}`;
  let { permit } = held;
  const turn = async () => {
    permit ??= await reserveTurn(target, deps);
    if (!isDue(permit, deps.now())) throw waitForTurn(permit, deps.now());
    permit = undefined;
  };
  try {
    const task: ConvergeTask = {
      ...{ target, serverId, desired, recent, isRepeated, lineage, owner, guard, turn, writing: track.writing },
      isSurelyShown: (version) => isSurelyShown(version, known, began),
    };
    return { kind: 'verified', readBack: await converge(task, { ...deps, ...trail }) };
  } catch (error) {
    const failure = { ...statusErrorOf(error, 'apply.unexpected', deps.now().toISOString(), desired), serverId };
    if (error instanceof DomainError && !error.retryable) return { kind: 'refused', error: failure };
    // The message comes back in any case, and the next worker to read back says what came of it.
    const ended = trail.end(failure.code).catch(() => undefined);
    await giveBack({ ...givenUp(held, error, failure), permit, written: track.written() }, deps);
    await ended;
    throw error;
  }
}

/** Waiting for its turn is nothing that keeps a server from being applied. */
function givenUp({ server, owner }: Held, error: unknown, failure: StatusError): GivenUp {
  const unanswered = error instanceof AwsCallError && !error.answered;
  const waitsForTurn = error instanceof RateBudgetError && error.rateClass === TURN_CLASS;
  return { serverId: server.serverId, owner, unanswered, ...(!waitsForTurn && { lastError: failure }) };
}

/**
 * One conditional write: still this worker's lease, still these settings. Undefined: not so, go round again. Throws when the audit
 * log has not got what came of it; a server that may be another worker's by now is left first.
 */
async function record(
  held: Held,
  result: Result,
  { written, trail, leave }: Pick<Track, 'written' | 'trail'> & { readonly leave: () => Promise<void> },
  { servers, now }: ApplyDeps,
): Promise<SourceServer | undefined> {
  const { lastError: _gone, written: earlier, ...server } = withoutLease(held.server);
  const at = now().toISOString();
  const own = written();
  const note = own ? noteOf(own, earlier, { at, isLate: false }) : earlier;
  const settled: SourceServer =
    result.kind === 'verified'
      ? verifiedServer(server, result.readBack, at)
      : { ...server, ...(note && { written: note }), status: 'failed', errors: [result.error], changedAt: at };
  const ended = trail.end(result.kind === 'verified' ? DONE : result.error.code);
  const [saved, told] = await Promise.allSettled([servers.save(settled), ended]);
  if (saved.status === 'rejected') throw saved.reason;
  if (told.status === 'fulfilled') return saved.value ? settled : undefined;
  if (!saved.value) await leave();
  throw told.reason;
}

/** Its settings are those of a baseline from then on: of the one before, where they are no others. */
function verifiedServer({ drifted: _over, ...server }: SourceServer, { live: _all, ...applied }: ReadBack, at: string) {
  const baselineVersion = isNewBaseline(server, applied) ? (server.baselineVersion ?? 0) + 1 : server.baselineVersion;
  const verified = { ...server, applied, errors: [], dirty: false, changedAt: at };
  return { ...verified, status: 'ready' as const, ...(baselineVersion !== undefined && { baselineVersion }) };
}

interface Settled {
  readonly held: Held;
  readonly settled: SourceServer;
  readonly result: Result;
  readonly trail: WriteTrail;
}

async function announced({ held, settled, result, trail }: Settled, deps: ApplyDeps): Promise<ApplyOutcome> {
  const { server } = held;
  // What was found to differ is looked at again, whatever came of this.
  const audit = server.drifted ? [auditAfter(settled)] : [];
  if (result.kind === 'refused') {
    await deps.events.publish([applyFailed(settled), ...audit]);
    return { kind: 'failed', errors: settled.errors };
  }
  const captured = isNewBaseline(server, result.readBack) ? captureBaseline(settled, result.readBack, deps) : undefined;
  await Promise.all([deps.events.publish([applied(settled), ...audit]), captured]);
  const pruneFailure = await pruned(held, result.readBack, trail);
  return { kind: 'applied', hash: result.readBack.hash, ...(pruneFailure !== undefined && { pruneFailure }) };
}

/** Deletes old versions, and says so in the audit log. Answers why one of them did not succeed. */
async function pruned({ server }: Held, readBack: ReadBack, trail: WriteTrail): Promise<unknown> {
  const failure = await pruneVersions(server, readBack, trail);
  return trail.end(failure === undefined ? DONE : codeOf(failure)).then(
    () => failure,
    (error: unknown) => failure ?? error,
  );
}

function codeOf(failure: unknown): ErrorCode {
  return failure instanceof DomainError ? failure.code : 'apply.unexpected';
}
