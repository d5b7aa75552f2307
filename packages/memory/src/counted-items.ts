/** Items by key, each with a count of its writes. */
export interface CountedItems<Item> {
  get(key: string): Item | undefined;
  all(): Item[];
  /** Compare-and-set on the count; 0 means not stored yet. */
  save(key: string, item: Item): boolean;
  /** Only the item as it was read. */
  delete(key: string, item: Item): boolean;
}

/** As the tables have it. Items are copied in and out, so that nobody shares them. */
export function countedItems<Item>(
  writesOf: (item: Item) => number,
  withWrites: (item: Item, writes: number) => Item,
): CountedItems<Item> {
  const items = new Map<string, Item>();
  const storedWrites = (key: string) => {
    const stored = items.get(key);
    return stored === undefined ? 0 : writesOf(stored);
  };
  return {
    get: (key) => structuredClone(items.get(key)),
    all: () => structuredClone([...items.values()]),
    save(key, item) {
      const read = writesOf(item);
      if (storedWrites(key) !== read) return false;
      items.set(key, withWrites(structuredClone(item), read + 1));
      return true;
    },
    delete: (key, item) => storedWrites(key) === writesOf(item) && items.delete(key),
  };
}
