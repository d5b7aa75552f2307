/** The process died; nothing that it still wanted to do happens. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

export interface CrashPoint {
  /** The call at which it dies, counted from 1 over all ports. */
  readonly at: number;
  /** `before` the call has its effect, or `after` it had. */
  readonly when: 'before' | 'after';
}

type AsyncFunction = (...args: readonly unknown[]) => unknown;

/**
 * Wraps ports so that the caller dies at one of their calls: that call and all later ones fail. `calls` says how many were made.
 * Functions that answer at once (clock, ids) are no awaits and go through.
 */
export function crashing<Deps extends object>(deps: Deps, point: CrashPoint): { deps: Deps; calls: () => number } {
  let calls = 0;
  const counted =
    (call: AsyncFunction): AsyncFunction =>
    (...args) => {
      calls += 1;
      if (calls > point.at || (calls === point.at && point.when === 'before')) return Promise.reject(new Crash());
      if (calls < point.at) return call(...args);
      return Promise.resolve(call(...args)).then(() => Promise.reject(new Crash()));
    };
  const ports = Object.entries(deps).map(([name, port]: [string, unknown]) => [name, wrapped(port, counted)]);
  return { deps: Object.fromEntries(ports) as Deps, calls: () => calls };
}

function wrapped(port: unknown, counted: (call: AsyncFunction) => AsyncFunction): unknown {
  if (typeof port !== 'object' || port === null) return port;
  const methods = Object.entries(port as Record<string, unknown>).map(([name, method]) =>
    typeof method === 'function' && name !== 'listIds'
      ? [name, counted(method.bind(port) as AsyncFunction)]
      : [name, method],
  );
  return Object.fromEntries(methods);
}

/** Runs something once per await it makes, and dies there, before and after the call; `check` looks at what came of it. */
export async function atEachAwait(
  run: (point: CrashPoint) => Promise<{ readonly calls: number; readonly check: () => Promise<void> }>,
): Promise<number> {
  const undisturbed = await run({ at: Number.POSITIVE_INFINITY, when: 'before' });
  await undisturbed.check();
  for (let at = 1; at <= undisturbed.calls; at += 1) {
    for (const when of ['before', 'after'] as const) await (await run({ at, when })).check();
  }
  return undisturbed.calls;
}
