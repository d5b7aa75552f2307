/**
 * The document client tells values apart by their `constructor`, so it refuses an object that has a key of this name: a tag or a
 * configuration may be called so. A map it takes whatever its keys are.
 */
export function storable(item: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, mapped(value)]));
}

function mapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mapped);
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([name, one]) => [name, mapped(one)]));
}
