import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { group } from '../../../../tests/support/builders.ts';
import { AT } from '../../../../tests/support/clock.ts';
import { memoryWorld } from '../../../../tests/support/memory-world.ts';
import { allGroups, together } from './all-groups.ts';

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function* each<Item>(items: readonly Item[]): AsyncIterable<Item> {
  yield* items;
}

describe('allGroups', () => {
  it('is every group that somebody defined and nobody deleted, in batches that the store takes', async () => {
    const world = memoryWorld();
    const ids = Array.from({ length: 250 }, (_, index) => `g-${index}`);
    await world.put(...ids.map((groupId) => group({ groupId })));
    await world.put(group({ groupId: 'g-3', deletedAt: AT }), group({ groupId: 'g-7', generation: 0 }));
    const asked: number[] = [];
    const getMany = (some: readonly string[]) => {
      asked.push(some.length);
      return world.groups.getMany(some);
    };
    const found = await all(allGroups({ listIds: world.groups.listIds, getMany }));
    expect(found.map(({ groupId }) => groupId)).toEqual(ids.filter((id) => id !== 'g-3' && id !== 'g-7'));
    expect(asked).toEqual([100, 100, 50]);
  });

  it('goes on without groups that are gone by the time they are read', async () => {
    const world = memoryWorld();
    await world.put(group());
    const listIds = () => each(['gone', 'payments']);
    const found = await all(allGroups({ listIds, getMany: world.groups.getMany }));
    expect(found.map(({ groupId }) => groupId)).toEqual(['payments']);
  });
});

describe('together', () => {
  it('is all ids in their order, in full batches but for the last, and none of them empty', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string()), fc.integer({ min: 1, max: 5 }), async (ids, size) => {
        const batches = await all(together(each(ids), size));
        expect(batches.flat()).toEqual(ids);
        expect(batches.slice(0, -1).every((batch) => batch.length === size)).toBe(true);
        expect(batches.every((batch) => batch.length > 0 && batch.length <= size)).toBe(true);
      }),
    );
  });
});
