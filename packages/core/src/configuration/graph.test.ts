import type { ConfigurationRef } from '@prelaunch/contracts/configuration';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConfigurationVersion, EMPTY_CATALOGUE, nameOf } from './configuration.ts';
import { type Lineage, lineages } from './graph.ts';
import { headsIn } from './snapshot.ts';
import {
  anyVersions,
  graphOf,
  LETTERS,
  published,
  soundVersions,
  type Versions,
  versionOf,
} from './testing/arbitrary-graphs.ts';

function refOf(name: string): ConfigurationRef {
  const [configurationId = '', version] = name.split('@');
  return version === undefined ? { configurationId } : { configurationId, version: Number(version) };
}

/** Versions published one after the other, as `child: parent parent@1`, whether anybody would let them be published or not. */
function publishedAs(...texts: string[]): Versions {
  return texts.reduce<Versions>((versions, text) => {
    const [child = '', parents = ''] = text.split(':');
    return published(versions, child, parents.split(' ').filter(Boolean).map(refOf)).versions;
  }, new Map());
}

function found(name: string, versions: Versions): Lineage {
  return lineages(graphOf(versions))(refOf(name));
}

function pathOf(name: string, versions: Versions): string[] {
  return namesIn(found(name, versions));
}

function namesIn(lineage: Lineage): string[] {
  if (lineage.kind === 'none') throw new Error(lineage.problem.message);
  return lineage.path.map(nameOf);
}

function problemOf(name: string, versions: Versions) {
  const lineage = found(name, versions);
  if (lineage.kind === 'path') throw new Error(`there is a path: ${lineage.path.map(nameOf)}`);
  return lineage.problem;
}

const RUNS = { numRuns: 1000 };

/** What can be asked of a graph: each configuration, one that nobody published too, and each version. */
function namesOf(versions: Versions): string[] {
  return [...LETTERS, ...versions.keys()];
}

/** The versions that are followed, by walking up all ways. */
function walked(name: string, versions: Versions): Set<string> {
  const { configurationId, version } = refOf(name);
  if (version !== undefined) return new Set();
  const own = nameOf({ configurationId, version: graphOf(versions).heads(configurationId) });
  const parents = versions.get(own)?.parents ?? [];
  return new Set([own, ...parents.flatMap((parent) => [...walked(textOf(parent), versions)])]);
}

function textOf({ configurationId, version }: ConfigurationRef): string {
  return version === undefined ? configurationId : nameOf({ configurationId, version });
}

/** Whether one name in a message is a child of the next. Behind a pin, nothing is followed. */
function isEdge(child: string, parent: string, versions: Versions): boolean {
  const { configurationId, version } = refOf(child);
  const own = nameOf({ configurationId, version: version ?? graphOf(versions).heads(configurationId) });
  const asked = refOf(parent);
  if (version !== undefined && asked.version === undefined) return false;
  const stated = versions.get(own)?.parents.find((one) => one.configurationId === asked.configurationId);
  return stated !== undefined && (stated.version ?? (version && asked.version)) === asked.version;
}

/** Each layer inherits from all of the next one, the last from what it ends in. */
function ladder(depth: number, width: number, ends: readonly string[]): ConfigurationVersion[] {
  const names = (layer: number) => Array.from({ length: width }, (_, index) => `l${layer}-${index}`);
  return Array.from({ length: depth }, (_, index) => index + 1).flatMap((layer) => {
    const parents = (layer === depth ? ends : names(layer + 1)).map(refOf);
    return names(layer).map((configurationId) => versionOf({ configurationId, parents }));
  });
}

