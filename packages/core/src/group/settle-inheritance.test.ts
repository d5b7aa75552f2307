import { describe, expect, it } from 'vitest';
import { group } from '../../../../tests/support/builders.ts';
import { AT } from '../../../../tests/support/clock.ts';
import { binding } from '../../../../tests/support/configurations.ts';
import { type MemoryWorld, memoryWorld } from '../../../../tests/support/memory-world.ts';
import { published } from '../../../../tests/support/published-versions.ts';
import { effectiveSettings, type Inherited } from '../settings/effective-settings.ts';
import type { Group } from './group.ts';
import { settleInheritance, wouldInherit } from './settle-inheritance.ts';

const PRODUCTION = { configurationId: 'production' };
const SUBJECT = { kind: 'protectionGroup', id: 'payments' } as const;

/** `production` follows `base`; both have been published once. */
async function publishedWorld(): Promise<MemoryWorld> {
  const world = memoryWorld();
  await published({ configurationId: 'base', settings: { name: 'base-1', copyTags: true } }, world);
  await published({ ...PRODUCTION, parents: [{ configurationId: 'base' }], settings: { tags: { v: '1' } } }, world);
  return world;
}

const BOTH_AT_1 = [
  { configurationId: 'production', version: 1 },
  { configurationId: 'base', version: 1 },
];

/** A stored group whose newest generation is not planned. */
async function lagging(world: MemoryWorld, stated: Partial<Group> = {}): Promise<Group> {
  await world.put(group({ generation: 2, plannedGeneration: 1, configuration: PRODUCTION, ...stated }));
  return world.group();
}

async function settled(stored: Group, world: MemoryWorld) {
  const found = await settleInheritance(stored, world);
  if (!found) throw new Error('somebody else wrote the group');
  return found;
}

function settingsOf(inherited: Inherited) {
  return effectiveSettings(inherited, []).settings;
}

const REFUSING = () => Promise.reject(new Error('nobody should ask'));

