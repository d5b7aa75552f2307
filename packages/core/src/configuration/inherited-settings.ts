import type { StatedBy } from '@prelaunch/contracts/configuration';
import type { Inherited } from '../settings/effective-settings.ts';
import { type Fold, NOTHING_FOLDED, type SettingsLayer, withLayer } from '../settings/fold-layers.ts';
import { normalizeSettings } from '../settings/normalize-settings.ts';
import { keysOf } from '../settings/setting-keys.ts';
import type { ConfigurationVersion } from './configuration.ts';

/** For groups that state all of their settings themselves. */
export const NOTHING_INHERITED: Inherited = { foldFor: () => NOTHING_FOLDED, hasVariants: false };

interface Variant {
  readonly matches: RegExp;
  readonly layer: SettingsLayer;
}

interface VersionLayers {
  readonly own: SettingsLayer;
  /** Those that say less of the name first: the others are nearer. */
  readonly variants: readonly Variant[];
  /** Locks cover what the version states, variants included. */
  readonly lock: SettingsLayer;
}

/** Versions never change, so their layers are made once. */
const layersByVersion = new WeakMap<ConfigurationVersion, VersionLayers>();

/** What the versions of a path state, the nearest first, as what stands behind a group's own settings. Folded once for each choice of variants. */
export function inheritedFrom(path: readonly ConfigurationVersion[]): Inherited {
  const layers = path.toReversed().map(layersOf);
  const variants = layers.flatMap((version) => version.variants);
  const folds = new Map<string, Fold>();
  return {
    hasVariants: variants.length > 0,
    foldFor(instanceType) {
      const applies = ({ matches }: Variant) => instanceType !== undefined && matches.test(instanceType);
      let choice = '';
      for (const variant of variants) choice += applies(variant) ? '1' : '0';
      const known = folds.get(choice);
      if (known) return known;
      const fold = layers.flatMap((version) => chosen(version, applies)).reduce(withLayer, NOTHING_FOLDED);
      folds.set(choice, fold);
      return fold;
    },
  };
}

function chosen({ own, variants, lock }: VersionLayers, applies: (variant: Variant) => boolean): SettingsLayer[] {
  return [own, ...variants.filter(applies).map(({ layer }) => layer), lock];
}

function layersOf(version: ConfigurationVersion): VersionLayers {
  const known = layersByVersion.get(version);
  if (known) return known;
  const { configurationId, unset, locked } = version;
  const by: StatedBy = { layer: 'configuration', configurationId, version: version.version };
  const made = {
    own: { by, unset, keys: keysOf(normalizeSettings(version.settings)), locked: [] },
    variants: Object.entries(version.variants)
      .sort(byWhatTheySay)
      .map(([pattern, settings]) => ({
        matches: matcherOf(pattern),
        layer: { by: { ...by, variant: pattern }, unset: [], keys: keysOf(normalizeSettings(settings)), locked: [] },
      })),
    lock: { by, unset: [], keys: [], locked },
  };
  layersByVersion.set(version, made);
  return made;
}

/** Patterns that say as much as another are told apart by their text, so that their order in an object does not count. */
function byWhatTheySay([one]: [string, unknown], [other]: [string, unknown]): number {
  return saidBy(one) - saidBy(other) || (one < other ? -1 : 1);
}

function saidBy(pattern: string): number {
  return pattern.replaceAll(/[*?]/g, '').length;
}

/** The schema allows three stars, so matching never takes long. */
function matcherOf(pattern: string): RegExp {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\-]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}
