import type { AuditEntry, AuditRecord } from '@prelaunch/contracts/audit';
import type { AuditBlock, AuditHead } from './audit-block.ts';

/** Where whoever decides or writes leaves its records. Resolves when they cannot be lost any more; they reach the log soon after. */
export interface AuditTrail {
  record(records: readonly AuditRecord[]): Promise<void>;
}

export interface AuditQuery {
  readonly groupId?: string | undefined;
  readonly actor?: string | undefined;
  /** ISO 8601, inclusive. */
  readonly from: string;
  /** ISO 8601, exclusive. */
  readonly to: string;
  readonly limit: number;
  readonly nextToken?: string | undefined;
}

export interface AuditPage {
  /** Newest first: in the order of the log, which is that of arrival. */
  readonly entries: readonly AuditEntry[];
  /** There may be more, although a page may be short or empty: each looks at a bounded part of the log. */
  readonly nextToken?: string | undefined;
}

/** Reads the log. */
export interface AuditReader {
  query(query: AuditQuery): Promise<AuditPage>;
}

/** What is stored at a block's place, whatever it is: the table is not trusted, verification decides. */
export interface StoredBlock {
  readonly day: string;
  /** The key as stored, which is the block's number when nobody tampered with it. */
  readonly position: string;
  readonly content: unknown;
}

/** The blocks in which records of a group or of an actor are, or of all: which one, and the times of those records. */
export interface IndexEntry {
  readonly index: string;
  readonly day: string;
  readonly block: number;
  /** ISO 8601: of the earliest and of the latest of them. */
  readonly first: string;
  readonly last: string;
}

export interface Page {
  readonly limit: number;
  /** Only what is older than this. */
  readonly before?: { readonly day: string; readonly block: number } | undefined;
}

/** The log as stored. Reads are strongly consistent. Nothing is ever changed or deleted, but for the head, which moves on. */
export interface AuditBlocks {
  /** The newest blocks of a day, newest first. Throws when one cannot be read. */
  newestFirst(
    day: string,
    page: { readonly limit: number; readonly before?: number | undefined },
  ): Promise<AuditBlock[]>;
  get(day: string, block: number): Promise<AuditBlock | undefined>;
  /** False: somebody else has put a block there, and nothing was written. */
  put(block: AuditBlock): Promise<boolean>;
  /** The days that have blocks, and perhaps some that were about to, newest first: those before one, or all. */
  daysBefore(day: string | undefined, limit: number): Promise<string[]>;
  addDay(day: string): Promise<void>;
  addIndexEntry(entry: IndexEntry): Promise<void>;
  /** Newest first. */
  indexEntries(index: string, page: Page): Promise<IndexEntry[]>;
  head(): Promise<AuditHead | undefined>;
  /** Does nothing where the head is there already, or further. */
  moveHead(head: AuditHead): Promise<void>;
  /** All of a day's blocks as they are stored, oldest first. */
  stored(day: string): AsyncIterable<StoredBlock>;
  /** The days as `daysBefore`, oldest first. */
  days(): AsyncIterable<string>;
}
