import { describe, expect, it } from 'vitest';
import { catalogueOf } from '../../../../../tests/support/configurations.ts';
import { memoryWorld } from '../../../../../tests/support/memory-world.ts';
import type { RolloutMark } from '../configuration.ts';
import { changeMark, markOf } from './change-mark.ts';

const V2 = { configurationId: 'production', version: 2 };
const MARK: RolloutMark = {
  ...{ version: 2, previous: [1], state: 'running', maxFailureShare: 0.1 },
  ...{ by: 'ops', requestedBy: 'user:ops', correlationId: 'c-7' },
};
const OTHER: RolloutMark = { ...MARK, version: 5, previous: [] };

async function storedWorld() {
  const world = memoryWorld();
  const rollouts = { production: MARK, other: OTHER };
  await world.configurations.saveCatalogue(catalogueOf({ production: 2, other: 5 }, { rollouts }));
  return world;
}

describe('markOf', () => {
  it('is the mark of the very version', () => {
    const catalogue = catalogueOf({ production: 2 }, { rollouts: { production: MARK } });
    expect(markOf(catalogue, V2)).toBe(MARK);
    expect(markOf(catalogue, { ...V2, version: 1 })).toBeUndefined();
    expect(markOf(catalogue, { ...V2, configurationId: 'other' })).toBeUndefined();
  });
});

describe('changeMark', () => {
  it('changes that mark and nothing else of the catalogue', async () => {
    const world = await storedWorld();
    const before = await world.configurations.catalogue();
    await changeMark(V2, (mark) => ({ ...mark, state: 'stopped' }), world);
    expect(await world.configurations.catalogue()).toEqual({
      ...before,
      rollouts: { production: { ...MARK, state: 'stopped' }, other: OTHER },
      version: before.version + 1,
    });
  });

  it('takes it away', async () => {
    const world = await storedWorld();
    await changeMark(V2, () => 'none', world);
    expect((await world.configurations.catalogue()).rollouts).toEqual({ other: OTHER });
  });

  it.each([
    ['the change wants nothing', V2],
    ['another version was published', { ...V2, version: 1 }],
    ['it is gone', { ...V2, configurationId: 'gone' }],
  ])('writes nothing where %s', async (_what, ref) => {
    const world = await storedWorld();
    const before = await world.configurations.catalogue();
    const changed = await changeMark(ref, (mark) => (ref === V2 ? undefined : { ...mark, state: 'stopped' }), world);
    expect(changed).toBeUndefined();
    expect(await world.configurations.catalogue()).toEqual(before);
  });

  it('loses nothing that somebody else writes meanwhile, and decides by that', async () => {
    const world = await storedWorld();
    let saves = 0;
    const configurations = {
      ...world.configurations,
      async saveCatalogue(catalogue: Parameters<typeof world.configurations.saveCatalogue>[0]) {
        saves += 1;
        if (saves === 1) await changeMark({ configurationId: 'other', version: 5 }, () => 'none', world);
        return world.configurations.saveCatalogue(catalogue);
      },
    };
    await changeMark(V2, (mark) => ({ ...mark, state: 'stopped' }), { configurations });
    expect((await world.configurations.catalogue()).rollouts).toEqual({ production: { ...MARK, state: 'stopped' } });
  });
});
