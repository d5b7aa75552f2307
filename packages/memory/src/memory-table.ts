interface MemoryTable<Item> {
  getMany(ids: readonly string[]): Promise<Map<string, Item>>;
  save(item: Item): Promise<boolean>;
  listIds(after?: string): AsyncIterable<string>;
}

/** Compare-and-set on `version`, as the tables have it. Items are copied in and out, so that nobody shares them. */
export function memoryTable<Item extends { readonly version: number }>(
  idOf: (item: Item) => string,
): MemoryTable<Item> {
  const items = new Map<string, Item>();
  return {
    async getMany(ids) {
      const found = [...new Set(ids)].flatMap((id) => items.get(id) ?? []);
      return new Map(found.map((item) => [idOf(item), structuredClone(item)]));
    },
    async save(item) {
      const storedVersion = items.get(idOf(item))?.version ?? 0;
      if (storedVersion !== item.version) return false;
      items.set(idOf(item), { ...structuredClone(item), version: item.version + 1 });
      return true;
    },
    async *listIds(after) {
      const ids = [...items.keys()];
      yield* after === undefined ? ids : ids.slice(ids.indexOf(after) + 1);
    },
  };
}
