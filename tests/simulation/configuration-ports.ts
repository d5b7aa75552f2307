import { nameOf } from '@prelaunch/core/configuration/configuration';
import { catalogueSaved } from './catalogue-safety.ts';
import { readingsOf } from './known-configurations.ts';
import { rolloutSaved } from './rollout-safety.ts';
import type { Task } from './scheduler.ts';
import type { Deps, World } from './world.ts';

type Access = <T>(what: string, effect: () => Promise<T>) => Promise<T>;

/**
 * What is stored of configurations, as one task sees it. Where nobody uses any, there is nothing to wait for: so seeds take the way
 * they took before there were configurations.
 */
export function configurationPorts(
  world: World,
  task: Task,
  { read, write }: { readonly read: Access; readonly write: Access },
): Pick<Deps, 'configurations' | 'rollouts' | 'bindings'> {
  const { configurations: store, bindings } = world.stores;
  if (!world.scenario.configured) return { configurations: store, rollouts: store, bindings };
  const { known } = world;
  return {
    configurations: {
      catalogue: () =>
        read('reads the catalogue', async () => {
          const catalogue = await store.catalogue();
          readingsOf(known, task).catalogues.push(catalogue);
          return catalogue;
        }),
      saveCatalogue: (catalogue) =>
        write(`stores catalogue r${catalogue.revision} ${marksIn(catalogue)}`, async () => {
          const saved = await store.saveCatalogue(catalogue);
          if (saved) catalogueSaved(world, task, catalogue);
          return noted(world, saved);
        }),
      // Of none, nobody asks.
      versions: async (refs) =>
        refs.length === 0 ? new Map() : read(`reads ${refs.map(nameOf)}`, () => store.versions(refs)),
      history: (id, options) => read(`reads versions of ${id}`, () => store.history(id, options)),
      addVersion: (version) =>
        write(`adds ${nameOf(version)}`, async () => {
          const added = await store.addVersion(version);
          if (added) known.versions.set(nameOf(version), structuredClone(version));
          return noted(world, added);
        }),
      childrenOf: (ids) => read(`reads children of ${ids}`, () => store.childrenOf(ids)),
      draft: (id) => read(`reads the draft of ${id}`, () => store.draft(id)),
      saveDraft: async (draft) =>
        noted(world, await write(`stores a draft of ${draft.configurationId}`, () => store.saveDraft(draft))),
    },
    rollouts: {
      rollout: (ref) =>
        read(`reads rollout ${nameOf(ref)}`, async () => {
          const progress = await store.rollout(ref);
          if (progress) readingsOf(known, task).rollouts.set(nameOf(ref), progress);
          return progress;
        }),
      saveRollout: (progress) =>
        write(`stores rollout ${nameOf(progress)} ${progress.reached.length}/${progress.groupIds}`, async () => {
          const saved = await store.saveRollout(progress);
          if (saved) rolloutSaved(world, task, progress);
          return noted(world, saved);
        }),
    },
    bindings: {
      of: (subjects) =>
        read('reads bindings', async () => {
          const found = await bindings.of(subjects);
          readingsOf(known, task).bindings.push(found);
          return found;
        }),
      all: () =>
        read('reads all bindings', async () => {
          const found = await bindings.all();
          readingsOf(known, task).bindings.push(found);
          return found;
        }),
      save: (binding) =>
        write(`binds ${binding.bindingId} to ${JSON.stringify(binding.configuration)}`, async () => {
          const saved = await bindings.save(binding);
          const { version } = binding;
          if (saved) known.bindings.set(binding.bindingId, { ...structuredClone(binding), version: version + 1 });
          return noted(world, saved);
        }),
      delete: (binding) =>
        write(`unbinds ${binding.bindingId}`, async () => {
          const deleted = await bindings.delete(binding);
          if (deleted) known.bindings.delete(binding.bindingId);
          return deleted;
        }),
    },
  };
}

function marksIn({
  rollouts,
}: {
  readonly rollouts: Readonly<Record<string, { version: number; state: string }>>;
}): string {
  return Object.entries(rollouts)
    .map(([id, { version, state }]) => `${id}@${version} ${state}`)
    .join(', ');
}

export function noted(world: World, saved: boolean): boolean {
  if (!saved) world.scheduler.note('    somebody else wrote first');
  return saved;
}
