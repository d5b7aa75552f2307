/** One request that was really asked over the endpoint. */
export interface RequestRecord {
  readonly service: string;
  readonly action: string;
  /** Physical names of the tables, queue, bus or function that it touched. */
  readonly targets: readonly string[];
  /** The invocation that asked, from the trace header that SDK clients add inside a function. */
  readonly invocationId?: string | undefined;
}

export interface RequestCount extends Omit<RequestRecord, 'invocationId'> {
  readonly count: number;
}

export interface RequestFilter {
  readonly service?: string;
  readonly action?: string;
  readonly target?: string;
}

export interface RequestTally {
  /** How many requests fit the filter. A request to several tables is one request. */
  count(filter?: RequestFilter): number;
  counts(): RequestCount[];
}

export type RequestSnapshot = ReadonlyMap<string, RequestCount>;

export interface RequestLedger extends RequestTally {
  record(request: RequestRecord): void;
  snapshot(): RequestSnapshot;
  /** What was asked after the snapshot was taken. */
  since(snapshot: RequestSnapshot): RequestTally;
  /** What one invocation asked for, in order; kept for the latest invocations only. */
  duringInvocation(invocationId: string): readonly RequestRecord[];
}

const INVOCATIONS_KEPT_MAX = 2000;

/** Counts requests per service, action and targets, so that a claim such as "one read" can be checked, not believed. */
export function createRequestLedger(): RequestLedger {
  const entries = new Map<string, { service: string; action: string; targets: readonly string[]; count: number }>();
  const invocations = new Map<string, RequestRecord[]>();

  return {
    ...tallyOf(() => [...entries.values()].map((entry) => ({ ...entry }))),
    record(request) {
      const { service, action, targets } = request;
      const key = `${service} ${action} ${targets.join(',')}`;
      const known = entries.get(key);
      if (known) known.count += 1;
      else entries.set(key, { service, action, targets, count: 1 });
      if (request.invocationId !== undefined) keep(invocations, request.invocationId, request);
    },
    snapshot: () => new Map([...entries].map(([key, entry]) => [key, { ...entry }])),
    since: (snapshot) =>
      tallyOf(() =>
        [...entries]
          .map(([key, entry]) => ({ ...entry, count: entry.count - (snapshot.get(key)?.count ?? 0) }))
          .filter(({ count }) => count > 0),
      ),
    duringInvocation: (invocationId) => invocations.get(invocationId) ?? [],
  };
}

function tallyOf(counts: () => RequestCount[]): RequestTally {
  return {
    counts,
    count: (filter = {}) => counts().reduce((total, entry) => (fits(entry, filter) ? total + entry.count : total), 0),
  };
}

function keep(invocations: Map<string, RequestRecord[]>, id: string, request: RequestRecord): void {
  const known = invocations.get(id);
  if (known) {
    known.push(request);
    return;
  }
  invocations.set(id, [request]);
  if (invocations.size <= INVOCATIONS_KEPT_MAX) return;
  const [oldest] = invocations.keys();
  if (oldest !== undefined) invocations.delete(oldest);
}

function fits(entry: RequestCount, { service, action, target }: RequestFilter): boolean {
  if (service !== undefined && entry.service !== service) return false;
  if (action !== undefined && entry.action !== action) return false;
  return target === undefined || entry.targets.includes(target);
}
