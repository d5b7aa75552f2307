import type { ConfigurationRef } from '@prelaunch/contracts/configuration';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { catalogueOf } from '../../../../tests/support/configurations.ts';
import { type MemoryWorld, memoryWorld } from '../../../../tests/support/memory-world.ts';
import { publishedAsPlanned } from '../../../../tests/support/plans.ts';
import { type ConfigurationVersion, nameOf } from './configuration.ts';
import { graphParts, showGraph } from './show-graph.ts';
import { graphOf, soundVersions } from './testing/arbitrary-graphs.ts';

let world: MemoryWorld;
beforeEach(() => {
  world = memoryWorld();
});

async function publish(
  configurationId: string,
  parents: ConfigurationRef[] = [],
  stated: Partial<ConfigurationVersion> = {},
): Promise<void> {
  await publishedAsPlanned({ configurationId, parents, ...stated }, world);
}

function shown(configurationId?: string, format: 'data' | 'opencypher' | 'graphml' = 'data') {
  return showGraph({ configurationId, format }, world);
}

const to = (configurationId: string, version?: number): ConfigurationRef => ({
  configurationId,
  ...(version !== undefined && { version }),
});

describe('showGraph', () => {
  it('shows the newest of each, what is pinned, and what these inherited when they were published', async () => {
    await publish('base', [], { owner: 'platform' });
    await publish('web', [to('base')]);
    await publish('app', [to('web', 1)], { description: 'App' });
    await publish('base', [], { settings: { name: 'new' } });
    await publish('web', [to('base')], { settings: { name: 'new' } });
    const plain = { description: null, owner: null, pinned: false, affected: false };
    expect(await shown()).toMatchObject({
      catalogueRevision: 5,
      nodes: [
        { configurationId: 'app', version: 1, ...plain, description: 'App' },
        { configurationId: 'base', version: 1, ...plain, owner: 'platform', pinned: true },
        { configurationId: 'base', version: 2, ...plain },
        { configurationId: 'web', version: 1, ...plain, pinned: true },
        { configurationId: 'web', version: 2, ...plain },
      ],
      edges: [
        { from: 'app@1', to: 'web@1', order: 0, pinned: true },
        { from: 'web@1', to: 'base@1', order: 0, pinned: true },
        { from: 'web@2', to: 'base@2', order: 0, pinned: false },
      ],
    });
    expect((await shown()).mermaid).toContain('app@1');
  });

  it('leads from a pinned version to the parent that it followed then, also where it inherited another one too', async () => {
    await publish('base');
    await publish('old', [to('base', 1)]);
    await publish('base', [], { settings: { name: 'new' } });
    await publish('web', [to('old'), to('base')]);
    await publish('app', [to('web', 1)]);
    await publish('web');
    const { edges } = await shown('app');
    expect(edges).toEqual([
      { from: 'app@1', to: 'web@1', order: 0, pinned: true },
      { from: 'old@1', to: 'base@1', order: 0, pinned: true },
      { from: 'web@1', to: 'old@1', order: 0, pinned: true },
      { from: 'web@1', to: 'base@2', order: 1, pinned: true },
    ]);
  });

  it('shows, around one, all that it inherits from and all that inherits from it', async () => {
    await publish('base');
    await publish('network');
    await publish('web', [to('base')]);
    await publish('app', [to('web'), to('network')]);
    await publish('other', [to('base')]);
    const names = async (id: string) =>
      (await shown(id)).nodes.map(({ configurationId, version }) => `${configurationId}@${version}`);
    expect(await names('web')).toEqual(['app@1', 'base@1', 'web@1']);
    expect(await names('network')).toEqual(['app@1', 'network@1']);
    expect(await names('base')).toEqual(['app@1', 'base@1', 'other@1', 'web@1']);
    expect((await shown('web')).edges).toEqual([
      { from: 'app@1', to: 'web@1', order: 0, pinned: false },
      { from: 'web@1', to: 'base@1', order: 0, pinned: false },
    ]);
  });

  it('does not know what was not published, and is empty where nothing was', async () => {
    await expect(shown('ghost')).rejects.toMatchObject({ code: 'configuration.not_found' });
    expect(await shown()).toMatchObject({ catalogueRevision: 0, nodes: [], edges: [] });
  });

  it('exports to the format that is asked for, and to none where none is', async () => {
    await publish('base');
    expect(await shown()).not.toHaveProperty('export');
    expect((await shown(undefined, 'opencypher')).export).toMatch(/MERGE .*'base'/);
    expect((await shown('base', 'graphml')).export).toMatch(/<graphml/);
  });

  it('has an edge for each parent of each version, to what that inherits from', async () => {
    await fc.assert(
      fc.asyncProperty(soundVersions, async (versions) => {
        const { heads } = graphOf(versions);
        world = memoryWorld();
        for (const version of versions.values()) await world.configurations.addVersion(version);
        const ids = [...new Set([...versions.values()].map(({ configurationId }) => configurationId))];
        const catalogue = catalogueOf(Object.fromEntries(ids.map((id) => [id, heads(id)])));
        await world.configurations.saveCatalogue(catalogue);
        const { nodes, edges } = await shown();
        const names = nodes.map(({ configurationId, version }) => nameOf({ configurationId, version: version ?? 0 }));
        expect(new Set(names).size).toBe(names.length);
        for (const name of names) {
          const child = versions.get(name) as ConfigurationVersion;
          const isNewest = heads(child.configurationId) === child.version;
          const wanted = child.parents.map((parent, order) => ({
            from: name,
            to: stepsTo(parent, child, isNewest ? heads : undefined),
            order,
            pinned: !isNewest || parent.version !== undefined,
          }));
          expect(edges.filter(({ from }) => from === name)).toEqual(wanted);
          for (const edge of wanted) expect(names).toContain(edge.to);
        }
      }),
    );
  });
});

/** To the newest of the heads, or to what stood in the lineage: where that is twice, the older one is pinned by somebody. */
function stepsTo(
  { configurationId, version }: ConfigurationRef,
  { lineage }: ConfigurationVersion,
  heads: ((id: string) => number) | undefined,
): string {
  const stood = lineage.filter((ref) => ref.configurationId === configurationId).map((ref) => ref.version);
  return nameOf({ configurationId, version: version ?? heads?.(configurationId) ?? Math.max(...stood) });
}

describe('graphParts', () => {
  it('leaves out edges to what is not drawn', async () => {
    await publish('base');
    await publish('web', [to('base')]);
    const versions = await world.configurations.history('web', { limit: 1 });
    expect(graphParts({ versions, heads: () => 1, affected: new Set() })).toMatchObject({ nodes: [{}], edges: [] });
  });
});
