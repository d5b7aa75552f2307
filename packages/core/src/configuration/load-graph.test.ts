import type { ConfigurationRef } from '@prelaunch/contracts/configuration';
import { memoryConfigurationStore } from '@prelaunch/memory/memory-configurations';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogueOf, configurationVersion } from '../../../../tests/support/configurations.ts';
import { nameOf } from './configuration.ts';
import { type Lineage, lineages } from './graph.ts';
import { loadGraph } from './load-graph.ts';
import { anyVersions, graphOf, LETTERS, soundVersions, type Versions } from './testing/arbitrary-graphs.ts';

/** Everything stored, with the newest of each visible. */
async function stored(versions: Versions) {
  const store = memoryConfigurationStore();
  for (const version of versions.values()) await store.addVersion(version);
  const { heads } = graphOf(versions);
  const published = LETTERS.filter((id) => heads(id) > 0);
  return { store, catalogue: catalogueOf(Object.fromEntries(published.map((id) => [id, heads(id)]))) };
}

/** The store, with what was read of it, one list for each read. */
function counted(store: ReturnType<typeof memoryConfigurationStore>) {
  const reads: string[][] = [];
  const versions: typeof store.versions = (refs) => {
    reads.push(refs.map(nameOf));
    return store.versions(refs);
  };
  return { reads, versions };
}

const anyRef: fc.Arbitrary<ConfigurationRef> = fc
  .record({ configurationId: fc.constantFrom(...LETTERS), version: fc.integer({ min: -4, max: 3 }) })
  .map(({ configurationId, version }) => ({ configurationId, ...(version > 0 && { version }) }));

describe('loadGraph', () => {
  it.each([
    ['', soundVersions],
    [', also of what nobody should have published', anyVersions],
  ])('loads all that is needed to find the same lineages as in the whole graph%s', async (_of, anyOf) => {
    const known = (lineage: Lineage) => (anyOf === anyVersions && lineage.kind === 'path' ? lineage.path : lineage);
    await fc.assert(
      fc.asyncProperty(anyOf, fc.array(anyRef, { minLength: 1, maxLength: 3 }), async (versions, refs) => {
        const { store, catalogue } = await stored(versions);
        const find = lineages(await loadGraph(refs, catalogue, store));
        const whole = lineages(graphOf(versions));
        for (const ref of refs) expect(known(find(ref))).toEqual(known(whole(ref)));
      }),
      { numRuns: 500 },
    );
  });

  it('reads each version once, and once for each step from child to parent at most', async () => {
    await fc.assert(
      fc.asyncProperty(anyVersions, fc.array(anyRef, { minLength: 1, maxLength: 3 }), async (versions, refs) => {
        const { store, catalogue } = await stored(versions);
        const { reads, versions: read } = counted(store);
        const graph = await loadGraph(refs, catalogue, { versions: read });
        const all = reads.flatMap((names) => [...new Set(names)]);
        expect(all.filter((name) => graph.versions.has(name)).sort()).toEqual([...graph.versions.keys()].sort());
        expect(reads.length).toBeLessThanOrEqual(2 * LETTERS.length + 2);
      }),
      { numRuns: 500 },
    );
  });

  it('reads each version once where many inherit from many', async () => {
    const store = memoryConfigurationStore();
    const layer = (depth: number) => Array.from({ length: 8 }, (_, index) => `l${depth}-${index}`);
    const parentsIn = (depth: number) => (depth === 16 ? [] : layer(depth + 1).map((id) => ({ configurationId: id })));
    const depths = Array.from({ length: 16 }, (_, index) => index + 1);
    const all = depths.flatMap((depth) =>
      layer(depth).map((id) => ({ configurationId: id, parents: parentsIn(depth) })),
    );
    for (const stated of all) await store.addVersion(configurationVersion(stated));
    const { reads, versions } = counted(store);
    const catalogue = catalogueOf(Object.fromEntries(all.map(({ configurationId }) => [configurationId, 1])));
    await loadGraph([{ configurationId: 'l1-0' }], catalogue, { versions });
    expect(reads.flat()).toHaveLength(1 + 15 * 8);
    expect(reads.length).toBeLessThanOrEqual(17);
  });

  it('takes for pinned only what was published, and for inherited then what is there', async () => {
    const store = memoryConfigurationStore();
    const lineage = [
      { configurationId: 'web', version: 1 },
      { configurationId: 'gone', version: 1 },
    ];
    for (const stated of [
      { configurationId: 'gone' },
      { configurationId: 'web', parents: [{ configurationId: 'gone' }], lineage },
      { configurationId: 'base', version: 2 },
      {
        configurationId: 'app',
        parents: [
          { configurationId: 'web', version: 1 },
          { configurationId: 'base', version: 2 },
        ],
      },
    ])
      await store.addVersion(configurationVersion(stated));
    const catalogue = catalogueOf({ web: 1, app: 1, base: 3 });
    const skipping = { ...catalogue, heads: { ...catalogue.heads, base: { version: 3, skipped: [2] } } };
    const { versions } = await loadGraph([{ configurationId: 'app' }], skipping, store);
    expect([...versions.keys()].sort()).toEqual(['app@1', 'gone@1', 'web@1']);
  });

  it('follows the versions that somebody has, where these are not the newest', async () => {
    const store = memoryConfigurationStore();
    for (const stated of [
      { configurationId: 'base', version: 1 },
      { configurationId: 'base', version: 2 },
      { configurationId: 'web', version: 1, parents: [{ configurationId: 'base' }] },
    ])
      await store.addVersion(configurationVersion(stated));
    const graph = await loadGraph([{ configurationId: 'web' }], catalogueOf({ base: 2, web: 1 }), store, () => 1);
    expect([...graph.versions.keys()]).toEqual(['web@1', 'base@1']);
    expect(graph.heads('base')).toBe(1);
  });

  it('reads nothing of what nobody published', async () => {
    const { reads, versions } = counted(memoryConfigurationStore());
    const refs = [{ configurationId: 'ghost' }, { configurationId: 'ghost', version: 1 }];
    const graph = await loadGraph(refs, catalogueOf({}), { versions });
    expect(graph.versions.size).toBe(0);
    expect(reads.flat()).toEqual([]);
  });
});
