import type { ConfigurationRef } from '@prelaunch/contracts/configuration';
import { beforeEach, describe, expect, it } from 'vitest';
import { group } from '../../../../tests/support/builders.ts';
import { AT } from '../../../../tests/support/clock.ts';
import { binding, configurationDraft, configurationVersion } from '../../../../tests/support/configurations.ts';
import { atEachAwait, type CrashPoint, crashing } from '../../../../tests/support/crashing.ts';
import { interrupted } from '../../../../tests/support/interrupting.ts';
import { type MemoryWorld, memoryWorld } from '../../../../tests/support/memory-world.ts';
import { publishedAsPlanned } from '../../../../tests/support/plans.ts';
import { deleteConfiguration } from './delete-configuration.ts';
import { lineages } from './graph.ts';
import { loadGraph } from './load-graph.ts';
import { changeMark } from './rollout/change-mark.ts';

let world: MemoryWorld;
beforeEach(async () => {
  world = memoryWorld();
  await publish('base', [], 'one');
});

async function publish(configurationId: string, parents: ConfigurationRef[] = [], name = ''): Promise<void> {
  await publishedAsPlanned({ configurationId, parents, settings: name === '' ? {} : { name } }, world);
}

const ofBase = { configurationId: 'base' };

describe('deleteConfiguration', () => {
  it('takes it out of the catalogue with its draft and its rollout, and leaves all else', async () => {
    await publish('other');
    await world.configurations.saveDraft(configurationDraft({ ...ofBase, basedOn: 1 }));
    const before = await world.configurations.catalogue();
    expect(await deleteConfiguration('base', world)).toBe(before.revision + 1);
    expect(await world.configurations.catalogue()).toEqual({
      revision: before.revision + 1,
      heads: { other: { version: 1 } },
      retired: { base: { version: 1 } },
      rollouts: { other: before.rollouts.other },
      version: before.version + 1,
    });
    expect(await world.configurations.draft('base')).toMatchObject({ discarded: true, settings: {} });
  });

  it('lets numbers go on when the id is used again, and versions be what they were', async () => {
    await publish('base', [], 'two');
    await deleteConfiguration('base', world);
    await publish('base', [], 'new');
    expect((await world.configurations.catalogue()).heads).toEqual({ base: { version: 3 } });
    const { configurations } = world;
    expect((await configurations.history('base', { limit: 10 })).map(({ settings }) => settings.name)).toEqual([
      'new',
      'two',
      'one',
    ]);
  });

  it.each(['ghost', 'constructor'])('does not know %s', async (configurationId) => {
    await expect(deleteConfiguration(configurationId, world)).rejects.toMatchObject({
      code: 'configuration.not_found',
    });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['configuration web@1', () => publish('web', [ofBase])],
    ['configuration web@1', () => publish('web', [{ ...ofBase, version: 1 }])],
    ['binding user:alice:0', () => world.bindings.save(binding({ configuration: ofBase }))],
    [
      'binding default:0',
      () => world.bindings.save(binding({ bindingId: 'default:0', configuration: { ...ofBase, version: 1 } })),
    ],
    ['protection group payments', () => world.put(group({ configuration: ofBase }))],
    ['protection group payments', () => world.put(group({ configuration: { ...ofBase, version: 1 } }))],
  ])('refuses what %s uses, and names it', async (user, use) => {
    await use();
    const before = await world.configurations.catalogue();
    await expect(deleteConfiguration('base', world)).rejects.toMatchObject({
      code: 'configuration.in_use',
      message: `configuration base is used by ${user}`,
      problems: [{ path: 'configurationId', value: user }],
    });
    expect(await world.configurations.catalogue()).toEqual(before);
  });

  it('names some of many who use it', async () => {
    for (let n = 1; n <= 30; n += 1) await world.put(group({ groupId: `g${n}`, configuration: ofBase }));
    await expect(deleteConfiguration('base', world)).rejects.toMatchObject({
      message: expect.stringMatching(
        /^configuration base is used by (protection group g\d+, ){19}protection group g\d+$/,
      ),
    });
  });

  it('refuses what a version inherits from that a stopped rollout leaves to groups', async () => {
    await publish('web', [ofBase]);
    await publish('web');
    // As long as a rollout runs, it may be stopped.
    await expect(deleteConfiguration('base', world)).rejects.toMatchObject({ code: 'configuration.in_use' });
    await changeMark({ configurationId: 'web', version: 2 }, (mark) => ({ ...mark, state: 'stopped' }), world);
    await expect(deleteConfiguration('base', world)).rejects.toMatchObject({
      code: 'configuration.in_use',
      message: expect.stringContaining('configuration web@1'),
    });
    await changeMark({ configurationId: 'web', version: 2 }, () => 'none', world);
    expect(await deleteConfiguration('base', world)).toBeGreaterThan(0);
  });

  it('minds neither what inherited from it once, nor what never came about, nor groups that are gone', async () => {
    await publish('web', [ofBase]);
    await publish('web');
    await changeMark({ configurationId: 'web', version: 2 }, () => 'none', world);
    await publish('lost');
    const lost = configurationVersion({ configurationId: 'lost', version: 1, parents: [ofBase] });
    expect(await world.configurations.addVersion(lost)).toBe(false);
    await world.configurations.addVersion({ ...lost, version: 2 });
    await world.put(group({ configuration: ofBase, deletedAt: AT }));
    await world.bindings.save(binding({ configuration: { configurationId: 'web' } }));
    expect(await deleteConfiguration('base', world)).toBeGreaterThan(0);
  });

  it('takes nothing from what was pinned when it still inherited from it', async () => {
    await publish('web', [ofBase]);
    await publish('app', [{ configurationId: 'web', version: 1 }]);
    await publish('web');
    await changeMark({ configurationId: 'web', version: 2 }, () => 'none', world);
    await deleteConfiguration('base', world);
    const catalogue = await world.configurations.catalogue();
    const graph = await loadGraph([{ configurationId: 'app' }], catalogue, world.configurations);
    expect(lineages(graph)({ configurationId: 'app' })).toMatchObject({
      kind: 'path',
      path: [{ configurationId: 'app' }, { configurationId: 'web', version: 1 }, ofBase],
    });
  });

  it('sees whoever begins to inherit from it at the last moment', async () => {
    const total = interrupted({ configurations: world.configurations }, 0, async () => undefined);
    await publish('spare');
    await deleteConfiguration('spare', { ...world, ...total.deps });
    for (let at = 1; at <= total.calls(); at += 1) {
      world = memoryWorld();
      await publish('base');
      const ports = { configurations: world.configurations };
      const { deps } = interrupted(ports, at, () => publish('web', [ofBase]).catch(() => undefined));
      await deleteConfiguration('base', { ...world, ...deps }).catch(() => undefined);
      const { heads } = await world.configurations.catalogue();
      expect(heads, `before call ${at}`).not.toEqual({ web: { version: 1 } });
    }
  });

  it('gives up when the catalogue keeps changing', async () => {
    const configurations = { ...world.configurations, saveCatalogue: async () => false };
    await expect(deleteConfiguration('base', { ...world, configurations })).rejects.toMatchObject({
      code: 'store.contention',
    });
  });

  it('may stop at each await: it is there as before, or gone, and can be published again', async () => {
    await atEachAwait(async (point: CrashPoint) => {
      world = memoryWorld();
      await publish('base', [], 'one');
      await world.configurations.saveDraft(configurationDraft({ ...ofBase, basedOn: 1 }));
      const { configurations, bindings, groups } = world;
      const died = crashing({ configurations, bindings, groups }, point);
      await deleteConfiguration('base', died.deps).catch(() => undefined);
      return {
        calls: died.calls(),
        check: async () => {
          const { heads } = await world.configurations.catalogue();
          if (heads.base) await deleteConfiguration('base', world);
          await publish('base', [], 'one');
          expect((await world.configurations.catalogue()).heads).toEqual({ base: { version: 2 } });
        },
      };
    });
  });
});
