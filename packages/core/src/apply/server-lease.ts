import { DomainError } from '../errors.ts';
import type { Lease, SourceServer } from '../group/source-server.ts';

/** Another worker is at it, or was and stopped without a word: try again when its lease is over. */
export class LeaseHeldError extends DomainError {
  override readonly name = 'LeaseHeldError';
  readonly code = 'apply.lease_held';
  override readonly retryable = true;
  override readonly retryAfterSeconds: number;

  constructor(serverId: string, until: number, now: Date) {
    super(`another worker holds ${serverId} until ${new Date(until).toISOString()}`);
    this.retryAfterSeconds = Math.max(1, Math.ceil((until - now.getTime()) / 1000));
  }
}

/** This worker took too long: it may not write any more, and what it wrote has to be looked at again. */
export class LeaseLostError extends DomainError {
  override readonly name = 'LeaseLostError';
  readonly code = 'apply.lease_lost';
  override readonly retryable = true;

  constructor(serverId: string) {
    super(`the lease on ${serverId} ended before its settings were verified`);
  }
}

/** The lease and the dirty mark, taken in one write before anything is written to AWS. A permit passes to the worker. */
export function leased({ permit: _used, ...server }: SourceServer, lease: Lease): SourceServer {
  return { ...server, lease, dirty: true };
}

export function isLeasedByOther(server: SourceServer, owner: string, now: Date): boolean {
  return server.lease !== undefined && server.lease.owner !== owner && server.lease.until > now.getTime();
}

export function holdsLease(server: SourceServer, owner: string): boolean {
  return server.lease?.owner === owner;
}

export function withoutLease({ lease: _lease, ...server }: SourceServer): SourceServer {
  return server;
}
