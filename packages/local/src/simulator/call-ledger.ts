import type { SimulatedService } from './latency-profiles.ts';

export type CallOutcome = 'ok' | 'throttled' | 'error';

export interface CountedCall {
  account: string;
  region: string;
  service: SimulatedService;
  operation: string;
  /** Of the key that signed, whether or not it was valid. */
  accessKeyId: string;
  outcome: CallOutcome;
}

export interface CallCount extends CountedCall {
  count: number;
}

/** Counts of calls. Attempts count whatever their outcome; reads and writes are those of DRS, EC2 and IAM. */
export interface CallTally {
  counts(): CallCount[];
  count(of?: Partial<CountedCall>): number;
  reads(): number;
  writes(): number;
}

export type CallSnapshot = ReadonlyMap<string, CallCount>;

export interface CallLedger extends CallTally {
  snapshot(): CallSnapshot;
  /** What was called after the snapshot was taken. */
  since(snapshot: CallSnapshot): CallTally;
}

export function createCallLedger(): CallLedger & { record(call: CountedCall): void } {
  const entries = new Map<string, CallCount>();
  return {
    ...tallyOf(() => [...entries.values()].map((entry) => ({ ...entry }))),
    record(call) {
      const key = [call.account, call.region, call.service, call.operation, call.outcome, call.accessKeyId].join(' ');
      const entry = entries.get(key);
      if (entry) entry.count += 1;
      else entries.set(key, { ...call, count: 1 });
    },
    snapshot: () => new Map([...entries].map(([key, entry]) => [key, { ...entry }])),
    since: (snapshot) => tallyOf(() => differences(entries, snapshot)),
  };
}

/** Says whether an operation only reads, by the verb AWS begins its name with. */
export function isRead(operation: string): boolean {
  return /^(Describe|Get|List)/.test(operation);
}

function tallyOf(counts: () => CallCount[]): CallTally {
  const sum = (matches: (entry: CallCount) => boolean): number =>
    counts()
      .filter(matches)
      .reduce((total, entry) => total + entry.count, 0);
  return {
    counts,
    count: (of = {}) =>
      sum((entry) => Object.entries(of).every(([name, value]) => entry[name as keyof CountedCall] === value)),
    reads: () => sum((entry) => entry.service !== 'sts' && isRead(entry.operation)),
    writes: () => sum((entry) => entry.service !== 'sts' && !isRead(entry.operation)),
  };
}

function differences(entries: ReadonlyMap<string, CallCount>, snapshot: CallSnapshot): CallCount[] {
  return [...entries]
    .map(([key, entry]) => ({ ...entry, count: entry.count - (snapshot.get(key)?.count ?? 0) }))
    .filter((entry) => entry.count > 0);
}
