import type { ConfigurationContent } from '@prelaunch/contracts/configuration';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { type Catalogue, type ConfigurationVersion, nameOf } from '@prelaunch/core/configuration/configuration';
import { lineages } from '@prelaunch/core/configuration/graph';
import { catalogueOf, configurationVersion } from '../support/configurations.ts';

export interface BigGraph {
  readonly catalogue: Catalogue;
  /** Parents before their children. */
  readonly versions: readonly ConfigurationVersion[];
  /** Configurations that nothing inherits from, each as deep as the graph. */
  readonly leaves: readonly string[];
}

const DEPTH = 8;
const PARENTS = 3;

/** A number from 0 on below `below`, the same for the same words. */
export type Draw = (below: number, ...words: readonly (string | number)[]) => number;

/** So many configurations in eight layers, each with up to three parents in the layer above: as many as have one order. */
export function bigGraph(count: number, draw: Draw): BigGraph {
  const width = Math.ceil(count / DEPTH);
  const layerOf = (index: number) => Math.floor(index / width);
  const versions = new Map<string, ConfigurationVersion>();
  for (let index = 0; index < count; index += 1) {
    const parents = layerOf(index) === 0 ? [] : parentsOf(index, { width, draw });
    const stated = { configurationId: idOf(index), ...statedBy(index, draw) };
    const version = withLineage(configurationVersion({ ...stated, parents }), versions);
    versions.set(nameOf(version), version);
  }
  const leaves = Array.from({ length: count }, (_, index) => index).filter((index) => layerOf(index) === DEPTH - 1);
  const heads = Object.fromEntries([...versions.values()].map((version) => [version.configurationId, 1]));
  return { catalogue: catalogueOf(heads), versions: [...versions.values()], leaves: leaves.map(idOf) };
}

function withLineage(
  version: ConfigurationVersion,
  versions: ReadonlyMap<string, ConfigurationVersion>,
): ConfigurationVersion {
  const { configurationId, parents } = version;
  const all = new Map([...versions, [nameOf(version), version]]);
  const lineage = lineages({ heads: () => 1, versions: all })({ configurationId });
  if (lineage.kind === 'none') return withLineage({ ...version, parents: parents.slice(0, -1) }, versions);
  const path = lineage.path.map((ancestor) => ({
    configurationId: ancestor.configurationId,
    version: ancestor.version,
  }));
  return { ...version, lineage: path };
}

function idOf(index: number): string {
  return `configuration-${String(index).padStart(4, '0')}`;
}

function parentsOf(index: number, { width, draw }: { width: number; draw: Draw }): ConfigurationContent['parents'] {
  const first = (Math.floor(index / width) - 1) * width;
  const drawn = Array.from({ length: PARENTS }, (_, place) => first + draw(width, 'parent', index, place));
  return [...new Set(drawn)].sort((one, other) => one - other).map((parent) => ({ configurationId: idOf(parent) }));
}

/** Some settings and tags each; now and then a variant, something taken away, something locked. */
function statedBy(index: number, draw: Draw): Partial<ConfigurationContent> {
  const settings = choicesOf(index, draw).filter((_, place) => draw(3, 'stated', index, place) === 0);
  const tags = Object.fromEntries(
    Array.from({ length: 3 }, (_, place) => [`Tag${draw(12, 'tag', index, place)}`, `value ${index}`]),
  );
  return {
    settings: Object.assign({ tags }, ...settings) as LaunchSettings,
    ...(draw(5, 'variant', index) === 0 && { variants: { 'm7i.*': { monitoring: { enabled: true } } } }),
    ...(draw(10, 'unset', index) === 0 && { unset: [`tags.Tag${draw(12, 'unset tag', index)}`] }),
    ...(draw(25, 'locked', index) === 0 && { locked: ['licensing'] }),
  };
}

function choicesOf(index: number, draw: Draw): LaunchSettings[] {
  const hex = String(draw(10_000_000, 'hex', index)).padStart(8, '0');
  return [
    { copyTags: draw(2, 'copyTags', index) === 0 },
    { launchDisposition: draw(2, 'disposition', index) === 0 ? 'STARTED' : 'STOPPED' },
    { subnetId: `subnet-${hex}` },
    { securityGroupIds: [`sg-${hex}`, 'sg-0a1b2c3d'] },
    { iamInstanceProfile: `profile-${index}` },
    { licensing: { osByol: draw(2, 'licensing', index) === 0 } },
    { postLaunchEnabled: draw(2, 'postLaunch', index) === 0 },
    { monitoring: { enabled: draw(2, 'monitoring', index) === 0 } },
    { metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 + draw(3, 'hops', index) } },
    { tenancy: 'default' },
  ];
}
