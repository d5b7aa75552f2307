import { ContentionError } from '../errors.ts';

const ATTEMPTS_MAX = 10;

/**
 * Reads, decides and writes until no one else wrote in between. `decide` is pure and sees the newest item each time; it answers
 * undefined when there is nothing to write. Answers what was written, or undefined.
 */
export async function updateItem<Item>(
  what: string,
  read: () => Promise<Item>,
  decide: (item: Item) => Exclude<Item, undefined> | undefined,
  save: (item: Exclude<Item, undefined>) => Promise<boolean>,
): Promise<Exclude<Item, undefined> | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const changed = decide(await read());
    if (changed === undefined) return undefined;
    if (await save(changed)) return changed;
  }
  throw new ContentionError(what);
}
