/** Keeps values that never change: those that were asked for last, and no more than so many. */
export interface LastAsked<Value> {
  get(key: string): Value | undefined;
  /** Answers what was kept under this key before, so that all callers have the same object. */
  keep(key: string, value: Value): Value;
}

export function lastAsked<Value>(max: number): LastAsked<Value> {
  // In the order in which they were asked for: a map has what was set last at its end.
  const kept = new Map<string, Value>();

  function put(key: string, value: Value): Value {
    kept.delete(key);
    kept.set(key, value);
    return value;
  }

  function get(key: string): Value | undefined {
    const value = kept.get(key);
    return value === undefined ? undefined : put(key, value);
  }

  return {
    get,
    keep(key, value) {
      const answered = get(key) ?? put(key, value);
      const [longestAgo] = kept.keys();
      if (kept.size > max && longestAgo !== undefined) kept.delete(longestAgo);
      return answered;
    },
  };
}