describe('settleInheritance', () => {
  it('fixes on the group which versions its newest generation gets', async () => {
    const world = await publishedWorld();
    const found = await settled(await lagging(world), world);
    expect(await world.group()).toEqual(found.group);
    expect(found.group.inherits).toEqual({
      generation: 2,
      configuration: PRODUCTION,
      followed: BOTH_AT_1,
      revision: 2,
    });
    expect(settingsOf(found.inherited)).toEqual({ name: 'base-1', copyTags: true, tags: { v: '1' } });
    expect(found).not.toHaveProperty('problem');
  });

  it('fixes nothing that may change where a version is pinned', async () => {
    const world = await publishedWorld();
    await published({ configurationId: 'base', settings: { name: 'base-2' } }, world);
    const found = await settled(await lagging(world, { configuration: { ...PRODUCTION, version: 1 } }), world);
    expect(found.group.inherits).toMatchObject({ configuration: { ...PRODUCTION, version: 1 }, followed: [] });
    expect(settingsOf(found.inherited)).toMatchObject({ name: 'base-1' });
  });

  it.each([
    ['generation that was settled before', { generation: 2, plannedGeneration: 1 }],
    ['generation that was planned before, and waits for servers', { generation: 2, plannedGeneration: 2 }],
  ])('gives a %s what it had, whatever was published since, and writes nothing', async (_what, counters) => {
    const world = await publishedWorld();
    const first = await settled(await lagging(world), world);
    await world.put({ ...first.group, ...counters });
    await published({ configurationId: 'base', settings: { name: 'base-2' } }, world);
    await published({ ...PRODUCTION, settings: { tags: { v: '2' } } }, world);
    const stored = await world.group();
    const again = await settled(stored, { ...world, groups: { ...world.groups, save: REFUSING } });
    expect(again.group).toEqual(stored);
    expect(settingsOf(again.inherited)).toEqual(settingsOf(first.inherited));
  });

  it('gives the next generation what is the newest then', async () => {
    const world = await publishedWorld();
    const first = await settled(await lagging(world), world);
    await world.put({ ...first.group, plannedGeneration: 2, generation: 3 });
    await published({ configurationId: 'base', settings: { name: 'base-2' } }, world);
    const next = await settled(await world.group(), world);
    expect(next.group.inherits).toMatchObject({
      generation: 3,
      followed: [
        { configurationId: 'production', version: 1 },
        { configurationId: 'base', version: 2 },
      ],
    });
    expect(settingsOf(next.inherited)).toMatchObject({ name: 'base-2' });
  });

  it('keeps the problem of a generation that found nothing, although it has been published since', async () => {
    const world = memoryWorld();
    const first = await settled(await lagging(world), world);
    await published({ ...PRODUCTION, settings: { name: 'late' } }, world);
    const again = await settled(first.group, world);
    expect([first.problem?.code, again.problem]).toEqual(['configuration.not_found', first.problem]);
  });

  it('keeps the problem of a generation that pins what was not published, although it has been since', async () => {
    const world = await publishedWorld();
    const first = await settled(await lagging(world, { configuration: { ...PRODUCTION, version: 2 } }), world);
    await published({ ...PRODUCTION, settings: { name: 'late' } }, world);
    const again = await settled(first.group, world);
    expect([first.problem?.code, again.problem]).toEqual(['configuration.not_found', first.problem]);
    expect(first.group.inherits?.followed).toEqual([{ ...PRODUCTION, version: 1 }]);
  });

  it.each([
    ['a configuration that nobody has published', { configurationId: 'nowhere' }, 'configuration', ['nowhere']],
    ['a version that nobody has published', { ...PRODUCTION, version: 9 }, 'configuration', ['production']],
  ])('says where what is wrong with %s, and what may mend it', async (_what, configuration, path, concerns) => {
    const world = await publishedWorld();
    const found = await settled(await lagging(world, { configuration }), world);
    expect(found.problem).toMatchObject({ code: 'configuration.not_found', path });
    expect(found.problem).not.toHaveProperty('concerns');
    expect(settingsOf(found.inherited)).toEqual({});
    expect(found.group.inherits?.followed.map(({ configurationId }) => configurationId)).toEqual(concerns);
  });

  it('names the parent that is missing, and everything on the way to it', async () => {
    const world = await publishedWorld();
    const catalogue = await world.configurations.catalogue();
    const { base, ...heads } = catalogue.heads;
    await world.configurations.saveCatalogue({ ...catalogue, heads, ...(base && { retired: { base } }) });
    const found = await settled(await lagging(world), world);
    expect(found.problem).toMatchObject({ code: 'configuration.unknown_parent', value: 'base' });
    expect(found.group.inherits?.followed).toEqual([
      { configurationId: 'production', version: 1 },
      { configurationId: 'base', version: 0 },
    ]);
  });

  it('keeps what a group has of a configuration whose rollout was stopped', async () => {
    const world = await publishedWorld();
    const first = await settled(await lagging(world), world);
    await published({ configurationId: 'base', settings: { name: 'base-2' } }, world);
    const catalogue = await world.configurations.catalogue();
    const rollouts = { ...catalogue.rollouts, base: { ...catalogue.rollouts.base, state: 'stopped' } };
    await world.configurations.saveCatalogue({ ...catalogue, rollouts: rollouts as typeof catalogue.rollouts });

    await world.put({ ...first.group, plannedGeneration: 2, generation: 3 });
    const held = await settled(await world.group(), world);
    expect(held.group.inherits).toMatchObject({ generation: 3, followed: BOTH_AT_1 });
    expect(settingsOf(held.inherited)).toMatchObject({ name: 'base-1' });

    await world.put({ ...group({ groupId: 'new', configuration: PRODUCTION }), plannedGeneration: 0 });
    const fresh = await settled(await world.group('new'), world);
    expect(settingsOf(fresh.inherited)).toMatchObject({ name: 'base-2' });
  });

  it('gives way to whoever wrote the group first', async () => {
    const world = await publishedWorld();
    const read = await lagging(world);
    await world.put({ ...read, name: 'Renamed' });
    const stored = await world.group();
    expect(await settleInheritance(read, world)).toBeUndefined();
    expect(await world.group()).toEqual(stored);
  });

  describe('of a group that names no configuration', () => {
    it('has nothing to inherit and is not written, and only its bindings are looked at', async () => {
      const world = memoryWorld();
      const { configuration: _none, ...stated } = await lagging(world);
      const asked: unknown[] = [];
      const found = await settleInheritance(stated, {
        groups: { ...world.groups, save: REFUSING, getMany: REFUSING },
        configurations: { catalogue: REFUSING, versions: REFUSING },
        bindings: {
          async of(subjects) {
            asked.push(...subjects);
            return [];
          },
        },
      });
      expect(found).toMatchObject({ group: stated });
      expect(asked).toEqual([SUBJECT]);
    });

    it('does not even look at its bindings when it waits for servers', async () => {
      const world = memoryWorld();
      const stored = group({ generation: 2, plannedGeneration: 2 });
      const bindings = { of: REFUSING };
      const configurations = { catalogue: REFUSING, versions: REFUSING };
      expect(await settleInheritance(stored, { ...world, bindings, configurations })).toMatchObject({ group: stored });
    });

    it('begins where it is bound, by the highest priority', async () => {
      const world = await publishedWorld();
      await world.bindings.save(binding({ subject: SUBJECT, priority: 1 }));
      await world.bindings.save(binding({ subject: SUBJECT, priority: 7, configuration: { configurationId: 'base' } }));
      await world.bindings.save(binding({ subject: { kind: 'protectionGroup', id: 'ledger' }, priority: 9 }));
      await world.bindings.save(binding({ subject: { kind: 'default' }, priority: 9 }));
      const { configuration: _none, ...stated } = await lagging(world);
      const found = await settled(stated, world);
      expect(found.group.inherits).toMatchObject({
        configuration: { configurationId: 'base' },
        bindingId: 'protectionGroup:payments:7',
      });
    });

    it('forgets what it inherited when it is not bound any more, or deleted', async () => {
      for (const stated of [{}, { deletedAt: AT, configuration: PRODUCTION }]) {
        const world = await publishedWorld();
        const first = await settled(await lagging(world), world);
        const { configuration: _none, ...others } = first.group;
        await world.put({ ...others, generation: 3, ...stated });
        const found = await settled(await world.group(), world);
        expect(found.group).not.toHaveProperty('inherits');
        expect(await world.group()).not.toHaveProperty('inherits');
        expect(settingsOf(found.inherited)).toEqual({});
      }
    });

    it('begins another generation with its first binding, since this one may be under way without, in one write', async () => {
      const world = await publishedWorld();
      const { configuration: _none, ...stated } = await lagging(world);
      await world.put(stated);
      const read = await world.group();
      const without = await settled(read, world);
      await world.bindings.save(binding({ subject: SUBJECT }));
      const bound = await settled(read, world);
      expect(without.group).toEqual(read);
      expect(bound.group).toMatchObject({ generation: 3, plannedGeneration: 1, inherits: { generation: 3 } });
      expect(bound.group.version).toBe(read.version + 1);
      expect(await world.group()).toEqual(bound.group);
    });

    it('stays in its generation where it was bound before', async () => {
      const world = await publishedWorld();
      await world.bindings.save(binding({ subject: SUBJECT }));
      const { configuration: _none, ...stated } = await lagging(world);
      await world.put(stated);
      const first = await settled(await world.group(), world);
      await world.put({ ...first.group, plannedGeneration: 3, generation: 4 });
      expect((await settled(await world.group(), world)).group).toMatchObject({
        generation: 4,
        inherits: { generation: 4 },
      });
    });
  });

  it('prefers what the group names to what it is bound to, which nobody asks for', async () => {
    const world = await publishedWorld();
    await world.bindings.save(binding({ subject: SUBJECT, configuration: { configurationId: 'base' } }));
    const found = await settled(await lagging(world), { ...world, bindings: { ...world.bindings, of: REFUSING } });
    expect(found.group.inherits?.configuration).toEqual(PRODUCTION);
    expect(found.group.inherits).not.toHaveProperty('bindingId');
  });
});

describe('wouldInherit', () => {
  it('is what a group that is defined like this would get now, and nothing is written', async () => {
    const world = await publishedWorld();
    await world.bindings.save(binding({ subject: SUBJECT, configuration: { configurationId: 'base' } }));
    expect(settingsOf(await wouldInherit({ groupId: 'payments', configuration: PRODUCTION }, world))).toEqual({
      name: 'base-1',
      copyTags: true,
      tags: { v: '1' },
    });
    expect(settingsOf(await wouldInherit({ groupId: 'payments' }, world))).toEqual({ name: 'base-1', copyTags: true });
    expect(settingsOf(await wouldInherit({ groupId: 'ledger' }, world))).toEqual({});
  });

  it('is nothing where it cannot be told', async () => {
    const world = await publishedWorld();
    const configuration = { configurationId: 'nowhere' };
    expect(settingsOf(await wouldInherit({ groupId: 'payments', configuration }, world))).toEqual({});
  });
});