describe('lineages', () => {
  it('gives what a configuration inherits from, nearest first, parents in their order', () => {
    const versions = publishedAs('base:', 'network:base', 'secure:base', 'web:network secure', 'app:web');
    expect(found('app', versions)).toMatchObject({ depth: 4, kind: 'path' });
    expect(pathOf('app', versions)).toEqual(['app@1', 'web@1', 'network@1', 'secure@1', 'base@1']);
  });

  it('may have one configuration in two versions: where one parent pins it and the other follows it', () => {
    const versions = publishedAs('base:', 'old:base@1', 'base:', 'app:old base');
    expect(pathOf('app', versions)).toEqual(['app@1', 'old@1', 'base@1', 'base@2']);
    const { followed } = found('app', versions) as Extract<Lineage, { kind: 'path' }>;
    expect(followed.map(nameOf).sort()).toEqual(['app@1', 'base@2', 'old@1']);
  });

  it.each(['ghost', 'ghost@1', 'base@2'])('says that %s does not exist where nobody published it', (name) => {
    const problem = problemOf(name, publishedAs('base:'));
    expect(problem).toMatchObject({ code: 'configuration.not_found', path: 'configuration', value: name });
    expect(problem.message).toBe(`configuration ${name} does not exist`);
    expect(problem.concerns).toEqual([refOf(name).configurationId]);
  });

  it.each(['ghost', 'ghost@1', 'base@2'])('names the child that inherits from %s, which does not exist', (name) => {
    const problem = problemOf('app', publishedAs('base:', `web:base ${name}`.replace('base base', 'base'), 'app:web'));
    expect(problem).toMatchObject({
      code: 'configuration.unknown_parent',
      path: 'configurations.web.parents',
      value: name,
    });
    expect(problem.message).toBe(`web inherits from ${name}, which does not exist`);
    expect(problem.allowed).toContain('publish it first');
    expect(problem.concerns).toEqual(expect.arrayContaining(['app', 'web']));
  });

  it.each([
    ['a -> a', ['a:a']],
    ['a -> b -> c -> a', ['a:b', 'b:c', 'c:a']],
    ['a -> a@1', ['a:', 'a:a@1']],
    ['a -> b -> a@1', ['a:', 'b:a@1', 'a:b']],
    ['a -> b -> c@1 -> a@1', ['a:', 'c:a@1', 'b:c@1', 'a:b']],
    ['a -> c@1 -> b@1 -> d@2 -> a@1', ['a:', 'd:', 'b:d', 'd:a@1', 'c:b', 'a:c@1']],
  ])('refuses the circle %s and says which edges make it', (circle, texts) => {
    const problem = problemOf('a', publishedAs(...texts));
    expect(problem).toMatchObject({ code: 'configuration.cycle', path: 'configurations.a.parents', value: circle });
    expect(problem.message).toBe(`configurations inherit in a circle: ${circle}`);
  });

  it('names circles of which each edge is there, first that of the configuration to be changed', () => {
    fc.assert(
      fc.property(anyVersions, (versions) => {
        const all = namesOf(versions).map((name) => found(name, versions));
        for (const lineage of all) {
          if (lineage.kind === 'path' || lineage.problem.code !== 'configuration.cycle') continue;
          const circle = String(lineage.problem.value).split(' -> ');
          const ids = circle.map((name) => refOf(name).configurationId);
          expect(ids.lastIndexOf(ids[0] ?? ''), String(ids)).toBeGreaterThan(0);
          expect(ids.at(-1)).toBe(ids[0]);
          expect(lineage.problem.path).toBe(`configurations.${ids[0]}.parents`);
          for (const [index, child] of circle.slice(0, -1).entries())
            expect(isEdge(child, circle[index + 1] ?? '', versions), `${circle[index]} -> ${circle[index + 1]}`).toBe(
              true,
            );
        }
      }),
      RUNS,
    );
  });

  it('lets nothing inherit from itself, in whatever version', () => {
    fc.assert(
      fc.property(anyVersions, (versions) => {
        for (const name of namesOf(versions)) {
          const lineage = found(name, versions);
          if (lineage.kind === 'none') continue;
          const others = lineage.path.slice(1).map(({ configurationId }) => configurationId);
          expect(others).not.toContain(refOf(name).configurationId);
          for (const { configurationId } of lineage.followed)
            expect(found(configurationId, versions).kind).toBe('path');
        }
      }),
      RUNS,
    );
  });

  it('refuses parents that ask for two orders, and says of what', () => {
    const problem = problemOf('app', publishedAs('a:', 'b:', 'one:a b', 'other:b a', 'web:one other', 'app:web'));
    expect(problem).toMatchObject({
      code: 'configuration.inconsistent_order',
      path: 'configurations.web.parents',
      value: expect.stringMatching(/^(a@1, b@1|b@1, a@1)$/),
      allowed: expect.stringContaining('turn two of them round'),
    });
    expect(problem.concerns).toEqual(expect.arrayContaining(['app', 'web', 'one', 'other', 'a', 'b']));
  });

  it('names in its concerns, once, each configuration whose next version may mend it', () => {
    fc.assert(
      fc.property(anyVersions, (versions) => {
        for (const name of namesOf(versions)) {
          const lineage = found(name, versions);
          if (lineage.kind === 'path') continue;
          const { concerns } = lineage.problem;
          const others = LETTERS.filter((one) => !concerns.includes(one));
          expect(concerns, name).toHaveLength(LETTERS.length - others.length);
          const next = others.reduce((before, one) => published(before, one, []).versions, versions);
          expect(found(name, next).kind, `${name} after news of ${others}`).toBe('none');
        }
      }),
      RUNS,
    );
  });

  it('never changes what a published version inherits, whatever is published later', () => {
    fc.assert(
      fc.property(soundVersions, (versions) => {
        const all = [...versions];
        const seen = new Map<string, string[]>();
        for (const [index, [name, { configurationId }]] of all.entries()) {
          const then = new Map(all.slice(0, index + 1));
          seen.set(name, pathOf(configurationId, then));
          const find = lineages(graphOf(then));
          for (const [earlier, path] of seen) expect(namesIn(find(refOf(earlier)))).toEqual(path);
        }
      }),
      RUNS,
    );
  });

  it('keeps the lineage of each parent, pinned or followed, and the order of parents', () => {
    fc.assert(
      fc.property(soundVersions, (versions) => {
        for (const configurationId of LETTERS) {
          const lineage = found(configurationId, versions);
          if (lineage.kind === 'none') continue;
          const path = namesIn(lineage);
          const parents = (lineage.path[0]?.parents ?? []).map((parent) => pathOf(textOf(parent), versions));
          const demanded = [...parents, parents.map(([first = '']) => first)];
          for (const order of demanded) expect(path.filter((one) => order.includes(one))).toEqual(order);
          expect(new Set(path)).toEqual(new Set([path[0], ...parents.flat()]));
        }
      }),
      RUNS,
    );
  });

  it('says which versions were followed: all on the way that nobody pinned, by configuration', () => {
    fc.assert(
      fc.property(soundVersions, (versions) => {
        for (const name of namesOf(versions)) {
          const lineage = found(name, versions);
          if (lineage.kind === 'path')
            expect(lineage.followed.map(nameOf).sort()).toEqual([...walked(name, versions)].sort());
        }
      }),
      RUNS,
    );
  });

  it('says how many stand above each other at most', () => {
    fc.assert(
      fc.property(soundVersions, (versions) => {
        for (const configurationId of LETTERS) {
          const lineage = found(configurationId, versions);
          if (lineage.kind === 'none') continue;
          const parents = (lineage.path[0]?.parents ?? []).map((parent) => found(textOf(parent), versions));
          const depths = parents.map((parent) => (parent.kind === 'path' ? parent.depth : Number.NaN));
          expect(lineage.depth).toBe(1 + Math.max(0, ...depths));
        }
      }),
      RUNS,
    );
  });

  it.each([
    [7, ['d:', 'c:d', 'a:', 'a:c', 'q:a', 'x:a@1 q', 'f:a', 'e:f', 'b:e', 'p:b x']],
    [5, ['d:', 'c:d', 'a:', 'b:a@1', 'e:b', 'a:c', 'x:a', 'p:e x']],
  ])('counts %d above each other in %j, also where that is pinned and has one in two versions', (depth, texts) => {
    const versions = publishedAs(...texts);
    expect(pathOf('p', versions)).toEqual(expect.arrayContaining(['a@1', 'a@2']));
    expect([found('p', versions), found('p@1', versions)]).toMatchObject([{ depth }, { depth }]);
  });

  it('depends neither on the order in which versions were loaded nor on what was asked before', () => {
    const anyOrder = <T>(list: readonly T[]) => fc.shuffledSubarray([...list], { minLength: list.length });
    const shuffled = anyVersions.chain((versions) =>
      fc.record({
        versions: fc.constant(versions),
        loaded: anyOrder([...versions]),
        asked: anyOrder(namesOf(versions)),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ versions, loaded, asked }) => {
        const find = lineages({ ...graphOf(versions), versions: new Map(loaded) });
        for (const name of asked) expect(find(refOf(name)), name).toEqual(found(name, versions));
      }),
      RUNS,
    );
  });

  it.each([
    ['ends', [], 'path', 'path'],
    ['ends in what does not exist', ['ghost'], 'none', 'none'],
    ['turns back on itself', ['l1-0'], 'none', 'none'],
    ['turns back on its beginning by a pin', ['start@1'], 'path', 'none'],
  ])('looks at each version only so often, in a ladder that %s', (_how, ends, ofSteps, ofStart) => {
    const steps = ladder(16, 8, ends);
    const parents = [refOf('l1-0'), refOf('l1-1')];
    const starts = [1, 2].map((version) => versionOf({ configurationId: 'start', version, parents }));
    const versions = new Map([...steps, ...starts].map((one) => [nameOf(one), one]));
    let reads = 0;
    const get = (name: string) => {
      reads += 1;
      if (reads > steps.length ** 2) throw new Error('that takes for ever');
      return versions.get(name);
    };
    const find = lineages({ ...graphOf(versions), versions: Object.assign(new Map(versions), { get }) });
    for (const { configurationId } of [...steps, ...starts]) {
      reads = 0;
      expect(find({ configurationId }).kind).toBe(configurationId === 'start' ? ofStart : ofSteps);
    }
  });
});

describe('headsIn', () => {
  it('knows no version of what nobody published, whatever it is called', () => {
    const heads = headsIn({ ...EMPTY_CATALOGUE, heads: { base: { version: 3 } } });
    expect(['base', 'ghost', 'constructor', '__proto__'].map(heads)).toEqual([3, 0, 0, 0]);
  });
});
