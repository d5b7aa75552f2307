type AsyncFunction = (...args: readonly unknown[]) => Promise<unknown>;

/**
 * Wraps ports so that something else happens, from its beginning to its end, before one of their calls, counted from 1 over all
 * ports. `calls` says how many were made.
 */
export function interrupted<Deps extends object>(
  deps: Deps,
  at: number,
  happen: () => Promise<unknown>,
): { deps: Deps; calls: () => number } {
  let calls = 0;
  const counted =
    (call: AsyncFunction): AsyncFunction =>
    async (...args) => {
      calls += 1;
      if (calls === at) await happen();
      return call(...args);
    };
  return { deps: eachMethod(deps, counted), calls: () => calls };
}

/** The same ports, each of their methods wrapped, except what lists ids one by one. */
export function eachMethod<Deps extends object>(deps: Deps, wrap: (call: AsyncFunction) => AsyncFunction): Deps {
  const ports = Object.entries(deps).map(([name, port]) => {
    const methods = Object.entries(port as Record<string, AsyncFunction>).map(([method, call]) =>
      typeof call === 'function' && method !== 'listIds' ? [method, wrap(call.bind(port))] : [method, call],
    );
    return [name, Object.fromEntries(methods)];
  });
  return Object.fromEntries(ports) as Deps;
}
