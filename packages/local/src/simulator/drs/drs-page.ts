import { paginate } from '../paginate.ts';
import { invalid } from './drs-errors.ts';

const PAGE_SIZE_DEFAULT = 200;
const PAGE_SIZE_MAX = 1_000;

export interface PageRequest {
  maxResults?: number | undefined;
  nextToken?: string | undefined;
}

/** One page of items in DRS's words. Pages are never larger than the service's own limit, whatever was asked for. */
export function drsPage<Item, Output>(
  items: readonly Item[],
  { keyOf, output }: { keyOf: (item: Item) => string; output: (item: Item) => Output },
  { maxResults = PAGE_SIZE_DEFAULT, nextToken }: PageRequest,
): { items: Output[]; nextToken: string | undefined } {
  const page = paginate(items, keyOf, { size: Math.min(maxResults, PAGE_SIZE_MAX), token: nextToken });
  if (!page) throw invalid('The token is not valid', [{ name: 'nextToken', message: 'is not valid' }]);
  return { items: page.items.map(output), nextToken: page.nextToken };
}
