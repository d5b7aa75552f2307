import { type Group, isDefined } from './group.ts';
import type { GroupStore } from './ports.ts';

const READ_TOGETHER = 100;

/** Every group that exists, whole, read in batches. */
export async function* allGroups(groups: Pick<GroupStore, 'listIds' | 'getMany'>): AsyncIterable<Group> {
  for await (const ids of together(groups.listIds(), READ_TOGETHER)) {
    const found = await groups.getMany(ids);
    yield* ids.flatMap((id) => found.get(id) ?? []).filter(isDefined);
  }
}

/** Ids in batches, the last one perhaps smaller. */
export async function* together(ids: AsyncIterable<string>, size: number): AsyncIterable<string[]> {
  let gathered: string[] = [];
  for await (const id of ids) {
    gathered.push(id);
    if (gathered.length < size) continue;
    yield gathered;
    gathered = [];
  }
  if (gathered.length > 0) yield gathered;
}
