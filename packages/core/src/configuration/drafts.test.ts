import { beforeEach, describe, expect, it } from 'vitest';
import { interrupted } from '../../../../tests/support/interrupting.ts';
import { type MemoryWorld, memoryWorld } from '../../../../tests/support/memory-world.ts';
import { publishedAsPlanned } from '../../../../tests/support/plans.ts';
import { discardDraft, saveDraft } from './drafts.ts';

const base = { configurationId: 'base' };
const at = '2026-03-01T13:00:00.000Z';

let world: MemoryWorld;
beforeEach(() => {
  world = memoryWorld();
});

function save(
  name: string,
  author = 'user:alice',
  expected?: number,
  deps: Pick<MemoryWorld, 'configurations'> = world,
) {
  const content = { parents: [], settings: { name }, variants: {}, unset: [], locked: [] };
  return saveDraft({ ...base, expected }, content, { id: author, by: `${author}@example.com`, at }, deps);
}

describe('saveDraft', () => {
  it('keeps what is to be said, whole, on which version it is based, and who saved it last', async () => {
    await save('one');
    await publishedAsPlanned(base, world);
    const saved = await save('two', 'user:bob');
    expect(saved).toEqual({
      ...base,
      ...{ parents: [], settings: { name: 'two' }, variants: {}, unset: [], locked: [] },
      basedOn: 1,
      authors: ['user:alice', 'user:bob'],
      savedBy: 'user:bob@example.com',
      savedAt: at,
      version: 2,
    });
    expect(await world.configurations.draft('base')).toEqual(saved);
  });

  it('takes everybody who saved it for an author, once', async () => {
    for (const author of ['user:alice', 'user:bob', 'user:alice']) await save('x', author);
    expect(await world.configurations.draft('base')).toMatchObject({ authors: ['user:alice', 'user:bob'], version: 3 });
  });

  it.each([
    [undefined, 'saved'],
    [2, 'saved'],
    [1, 'refused'],
    [3, 'refused'],
    [0, 'refused'],
  ])('is, where generation %s of two was seen, %s', async (expected, outcome) => {
    await save('one');
    await save('two');
    const saved = save('three', 'user:bob', expected);
    if (outcome === 'saved') expect(await saved).toMatchObject({ version: 3 });
    else await expect(saved).rejects.toMatchObject({ code: 'configuration.draft_mismatch', current: 2 });
    expect((await world.configurations.draft('base'))?.authors.includes('user:bob')).toBe(outcome === 'saved');
  });

  it('begins one where none was seen, and only there', async () => {
    await expect(save('one', 'user:alice', 1)).rejects.toMatchObject({
      code: 'configuration.draft_mismatch',
      current: 0,
      problems: [{ path: 'generation', value: 1, allowed: '0' }],
    });
    expect(await save('one', 'user:alice', 0)).toMatchObject({ version: 1 });
  });

  it('loses no author to somebody who saves at the same time', async () => {
    const { deps } = interrupted({ configurations: world.configurations }, 3, () => save('two', 'user:bob'));
    await save('one', 'user:alice', undefined, deps);
    expect(await world.configurations.draft('base')).toMatchObject({
      settings: { name: 'one' },
      authors: ['user:bob', 'user:alice'],
      version: 2,
    });
  });

  it('overwrites nothing unseen of somebody who saves at the same time', async () => {
    const { deps } = interrupted({ configurations: world.configurations }, 3, () => save('two', 'user:bob'));
    await expect(save('one', 'user:alice', 0, deps)).rejects.toMatchObject({ code: 'configuration.draft_mismatch' });
    expect(await world.configurations.draft('base')).toMatchObject({ settings: { name: 'two' } });
  });

  it('gives up when the draft keeps changing, or when there is no room for another author', async () => {
    const configurations = { ...world.configurations, saveDraft: async () => false };
    const failed = save('one', 'user:alice', undefined, { configurations });
    await expect(failed).rejects.toMatchObject({ code: 'store.contention' });
    for (let n = 1; n <= 100; n += 1) await save('x', `user:${n}`);
    await expect(save('x', 'user:101')).rejects.toMatchObject({ code: 'store.contention' });
    expect(await save('x', 'user:1')).toMatchObject({ version: 101 });
  });
});

describe('discardDraft', () => {
  it('answers what is gone, and of the next one those are authors too who may have written it', async () => {
    const saved = await save('one');
    expect(await discardDraft({ ...base, expected: 1 }, world)).toEqual(saved);
    await expect(discardDraft(base, world)).rejects.toMatchObject({
      code: 'configuration.draft_not_found',
      problems: [{ path: 'configurationId', value: 'base' }],
    });
    expect(await save('two', 'user:bob', 0)).toMatchObject({ authors: ['user:alice', 'user:bob'], version: 3 });
  });

  it('discards nothing unseen', async () => {
    await save('one');
    await expect(discardDraft({ ...base, expected: 2 }, world)).rejects.toMatchObject({
      code: 'configuration.draft_mismatch',
      current: 1,
    });
    const { deps } = interrupted({ configurations: world.configurations }, 2, () => save('two', 'user:bob'));
    await expect(discardDraft(base, deps)).rejects.toMatchObject({ code: 'store.contention' });
    expect(await world.configurations.draft('base')).toMatchObject({ settings: { name: 'two' } });
  });
});
