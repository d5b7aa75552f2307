import type { EventTrail } from './event-trail.ts';
import type { IdSource } from './id-source.ts';
import type { JobTimeline } from './latency-profiles.ts';
import type { Account, Place } from './state.ts';

/** Who calls, in the words of CloudTrail and of GetCallerIdentity. */
export interface Caller {
  accountId: string;
  arn: string;
  userId: string;
  identity: Readonly<Record<string, unknown>>;
}

/** What an operation may use: the caller's place, the time, and where ids come from and events go. */
export interface Call {
  caller: Caller;
  place: Place;
  /** What the place's account holds in all Regions. */
  account: Account;
  /** Milliseconds since the epoch at which the change happens. */
  at: number;
  ids: IdSource;
  trail: EventTrail;
  timeline: JobTimeline;
  seed: number;
  /** How long ago is what describes of launch templates show, in milliseconds. */
  describeLagMs: number;
}
