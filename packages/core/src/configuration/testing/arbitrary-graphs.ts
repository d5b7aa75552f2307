import type { ConfigurationContent, ConfigurationRef } from '@prelaunch/contracts/configuration';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import fc from 'fast-check';
import { type ConfigurationVersion, nameOf } from '../configuration.ts';
import { type Lineage, lineages } from '../graph.ts';
import type { ConfigurationGraph } from '../snapshot.ts';

const picks = fc.record({ chosen: fc.array(fc.nat({ max: 999 }), { maxLength: 4 }), asChosen: fc.nat({ max: 3 }) });

/** Numbered nodes with their parents, which have smaller numbers. Mostly in an order that all agree on, so that some have a lineage. */
export const anyDag: fc.Arbitrary<readonly (readonly number[])[]> = fc
  .array(picks, { minLength: 2, maxLength: 10, size: 'max' })
  .map((nodes) =>
    nodes.map(({ chosen, asChosen }, node) => {
      const parents = node === 0 ? [] : [...new Set(chosen.map((number) => number % node))];
      return asChosen === 0 ? parents : parents.sort((one, other) => other - one);
    }),
  );

/** By `nameOf`, in the order in which they were published. */
export type Versions = ReadonlyMap<string, ConfigurationVersion>;

/** The graph in which followers of a configuration have its newest version. */
export function graphOf(versions: Versions): ConfigurationGraph {
  const heads = new Map([...versions.values()].map(({ configurationId, version }) => [configurationId, version]));
  return { heads: (configurationId) => heads.get(configurationId) ?? 0, versions };
}

export function versionOf(stated: Partial<ConfigurationVersion>): ConfigurationVersion {
  const { configurationId = 'a', version = 1 } = stated;
  return {
    ...{ configurationId, version, hash: '', planHash: '', lineage: [{ configurationId, version }], parents: [] },
    ...{ settings: {}, variants: {}, unset: [], locked: [] },
    ...{ author: '', publishedBy: '', publishedAt: '', message: '' },
    ...stated,
  };
}

/** With one version more, whether it has a lineage or not, and what is found of it. */
export function published(
  versions: Versions,
  configurationId: string,
  parents: ConfigurationRef[],
): { readonly versions: Versions; readonly lineage: Lineage } {
  const one = versionOf({ configurationId, version: graphOf(versions).heads(configurationId) + 1, parents });
  const name = nameOf(one);
  const found = lineages(graphOf(new Map([...versions, [name, one]])))({ configurationId });
  const path = found.kind === 'path' ? found.path : [one];
  const lineage = path.map(({ configurationId, version }) => ({ configurationId, version }));
  return { lineage: found, versions: new Map([...versions, [name, { ...one, lineage }]]) };
}

interface Publication {
  readonly configurationId: string;
  /** Pinned to so many versions before the newest, or followed. */
  readonly parents: readonly { readonly configurationId: string; readonly back: number | undefined }[];
}

function publishedIn(publications: readonly Publication[], which: 'all' | 'sound'): Versions {
  return publications.reduce<Versions>((versions, { configurationId, parents }) => {
    const { heads } = graphOf(versions);
    const refs = parents.map((parent): ConfigurationRef => {
      const { configurationId, back } = parent;
      return back === undefined
        ? { configurationId }
        : { configurationId, version: Math.max(1, heads(configurationId) - back) };
    });
    const next = published(versions, configurationId, refs);
    return which === 'all' || next.lineage.kind === 'path' ? next.versions : versions;
  }, new Map());
}

/** Some of these are published. */
export const LETTERS = [...'abcdef'] as const;
const letter = fc.constantFrom(...LETTERS);
const anyParent = fc.record({ configurationId: letter, back: fc.option(fc.nat({ max: 2 }), { nil: undefined }) });

/** Most parents have later letters than their children, in the order of letters, or hardly anything would have a lineage. */
const anyPublication: fc.Arbitrary<Publication> = fc
  .record({
    configurationId: letter,
    parents: fc.uniqueArray(anyParent, { maxLength: 4, size: 'max', selector: (ref) => ref.configurationId }),
    asStated: fc.nat({ max: 9 }),
  })
  .map(({ configurationId, parents, asStated }) => {
    if (asStated === 0) return { configurationId, parents };
    const later = parents.filter((parent) => parent.configurationId > configurationId);
    return {
      configurationId,
      parents: later.toSorted((one, other) => (one.configurationId < other.configurationId ? -1 : 1)),
    };
  });

const anyPublications = fc.array(anyPublication, { minLength: 1, maxLength: 25, size: 'max' });

/** Published one after the other, whether it has a lineage or not. */
export const anyVersions = anyPublications.map((publications) => publishedIn(publications, 'all'));

/** Published one after the other, as far as it has a lineage. */
export const soundVersions = anyPublications.map((publications) => publishedIn(publications, 'sound'));

const TAGS = ['a', 'b', 'a.b', 'constructor'] as const;

/** Settings with few names and values, so that layers meet. No combination that is refused. */
export const fewSettings: fc.Arbitrary<LaunchSettings> = fc.record(
  {
    copyTags: fc.boolean(),
    name: fc.constantFrom('one', 'other'),
    associatePublicIpAddress: fc.constantFrom(true, false, null),
    securityGroupIds: fc.uniqueArray(fc.constantFrom('sg-1a1b2c3d', 'sg-2a1b2c3d', 'sg-3a1b2c3d'), { minLength: 1 }),
    subnetId: fc.constant('subnet-0a1b2c3d'),
    instanceType: fc.constantFrom('m7i.large', 'm7i-flex.large', 't3.micro'),
    tags: fc.dictionary(fc.constantFrom(...TAGS), fc.constantFrom('x', 'y', null), { noNullPrototype: true }),
  },
  { requiredKeys: [], noNullPrototype: true },
);

const fewKeys: fc.Arbitrary<string[]> = fc.subarray([
  'copyTags',
  'name',
  'associatePublicIpAddress',
  'securityGroupIds',
  'instanceType',
  'tags',
  ...TAGS.map((tag) => `tags.${tag}`),
]);
/** Few of them, or nothing would be left. */
const someKeys = fc.oneof({ weight: 3, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: fewKeys });

const fewPatterns = fc.constantFrom('*', 'm7i.*', 'm7i*', '*.large', '*.lar?e', 't3.micro', '??.micro', 'm?i.large');

/** What a configuration says, besides its parents. */
export const anyContent: fc.Arbitrary<Omit<ConfigurationContent, 'parents'>> = fc.record({
  settings: fewSettings,
  variants: fc.dictionary(
    fewPatterns,
    fewSettings.map(({ instanceType: _type, ...settings }) => settings),
    { maxKeys: 3, noNullPrototype: true },
  ),
  unset: someKeys,
  locked: someKeys,
});

/** Versions that inherit from one another, nearest first: `c0`, `c1` and so on. */
export const anyPath: fc.Arbitrary<ConfigurationVersion[]> = fc
  .array(anyContent, { maxLength: 7, size: 'max' })
  .map((contents) => contents.map((content, at) => versionOf({ ...content, configurationId: `c${at}` })));
