export interface Page<Item> {
  items: Item[];
  nextToken: string | undefined;
}

/** Cuts one page from a stable order. The token names the last item served; `undefined` means that it names none. */
export function paginate<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  { size, token }: { size: number; token: string | undefined },
): Page<Item> | undefined {
  const start = token === undefined ? 0 : items.findIndex((item) => tokenOf(keyOf(item)) === token) + 1;
  if (token !== undefined && start === 0) return undefined;
  const page = items.slice(start, start + size);
  const last = page.at(-1);
  const isLastPage = start + size >= items.length || last === undefined;
  return { items: page, nextToken: isLastPage ? undefined : tokenOf(keyOf(last)) };
}

function tokenOf(key: string): string {
  return Buffer.from(`after ${key}`).toString('base64url');
}
